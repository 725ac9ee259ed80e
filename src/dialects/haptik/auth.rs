//! How Haptik's clients carry their key: `Authorization: Bearer TOKEN`, with the client's id in a header of its own.

use super::error::Rejection;
use crate::app::{App, Credential};
use crate::dialects::answer;
use crate::domain::{ApiKey, Caller, Dialect};
use axum::http::{HeaderMap, HeaderName};
use subtle::ConstantTimeEq as _;

/// The client's id, as it is documented and as some clients spell it.
pub(super) const CLIENT_ID: [HeaderName; 2] = [
    HeaderName::from_static("client-id"),
    HeaderName::from_static("client_id"),
];

/// Who calls: the token must be known, and the client's id must be the one that belongs to it.
pub(super) fn caller(app: &App, headers: &HeaderMap) -> Result<Caller, Rejection> {
    let credential = answer::bearer(headers).map(|secret| Credential {
        dialect: Dialect::Haptik,
        secret,
    });
    credential
        .map_or(Ok(None), |credential| app.authenticate(credential))?
        .filter(|key| is_the_clients(key, headers))
        .map(|key| key.caller())
        .ok_or_else(Rejection::unauthorized)
}

fn is_the_clients(key: &ApiKey, headers: &HeaderMap) -> bool {
    let named = CLIENT_ID
        .iter()
        .find_map(|name| answer::header_text(headers, name));
    match (named, &key.client_id) {
        (Some(named), Some(own)) => named.as_bytes().ct_eq(own.as_bytes()).into(),
        _ => false,
    }
}
