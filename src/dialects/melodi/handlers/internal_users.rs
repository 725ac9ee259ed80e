//! External users who belong to the organization rather than to the public.

use super::{Answer, known_project, ok, read};
use crate::app::App;
use crate::dialects::melodi::auth::Private;
use crate::dialects::melodi::convert::ProjectRef;
use crate::dialects::melodi::error::Rejection;
use crate::dialects::melodi::wire;
use crate::domain::Caller;
use axum::extract::{Request, State};
use std::sync::Arc;

/// `POST /user-internal-for-project/bulk`
pub(in super::super) async fn set_internal(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    request: Request,
) -> Answer {
    set(&app, &caller, request, true).await
}

/// `DELETE /user-internal-for-project/bulk`, with a body.
pub(in super::super) async fn set_not_internal(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    request: Request,
) -> Answer {
    set(&app, &caller, request, false).await
}

async fn set(app: &App, caller: &Caller, request: Request, internal: bool) -> Answer {
    let body: wire::InternalUsersBody = read(app, request.into_body()).await?;
    let required = |name| Rejection::bad_request(format!("{name} is required"));
    let number = body.project_id.ok_or_else(|| required("projectId"))?;
    let people = body
        .external_user_ids
        .ok_or_else(|| required("externalUserIds"))?;
    let project = known_project(app, caller, &ProjectRef::Number(number))?
        .ok_or_else(|| Rejection::bad_request("Project not found"))?;
    let count = app
        .set_internal_end_users(caller, &project, people, internal)
        .await?;
    Ok(ok(&wire::Changed { count }))
}
