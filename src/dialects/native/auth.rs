//! How the native API carries a key: `Authorization: Bearer …`.
//!
//! What a route needs is an argument of its handler, so that a key that may not is refused before anything else of the
//! request is read. The application checks it again.

use super::error::Rejection;
use crate::app::{App, Credential};
use crate::domain::{Caller, Dialect, Scope};
use crate::error::{Error, ErrorKind};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use std::sync::Arc;

/// Who calls, with a key that may read feedback.
#[derive(Clone, Copy, Debug)]
pub(super) struct MayRead(pub(super) Caller);

/// Who calls, with a key that may write feedback.
#[derive(Clone, Copy, Debug)]
pub(super) struct MayWrite(pub(super) Caller);

/// Who calls, with a key that may create feedback: publishable keys may do nothing else.
#[derive(Clone, Copy, Debug)]
pub(super) struct MayCreate(pub(super) Caller);

/// Who calls, with a key that may manage projects, keys and attributes.
#[derive(Clone, Copy, Debug)]
pub(super) struct MayAdminister(pub(super) Caller);

impl FromRequestParts<Arc<App>> for MayRead {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Rejection> {
        caller_with(app, parts, Scope::FeedbackRead).map(Self)
    }
}

impl FromRequestParts<Arc<App>> for MayWrite {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Rejection> {
        caller_with(app, parts, Scope::FeedbackWrite).map(Self)
    }
}

impl FromRequestParts<Arc<App>> for MayCreate {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Rejection> {
        let caller = caller(app, &parts.headers)?;
        App::require_creating_feedback(&caller)?;
        Ok(Self(caller))
    }
}

impl FromRequestParts<Arc<App>> for MayAdminister {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Rejection> {
        caller_with(app, parts, Scope::Admin).map(Self)
    }
}

fn caller_with(app: &App, parts: &Parts, scope: Scope) -> Result<Caller, Rejection> {
    let caller = caller(app, &parts.headers)?;
    App::require(&caller, scope)?;
    Ok(caller)
}

fn caller(app: &App, headers: &HeaderMap) -> Result<Caller, Rejection> {
    let refused = |message| Error::new(ErrorKind::Unauthenticated, message);
    let value = headers.get(header::AUTHORIZATION).ok_or_else(|| {
        refused("there is no key: send the header Authorization: Bearer and the key")
    })?;
    let secret = std::str::from_utf8(value.as_bytes())
        .ok()
        .and_then(bearer)
        .ok_or_else(|| refused("the header Authorization must be Bearer and the key"))?;
    let key = app
        .authenticate(Credential {
            dialect: Dialect::Native,
            secret,
        })?
        .ok_or_else(|| refused("this key is not known, or was revoked"))?;
    Ok(key.caller())
}

/// What follows the scheme, which may be in any case.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, secret) = value.trim().split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| secret.trim_start())
}

#[cfg(test)]
mod tests {
    use super::bearer;

    #[test]
    fn the_scheme_may_be_in_any_case() {
        for header in ["Bearer cnd_x", "bearer cnd_x", " BEARER  cnd_x "] {
            assert_eq!(bearer(header), Some("cnd_x"));
        }
    }

    #[test]
    fn other_schemes_and_bare_keys_are_refused() {
        for header in ["Basic cnd_x", "cnd_x", "Bearer", "Bearer ", ""] {
            assert_eq!(bearer(header), None);
        }
    }
}
