//! Handing on to the project's upstream what Candor does not answer.

use super::auth;
use super::error::Rejection;
use crate::app::App;
use crate::dialects::answer::{self, Methods};
use crate::domain::{Caller, Dialect, Project};
use crate::error::Error;
use crate::upstream::{self, Onward, Passing};
use axum::Extension;
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;

/// The path under which Melodi's clients find the API.
const ROOT: &str = "/api/external";

/// The answer to every path that is not answered here: the upstream's.
pub(super) async fn elsewhere(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Response, Rejection> {
    handed_on(&app, request, StatusCode::NOT_FOUND).await
}

/// The same for a method that is not answered here on a path that is.
pub(super) async fn wrong_method(
    State(app): State<Arc<App>>,
    Extension(methods): Extension<Methods>,
    request: Request,
) -> Result<Response, Response> {
    let answered = handed_on(&app, request, StatusCode::METHOD_NOT_ALLOWED).await;
    answered.map_err(|rejection| methods.told(rejection.into_response()))
}

/// The upstream's answer. `status` is the refusal's where there is no upstream.
async fn handed_on(app: &App, request: Request, status: StatusCode) -> Result<Response, Rejection> {
    let (mut parts, body) = request.into_parts();
    let caller = match auth::caller(app, &parts) {
        Ok(caller) => caller,
        Err(refused) if app.directory().has_upstream(Dialect::Melodi) => return Err(refused),
        Err(_) => return Err(Rejection::not_answered(status)),
    };
    let project = destination(app, &caller).ok_or_else(|| Rejection::no_upstream(status))?;
    upstream::admit(&caller, &project, &parts.method)?;
    // Routers take their own part off the path.
    if let Some(OriginalUri(uri)) = parts.extensions.get::<OriginalUri>().cloned() {
        parts.uri = uri;
    }
    if let Some(secret) = app.vendor_credential(&project)?.secret {
        parts.uri = without_key(&parts.uri)?;
        put_into_headers(&mut parts.headers, &secret)?;
    }
    let passing = parts.extensions.get::<Arc<Passing>>().cloned();
    let passing = passing.ok_or_else(|| Error::internal("nothing hands requests on"))?;
    let onward = Onward {
        project,
        root: ROOT,
        request: Request::from_parts(parts, body),
        read: None,
    };
    Ok(answer::handed_on(passing.pass(onward).await?))
}

/// The project whose upstream it is: the key's own, or of those of the workspace the first that has one.
fn destination(app: &App, caller: &Caller) -> Option<Arc<Project>> {
    app.directory().find_project(caller, |project| {
        Passing::upstream(project, Dialect::Melodi).is_some()
    })
}

/// Puts the project's secret wherever the headers carry the client's key, or where they may.
fn put_into_headers(headers: &mut HeaderMap, secret: &str) -> Result<(), Error> {
    if !headers.contains_key(header::AUTHORIZATION) {
        headers.insert(auth::API_KEY, HeaderValue::from_static(""));
    }
    for (name, written) in [
        (auth::API_KEY, secret.to_owned()),
        (header::AUTHORIZATION, format!("Bearer {secret}")),
    ] {
        if headers.contains_key(&name) {
            let mut value = HeaderValue::try_from(written).map_err(Error::internal)?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }
    Ok(())
}

/// Takes the client's key out of the query, which otherwise stays as it was written. The secret does not take its place
/// there: servers repeat queries in their answers, such as redirections and links to next pages.
fn without_key(uri: &Uri) -> Result<Uri, Error> {
    let Some(query) = uri.query() else {
        return Ok(uri.clone());
    };
    let pairs: Vec<_> = query.split('&').filter(|pair| !is_key(pair)).collect();
    let written = if pairs.is_empty() {
        uri.path().to_owned()
    } else {
        format!("{}?{}", uri.path(), pairs.join("&"))
    };
    written.parse().map_err(Error::internal)
}

/// Whether a pair of a query is the key, however it is escaped.
fn is_key(pair: &str) -> bool {
    url::form_urlencoded::parse(pair.as_bytes()).any(|(name, _)| name == "apiKey")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_taken_out_of_the_query() {
        for (written, expected) in [
            ("/api/external/logs", "/api/external/logs"),
            ("/a?apiKey=abc&x=%20y+z", "/a?x=%20y+z"),
            ("/a?x&api%4Bey=abc&apiKey=", "/a?x"),
            ("/a?APIKEY=abc&apiKeys=1", "/a?APIKEY=abc&apiKeys=1"),
            ("http://h/a?apiKey=abc", "/a"),
        ] {
            let uri = without_key(&written.parse().unwrap()).unwrap();
            assert_eq!(uri.to_string(), expected);
        }
    }

    #[test]
    fn the_secret_takes_the_keys_place_in_headers() {
        let mut headers = HeaderMap::new();
        put_into_headers(&mut headers, "s").unwrap();
        assert_eq!(headers.values().collect::<Vec<_>>(), ["s"]);
        for name in ["api-key", "authorization"] {
            headers.append(name, HeaderValue::from_static("client"));
            headers.append(name, HeaderValue::from_static("client"));
        }
        put_into_headers(&mut headers, "s").unwrap();
        let put: Vec<_> = headers.values().collect();
        assert_eq!(put, ["s", "Bearer s"]);
        assert!(put.iter().all(|value| value.is_sensitive()));
    }
}
