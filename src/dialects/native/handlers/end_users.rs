//! People who talk to an application.

use super::{Answer, json, ok, project, written};
use crate::app::{App, EndUserFilter};
use crate::dialects::native::auth::{MayRead, MayWrite};
use crate::dialects::native::convert;
use crate::dialects::native::request::{At, Body, Parameters};
use crate::dialects::native::wire::{self, EndUserBody, EndUserPath, List, ProjectPath};
use crate::domain::vote::RowRef;
use crate::error::Error;
use crate::limits;
use axum::extract::State;
use std::sync::Arc;

/// Lists the people of a project, the latest first.
#[utoipa::path(get, path = "/projects/{project}/end-users", tag = "end users", params(ProjectPath, wire::PageQuery),
    responses((status = 200, description = "A part of the list.", body = List<wire::EndUser>))
)]
pub(in super::super) async fn list_end_users(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    At(place): At<ProjectPath>,
    Parameters(query): Parameters<wire::PageQuery>,
) -> Answer {
    let paging = convert::paging(query.cursor.as_deref(), query.limit.as_deref())?;
    let project = project(&app, &caller, &place.project)?.id;
    let filter = EndUserFilter::OfProject(project);
    let page = app.list_end_users(&caller, filter, paging).await?;
    Ok(ok(&convert::shown(page, convert::end_user)))
}

/// Shows a person of a project, or of its workspace.
#[utoipa::path(get, path = "/projects/{project}/end-users/{end_user}", tag = "end users", params(EndUserPath),
    responses((status = 200, description = "The person.", body = wire::EndUser))
)]
pub(in super::super) async fn get_end_user(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    At(place): At<EndUserPath>,
) -> Answer {
    convert::bounded("end_user", &place.end_user, limits::EXTERNAL_ID_CHARACTERS)?;
    let project = project(&app, &caller, &place.project)?;
    let found = app
        .end_user(&caller, &project, convert::named(&place.end_user))
        .await?
        .ok_or_else(|| Error::not_found("no such end user"))?;
    Ok(ok(&convert::end_user(found)))
}

/// Registers a person, or adds to what is known of one. What is absent stays as it is known.
#[utoipa::path(put, path = "/projects/{project}/end-users/{end_user}", tag = "end users", params(EndUserPath),
    request_body = EndUserBody,
    responses(
        (status = 200, description = "The person was known.", body = wire::EndUser),
        (status = 201, description = "The person is new.", body = wire::EndUser),
    )
)]
pub(in super::super) async fn put_end_user(
    State(app): State<Arc<App>>,
    MayWrite(caller): MayWrite,
    At(place): At<EndUserPath>,
    body: Body<EndUserBody>,
) -> Answer {
    let project = project(&app, &caller, &place.project)?;
    if matches!(convert::named(&place.end_user), RowRef::Id(_)) {
        return Err(Error::invalid("end_user", "name the person by the application's id").into());
    }
    let draft = convert::end_user_draft(body.value);
    let (user, created) = app
        .put_end_user(&caller, &project, &place.end_user, draft)
        .await?;
    Ok(json(written(created), &convert::end_user(user)))
}
