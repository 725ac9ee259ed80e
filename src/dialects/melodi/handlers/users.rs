//! External users.

use super::{Answer, known_project, ok, organization, read};
use crate::app::{App, PeopleFilter};
use crate::dialects::melodi::auth::Private;
use crate::dialects::melodi::convert::{self, Person, ProjectRef};
use crate::dialects::melodi::error::Rejection;
use crate::dialects::melodi::query::Parameters;
use crate::dialects::melodi::wire;
use crate::domain::vote::RowRef;
use crate::domain::{Caller, ProjectId};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::Uri;
use std::sync::Arc;

/// `PUT /users`
pub(in super::super) async fn create_or_update_user(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    request: Request,
) -> Answer {
    let body = read(&app, request.into_body()).await?;
    put(&app, &caller, body).await
}

/// `PATCH /users/{externalId}`: the person must be known.
pub(in super::super) async fn update_user(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Answer {
    // Asked before anybody is looked up: a key of one project is not to learn who is known.
    App::require_whole_workspace(&caller)?;
    let Ok(Path(external_id)) = path else {
        return Err(Rejection::bad_request("the path is not UTF-8"));
    };
    let body: wire::ExternalUserBody = read(&app, request.into_body()).await?;
    let named = body.external_id.as_ref();
    if named.is_some_and(|named| *named != external_id) {
        return Err(Rejection::bad_request(
            "externalId must be the one in the path",
        ));
    }
    let known = RowRef::External(external_id.clone());
    if app.workspace_end_user(&caller, &known).await?.is_none() {
        return Err(Rejection::bad_request("User not found"));
    }
    let body = wire::ExternalUserBody {
        external_id: Some(external_id),
        ..body
    };
    put(&app, &caller, body).await
}

async fn put(app: &App, caller: &Caller, body: wire::ExternalUserBody) -> Answer {
    App::require_whole_workspace(caller)?;
    let person =
        Person::of(Some(body))?.ok_or_else(|| Rejection::bad_request("externalId is required"))?;
    let (end_user, _) = app
        .put_workspace_end_user(caller, caller.workspace, &person.external_id, person.draft)
        .await?;
    Ok(ok(&convert::end_user(organization(app, caller), end_user)))
}

/// `GET /users`
pub(in super::super) async fn list_users(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    uri: Uri,
) -> Answer {
    let parameters = Parameters::of(&uri);
    let (skip, limit) = parameters.page()?;
    let filter = PeopleFilter {
        talks_in: asked_project(&app, &caller, &parameters)?,
        since: parameters.time("after")?,
        until: parameters.time("before")?,
    };
    let (count, people) = app.people(&caller, filter, skip, limit).await?;
    let organization = organization(&app, &caller);
    let shown = |end_user| convert::end_user(organization, end_user);
    Ok(ok(&wire::Counted {
        count,
        rows: people.into_iter().map(shown).collect(),
    }))
}

/// `GET /users/segment-types`
pub(in super::super) async fn list_segment_types(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    uri: Uri,
) -> Answer {
    let talks_in = asked_project(&app, &caller, &Parameters::of(&uri))?;
    let segments = app.segments(&caller, talks_in).await?;
    Ok(ok(&convert::segment_types(
        organization(&app, &caller),
        segments,
    )))
}

/// The project that a list is to be narrowed to.
fn asked_project(
    app: &App,
    caller: &Caller,
    parameters: &Parameters,
) -> Result<Option<ProjectId>, Rejection> {
    let Some(number) = parameters.number("projectId")? else {
        return Ok(None);
    };
    let project = known_project(app, caller, &ProjectRef::Number(number))?;
    Ok(project.map(|project| project.id))
}
