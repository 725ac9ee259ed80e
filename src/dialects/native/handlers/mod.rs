//! One file a noun: read the request, convert, one call on the application, convert back.

pub(super) mod accounts;
pub(super) mod apply;
pub(super) mod attributes;
pub(super) mod conversations;
pub(super) mod end_users;
pub(super) mod feedback;
pub(super) mod feedback_batch;
pub(super) mod feedback_records;
pub(super) mod invites;
pub(super) mod keys;
pub(super) mod mirror;
pub(super) mod projects;
pub(super) mod query;
pub(super) mod session;
pub(super) mod workspace_end_users;

use super::error::Rejection;
use crate::app::App;
use crate::dialects::answer;
use crate::domain::{Caller, Project};
use crate::error::Error;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;

/// What a handler gives.
type Answer = Result<Response, Rejection>;

/// Says that an earlier request with the same `Idempotency-Key` was carried out instead of this one.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The project that a path names, for which the request counts. What the caller may do with it, the verb checks.
fn project(app: &App, caller: &Caller, place: &str) -> Result<Arc<Project>, Error> {
    let project = administered(app, caller, place)?;
    app.count_request_for(project.id)?;
    Ok(project)
}

/// The same for administration, which a flood of other requests must not shut out: it may be what ends the flood.
fn administered(app: &App, caller: &Caller, place: &str) -> Result<Arc<Project>, Error> {
    app.directory().project_named(caller, place)
}

fn json(status: StatusCode, body: &impl Serialize) -> Response {
    answer::json(status, "application/json", body)
}

fn ok(body: &impl Serialize) -> Response {
    json(StatusCode::OK, body)
}

/// 201 for something new, 200 for something that was known.
const fn written(created: bool) -> StatusCode {
    if created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    }
}

fn with_replayed(replayed: bool, mut response: Response) -> Response {
    if replayed {
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
