//! What every request passes, in one layer: its id, the bounds on headers and time, panics, the log line and the metrics.
//!
//! One layer and not five: each one more costs an allocation a request, and most of what they note is the same.

use super::metrics::Metrics;
use crate::clock;
use crate::dialects;
use crate::error::{Error, ErrorKind};
use crate::limits;
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
}

/// The layer around a service.
#[derive(Clone, Debug)]
pub(super) struct Passing<S> {
    inner: S,
    metrics: Arc<Metrics>,
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
    pub(super) const fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics }
    }
}

impl<S> Layer<S> for EveryRequest {
    type Service = Passing<S>;

    fn layer(&self, inner: S) -> Passing<S> {
        Passing {
            inner,
            metrics: Arc::clone(&self.metrics),
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
        Passage {
            inner: (!many).then(|| self.inner.call(request)),
            deadline: tokio::time::sleep(WHOLE_TIME),
            notes: Some(notes),
            metrics: Arc::clone(&self.metrics),
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
        let answer = match this.inner.as_pin_mut() {
            None => Err(Trouble::ManyHeaders),
            Some(inner) => {
                // What a panic leaves half done is never looked at again: the request's future is dropped.
                match catch_unwind(AssertUnwindSafe(|| inner.poll(context))) {
                    Ok(Poll::Ready(Ok(answer))) => Ok(answer),
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
        answer.headers_mut().insert(REQUEST_ID, self.id);
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
