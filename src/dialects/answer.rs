//! What dialects share: reading bodies within bounds, and writing answers.

use crate::domain::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::limits;
use crate::upstream::{Failure, Passing};
use axum::body::{Body, Bytes, HttpBody as _};
use axum::handler::Handler;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, any};
use axum::{BoxError, Extension};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Serialize;
use serde_json::Value;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

/// Whether whoever asks reads gzip.
pub fn takes_gzip(asked: &HeaderMap) -> bool {
    let codings = asked.get_all(header::ACCEPT_ENCODING).iter();
    codings
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let named = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
            let refused = |weight: &str| {
                let weight = weight.trim_start_matches(['q', 'Q', '=', ' ']);
                weight.parse() == Ok(0.0)
            };
            named && !parts.any(refused)
        })
}

/// Reads a whole body of at most `most` bytes, within [`limits::BODY_TIME`].
pub async fn read_body(body: Body, most: usize) -> Result<Bytes, Error> {
    let read = tokio::time::timeout(limits::BODY_TIME, Limited::new(body, most).collect()).await;
    match read {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) => Err(unread(error, most)),
        Err(_) => Err(late()),
    }
}

/// Why a body was not read.
fn unread(error: BoxError, most: usize) -> Error {
    if error.is::<LengthLimitError>() {
        let message = format!("the body has more than {most} bytes");
        return Error::new(ErrorKind::TooLarge, message);
    }
    Error::new(ErrorKind::Invalid, "the body did not arrive whole").because(error)
}

fn late() -> Error {
    let message = format!(
        "the body did not arrive within {} seconds",
        limits::BODY_TIME.as_secs()
    );
    Error::new(ErrorKind::Invalid, message)
}

/// Reads a body that goes on whole, such that all of them together have a bound too.
pub async fn read_held_body(body: Body, most: usize, passing: &Passing) -> Result<Bytes, Error> {
    let mut held = passing.hold();
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(most);
    let mut whole = Vec::with_capacity(expected.min(most));
    let mut body = Limited::new(body, most);
    let all = async {
        while let Some(frame) = body.frame().await {
            if let Ok(part) = frame.map_err(|error| unread(error, most))?.into_data() {
                if !held.grow_to(whole.len() + part.len()) {
                    let message =
                        "too many large bodies are being handed on; nothing was sent, try again";
                    return Err(Error::new(ErrorKind::Busy, message));
                }
                whole.extend_from_slice(&part);
            }
        }
        Ok(())
    };
    let read = tokio::time::timeout(limits::BODY_TIME, all).await;
    read.unwrap_or_else(|_| Err(late()))?;
    Ok(held.whole(whole.into()))
}

/// Reads a whole JSON body of at most `most` bytes, whatever its `Content-Type` says.
pub async fn read_json(body: Body, most: usize) -> Result<Value, Error> {
    parse_json(&read_body(body, most).await?)
}

/// The JSON that a body is.
pub fn parse_json(bytes: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(bytes).map_err(|error| {
        let message = if bytes.is_empty() {
            "the body is empty; it must be JSON".to_owned()
        } else {
            format!("the body is not JSON: {error}")
        };
        Error::new(ErrorKind::Invalid, message)
    })
}

/// The secret of an `Authorization: Bearer` header; the scheme may be in any case.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = header_text(headers, &header::AUTHORIZATION)?
        .trim()
        .split_once(' ')?;
    Some(secret.trim_start()).filter(|_| scheme.eq_ignore_ascii_case("bearer"))
}

/// A time as JavaScript writes it: `2023-12-01T06:35:45.123Z`.
pub fn milliseconds(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// Lets browsers call a vendor's interface from any page.
pub fn open_to_pages() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(Any)
        // Not a star, which browsers do not take for `Authorization`.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([header::RETRY_AFTER, HeaderName::from_static("x-request-id")])
}

/// An answer that was made outside of [`open_to_pages`], such that pages may read it too.
pub fn opened(mut response: Response) -> Response {
    response.headers_mut().insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}

/// The head of an upstream's answer, as it was before any layer.
#[derive(Clone, Debug)]
struct UpstreamHead(HeaderMap);

/// Marks an answer as an upstream's, for [`keep_the_upstreams_word`].
pub fn handed_on(mut response: Response) -> Response {
    let says = header::ACCESS_CONTROL_ALLOW_ORIGIN;
    if response.headers().contains_key(says) {
        let head = UpstreamHead(response.headers().clone());
        response.extensions_mut().insert(head);
    }
    response
}

/// Where an upstream says itself which pages may read its answer, that stands, and not what [`open_to_pages`] says of
/// ours. To be applied outside of that layer, with `axum::middleware::map_response`.
pub async fn keep_the_upstreams_word(mut response: Response) -> Response {
    if let Some(UpstreamHead(head)) = response.extensions_mut().remove() {
        *response.headers_mut() = head;
    }
    response
}

