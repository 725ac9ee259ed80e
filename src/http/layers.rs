//! What every request passes, in one layer: its id, the bounds on headers and time, panics, the log line and the metrics.
//!
//! One layer and not five: each one more costs an allocation a request, and most of what they note is the same.

use super::metrics::Metrics;
use super::turns::{Asker, Turn, Turns, Wait};
use crate::app::{CountedFor, counting};
use crate::clock;
use crate::dialects;
use crate::error::{Error, ErrorKind};
use crate::limits;
use crate::upstream::{HandedOn, noting_handing_on};
use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use pin_project_lite::pin_project;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tower::{Layer, Service};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest that a request may take: its body, then its answer.
const WHOLE_TIME: Duration = limits::BODY_TIME.saturating_add(limits::ANSWER_TIME);

/// The layer.
#[derive(Clone, Debug)]
pub(super) struct EveryRequest {
    metrics: Arc<Metrics>,
    turns: Arc<Turns>,
    whole_time: Duration,
}

/// The layer around a service.
#[derive(Clone, Debug)]
pub(super) struct Passing<S> {
    inner: S,
    layer: EveryRequest,
}

pin_project! {
    /// A request under way.
    pub(super) struct Passage<F> {
        #[pin]
        inner: Option<F>,
        #[pin]
        deadline: tokio::time::Sleep,
        notes: Option<Notes>,
        metrics: Arc<Metrics>,
        // Whether it is being handed on, and takes as long as its upstream does.
        handed_on: bool,
        counted: CountedFor,
        // Whose turns are taken, and where the next one is noted.
        turns: Arc<Turns>,
        asker: Option<Asker>,
        turn: Turn,
        wait: Option<Wait>,
    }
}

/// What is kept of a request until it is answered.
struct Notes {
    id: HeaderValue,
    method: Method,
    uri: Uri,
    route: Option<MatchedPath>,
    begun: Instant,
}

impl EveryRequest {
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Self {
            metrics,
            turns: Arc::default(),
            whole_time: WHOLE_TIME,
        }
    }
}

impl<S> Layer<S> for EveryRequest {
    type Service = Passing<S>;

    fn layer(&self, inner: S) -> Passing<S> {
        Passing {
            inner,
            layer: self.clone(),
        }
    }
}

impl<S> Service<Request> for Passing<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Passage<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Passage<S::Future> {
        let notes = Notes {
            id: request_id(&request),
            method: request.method().clone(),
            uri: request.uri().clone(),
            route: request.extensions().get::<MatchedPath>().cloned(),
            begun: Instant::now(),
        };
        // HTTP/1.1 bounds the number itself while it parses; HTTP/2 bounds only their size.
        let many = request.headers().len() > limits::HEADERS;
        let asker = request.extensions().get::<Asker>().cloned();
        let turn = asker
            .as_ref()
            .map_or(Ok(None), |asker| self.layer.turns.next(asker));
        let (turn, wait) = match turn {
            Ok(turn) => (turn, None),
            Err(wait) => (None, Some(wait)),
        };
        Passage {
            inner: (!many).then(|| self.inner.call(request)),
            deadline: tokio::time::sleep(self.layer.whole_time),
            notes: Some(notes),
            metrics: Arc::clone(&self.layer.metrics),
            handed_on: false,
            counted: CountedFor::default(),
            turns: Arc::clone(&self.layer.turns),
            asker,
            turn,
            wait,
        }
    }
}

impl<F> Future for Passage<F>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Some(wait) = this.wait {
            let Poll::Ready(turn) = wait.as_mut().poll(context) else {
                return Poll::Pending;
            };
            (*this.turn, *this.wait) = (turn, None);
        }
        let answer = match this.inner.as_pin_mut() {
            None => Err(Trouble::ManyHeaders),
            Some(inner) => {
                // What a panic leaves half done is never looked at again: the request's future is dropped.
                let poll = || catch_unwind(AssertUnwindSafe(|| inner.poll(context)));
                let (polled, handed_on) = counting(this.counted, || noting_handing_on(poll));
                *this.handed_on |= handed_on;
                if polled.as_ref().is_ok_and(Poll::is_ready) || *this.handed_on {
                    // What is handed on takes as long as another server does, and none of this one's time.
                    *this.turn = None;
                }
                if let (Some(asker), Some(project)) = (&this.asker, this.counted.project()) {
                    this.turns.was_for(asker, project);
                }
                match polled {
                    Ok(Poll::Ready(Ok(answer))) => Ok(answer),
                    Ok(Poll::Pending) if *this.handed_on => return Poll::Pending,
                    Ok(Poll::Pending) if this.deadline.poll(context).is_pending() => {
                        return Poll::Pending;
                    }
                    Ok(Poll::Pending) => Err(Trouble::Late),
                    Err(_) => Err(Trouble::Panicked),
                }
            }
        };
        Poll::Ready(Ok(match this.notes.take() {
            Some(notes) => notes.finished(answer, this.metrics),
            None => dialects::rejection("", Error::internal("a request was answered twice")),
        }))
    }
}

/// Why a handler has no answer.
enum Trouble {
    ManyHeaders,
    Late,
    Panicked,
}

impl Notes {
    fn finished(self, answer: Result<Response, Trouble>, metrics: &Metrics) -> Response {
        let mut answer = answer.unwrap_or_else(|trouble| trouble.answer(self.uri.path()));
        let took = self.begun.elapsed();
        self.log(&answer, took);
        // An upstream's answer stays as it is, with the ids that the upstream gave.
        if answer.extensions().get::<HandedOn>().is_none() {
            if let Some(name) = dialects::request_id_header(self.uri.path()) {
                answer.headers_mut().insert(name, self.id.clone());
            }
            answer.headers_mut().insert(REQUEST_ID, self.id);
        }
        metrics.answered(&self.method, self.route.as_ref(), answer.status(), took);
        answer
    }

