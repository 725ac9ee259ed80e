//! Which headers go on: all but those that speak of one connection only.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Those that speak of one connection, beside those that `Connection` names (RFC 9110, 7.6.1).
const OF_ONE_CONNECTION: [HeaderName; 8] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Names the servers of ours that a request went through.
const PASSED: HeaderName = HeaderName::from_static("x-candor-passed");

/// Notes that a request goes through the server of this name. False if it did before, and would go round for ever.
pub(super) fn note_passage(headers: &mut HeaderMap, name: &HeaderValue) -> bool {
    if headers.get_all(&PASSED).iter().any(|passed| passed == name) {
        return false;
    }
    headers.append(PASSED, name.clone());
    true
}

/// Joins cookies, which HTTP/2 may bring one by one, and HTTP/1.1 knows as one (RFC 9113, 8.2.3).
pub(super) fn join_cookies(headers: &mut HeaderMap) {
    let mut cookies = headers.get_all(header::COOKIE).iter();
    if cookies.nth(1).is_none() {
        return;
    }
    let all: Vec<&[u8]> = headers
        .get_all(header::COOKIE)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    if let Ok(joined) = HeaderValue::from_bytes(&all.join(&b"; "[..])) {
        headers.insert(header::COOKIE, joined);
    }
}

/// Takes out what speaks of one connection only.
pub(super) fn keep_end_to_end(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    // Chunks tell the length, whatever else does (RFC 9112, 6.3), and are taken out here.
    if headers.contains_key(header::TRANSFER_ENCODING) {
        headers.remove(header::CONTENT_LENGTH);
    }
    for name in named.iter().chain(&OF_ONE_CONNECTION) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_speaks_of_one_connection_is_taken_out() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Mine"),
            ("connection", "keep-alive"),
            ("x-mine", "1"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("set-cookie", "a"),
            ("set-cookie", "b"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        keep_end_to_end(&mut headers);
        let left: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(left, ["set-cookie", "set-cookie"]);
    }

    #[test]
    fn a_length_beside_chunks_is_taken_out() {
        let mut headers = HeaderMap::new();
        headers.insert("content-length", HeaderValue::from_static("3"));
        keep_end_to_end(&mut headers);
        assert!(headers.contains_key("content-length"));
        headers.insert("transfer-encoding", HeaderValue::from_static("chunked"));
        keep_end_to_end(&mut headers);
        assert!(headers.is_empty());
    }

    #[test]
    fn cookies_are_joined() {
        let mut headers = HeaderMap::new();
        headers.append("cookie", HeaderValue::from_static("a=1"));
        headers.append("cookie", HeaderValue::from_static("b=2; c=3"));
        join_cookies(&mut headers);
        let all: Vec<_> = headers.get_all("cookie").iter().collect();
        assert_eq!(all, ["a=1; b=2; c=3"]);
    }

    #[test]
    fn a_request_that_comes_back_is_recognised() {
        let one = HeaderValue::from_static("one");
        let other = HeaderValue::from_static("other");
        let mut headers = HeaderMap::new();
        assert!(note_passage(&mut headers, &one));
        assert!(note_passage(&mut headers, &other));
        assert!(!note_passage(&mut headers, &one));
    }
}
