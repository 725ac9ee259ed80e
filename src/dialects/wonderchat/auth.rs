//! How Wonderchat's clients carry their key: as `apiKey` in the body, reads included.

use super::error::Rejection;
use super::wire::Body;
use crate::app::{App, Credential};
use crate::domain::{ApiKey, Caller, Dialect};
use axum::http::StatusCode;
use std::sync::Arc;

/// The key that a body carries, if it is known.
pub(super) fn key(app: &App, body: &Body) -> Result<Option<Arc<ApiKey>>, Rejection> {
    Ok(app.authenticate(Credential {
        dialect: Dialect::Wonderchat,
        secret: body.text("apiKey").unwrap_or_default(),
    })?)
}

/// Who a body with this key comes from. A key that is missing is answered like a wrong one.
pub(super) fn caller(app: &App, body: &Body) -> Result<Caller, Rejection> {
    let key = key(app, body)?.ok_or_else(Rejection::unauthorized)?;
    let directory = app.directory();
    let only = key.project.and_then(|project| directory.project(project));
    if only.is_some_and(|project| project.deleted_at.is_some()) {
        return Err(Rejection::new(
            StatusCode::FORBIDDEN,
            "The chatbot of this apiKey no longer exists",
        ));
    }
    Ok(key.caller())
}
