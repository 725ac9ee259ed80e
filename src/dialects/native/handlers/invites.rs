//! One-time links.

use super::session::welcome;
use super::{Answer, json, ok};
use crate::app::{App, Cursor, IssuedInvite};
use crate::dialects::native::auth::MayAdminister;
use crate::dialects::native::convert;
use crate::dialects::native::error::Rejection;
use crate::dialects::native::request::{At, Body, Parameters};
use crate::dialects::native::visitor::Visitor;
use crate::dialects::native::wire::{self, Accepting, InvitePath, InviteToken, List, NewInvite};
use crate::error::Error;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// Lists the links that nobody has used, oldest first.
#[utoipa::path(get, path = "/invites", tag = "accounts", params(wire::PageQuery), responses(
    (status = 200, description = "A part of the list.", body = List<wire::Invite>),
))]
pub(in super::super) async fn list_invites(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    Parameters(query): Parameters<wire::PageQuery>,
) -> Answer {
    let paging = convert::paging(query.cursor.as_deref(), query.limit.as_deref())?;
    let invites = app.list_invites(&caller).await?;
    let page = convert::page_of(invites, &paging, |invite| Cursor {
        at: invite.created_at,
        id: invite.id.0,
    });
    let directory = app.directory();
    Ok(ok(&convert::shown(page, |invite| {
        convert::invite(&directory, &invite)
    })))
}

/// Makes a one-time link for a new account. It is in the answer and nowhere else, and can be used for seven days.
#[utoipa::path(post, path = "/invites", tag = "accounts", request_body = NewInvite, responses(
    (status = 201, description = "The link.", body = wire::IssuedInvite),
    (status = 404, description = "No such project.", body = wire::Problem, content_type = "application/problem+json"),
    (status = 409, description = "An account has this e-mail address already.", body = wire::Problem,
        content_type = "application/problem+json"),
))]
pub(in super::super) async fn create_invite(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    visitor: Visitor,
    body: Body<NewInvite>,
) -> Answer {
    let draft = convert::invite_draft(&app.directory(), &caller, body.value)?;
    let link = app.create_invite(&caller, draft).await?;
    Ok(issued(&app, &visitor, &link))
}

/// Takes a link back.
#[utoipa::path(delete, path = "/invites/{id}", tag = "accounts", params(InvitePath), responses(
    (status = 204, description = "The link is worth nothing any more."),
))]
pub(in super::super) async fn delete_invite(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    At(place): At<InvitePath>,
) -> Result<StatusCode, Rejection> {
    let id = place
        .id
        .parse()
        .map_err(|_| Error::not_found("no such link"))?;
    app.delete_invite(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows what a link is for, to whoever has it.
#[utoipa::path(post, path = "/invites/look", tag = "session", security(()), request_body = InviteToken, responses(
    (status = 200, description = "What it is for.", body = wire::InviteLook),
    (status = 404, description = "It is not known, was used, is over, or was taken back.", body = wire::Problem,
        content_type = "application/problem+json"),
))]
pub(in super::super) async fn look_at_invite(
    State(app): State<Arc<App>>,
    body: Body<InviteToken>,
) -> Answer {
    let invite = app.look_at_invite(&body.value.token).await?;
    Ok(ok(&convert::invite_look(&app.directory(), &invite)))
}

/// Uses a link, once: makes the account, or gives it a new password, and signs in.
#[utoipa::path(post, path = "/invites/accept", tag = "session", security(()), request_body = Accepting, responses(
    (status = 201, description = "Who is signed in.", body = wire::Me),
    (status = 404, description = "It is not known, was used, is over, or was taken back.", body = wire::Problem,
        content_type = "application/problem+json"),
    (status = 409, description = "An account has this e-mail address already.", body = wire::Problem,
        content_type = "application/problem+json"),
))]
pub(in super::super) async fn accept_invite(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    body: Body<Accepting>,
) -> Answer {
    let token = body.value.token.clone();
    let accepting = convert::accepting(body.value);
    let signed_in = app.accept_invite(&token, accepting).await?;
    Ok(welcome(&app, StatusCode::CREATED, &visitor, &signed_in)?)
}

/// A link, as it is answered once.
pub(super) fn issued(app: &App, visitor: &Visitor, link: &IssuedInvite) -> Response {
    let answer = convert::issued_invite(&app.directory(), link, &visitor.url());
    json(StatusCode::CREATED, &answer)
}
