//! How Amazon Q's clients carry their key: they sign the whole request with it.

use super::SERVICE;
use super::constraint::Faults;
use super::error::{Rejection, Resource};
use super::settings::Settings;
use super::sigv4::{self, Claim, Rules, SignedHead};
use crate::app::App;
use crate::dialects::answer;
use crate::domain::{Caller, Project};
use crate::limits;
use crate::upstream::Passing;
use axum::body::Bytes;
use axum::extract::{OriginalUri, Request};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, Uri};
use percent_encoding::percent_decode_str;
use std::sync::Arc;

/// A request that was signed with a key that is known.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) caller: Caller,
    pub(super) method: Method,
    /// Path and query as the client signed them.
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    parameters: Vec<(Vec<u8>, Vec<u8>)>,
}

/// What body a request may have.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expected {
    /// One of at most [`limits::BODY_BYTES`].
    Small,
    /// One that may go on to an upstream. It is read whole, for both signatures are made over its hash.
    Onward,
    /// Any, or one that is sent and signed piece by piece, of which nothing is read.
    Streamed,
}

impl Signed {
    /// Checks the signature, which is made over the body too: so that is read here, once the key is known.
    pub(super) async fn read(
        app: &App,
        settings: &Settings,
        request: Request,
        expected: Expected,
    ) -> Result<Self, Rejection> {
        let (parts, body) = request.into_parts();
        // The path as the client signed it, before the router took a part of it away.
        let uri = match parts.extensions.get::<OriginalUri>() {
            Some(OriginalUri(uri)) => uri.clone(),
            None => parts.uri,
        };
        let head = SignedHead {
            method: parts.method.as_str(),
            path: uri.path(),
            query: uri.query().unwrap_or_default(),
            authority: uri.authority().map(Authority::as_str),
            headers: &parts.headers,
        };
        let rules = Rules {
            service: SERVICE,
            window: settings.clock_window,
            normalized_path: true,
        };
        let claim = Claim::read(&head, &rules, app.clock().now())?;
        if claim.session_token().is_some() {
            return Err(Rejection::unknown_key());
        }
        let key = app
            .signing_key(claim.access_key_id())?
            .ok_or_else(Rejection::unknown_key)?;
        let body = if matches!(expected, Expected::Streamed) && head.streams() {
            claim.check_head(&head, key.secret())?;
            Bytes::new()
        } else {
            let most = expected.most_bytes();
            let passing = parts.extensions.get::<Arc<Passing>>();
            let body = match passing.filter(|_| matches!(expected, Expected::Onward)) {
                Some(passing) => answer::read_held_body(body, most, passing).await?,
                None => answer::read_body(body, most).await?,
            };
            claim.check_signature(&head, &body, key.secret())?;
            body
        };
        // Only now is it known to be the key's own request.
        app.count_request(&key.key)?;
        let parameters = sigv4::parameters(head.query).unwrap_or_default();
        Ok(Self {
            caller: key.key.caller(),
            method: parts.method,
            uri,
            headers: parts.headers,
            body,
            parameters,
        })
    }

    /// The segments of the path, decoded: the first is empty, the second `applications`.
    pub(super) fn segments(&self) -> impl Iterator<Item = String> {
        let segments = self.uri.path().split('/');
        segments.map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
    }

    /// A segment of the path, decoded, counted from 1: `applications` is the first.
    pub(super) fn segment(&self, place: usize) -> String {
        self.segments().nth(place).unwrap_or_default()
    }

    /// Whether the query has a parameter, whatever its value.
    pub(super) fn has_parameter(&self, name: &str) -> bool {
        self.parameters
            .iter()
            .any(|(known, _)| known == name.as_bytes())
    }

    /// A parameter of the query; of one that is given twice the first.
    ///
    /// Bytes that are no text are a fault and not another character: two people's ids would become one.
    pub(super) fn parameter(&self, name: &str, faults: &mut Faults) -> Option<String> {
        let mut known = self.parameters.iter();
        let (_, value) = known.find(|(known, _)| known == name.as_bytes())?;
        let text = String::from_utf8(value.clone()).ok();
        if text.is_none() {
            faults.add(name, "Member must be UTF-8");
        }
        text
    }

    /// The application of this id, if the key opens it: by the id that was brought along, else by our own. The request
    /// counts for it.
    pub(super) fn application(&self, app: &App, id: &str) -> Result<Arc<Project>, Rejection> {
        let directory = app.directory();
        let project = directory
            .find_project(&self.caller, |project| {
                project.amazon_q_application_id.as_deref() == Some(id)
            })
            .or_else(|| {
                directory.find_project(&self.caller, |project| project.id.to_string() == id)
            })
            .ok_or_else(|| Rejection::not_found(Resource::application(id)))?;
        app.count_request_for(project.id)?;
        Ok(project)
    }
}

impl Expected {
    const fn most_bytes(self) -> usize {
        match self {
            Self::Small | Self::Streamed => limits::BODY_BYTES,
            Self::Onward => limits::AMAZON_Q_ONWARD_BODY_BYTES,
        }
    }
}
