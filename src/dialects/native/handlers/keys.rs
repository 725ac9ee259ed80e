//! Keys.

use super::{Answer, administered, json, ok};
use crate::app::{App, Cursor};
use crate::dialects::native::auth::MayAdminister;
use crate::dialects::native::convert;
use crate::dialects::native::request::{At, Body, IdempotencyKey, Parameters};
use crate::dialects::native::wire::{self, KeyChange, KeyPath, List, NewKey};
use crate::domain::ApiKeyId;
use crate::domain::vote::Ask;
use crate::error::{Error, Result};
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;

/// Lists the keys of the workspace, or of the project that the key opens; oldest first, revoked ones included.
#[utoipa::path(get, path = "/keys", tag = "keys", params(wire::PageQuery), responses(
    (status = 200, description = "A part of the list.", body = List<wire::Key>),
))]
pub(in super::super) async fn list_keys(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    Parameters(query): Parameters<wire::PageQuery>,
) -> Answer {
    let paging = convert::paging(query.cursor.as_deref(), query.limit.as_deref())?;
    let keys = app.list_keys(&caller)?;
    let page = convert::page_of(keys, &paging, |key| Cursor {
        at: key.created_at,
        id: key.id.0,
    });
    let directory = app.directory();
    Ok(ok(&convert::shown(page, |key| {
        convert::key(&directory, &key)
    })))
}

/// Makes a key, or takes along one that clients hold already. Its secret is in the answer and nowhere else.
///
/// With an `Idempotency-Key`, the request sent again makes no second key; it is answered with 409, because the secret
/// cannot be shown again.
#[utoipa::path(post, path = "/keys", tag = "keys", params(IdempotencyKey), request_body = NewKey, responses(
    (status = 201, description = "The key, with its secret.", body = wire::IssuedKey),
    (status = 404, description = "No such project.", body = wire::Problem, content_type = "application/problem+json"),
    (status = 409, description = "A key with this secret exists already, or the `Idempotency-Key` was used before.",
        body = wire::Problem, content_type = "application/problem+json"),
))]
pub(in super::super) async fn create_key(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    idempotency: IdempotencyKey,
    body: Body<NewKey>,
) -> Answer {
    let idempotency = idempotency.of(&caller, &body.bytes);
    let project = match &body.value.project {
        Some(name) => Some(administered(&app, &caller, name)?.id),
        None => None,
    };
    let draft = convert::key_draft(body.value, project);
    let issued = app.create_key(&caller, draft, idempotency).await?;
    let answer = wire::IssuedKey {
        key: convert::key(&app.directory(), &issued.key),
        secret: issued.secret,
    };
    Ok(json(StatusCode::CREATED, &answer))
}

/// Shows a key, without its secret.
#[utoipa::path(get, path = "/keys/{id}", tag = "keys", params(KeyPath), responses(
    (status = 200, description = "The key.", body = wire::Key),
))]
pub(in super::super) async fn get_key(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    At(place): At<KeyPath>,
) -> Answer {
    let key = app.key(&caller, key_id(&place)?)?;
    Ok(ok(&convert::key(&app.directory(), &key)))
}

/// Changes how many requests are taken of a key, from now on. That is for keys of the workspace.
#[utoipa::path(patch, path = "/keys/{id}", tag = "keys", params(KeyPath), request_body = KeyChange, responses(
    (status = 200, description = "The key as it is now.", body = wire::Key),
))]
pub(in super::super) async fn change_key(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    At(place): At<KeyPath>,
    body: Body<KeyChange>,
) -> Answer {
    let id = key_id(&place)?;
    let limit = Ask::from(body.value.rate_limit.map(convert::rate_limit));
    let key = match limit {
        Ask::Absent => app.key(&caller, id)?,
        Ask::Clear => app.limit_key(&caller, id, None).await?,
        Ask::Set(limit) => app.limit_key(&caller, id, Some(limit)).await?,
    };
    Ok(ok(&convert::key(&app.directory(), &key)))
}

/// Revokes a key: no request that carries it is accepted from now on. Revoking it again changes nothing.
#[utoipa::path(delete, path = "/keys/{id}", tag = "keys", params(KeyPath), responses(
    (status = 200, description = "The key, which is revoked.", body = wire::Key),
))]
pub(in super::super) async fn revoke_key(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    At(place): At<KeyPath>,
) -> Answer {
    let key = app.revoke_key(&caller, key_id(&place)?).await?;
    Ok(ok(&convert::key(&app.directory(), &key)))
}

/// What is no id of ours is nobody's.
fn key_id(place: &KeyPath) -> Result<ApiKeyId> {
    place
        .id
        .parse()
        .map_err(|_| Error::not_found("no such key"))
}