/// The methods of a path that are answered here.
#[derive(Clone, Copy, Debug)]
pub struct Methods(&'static str);

impl Methods {
    /// The answer, which says them if another method is refused.
    pub fn told(self, mut answer: Response) -> Response {
        if answer.status() == StatusCode::METHOD_NOT_ALLOWED {
            let methods = HeaderValue::from_static(self.0);
            answer.headers_mut().insert(header::ALLOW, methods);
        }
        answer
    }
}

/// A path of which some methods are answered here. `others` is given all others, with the extension [`Methods`].
///
/// It has to begin with `any`: else these methods would be written into upstreams' answers to others.
pub fn only<S, H, T>(methods: &'static str, route: MethodRouter<S>, others: H) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
    H: Handler<T, S>,
    T: 'static,
{
    any(others).layer(Extension(Methods(methods))).merge(route)
}

/// Whether a `Content-Type` is JSON: `application/json` or `application/…+json`, in any case, with any parameters.
pub fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return false;
    };
    let essence = value.to_str().unwrap_or("").split(';').next().unwrap_or("");
    let essence = essence.trim().to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// A JSON answer. `content_type` is the vendor's spelling of it.
pub fn json(status: StatusCode, content_type: &'static str, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => (
            status,
            [(header::CONTENT_TYPE, HeaderValue::from_static(content_type))],
            bytes,
        )
            .into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The status that says what kind of failure it is, where a vendor has no other for it.
pub const fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Invalid => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::UnsupportedType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorKind::Busy => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The seconds that the client is asked to wait where the failure passes by itself: as many as it will last, where that is
/// known.
pub fn retry_after(error: &Error) -> Option<u32> {
    let passes = matches!(error.kind(), ErrorKind::Busy | ErrorKind::Unavailable);
    let known = error.wait().map(|wait| {
        let begun = u64::from(wait.subsec_nanos() > 0);
        u32::try_from(wait.as_secs().saturating_add(begun)).unwrap_or(u32::MAX)
    });
    passes.then(|| known.unwrap_or(0).max(limits::RETRY_AFTER_SECONDS))
}

/// The same where something was to be handed on. Only where it surely was not: else what was asked may have been done, and
/// whether to ask again is for who asked.
pub fn retry_after_failure(failure: &Failure) -> Option<u32> {
    retry_after(&failure.error).filter(|_| failure.error.kind() == ErrorKind::Busy)
}

/// The answer with `Retry-After`, if [`retry_after`] says so.
pub fn with_retry_after(seconds: Option<u32>, mut response: Response) -> Response {
    if let Some(seconds) = seconds {
        let seconds = HeaderValue::from(seconds);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// Tells the log what the client does not hear. Called once for each failure that is answered.
///
/// What the client hears, and the field that it names, may quote what was sent: a secret, or somebody's words. That is for
/// the client alone.
pub fn log_failure(error: &Error) {
    use std::error::Error as _;
    let kind = error.kind();
    match (kind, error.source()) {
        (ErrorKind::Internal, source) => {
            tracing::error!(
                ?kind,
                source = source.map(tracing::field::display),
                "request failed"
            );
        }
        (_, Some(source)) => tracing::warn!(?kind, %source, "request failed"),
        (_, None) => tracing::debug!(?kind, "request refused"),
    }
}

/// A header's value as text; none if it is missing or is not text.
pub fn header_text<'headers>(
    headers: &'headers HeaderMap,
    name: &HeaderName,
) -> Option<&'headers str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{App, AppOptions};
    use std::io;
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::Duration;

    /// A log that is kept in memory.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(error: &Error) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(log, || log_failure(error));
        let bytes = kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn what_was_sent_stays_out_of_the_log() {
        let sent = || Error::invalid("my_private_field", "unknown variant `MY PRIVATE WORDS`");
        let internal = Error::new(ErrorKind::Internal, "MY PRIVATE WORDS").because("a full disk");
        for (error, kind) in [
            (sent(), "Invalid"),
            (sent().because("a full disk"), "Invalid"),
            (internal, "Internal"),
        ] {
            let log = logged(&error);
            assert!(log.contains(kind), "{log}");
            assert!(!log.to_lowercase().contains("private"), "{log}");
        }
    }

    #[tokio::test]
    async fn large_bodies_are_refused_while_others_take_their_memory_and_small_ones_are_not() {
        let app = App::open(AppOptions::in_memory()).unwrap();
        let passing = Passing::new(Arc::new(app));
        let mut others = passing.hold();
        assert!(others.grow_to(limits::HELD_BYTES + limits::BODY_BYTES));
        let read = async |bytes: usize| {
            let body = Body::from(vec![b'x'; bytes]);
            read_held_body(body, 2 * limits::BODY_BYTES, &passing).await
        };
        let small = read(limits::BODY_BYTES).await.unwrap();
        assert_eq!(small.len(), limits::BODY_BYTES);
        let large = read(limits::BODY_BYTES + 1).await.unwrap_err();
        assert_eq!(large.kind(), ErrorKind::Busy);
        drop(others);
        let large = read(limits::BODY_BYTES + 1).await.unwrap();
        assert_eq!(large.len(), limits::BODY_BYTES + 1);
        let more = read(2 * limits::BODY_BYTES + 1).await.unwrap_err();
        assert_eq!(more.kind(), ErrorKind::TooLarge);
    }

    #[test]
    fn who_is_asked_to_wait_is_told_whole_seconds_and_never_too_few() {
        for (milliseconds, seconds) in [(0, 1), (1, 1), (1000, 1), (1001, 2), (59_500, 60)] {
            let error = Error::busy_for(Duration::from_millis(milliseconds), "too many");
            assert_eq!(retry_after(&error), Some(seconds), "{milliseconds}");
        }
        assert_eq!(
            retry_after(&Error::new(ErrorKind::Unavailable, "later")),
            Some(1)
        );
        assert_eq!(retry_after(&Error::not_found("never")), None);
    }

    #[test]
    fn times_are_cut_to_milliseconds() {
        for (time, written) in [
            ("2023-12-01T06:35:45.123987Z", "2023-12-01T06:35:45.123Z"),
            ("2023-12-01T06:35:45Z", "2023-12-01T06:35:45.000Z"),
        ] {
            assert_eq!(milliseconds(time.parse().unwrap()), written);
        }
    }

    #[test]
    fn the_log_hears_the_cause() {
        let log = logged(&Error::internal("the disk is on fire"));
        assert!(log.contains("the disk is on fire"), "{log}");
    }
}
