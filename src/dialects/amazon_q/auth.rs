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
use axum::body::Bytes;
use axum::extract::{OriginalUri, Request};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};
use percent_encoding::percent_decode_str;
use std::sync::Arc;

/// A request that was signed with a key that is known.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) caller: Caller,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    uri: Uri,
    parameters: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Signed {
    /// Checks the signature, which is made over the body too: so that is read here, once the key is known.
    pub(super) async fn read(
        app: &App,
        settings: &Settings,
        request: Request,
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
        let body = answer::read_body(body, limits::BODY_BYTES).await?;
        claim.check_signature(&head, &body, key.secret())?;
        let parameters = sigv4::parameters(head.query).unwrap_or_default();
        Ok(Self {
            caller: key.key.caller(),
            headers: parts.headers,
            body,
            uri,
            parameters,
        })
    }

    /// A segment of the path, decoded, counted from 1: `applications` is the first.
    pub(super) fn segment(&self, place: usize) -> String {
        let segment = self.uri.path().split('/').nth(place).unwrap_or_default();
        percent_decode_str(segment).decode_utf8_lossy().into_owned()
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

    /// The application of this id, if the key opens it: by the id that was brought along, else by our own.
    pub(super) fn application(&self, app: &App, id: &str) -> Result<Arc<Project>, Rejection> {
        let directory = app.directory();
        directory
            .find_project(&self.caller, |project| {
                project.amazon_q_application_id.as_deref() == Some(id)
            })
            .or_else(|| {
                directory.find_project(&self.caller, |project| project.id.to_string() == id)
            })
            .ok_or_else(|| Rejection::not_found(Resource::application(id)))
    }
}
