//! How Melodi's clients carry their key: in the header `api-key`, in the query as `apiKey`, or as a bearer.
//!
//! What a route needs is an argument of its handler, so that a key that may not is refused before anything else of the
//! request is read. The application checks it again.

use super::error::Rejection;
use super::query::Parameters;
use crate::app::{App, Credential};
use crate::dialects::answer;
use crate::domain::{Caller, Dialect};
use axum::extract::FromRequestParts;
use axum::http::HeaderName;
use axum::http::request::Parts;
use std::sync::Arc;

/// The header that may carry a key.
pub(super) const API_KEY: HeaderName = HeaderName::from_static("api-key");

/// Who calls, with a key that is not publishable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Private(pub(super) Caller);

/// Who calls, with a key that may create feedback: publishable keys may do nothing else.
#[derive(Clone, Copy, Debug)]
pub(super) struct MayCreate(pub(super) Caller);

impl FromRequestParts<Arc<App>> for Private {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Rejection> {
        let caller = caller(app, parts)?;
        if caller.publishable {
            return Err(Rejection::unauthorized(
                "this key is publishable: it creates feedback and does nothing else",
            ));
        }
        Ok(Self(caller))
    }
}

impl FromRequestParts<Arc<App>> for MayCreate {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Rejection> {
        let caller = caller(app, parts)?;
        App::require_creating_feedback(&caller)?;
        Ok(Self(caller))
    }
}

/// Who calls, by the first key that a request carries.
pub(super) fn caller(app: &App, parts: &Parts) -> Result<Caller, Rejection> {
    let parameters = Parameters::of(&parts.uri);
    let credential = secret(parts, &parameters).map(|secret| Credential {
        dialect: Dialect::Melodi,
        secret,
    });
    credential
        .map_or(Ok(None), |credential| app.authenticate(credential))?
        .map(|key| key.caller())
        .ok_or_else(Rejection::bad_key)
}

/// The first secret of those that a request may carry. One that is empty is none: a client without a key sends it so.
fn secret<'request>(
    parts: &'request Parts,
    parameters: &'request Parameters,
) -> Option<&'request str> {
    let in_header = answer::header_text(&parts.headers, &API_KEY).map(str::trim);
    [
        in_header,
        parameters.first("apiKey"),
        answer::bearer(&parts.headers),
    ]
    .into_iter()
    .flatten()
    .find(|secret| !secret.is_empty())
}
