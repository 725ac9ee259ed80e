//! Projects.

use super::{Answer, administered, json, ok, with_replayed};
use crate::app::{App, Cursor};
use crate::dialects::native::auth::{MayAdminister, MayRead};
use crate::dialects::native::request::{At, Body, IdempotencyKey, Parameters};
use crate::dialects::native::wire::{self, List, NewProject, ProjectChange, ProjectPath};
use crate::dialects::native::{convert, error::Rejection};
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;

/// Lists the projects that the key opens, oldest first.
#[utoipa::path(get, path = "/projects", tag = "projects", params(wire::PageQuery), responses(
    (status = 200, description = "A part of the list.", body = List<wire::Project>),
))]
pub(in super::super) async fn list_projects(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    Parameters(query): Parameters<wire::PageQuery>,
) -> Answer {
    let paging = convert::paging(query.cursor.as_deref(), query.limit.as_deref())?;
    let mut projects = app.list_projects(&caller)?;
    projects.sort_by_key(|project| (project.created_at, project.id));
    let page = convert::page_of(projects, &paging, |project| Cursor {
        at: project.created_at,
        id: project.id.0,
    });
    Ok(ok(&convert::shown(page, |it| convert::project(&it))))
}

/// Makes a project.
#[utoipa::path(post, path = "/projects", tag = "projects", params(IdempotencyKey), request_body = NewProject, responses(
    (status = 201, description = "The project was made.", body = wire::Project),
    (status = 409, description = "Another project has this name or id, or the `Idempotency-Key` was used for a \
        different request.", body = wire::Problem, content_type = "application/problem+json"),
))]
pub(in super::super) async fn create_project(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    key: IdempotencyKey,
    body: Body<NewProject>,
) -> Answer {
    let idempotency = key.of(&caller, &body.bytes);
    let draft = convert::project_draft(body.value.into());
    let (project, replayed) = app.create_project(&caller, draft, idempotency).await?;
    let response = json(StatusCode::CREATED, &convert::project(&project));
    Ok(with_replayed(replayed, response))
}

/// Shows a project.
#[utoipa::path(get, path = "/projects/{project}", tag = "projects", params(ProjectPath), responses(
    (status = 200, description = "The project.", body = wire::Project),
))]
pub(in super::super) async fn get_project(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    At(place): At<ProjectPath>,
) -> Answer {
    let project = app.project(&caller, &place.project)?;
    Ok(ok(&convert::project(&project)))
}

/// Changes a project's settings.
#[utoipa::path(patch, path = "/projects/{project}", tag = "projects", params(ProjectPath), request_body = ProjectChange,
    responses(
        (status = 200, description = "The project as it is now.", body = wire::Project),
        (status = 409, description = "Another project has this name or id.", body = wire::Problem,
            content_type = "application/problem+json"),
    )
)]
pub(in super::super) async fn change_project(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    At(place): At<ProjectPath>,
    body: Body<ProjectChange>,
) -> Answer {
    let project = administered(&app, &caller, &place.project)?;
    let draft = convert::project_draft(body.value.into());
    let project = app.change_project(&caller, &project, draft).await?;
    Ok(ok(&convert::project(&project)))
}

/// Deletes a project. Its API stops answering and its keys open nothing; what was stored stays on disk.
#[utoipa::path(delete, path = "/projects/{project}", tag = "projects", params(ProjectPath), responses(
    (status = 204, description = "The project is deleted."),
))]
pub(in super::super) async fn delete_project(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    At(place): At<ProjectPath>,
) -> Result<StatusCode, Rejection> {
    let project = administered(&app, &caller, &place.project)?;
    app.delete_project(&caller, &project).await?;
    Ok(StatusCode::NO_CONTENT)
}
