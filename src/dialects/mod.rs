//! The interfaces by which feedback comes in: one folder a vendor, the same files in each.
//!
//! Each dialect answers everything under its own paths, failures included, in its vendor's shape. There is no trait: what
//! dialects share is in [`answer`], [`events`], [`import`] and [`mirror`].

pub mod amazon_q;
pub mod answer;
pub mod dify;
pub mod events;
pub mod haptik;
pub mod import;
pub mod melodi;
pub mod mirror;
pub mod native;
pub mod wonderchat;

use crate::app::{App, MirrorTask};
use crate::domain::Dialect;
use crate::error::{Error, Result};
use crate::upstream::{Call, Heard, Passing, Reply};
use axum::http::HeaderName;
use axum::response::Response;
use axum::routing::{any, post};
use axum::{Extension, Router};
use std::sync::Arc;

/// Where Haptik's clients call, and Haptik itself.
const HAPTIK: [&str; 3] = ["/v1.0", "/integration/external", "/candor/webhooks/haptik"];

/// What operators decide about dialects.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Of Amazon Q's.
    pub amazon_q: amazon_q::Settings,
    /// Of Haptik's.
    pub haptik: haptik::Settings,
}

/// Every dialect on its own paths.
pub fn routes(settings: Settings, passing: Arc<Passing>) -> Router<Arc<App>> {
    Router::new()
        .nest("/v1", dify::routes())
        .nest("/api/v1", wonderchat::routes())
        .nest("/api/external", melodi::routes())
        .nest("/v1.0", haptik::routes(settings.haptik))
        .nest("/applications", amazon_q::routes(settings.amazon_q))
        // What is nested holds neither these paths nor their fallbacks.
        .route("/v1/", any(dify::fallback))
        .route("/api/v1/", any(wonderchat::fallback))
        .route("/api/external/", any(melodi::fallback))
        .route("/v1.0/", any(haptik::fallback))
        .route("/applications/", any(amazon_q::fallback))
        .route("/integration/external/{*path}", any(haptik::fallback))
        .route(
            "/candor/webhooks/haptik/{project}",
            post(haptik::webhook).fallback(haptik::wrong_method),
        )
        // What is not answered here may be handed on.
        .layer(Extension(passing))
        .nest("/candor/v1", native::routes())
        .fallback(native::fallback)
}

/// A failure that happened outside any handler, in the shape of the dialect whose path was called.
pub fn rejection(path: &str, error: Error) -> Response {
    if is_under("/v1", path) {
        dify::rejection(error)
    } else if is_under("/applications", path) {
        amazon_q::rejection(error)
    } else if is_under("/api/v1", path) {
        wonderchat::rejection(error)
    } else if is_under("/api/external", path) {
        melodi::rejection(error)
    } else if HAPTIK.iter().any(|root| is_under(root, path)) {
        haptik::rejection(error)
    } else {
        native::rejection(error)
    }
}

/// The vendor's own call that says a vote, or why there is none.
pub fn mirrored(task: &MirrorTask) -> Result<Call> {
    let upstream = task.project.upstream.as_ref();
    let upstream = upstream.ok_or_else(|| mirror::unsaid("the project has no upstream"))?;
    let vendor = task.job.vendor;
    if vendor != upstream.dialect {
        // Another vendor knows neither the message nor the person, and is not to learn of them.
        return Err(mirror::unsaid(format!(
            "it is for the vendor that was behind the project before, by the dialect {vendor}"
        )));
    }
    match upstream.dialect {
        Dialect::Dify => dify::mirror::call(task, upstream),
        Dialect::Wonderchat => wonderchat::mirror::call(task, upstream),
        Dialect::Melodi => melodi::mirror::call(task, upstream),
        Dialect::AmazonQ => amazon_q::mirror::call(task, upstream),
        Dialect::Haptik => haptik::mirror::call(task, upstream),
        Dialect::Native => Err(mirror::unsaid("Candor's own interface has no vendor")),
    }
}

/// What the vendor's answer to such a call means.
pub fn heard(dialect: Dialect, task: &MirrorTask, reply: &Reply) -> Heard {
    match dialect {
        Dialect::Dify => dify::mirror::heard(task, reply),
        Dialect::Wonderchat => wonderchat::mirror::heard(reply),
        Dialect::AmazonQ => amazon_q::mirror::heard(reply),
        Dialect::Haptik => haptik::mirror::heard(task, reply),
        Dialect::Melodi | Dialect::Native => reply.heard(),
    }
}

/// The header in which a path's dialect tells the id of a request, beside `X-Request-Id`.
pub fn request_id_header(path: &str) -> Option<HeaderName> {
    is_under("/applications", path).then_some(HeaderName::from_static("x-amzn-requestid"))
}

fn is_under(root: &str, path: &str) -> bool {
    path.strip_prefix(root)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
