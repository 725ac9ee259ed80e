//! Projects.

use super::{Answer, ok, organization, read};
use crate::app::App;
use crate::dialects::melodi::auth::Private;
use crate::dialects::melodi::convert;
use crate::dialects::melodi::error::Rejection;
use crate::dialects::melodi::query::Parameters;
use crate::dialects::melodi::wire;
use crate::domain::{Caller, Project};
use axum::extract::{Request, State};
use axum::http::Uri;
use std::sync::Arc;

/// `GET /projects`
pub(in super::super) async fn list_projects(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    uri: Uri,
) -> Answer {
    let mut projects = app.list_projects(&caller)?;
    if let Some(name) = Parameters::of(&uri).first("name") {
        projects.retain(|project| project.name == name);
    }
    projects.sort_by_key(|project| project.number);
    let shown: Vec<_> = projects
        .iter()
        .map(|project| shown(&app, &caller, project))
        .collect();
    Ok(ok(&shown))
}

/// `POST /projects`: a name that is known already means the project that has it.
pub(in super::super) async fn create_project(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    request: Request,
) -> Answer {
    let body: wire::ProjectBody = read(&app, request.into_body()).await?;
    let name = body
        .name
        .ok_or_else(|| Rejection::bad_request("name is required"))?;
    let project = app.project_called(&caller, &name).await?;
    Ok(ok(&shown(&app, &caller, &project)))
}

fn shown(app: &App, caller: &Caller, project: &Project) -> wire::Project {
    let is_default = app
        .directory()
        .home_project(caller)
        .is_some_and(|home| home.id == project.id);
    convert::project(organization(app, caller), project, is_default)
}
