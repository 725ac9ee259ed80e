//! How Dify's clients carry their key: `Authorization: Bearer app-…`.

use super::error::Rejection;
use crate::app::{App, Credential};
use crate::domain::{Caller, Dialect, Project};
use axum::http::{HeaderMap, header};
use std::borrow::Cow;
use std::sync::Arc;

/// What a key opens.
#[derive(Debug)]
pub(super) struct Access {
    /// Who calls.
    pub(super) caller: Caller,
    /// The app whose key it is.
    pub(super) project: Arc<Project>,
}

/// Checks the key, then the state of its app, in Dify's order (`api/controllers/service_api/wraps.py`).
pub(super) fn access(app: &App, headers: &HeaderMap) -> Result<Access, Rejection> {
    let value = headers
        .get(header::AUTHORIZATION)
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    let secret = bearer(value.as_ref())?;
    let key = app
        .authenticate(Credential {
            dialect: Dialect::Dify,
            secret,
        })?
        .ok_or_else(|| Rejection::unauthorized("Access token is invalid"))?;
    let directory = app.directory();
    let project = key
        .project
        .and_then(|project| directory.project(project))
        .filter(|project| project.deleted_at.is_none())
        .ok_or_else(|| Rejection::forbidden("The app no longer exists."))?;
    if !project.enabled {
        return Err(Rejection::forbidden(
            "The app's API service has been disabled.",
        ));
    }
    Ok(Access {
        caller: key.caller(),
        project: Arc::clone(project),
    })
}

/// The key in an `Authorization` header: what follows the scheme (in any case) and any number of spaces.
fn bearer<'header>(value: Option<&'header Cow<'_, str>>) -> Result<&'header str, Rejection> {
    let missing =
        || Rejection::unauthorized("Authorization header must be provided and start with 'Bearer'");
    let value = value.ok_or_else(missing)?.trim();
    let (scheme, secret) = value.split_once(' ').ok_or_else(missing)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Rejection::unauthorized(
            "Authorization scheme must be 'Bearer'",
        ));
    }
    Ok(secret.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(header: &str) -> Option<String> {
        bearer(Some(&Cow::Borrowed(header))).ok().map(str::to_owned)
    }

    #[test]
    fn the_scheme_may_be_in_any_case() {
        for header in ["Bearer app-x", "bearer app-x", "BEARER app-x"] {
            assert_eq!(secret(header).as_deref(), Some("app-x"));
        }
    }

    #[test]
    fn spaces_before_the_key_do_not_count() {
        assert_eq!(secret("Bearer   app-x").as_deref(), Some("app-x"));
    }

    #[test]
    fn words_after_the_key_belong_to_it() {
        assert_eq!(secret("Bearer app-x y").as_deref(), Some("app-x y"));
    }

    #[test]
    fn other_schemes_and_bare_keys_are_refused() {
        for header in ["Basic app-x", "app-x", "Bearer", "Bearer ", ""] {
            assert_eq!(secret(header), None);
        }
    }
}
