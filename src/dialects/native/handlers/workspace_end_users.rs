//! People whom the workspace as a whole knows, and so each of its projects.

use super::{Answer, json, ok, written};
use crate::app::App;
use crate::dialects::native::auth::{MayRead, MayWrite};
use crate::dialects::native::convert;
use crate::dialects::native::request::{At, Body, Parameters};
use crate::dialects::native::wire::{self, EndUserBody, List, WorkspaceEndUserPath};
use crate::domain::vote::RowRef;
use crate::error::Error;
use crate::limits;
use axum::extract::State;
use std::sync::Arc;

/// Lists the people whom all projects know, the latest first.
#[utoipa::path(get, path = "/end-users", tag = "end users", params(wire::PageQuery),
    responses((status = 200, description = "A part of the list.", body = List<wire::EndUser>))
)]
pub(in super::super) async fn list_workspace_end_users(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    Parameters(query): Parameters<wire::PageQuery>,
) -> Answer {
    let paging = convert::paging(query.cursor.as_deref(), query.limit.as_deref())?;
    let page = app.list_workspace_end_users(&caller, paging).await?;
    Ok(ok(&convert::shown(page, convert::end_user)))
}

/// Shows a person whom all projects know.
#[utoipa::path(get, path = "/end-users/{end_user}", tag = "end users", params(WorkspaceEndUserPath),
    responses((status = 200, description = "The person.", body = wire::EndUser))
)]
pub(in super::super) async fn get_workspace_end_user(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    At(place): At<WorkspaceEndUserPath>,
) -> Answer {
    convert::bounded("end_user", &place.end_user, limits::EXTERNAL_ID_CHARACTERS)?;
    let found = app
        .workspace_end_user(&caller, &convert::named(&place.end_user))
        .await?
        .ok_or_else(|| Error::not_found("no such end user"))?;
    Ok(ok(&convert::end_user(found)))
}

/// Registers a person whom all projects know, or adds to what is known of one. What is absent stays as it is known.
#[utoipa::path(put, path = "/end-users/{end_user}", tag = "end users", params(WorkspaceEndUserPath),
    request_body = EndUserBody,
    responses(
        (status = 200, description = "The person was known.", body = wire::EndUser),
        (status = 201, description = "The person is new.", body = wire::EndUser),
    )
)]
pub(in super::super) async fn put_workspace_end_user(
    State(app): State<Arc<App>>,
    MayWrite(caller): MayWrite,
    At(place): At<WorkspaceEndUserPath>,
    body: Body<EndUserBody>,
) -> Answer {
    App::require_whole_workspace(&caller)?;
    if matches!(convert::named(&place.end_user), RowRef::Id(_)) {
        return Err(Error::invalid("end_user", "name the person by the application's id").into());
    }
    let draft = convert::end_user_draft(body.value);
    let (user, created) = app
        .put_workspace_end_user(&caller, caller.workspace, &place.end_user, draft)
        .await?;
    Ok(json(written(created), &convert::end_user(user)))
}
