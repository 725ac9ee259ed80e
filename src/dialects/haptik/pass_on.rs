//! Handing on to the vendor all but feedback, where the project has an upstream.

use super::auth::{CLIENT_ID, caller};
use super::convert;
use super::error::Rejection;
use super::form;
use super::remember;
use crate::app::{App, VendorCredential};
use crate::dialects::answer::{self, Methods};
use crate::domain::{Caller, Dialect, Project};
use crate::error::{Error, Result};
use crate::limits;
use crate::upstream::{Onward, Passing, admit};
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use serde_json::Value;
use std::sync::Arc;

/// The path under which clients find the API.
const ROOT: &str = "/v1.0";

/// What came of a request that may be handed on: the upstream's answer, or why there is none.
pub(super) type Answer = Result<Response, Rejection>;

/// The answer to every path that is not answered here: the upstream's, to who has a key.
pub async fn fallback(State(app): State<Arc<App>>, request: Request) -> Response {
    let caller = match caller(&app, request.headers()) {
        Ok(caller) => caller,
        Err(rejection) if app.directory().has_upstream(Dialect::Haptik) => {
            return rejection.into_response();
        }
        Err(_) => return Rejection::no_such_path().into_response(),
    };
    match unless_handed_on(&app, &caller, request).await {
        Ok(_) => Rejection::no_upstream().into_response(),
        Err(answer) => answer.into_response(),
    }
}

/// The answer to a method that is not answered here on a path that is: the upstream's, if there is one.
pub(super) async fn other_method(
    State(app): State<Arc<App>>,
    Extension(methods): Extension<Methods>,
    request: Request,
) -> Response {
    let refused = || methods.told(Rejection::wrong_method().into_response());
    let Ok(caller) = caller(&app, request.headers()) else {
        return refused();
    };
    match unless_handed_on(&app, &caller, request).await {
        Ok(_) => refused(),
        Err(answer) => answer.into_response(),
    }
}

/// Hands a request on if it concerns a project with an upstream, and gives it back if it is answered here.
pub(super) async fn unless_handed_on(
    app: &App,
    caller: &Caller,
    request: Request,
) -> Result<Request, Answer> {
    match destination(app, caller, request).await {
        Ok((request, None)) => Ok(request),
        Ok((request, Some(project))) => Err(hand_on(app, caller, project, request).await),
        Err(rejection) => Err(Err(rejection)),
    }
}

async fn hand_on(
    app: &App,
    caller: &Caller,
    project: Arc<Project>,
    mut request: Request,
) -> Answer {
    admit(caller, &project, request.method())?;
    replace_credential(app.vendor_credential(&project)?, request.headers_mut())?;
    if let Some(OriginalUri(uri)) = request.extensions().get::<OriginalUri>().cloned() {
        *request.uri_mut() = uri;
    }
    let passing = request.extensions().get::<Arc<Passing>>().cloned();
    let passing = passing.ok_or_else(|| Error::internal("nothing hands requests on"))?;
    let onward = Onward {
        project,
        root: ROOT,
        read: remember::of_path(request.uri().path(), ROOT),
        request,
    };
    Ok(passing.pass(onward).await?)
}

fn replace_credential(credential: VendorCredential, headers: &mut HeaderMap) -> Result<()> {
    let (Some(secret), Some(client)) = (credential.secret, credential.client_id) else {
        return Ok(());
    };
    for name in CLIENT_ID {
        headers.remove(name);
    }
    let [client_id, _] = CLIENT_ID;
    for (name, text) in [
        (header::AUTHORIZATION, format!("Bearer {secret}")),
        (client_id, client),
    ] {
        let mut value = HeaderValue::try_from(text).map_err(Error::internal)?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(())
}

/// The project with an upstream that a request concerns: its business's, else the first.
async fn destination(
    app: &App,
    caller: &Caller,
    request: Request,
) -> Result<(Request, Option<Arc<Project>>), Rejection> {
    let directory = app.directory();
    let Some(first) = directory.find_project(caller, has_upstream) else {
        return Ok((request, None));
    };
    // Where there is no choice, nothing has to be read before it goes on.
    if directory.projects(caller).len() == 1 {
        return Ok((request, Some(first)));
    }
    let (request, business) = business_of(request).await?;
    let of_business = |project: &Project| project.haptik_business_id == business;
    let named = business.and_then(|_| directory.find_project(caller, of_business));
    let project = named.unwrap_or(first);
    Ok((request, Some(project).filter(|it| has_upstream(it))))
}

/// The business that a request names, in its query, its JSON or its form.
async fn business_of(request: Request) -> Result<(Request, Option<i64>), Rejection> {
    let query = request.uri().query().unwrap_or_default();
    let asked = url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "business_id")
        .and_then(|(_, id)| id.parse().ok());
    if asked.is_some() {
        return Ok((request, asked));
    }
    let (parts, body) = request.into_parts();
    let kind = answer::header_text(&parts.headers, &header::CONTENT_TYPE).unwrap_or_default();
    if kind.to_ascii_lowercase().starts_with("multipart/") {
        let (begun, body) = begin(body).await?;
        let business = form::text(&begun, "business_id").and_then(|id| id.parse().ok());
        return Ok((Request::from_parts(parts, body), business));
    }
    let bytes = answer::read_body(body, limits::HAPTIK_BODY_BYTES).await?;
    let sent: Option<Value> = serde_json::from_slice(&bytes).ok();
    let business = sent.as_ref().and_then(|sent| sent.get("business_id"));
    let business = business.and_then(convert::whole);
    Ok((Request::from_parts(parts, Body::from(bytes)), business))
}

/// Reads the beginning of a form, up to its business if that is near, and gives the whole body back.
async fn begin(body: Body) -> Result<(Vec<u8>, Body), Rejection> {
    let mut rest = body.into_data_stream();
    let mut begun = Vec::new();
    let reading = async {
        while begun.len() < limits::HAPTIK_FORM_BEGINNING_BYTES
            && form::text(&begun, "business_id").is_none()
        {
            match rest.next().await {
                Some(Ok(bytes)) => begun.extend_from_slice(&bytes),
                Some(Err(_)) => return Err(Rejection::bad_body("the body did not arrive whole")),
                None => break,
            }
        }
        Ok(())
    };
    let late = |_| Rejection::bad_body("the body did not arrive in time");
    tokio::time::timeout(limits::BODY_TIME, reading)
        .await
        .map_err(late)??;
    let first = stream::iter([Ok(Bytes::from(begun.clone()))]);
    Ok((begun, Body::from_stream(first.chain(rest))))
}

fn has_upstream(project: &Project) -> bool {
    Passing::upstream(project, Dialect::Haptik).is_some()
}
