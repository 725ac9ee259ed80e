//! The headers by which browsers may call Dify's API from any page. Dify's come from flask-cors.

use super::error::Rejection;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

/// What Dify lets pages read of its answers. They are named though Candor sends none of them, because a client may
/// compare them.
const EXPOSED: HeaderValue = HeaderValue::from_static("X-Env, X-Trace-Id, X-Version");
const METHODS: HeaderValue = HeaderValue::from_static("DELETE, GET, OPTIONS, PATCH, POST, PUT");
/// The request headers that Dify lets pages send (`api/extensions/ext_blueprints.py`).
const REQUEST_HEADERS: [&str; 4] = [
    "authorization",
    "content-type",
    "x-app-code",
    "x-app-passport",
];

/// The answer, with the headers that let the page at `origin` read it. What the router refuses has none, as in Dify.
pub(super) fn opened(origin: Option<HeaderValue>, answer: Result<Response, Rejection>) -> Response {
    match answer {
        Ok(response) => with_headers(origin, response),
        Err(rejection) if rejection.is_from_routing() => rejection.into_response(),
        Err(rejection) => with_headers(origin, rejection.into_response()),
    }
}

/// The answer to OPTIONS: what the path allows, and to a preflight what a page may send.
pub(super) fn options(allowed: &'static str, headers: &HeaderMap) -> Response {
    let mut response = StatusCode::OK.into_response();
    let answer = response.headers_mut();
    answer.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    answer.insert(header::ALLOW, HeaderValue::from_static(allowed));
    if headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        if let Some(may_send) = may_send(headers) {
            answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, may_send);
        }
    }
    with_headers(origin(headers), response)
}

/// The page that calls.
pub(super) fn origin(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(header::ORIGIN).cloned()
}

fn with_headers(origin: Option<HeaderValue>, mut response: Response) -> Response {
    const ANY: HeaderValue = HeaderValue::from_static("*");
    let vary = match origin {
        Some(_) => "Origin, Cookie",
        None => "Cookie",
    };
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.unwrap_or(ANY)),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED),
        (header::VARY, HeaderValue::from_static(vary)),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, value);
    }
    response
}

/// Of the headers that the page asks for, those that it may send, sorted.
fn may_send(headers: &HeaderMap) -> Option<HeaderValue> {
    let asked = headers
        .get(header::ACCESS_CONTROL_REQUEST_HEADERS)?
        .to_str()
        .ok()?;
    let mut allowed: Vec<_> = asked
        .split(',')
        .map(str::trim)
        .filter(|asked| {
            REQUEST_HEADERS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(asked))
        })
        .collect();
    allowed.sort_unstable();
    HeaderValue::from_str(&allowed.join(", "))
        .ok()
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking_for(names: &'static str) -> Option<HeaderValue> {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::ACCESS_CONTROL_REQUEST_HEADERS,
            HeaderValue::from_static(names),
        );
        may_send(&headers)
    }

    #[test]
    fn a_page_may_send_what_dify_allows() {
        assert_eq!(
            asking_for("content-type,authorization, x-secret"),
            Some(HeaderValue::from_static("authorization, content-type"))
        );
        assert_eq!(asking_for("x-secret"), None);
    }

    #[test]
    fn an_answer_without_an_origin_is_open_to_all() {
        let response = opened(None, Ok(StatusCode::OK.into_response()));
        assert_eq!(
            response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN),
            Some(&HeaderValue::from_static("*"))
        );
    }

    #[test]
    fn what_the_router_refuses_is_not_opened() {
        let response = opened(None, Err(Rejection::wrong_method()));
        assert!(
            !response
                .headers()
                .contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN)
        );
    }
}
