//! Handing on to the project's upstream what Candor does not answer.

use super::auth::{Access, access};
use super::cors;
use super::error::Rejection;
use super::remember;
use crate::app::App;
use crate::domain::Dialect;
use crate::error::Error;
use crate::upstream::{Onward, Passing, admit};
use axum::extract::{FromRequest, OriginalUri, Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;

/// The path under which Dify's clients find its service API.
const ROOT: &str = "/v1";
/// What a page may be told that paths allow which only the upstream knows.
const ALLOWED: &str = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";

/// A request whose project has no upstream, so that it is answered here. Taking it hands others on; the rejection is the
/// upstream's answer.
#[derive(Debug)]
pub(super) struct Here(pub(super) Request);

impl FromRequest<Arc<App>> for Here {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        match access(app, request.headers()) {
            Ok(access) if has_upstream(&access) => Err(pass_on(app, &access, request).await),
            // Who may not call at all is told so in the path's own order of checks.
            _ => Ok(Self(request)),
        }
    }
}

/// The answer to every path that is not answered here: the upstream's.
pub async fn fallback(State(app): State<Arc<App>>, request: Request) -> Response {
    let access = match access(&app, request.headers()) {
        Ok(access) => access,
        Err(rejection) => return stranger(&app, rejection, &request),
    };
    if has_upstream(&access) {
        return pass_on(&app, &access, request).await;
    }
    Rejection::no_upstream().into_response()
}

/// The answer to who does not say for which app they call. Where there is no upstream, no other path is there either.
fn stranger(app: &App, rejection: Rejection, request: &Request) -> Response {
    if !app.directory().has_upstream(Dialect::Dify) {
        return Rejection::no_such_path().into_response();
    }
    let headers = request.headers();
    // A browser asks without the key whether it may send the key.
    if request.method() == Method::OPTIONS
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
    {
        return cors::options(ALLOWED, headers);
    }
    cors::opened(cors::origin(headers), Err(rejection))
}

/// Whether the app's project has an upstream that speaks Dify's dialect.
pub(super) fn has_upstream(access: &Access) -> bool {
    Passing::upstream(&access.project, Dialect::Dify).is_some()
}

/// The upstream's answer, or why there is none.
pub(super) async fn pass_on(app: &App, access: &Access, request: Request) -> Response {
    let origin = cors::origin(request.headers());
    match handed_on(app, access, request).await {
        // The upstream says itself which pages may read its answer.
        Ok(answer) => answer,
        Err(rejection) => cors::opened(origin, Err(rejection)),
    }
}

/// Hands a request on, with the project's credential if it has one.
pub(super) async fn handed_on(
    app: &App,
    access: &Access,
    mut request: Request,
) -> Result<Response, Rejection> {
    admit(&access.caller, &access.project, request.method())?;
    if let Some(secret) = app.vendor_credential(&access.project)?.secret {
        let mut value =
            HeaderValue::try_from(format!("Bearer {secret}")).map_err(Error::internal)?;
        value.set_sensitive(true);
        request.headers_mut().insert(header::AUTHORIZATION, value);
    }
    // Routers take their own part off the path.
    if let Some(OriginalUri(uri)) = request.extensions().get::<OriginalUri>().cloned() {
        *request.uri_mut() = uri;
    }
    let path = request.uri().path();
    let path = path.strip_prefix(ROOT).unwrap_or(path);
    let passing = request.extensions().get::<Arc<Passing>>().cloned();
    let passing = passing.ok_or_else(|| Error::internal("nothing hands requests on"))?;
    let onward = Onward {
        project: Arc::clone(&access.project),
        root: ROOT,
        read: remember::reader(request.method(), path),
        request,
    };
    Ok(passing.pass(onward).await?)
}
