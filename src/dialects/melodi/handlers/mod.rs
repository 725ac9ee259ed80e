//! What each path does: extract, convert, one call on the application, convert back.

mod attributes;
mod feedback;
mod included;
mod internal_users;
mod memory;
mod projects;
mod threads;
mod topics;
mod users;

pub(super) use attributes::define_attribute;
pub(super) use feedback::{create_feedback, create_or_update_feedback};
pub(super) use internal_users::{set_internal, set_not_internal};
pub(super) use memory::memory;
pub(super) use projects::{create_project, list_projects};
pub(super) use threads::{create_or_update_thread, create_thread, get_message, list_threads};
pub(super) use topics::{
    associate_intent, associate_issue, dissociate_intent, dissociate_issue, put_intent, put_issue,
};
pub(super) use users::{create_or_update_user, list_segment_types, list_users, update_user};

use super::convert::ProjectRef;
use super::error::Rejection;
use super::wire;
use crate::app::App;
use crate::dialects::answer;
use crate::domain::{Caller, Project};
use crate::limits;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// What a handler answers.
pub(super) type Answer = Result<Response, Rejection>;

/// A successful answer. Melodi's SDKs take no status but this for one.
fn ok(body: &impl Serialize) -> Response {
    answer::json(StatusCode::OK, wire::CONTENT_TYPE, body)
}

/// Reads a JSON object, whatever its `Content-Type` says. A thread may come with it, so it may be large.
async fn read<T: DeserializeOwned>(app: &App, body: Body) -> Result<T, Rejection> {
    let comment = limits::json_bytes(app.comment_characters());
    let most = comment.saturating_add(limits::BATCH_BODY_BYTES);
    let value = answer::read_json(body, most).await?;
    if !value.is_object() {
        return Err(Rejection::bad_request("the body must be a JSON object"));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        Rejection::bad_request(if path == "." {
            error.inner().to_string()
        } else {
            format!("{path}: {}", error.inner())
        })
    })
}

/// The number of the caller's organization.
fn organization(app: &App, caller: &Caller) -> i64 {
    app.directory()
        .workspace_of(caller)
        .map_or(0, |workspace| workspace.number)
}

/// A project that is known.
fn known_project(
    app: &App,
    caller: &Caller,
    named: &ProjectRef,
) -> Result<Option<Arc<Project>>, Rejection> {
    let directory = app.directory();
    match named {
        ProjectRef::Number(number) => directory
            .find_project(caller, |project| i64::from(project.number) == *number)
            .map(Some)
            .ok_or_else(|| Rejection::bad_request("Project not found")),
        ProjectRef::Name(name) => {
            Ok(directory.find_project(caller, |project| project.name == *name))
        }
    }
}

/// A project; made, where a name is not known.
async fn project(
    app: &App,
    caller: &Caller,
    named: Option<ProjectRef>,
) -> Result<Arc<Project>, Rejection> {
    let named =
        named.ok_or_else(|| Rejection::bad_request("projectId or projectName is required"))?;
    match (known_project(app, caller, &named)?, named) {
        (Some(project), _) => Ok(project),
        (None, ProjectRef::Name(name)) => Ok(app.project_called(caller, &name).await?),
        (None, ProjectRef::Number(_)) => Err(Rejection::bad_request("Project not found")),
    }
}
