//! Handing one request on.

use super::client::{self, VendorClient};
use super::exchange::Read;
use super::failure::Failure;
use super::headers::keep_end_to_end;
use super::place::Place;
use crate::app::App;
use crate::domain::{Dialect, Project, Upstream};
use crate::error::Result;
use crate::limits;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Version, header};
use axum::response::Response;
use std::sync::{Arc, OnceLock};

/// A request that is to be handed on.
#[derive(Debug)]
pub struct Onward {
    /// The project whose upstream it goes to.
    pub project: Arc<Project>,
    /// The dialect's root: `/v1`.
    pub root: &'static str,
    /// The request: its URI as the client wrote it, the credential in the headers already the one that is to be sent.
    pub request: Request,
    /// How its exchange is read, if anything is to be learnt from it.
    pub read: Option<Read>,
}

/// Hands requests on.
#[derive(Debug)]
pub struct Passing {
    app: Arc<App>,
    /// Made when the first request is handed on: it needs the system's certificates, and most servers need no upstream.
    client: OnceLock<VendorClient>,
}

impl Passing {
    /// Ready to hand requests on.
    pub const fn new(app: Arc<App>) -> Self {
        Self {
            app,
            client: OnceLock::new(),
        }
    }

    /// The upstream of a project, if it speaks this dialect.
    pub fn upstream(project: &Project, dialect: Dialect) -> Option<&Upstream> {
        let upstream = project.upstream.as_ref();
        upstream.filter(|upstream| upstream.dialect == dialect)
    }

    /// Hands a request on and gives the answer as it comes.
    pub async fn pass(&self, onward: Onward) -> Result<Response, Failure> {
        let Some(upstream) = &onward.project.upstream else {
            return Err(Failure::refused("this project has no upstream"));
        };
        let (mut parts, body) = onward.request.into_parts();
        let place = Place {
            root: onward.root,
            uri: &parts.uri,
        };
        let uri = place.under(&upstream.base_url)?;
        let host = uri.host().unwrap_or_default();
        if !client::may_call(host, self.app.allows_private_upstreams()) {
            return Err(Failure::unreachable("it is at a private address"));
        }
        keep_end_to_end(&mut parts.headers);
        // The client library writes the one of the place where it goes.
        parts.headers.remove(header::HOST);
        parts.extensions.clear();
        parts.uri = uri;
        parts.version = Version::HTTP_11;
        let request = Request::from_parts(parts, body);
        let client = self.client().map_err(Failure::unreachable)?;
        let answered = tokio::time::timeout(limits::UPSTREAM_ANSWER_TIME, client.request(request));
        let answer = match answered.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(Failure::unreachable(error)),
            Err(_) => return Err(Failure::silent()),
        };
        let (mut parts, body) = answer.into_parts();
        keep_end_to_end(&mut parts.headers);
        Ok(Response::from_parts(parts, Body::new(body)))
    }

    fn client(&self) -> Result<&VendorClient> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = client::client(self.app.allows_private_upstreams())?;
        Ok(self.client.get_or_init(|| client))
    }
}
