//! Handing on to the application's upstream what Candor does not answer, signed anew.

use super::auth::{Expected, Signed};
use super::credential;
use super::error::{Rejection, Resource};
use super::remember;
use super::settings::Settings;
use super::sigv4;
use crate::app::App;
use crate::dialects::answer::Methods;
use crate::domain::{Dialect, Project, Scope};
use crate::error::Error;
use crate::upstream::{self, Onward, Passing, Place, Read};
use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;

/// The path under which Amazon Q's clients find applications.
const ROOT: &str = "/applications";

/// What people do with an application begins with one of these, after its id. All else is administration.
const OF_PEOPLE: [&str; 3] = ["conversations", "attachments", "relevant-content"];

/// Hands requests on whose signature was checked.
#[derive(Clone, Debug)]
pub(super) struct PassOn {
    app: Arc<App>,
    passing: Arc<Passing>,
}

/// What became of a request that an upstream may answer.
#[derive(Debug)]
pub(super) enum Passed {
    /// The upstream's answer.
    On(Response),
    /// The application has no upstream: the request is to be answered here.
    Here(Box<Signed>),
}

/// The answer to every path that is not answered here: the upstream's.
pub(super) async fn fallback(
    State(app): State<Arc<App>>,
    Extension(settings): Extension<Arc<Settings>>,
    Extension(passing): Extension<Arc<Passing>>,
    request: Request,
) -> Result<Response, Rejection> {
    let pass_on = PassOn::new(app, passing);
    pass_on
        .unanswered(&settings, request, StatusCode::NOT_FOUND)
        .await
}

/// The same for a method that is not answered here on a path that is.
pub(super) async fn wrong_method(
    State(app): State<Arc<App>>,
    Extension(settings): Extension<Arc<Settings>>,
    Extension(passing): Extension<Arc<Passing>>,
    Extension(methods): Extension<Methods>,
    request: Request,
) -> Result<Response, Response> {
    let pass_on = PassOn::new(app, passing);
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let answered = pass_on.unanswered(&settings, request, status).await;
    answered.map_err(|rejection| methods.told(rejection.into_response()))
}

impl PassOn {
    pub(super) const fn new(app: Arc<App>, passing: Arc<Passing>) -> Self {
        Self { app, passing }
    }

    /// The upstream's answer to a request that is not answered here. `status` is the refusal's where there is no upstream.
    async fn unanswered(
        &self,
        settings: &Settings,
        request: Request,
        status: StatusCode,
    ) -> Result<Response, Rejection> {
        let upstreams = self.app.directory().has_upstream(Dialect::AmazonQ);
        let expected = if is_chat(&request) {
            Expected::Streamed
        } else if upstreams {
            Expected::Onward
        } else {
            Expected::Small
        };
        let signed = match Signed::read(&self.app, settings, request, expected).await {
            Ok(signed) => signed,
            Err(refused) if upstreams => return Err(refused),
            Err(_) => return Err(Rejection::unknown_operation(status)),
        };
        let id = signed.segment(2);
        let project = match signed.application(&self.app, &id) {
            Ok(project) => project,
            Err(unknown) if upstreams && !id.is_empty() => return Err(unknown),
            Err(_) => return Err(Rejection::unknown_operation(status)),
        };
        if !has_upstream(&project) {
            let is_chat = is_conversations(&signed) && signed.method == Method::POST;
            let status = if is_chat {
                StatusCode::NOT_FOUND
            } else {
                status
            };
            return Err(Rejection::no_upstream(status));
        }
        let segments: Vec<_> = signed.segments().skip(2).collect();
        let segments: Vec<_> = segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            // Paths that servers may read as others, and votes, which are answered here or not at all.
            path if path.contains(&"") || path.contains(&"feedback") => {
                Err(Rejection::unknown_operation(status))
            }
            [_, "conversations"]
                if signed.method == Method::POST && !signed.has_parameter("sync") =>
            {
                upstream::admit(&signed.caller, &project, &signed.method)?;
                Err(Rejection::chat_streams())
            }
            _ => self.pass(signed, project).await,
        }
    }

    /// The upstream's answer, if the application has one; else the request comes back.
    pub(super) async fn or_here(&self, signed: Signed) -> Result<Passed, Rejection> {
        match signed.application(&self.app, &signed.segment(2)) {
            Ok(project) if has_upstream(&project) => {
                self.pass(signed, project).await.map(Passed::On)
            }
            _ => Ok(Passed::Here(Box::new(signed))),
        }
    }

    /// Hands a request on, signed with the project's credential.
    async fn pass(&self, signed: Signed, project: Arc<Project>) -> Result<Response, Rejection> {
        upstream::admit(&signed.caller, &project, &signed.method)?;
        if !is_of_people(&signed) {
            App::require(&signed.caller, Scope::Admin)?;
        }
        let Some(upstream) = Passing::upstream(&project, Dialect::AmazonQ) else {
            return Err(Rejection::not_found(Resource::application(
                signed.segment(2),
            )));
        };
        let credential = self.app.vendor_credential(&project)?;
        let read = read_of(&signed);
        let uri = unsigned(&signed.uri)?;
        let place = Place {
            root: ROOT,
            uri: &uri,
        };
        let at = place.under(&upstream.base_url)?;
        let Signed {
            method,
            mut headers,
            body,
            ..
        } = signed;
        let now = self.app.clock().now();
        credential::sign(&credential, &method, &at, &mut headers, &body, now)?;
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        let onward = Onward {
            project: Arc::clone(&project),
            root: ROOT,
            request,
            read,
        };
        Ok(self.passing.pass(onward).await?)
    }
}

fn has_upstream(project: &Project) -> bool {
    Passing::upstream(project, Dialect::AmazonQ).is_some()
}

/// Whether a request may be `Chat`, whose body does not end before it is answered.
fn is_chat(request: &Request) -> bool {
    let uri = request.uri();
    let parameters = sigv4::parameters(uri.query().unwrap_or_default());
    let says_sync = parameters.is_some_and(|all| all.iter().any(|(name, _)| name == b"sync"));
    *request.method() == Method::POST && uri.path().ends_with("/conversations") && !says_sync
}

/// Whether it is the path of an application's conversations, to which questions are posted.
fn is_conversations(signed: &Signed) -> bool {
    signed.segment(3) == "conversations" && signed.segments().count() == 4
}

/// Whether what is asked for is what people do, rather than administration. An id holds no slash, so that a path which
/// has one in a segment is of neither kind, and left to administrators.
fn is_of_people(signed: &Signed) -> bool {
    let begins = OF_PEOPLE.contains(&signed.segment(3).as_str());
    begins && !signed.segments().any(|segment| segment.contains('/'))
}

/// How the exchange is read, if anything can be learnt from it.
fn read_of(signed: &Signed) -> Option<Read> {
    let talks = signed.segment(3) == "conversations"
        && (signed.method == Method::POST || signed.method == Method::DELETE);
    talks.then_some(remember::read)
}

/// Path and query as the client wrote them, without the signature that may stand in the query.
fn unsigned(uri: &Uri) -> Result<Uri, Error> {
    let path = uri.path();
    let query = uri.query().map(sigv4::unsigned_query).unwrap_or_default();
    let written = if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    };
    written.parse().map_err(Error::internal)
}
