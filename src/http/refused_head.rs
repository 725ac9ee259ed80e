//! Heads of requests that cannot be read.
//!
//! hyper answers such a head by itself, with a status and nothing else, before there is a request. Here its answer gets
//! what every other refusal has: the body of the interface whose path was called, which says what is wrong.

use crate::clock;
use crate::dialects;
use crate::error::{Error, ErrorKind};
use axum::http::{HeaderValue, StatusCode, header};
use futures_util::FutureExt as _;
use http_body_util::BodyExt as _;

/// The bytes of a head that are remembered: enough for any method and the beginning of the path.
const REMEMBERED: usize = 128;

/// How the head began that arrives or arrived last.
#[derive(Debug, Default)]
pub(super) struct Beginning(Vec<u8>);

impl Beginning {
    /// Notes what arrived, and whether a head begins with it.
    pub(super) fn note(&mut self, arrived: &[u8], begins: bool) {
        if begins {
            self.0.clear();
        }
        let room = REMEMBERED.saturating_sub(self.0.len());
        self.0
            .extend_from_slice(&arrived[..arrived.len().min(room)]);
    }

    /// The path of the request line, as far as it was remembered.
    fn path(&self) -> String {
        let line = self.0.split(|byte| *byte == b'\r' || *byte == b'\n').next();
        let target = line.unwrap_or_default().split(|byte| *byte == b' ').nth(1);
        let path = target
            .unwrap_or_default()
            .split(|byte| *byte == b'?')
            .next();
        let path = String::from_utf8_lossy(path.unwrap_or_default());
        // A target may be a whole URL, of which proxies are told.
        let after_host = path
            .split_once("://")
            .filter(|(scheme, _)| !scheme.contains('/'))
            .and_then(|(_, rest)| rest.find('/').map(|slash| &rest[slash..]));
        after_host.unwrap_or(&path).to_owned()
    }

    /// The whole answer to a head that could not be read, in the place of hyper's, if these bytes are hyper's.
    pub(super) fn refusal(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let status = status_of_bare_answer(bytes)?;
        let (kind, message) = match status {
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => (
                ErrorKind::TooLarge,
                "the head of the request is too large, or has too many header fields",
            ),
            StatusCode::URI_TOO_LONG => (ErrorKind::TooLarge, "the path and query are too long"),
            _ => (
                ErrorKind::Invalid,
                "the head of the request is malformed: the request line or a header field is not HTTP",
            ),
        };
        let path = self.path();
        let mut answer = dialects::rejection(&path, Error::new(kind, message));
        *answer.status_mut() = status;
        let headers = answer.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        if let Ok(id) = HeaderValue::from_str(&clock::new_id().to_string()) {
            if let Some(name) = dialects::request_id_header(&path) {
                headers.insert(name, id.clone());
            }
            headers.insert("x-request-id", id);
        }
        let (parts, body) = answer.into_parts();
        let body = body.collect().now_or_never()?.ok()?.to_bytes();
        let mut whole = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\n{}",
            body.len(),
            date_of(bytes)
        )
        .into_bytes();
        for (name, value) in &parts.headers {
            whole.extend_from_slice(name.as_str().as_bytes());
            whole.extend_from_slice(b": ");
            whole.extend_from_slice(value.as_bytes());
            whole.extend_from_slice(b"\r\n");
        }
        whole.extend_from_slice(b"\r\n");
        whole.extend_from_slice(&body);
        Some(whole)
    }
}

/// The status of hyper's own refusal. Every answer of ours has the id of its request, and hyper's has not.
fn status_of_bare_answer(bytes: &[u8]) -> Option<StatusCode> {
    if !bytes.starts_with(b"HTTP/1.1 4") || !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let rest = text.strip_prefix("HTTP/1.1 ")?;
    let bare = text.contains("\r\ncontent-length: 0\r\n") && !text.contains("\r\nx-request-id: ");
    let status = StatusCode::from_bytes(rest.get(..3)?.as_bytes()).ok()?;
    bare.then_some(status)
}

/// The line with the date, which hyper knows.
fn date_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split("\r\n");
    lines
        .find(|line| line.starts_with("date: "))
        .map_or_else(String::new, |line| format!("{line}\r\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &[u8] = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\
        date: Sat, 21 Nov 2026 12:00:00 GMT\r\n\r\n";

    fn refusal(head: &[u8]) -> String {
        let mut beginning = Beginning::default();
        beginning.note(head, true);
        String::from_utf8(beginning.refusal(BARE).unwrap()).unwrap()
    }

    #[test]
    fn the_interface_whose_path_was_called_answers() {
        let told = refusal(b"POST /v1/messages HTTP/1.1\r\n{: }\r\n");
        assert!(told.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{told}");
        assert!(told.contains("\r\ndate: Sat, 21 Nov 2026"), "{told}");
        let body = told.split("\r\n\r\n").nth(1).unwrap();
        assert!(body.contains("\"code\":"), "{told}");
        let length = format!("content-length: {}\r\n", body.len());
        assert!(told.contains(&length), "{told}");
        assert!(refusal(b"GET /candor/v1/x HTTP/1.1\r\n").contains("problem+json"));
        assert!(refusal(b"\x16\x03\x01").contains("problem+json"));
    }

    #[test]
    fn a_target_that_is_a_whole_url_has_a_path_too() {
        for target in [
            "/applications/x",
            "http://localhost:1/applications/x",
            "http://h/applications?a=http://b/",
        ] {
            let told = refusal(format!("POST {target} HTTP/1.1\r\n{{\r\n").as_bytes());
            assert!(
                told.contains("x-amzn-errortype: ValidationException"),
                "{told}"
            );
        }
        assert!(refusal(b"POST http://h HTTP/1.1\r\n").contains("problem+json"));
        assert!(refusal(b"POST /v1/http://h/applications HTTP/1.1\r\n").contains("\"code\":"));
    }

    #[test]
    fn the_id_stands_in_the_interfaces_own_header_too() {
        let told = refusal(b"POST /applications HTTP/1.1\r\n{\r\n");
        let id = |name: &str| {
            let mut lines = told.lines();
            lines.find_map(|line| line.strip_prefix(name)).map(str::len)
        };
        assert_eq!(id("x-amzn-requestid: "), Some(36), "{told}");
        assert_eq!(id("x-request-id: "), Some(36), "{told}");
    }

    #[test]
    fn an_answer_of_ours_stays() {
        let ours = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nx-request-id: 1\r\n\r\n";
        assert_eq!(Beginning::default().refusal(ours), None);
        let part = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n{}";
        assert_eq!(Beginning::default().refusal(part), None);
    }

    #[test]
    fn a_head_that_arrives_in_parts_is_one() {
        let mut beginning = Beginning::default();
        beginning.note(b"GET /v1", true);
        beginning.note(b".0/user HTTP/1.1", false);
        assert_eq!(beginning.path(), "/v1.0/user");
        beginning.note(b"GET /other", true);
        assert_eq!(beginning.path(), "/other");
    }
}
