//! How the native API carries a key, `Authorization: Bearer …`, or a session, the cookie `candor_session`.
//!
//! What a route needs is an argument of its handler, so that a key that may not is refused before anything else of the
//! request is read. The application checks it again.

use super::error::Rejection;
use super::handlers::session::COOKIE;
use super::visitor::require_own_page;
use crate::app::{App, Credential};
use crate::domain::{Caller, Dialect, Scope, Session};
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

/// Who calls, and may define attributes.
#[derive(Clone, Copy, Debug)]
pub(super) struct MayDefine(pub(super) Caller);

/// Somebody who is signed in, for what is of sessions: no key has one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Here(pub(super) Session);

/// Who calls, with a key that may manage projects, keys and attributes.
#[derive(Clone, Copy, Debug)]
pub(super) struct MayAdminister(pub(super) Caller);

impl FromRequestParts<Arc<App>> for MayRead {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Rejection> {
        caller_with(app, parts, Scope::FeedbackRead).await.map(Self)
    }
}

impl FromRequestParts<Arc<App>> for MayWrite {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Rejection> {
        caller_with(app, parts, Scope::FeedbackWrite)
            .await
            .map(Self)
    }
}

impl FromRequestParts<Arc<App>> for MayCreate {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Rejection> {
        let caller = caller(app, parts).await?;
        App::require_creating_feedback(&caller)?;
        Ok(Self(caller))
    }
}

impl FromRequestParts<Arc<App>> for MayDefine {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Rejection> {
        let caller = caller(app, parts).await?;
        App::require_defining_attributes(&caller)?;
        Ok(Self(caller))
    }
}

impl FromRequestParts<Arc<App>> for Here {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Rejection> {
        if parts.headers.contains_key(header::AUTHORIZATION) {
            key(app, &parts.headers)?;
            let message = "a key is not signed in: this is for accounts";
            return Err(Error::new(ErrorKind::Forbidden, message).into());
        }
        let session = session(app, parts).await?;
        let nobody = || refused("nobody is signed in");
        Ok(Self(session.ok_or_else(nobody)?))
    }
}

impl FromRequestParts<Arc<App>> for MayAdminister {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Rejection> {
        caller_with(app, parts, Scope::Admin).await.map(Self)
    }
}

async fn caller_with(app: &App, parts: &Parts, scope: Scope) -> Result<Caller, Rejection> {
    let caller = caller(app, parts).await?;
    App::require(&caller, scope)?;
    Ok(caller)
}

/// A key counts before a session: who sends one means it.
async fn caller(app: &App, parts: &Parts) -> Result<Caller, Rejection> {
    if parts.headers.contains_key(header::AUTHORIZATION) {
        return key(app, &parts.headers).map_err(Rejection::from);
    }
    match session(app, parts).await? {
        Some(session) => Ok(session.caller()),
        None => Err(refused(
            "there is no key: send the header Authorization: Bearer and the key, or sign in",
        )
        .into()),
    }
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::Unauthenticated, message)
}

fn key(app: &App, headers: &HeaderMap) -> Result<Caller, Error> {
    let secret = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
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

/// The session that a request carries, if it carries one. A browser sends the cookie whoever asks it to, so what changes something
/// must come from a page of this server's own.
async fn session(app: &App, parts: &Parts) -> Result<Option<Session>, Rejection> {
    let Some(token) = cookie(&parts.headers) else {
        return Ok(None);
    };
    let session = app.session(token).await?;
    let session = session.ok_or_else(|| refused("this session is over: sign in again"))?;
    require_own_page(parts)?;
    Ok(Some(session))
}

/// The session's token among the cookies.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(name, token)| (name == COOKIE).then_some(token))
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
    use super::{bearer, cookie};
    use axum::http::HeaderMap;

    #[test]
    fn a_session_is_found_among_other_cookies() {
        for (cookies, token) in [
            (&["candor_session=cns_x"][..], Some("cns_x")),
            (&["a=b; candor_session=cns_x; c=d"], Some("cns_x")),
            (&["a=b", "candor_session=cns_x"], Some("cns_x")),
            (&["not_candor_session=cns_x"], None),
            (&["candor_session"], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for cookie in cookies {
                headers.append("cookie", cookie.parse().unwrap());
            }
            assert_eq!(cookie(&headers), token, "{cookies:?}");
        }
    }

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
