//! Accounts, and the log of who changed what.

use super::invites::issued;
use super::{Answer, json, ok};
use crate::app::{App, Cursor};
use crate::dialects::native::auth::MayAdminister;
use crate::dialects::native::convert;
use crate::dialects::native::error::Rejection;
use crate::dialects::native::request::{At, Body, Parameters};
use crate::dialects::native::visitor::Visitor;
use crate::dialects::native::wire::{
    self, AccountChange, AccountPath, AuditQuery, List, NewAccount,
};
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;

/// Lists the accounts of the workspace, oldest first, disabled ones included.
#[utoipa::path(get, path = "/accounts", tag = "accounts", params(wire::PageQuery), responses(
    (status = 200, description = "A part of the list.", body = List<wire::Account>),
))]
pub(in super::super) async fn list_accounts(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    Parameters(query): Parameters<wire::PageQuery>,
) -> Answer {
    let paging = convert::paging(query.cursor.as_deref(), query.limit.as_deref())?;
    let accounts = app.list_accounts(&caller).await?;
    let page = convert::page_of(accounts, &paging, |(account, _)| Cursor {
        at: account.created_at,
        id: account.id.0,
    });
    Ok(ok(&convert::shown(page, |(account, seen)| {
        convert::account(&account, seen)
    })))
}

/// Makes an account with a password. People who are to choose their own are invited instead.
#[utoipa::path(post, path = "/accounts", tag = "accounts", request_body = NewAccount, responses(
    (status = 201, description = "The account was made.", body = wire::Account),
    (status = 404, description = "No such project.", body = wire::Problem, content_type = "application/problem+json"),
    (status = 409, description = "An account has this e-mail address already.", body = wire::Problem,
        content_type = "application/problem+json"),
))]
pub(in super::super) async fn create_account(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    body: Body<NewAccount>,
) -> Answer {
    let draft = convert::account_draft(&app.directory(), &caller, body.value)?;
    let account = app.create_account(&caller, draft).await?;
    Ok(json(StatusCode::CREATED, &convert::account(&account, None)))
}

/// Changes an account. One that is disabled is signed out everywhere.
#[utoipa::path(patch, path = "/accounts/{account}", tag = "accounts", params(AccountPath), request_body = AccountChange,
    responses(
        (status = 200, description = "The account as it is now.", body = wire::Account),
        (status = 409, description = "It is the last owner, who can neither be disabled nor become anything else.",
            body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(in super::super) async fn change_account(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    At(place): At<AccountPath>,
    body: Body<AccountChange>,
) -> Answer {
    let known = app.account(&caller, &place.account)?;
    let change = convert::account_change(&app.directory(), &caller, body.value)?;
    let account = app.change_account(&caller, known.id, change).await?;
    let accounts = app.list_accounts(&caller).await?;
    let seen = accounts
        .into_iter()
        .find(|(other, _)| other.id == account.id);
    let seen = seen.and_then(|(_, seen)| seen);
    Ok(ok(&convert::account(&account, seen)))
}

/// Signs an account out everywhere.
#[utoipa::path(delete, path = "/accounts/{account}/sessions", tag = "accounts", params(AccountPath), responses(
    (status = 204, description = "The account is signed out."),
))]
pub(in super::super) async fn sign_out_account(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    At(place): At<AccountPath>,
) -> Result<StatusCode, Rejection> {
    let known = app.account(&caller, &place.account)?;
    app.sign_out_account(&caller, known.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a one-time link by which whoever has the account gives it a new password. It can be used for a day.
#[utoipa::path(post, path = "/accounts/{account}/password-link", tag = "accounts", params(AccountPath), responses(
    (status = 201, description = "The link.", body = wire::IssuedInvite),
    (status = 409, description = "The account is disabled.", body = wire::Problem,
        content_type = "application/problem+json"),
))]
pub(in super::super) async fn create_password_link(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    visitor: Visitor,
    At(place): At<AccountPath>,
) -> Answer {
    let known = app.account(&caller, &place.account)?;
    let link = app.create_password_link(&caller, known.id).await?;
    Ok(issued(&app, &visitor, &link))
}

/// Lists who changed what, the latest first.
#[utoipa::path(get, path = "/audit", tag = "accounts", params(AuditQuery), responses(
    (status = 200, description = "A part of the list.", body = List<wire::AuditEntry>),
))]
pub(in super::super) async fn list_audit(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    Parameters(query): Parameters<AuditQuery>,
) -> Answer {
    let paging = convert::paging(query.cursor.as_deref(), query.limit.as_deref())?;
    let directory = app.directory();
    let project = match &query.project {
        Some(named) => Some(directory.project_named(&caller, named)?.id),
        None => None,
    };
    let account = match &query.account {
        Some(named) => Some(app.account(&caller, named)?.id),
        None => None,
    };
    let filter = convert::audit_filter(&query, &caller, project, account)?;
    let page = app.audit_log(&caller, filter, paging).await?;
    Ok(ok(&convert::shown(page, |entry| {
        convert::audit_entry(&directory, entry)
    })))
}