    /// One line a request. Of the query only that there is one: its values may be anything.
    fn log(&self, answer: &Response<Body>, took: Duration) {
        let status = answer.status();
        if status.is_server_error() {
            tracing::warn!(
                method = %self.method, path = self.uri.path(), query = self.uri.query().is_some(),
                status = status.as_u16(), id = ?self.id, ?took, "request failed"
            );
        } else {
            tracing::debug!(
                method = %self.method, path = self.uri.path(), query = self.uri.query().is_some(),
                status = status.as_u16(), id = ?self.id, ?took, "request"
            );
        }
    }
}

impl Trouble {
    /// The answer in the shape of the dialect whose path was called.
    fn answer(self, path: &str) -> Response {
        match self {
            Self::ManyHeaders => {
                let message = format!("more than {} header fields", limits::HEADERS);
                let mut answer =
                    dialects::rejection(path, Error::new(ErrorKind::TooLarge, message));
                *answer.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
                answer
            }
            Self::Late => dialects::rejection(
                path,
                Error::new(
                    ErrorKind::Unavailable,
                    "no answer in time; what was asked may have been done or not",
                ),
            ),
            Self::Panicked => dialects::rejection(path, Error::internal("a handler panicked")),
        }
    }
}

/// The id that the client gave, if it is short and plain; else a new one.
fn request_id(request: &Request) -> HeaderValue {
    request
        .headers()
        .get(REQUEST_ID)
        .filter(|id| {
            (1..=limits::REQUEST_ID_BYTES).contains(&id.len())
                && id.as_bytes().iter().all(u8::is_ascii_graphic)
        })
        .cloned()
        .unwrap_or_else(new_request_id)
}

fn new_request_id() -> HeaderValue {
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    let id = clock::new_id();
    HeaderValue::from_str(id.hyphenated().encode_lower(&mut text))
        .unwrap_or_else(|_| HeaderValue::from_static("-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{App, AppOptions};
    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tower::ServiceExt as _;

    fn layer() -> EveryRequest {
        EveryRequest {
            whole_time: Duration::from_millis(20),
            ..EveryRequest::new(Arc::new(Metrics::of_nobody()))
        }
    }

    async fn answer(request: axum::http::request::Builder) -> Response {
        let router = Router::new()
            .route("/fine/{id}", get(|| async { "fine" }))
            .route("/panic", get(panics))
            .route("/v1/late", get(std::future::pending::<()>))
            .route("/applications/late", get(std::future::pending::<()>))
            .layer(layer());
        router
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
    }

    async fn panics() -> StatusCode {
        panic!("told to")
    }

    fn id(answer: &Response) -> &str {
        answer.headers()[REQUEST_ID].to_str().unwrap()
    }

    #[tokio::test]
    async fn a_clients_id_comes_back() {
        let request = Request::get("/fine/1").header("x-request-id", "client-7");
        assert_eq!(id(&answer(request).await), "client-7");
    }

    #[tokio::test]
    async fn an_id_that_is_missing_or_unfit_is_made() {
        let long = "x".repeat(limits::REQUEST_ID_BYTES + 1);
        for unfit in ["", "two words", "ü", long.as_str()] {
            let request = Request::get("/fine/1").header("x-request-id", unfit.as_bytes());
            assert_eq!(id(&answer(request).await).len(), 36, "{unfit}");
        }
        assert_eq!(id(&answer(Request::get("/nowhere")).await).len(), 36);
    }

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        let answer = answer(Request::get("/panic")).await;
        assert_eq!(id(&answer).len(), 36);
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[tokio::test]
    async fn a_late_answer_is_given_up() {
        let answer = answer(Request::get("/v1/late")).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test]
    async fn a_dialect_tells_the_id_in_its_own_header_too() {
        let answer = answer(Request::get("/applications/late")).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()["x-amzn-requestid"], id(&answer));
        for name in ["x-amzn-errortype", "retry-after", "x-amz-retry-after"] {
            assert!(answer.headers().contains_key(name), "{name}");
        }
    }

    #[tokio::test]
    async fn too_many_header_fields_are_refused() {
        let mut request = Request::get("/fine/1");
        for place in 0..=limits::HEADERS {
            request = request.header(format!("x-{place}"), "1");
        }
        let status = answer(request).await.status();
        assert_eq!(status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }

    /// A vendor's server that takes its time.
    async fn slow_upstream() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream
                .read_buf(&mut Vec::with_capacity(1024))
                .await
                .unwrap();
            tokio::time::sleep(Duration::from_millis(200)).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx-request-id: vendors\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        });
        url
    }

    #[tokio::test]
    async fn what_is_handed_on_takes_as_long_as_its_upstream_and_stays_as_it_is() {
        let app = App::open(AppOptions {
            allow_private_upstreams: true,
            ..AppOptions::in_memory()
        });
        let passing = crate::upstream::Passing::new(Arc::new(app.unwrap()));
        let (passing, url) = (Arc::new(passing), slow_upstream().await);
        let hand_on = async move |request: Request| passing.send_to(&url, request).await.unwrap();
        let router = Router::new()
            .route("/applications/x", get(hand_on))
            .layer(layer());
        let request = Request::get("/applications/x").body(Body::empty()).unwrap();
        let answer = router.oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(id(&answer), "vendors");
        assert!(!answer.headers().contains_key("x-amzn-requestid"));
    }
}
