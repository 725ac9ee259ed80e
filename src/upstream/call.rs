//! Calls of our own to a vendor's server, small and read whole.

use super::failure::Failure;
use super::pass::Passing;
use super::place::Place;
use crate::domain::{Timestamp, Upstream};
use crate::error::{Error, Result};
use crate::limits;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Collected, Limited};
use serde_json::Value;
use std::fmt;
use std::time::Duration;
use tokio::time::Instant;

/// How AWS says in milliseconds what `Retry-After` says in seconds.
const AWS_RETRY_AFTER: HeaderName = HeaderName::from_static("x-amz-retry-after");

/// The fields in which vendors say why they refuse.
const WORDS: [&str; 5] = ["message", "error_message", "error", "errors", "detail"];

/// A call.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// Where it goes, whole.
    pub uri: Uri,
    /// The headers, the credential among them.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// The answer to a call.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, or its beginning.
    pub body: Bytes,
}

/// What an answer means for what was told with the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It arrived.
    Arrived,
    /// It is to be told again later.
    Later,
    /// It was refused, and will be again.
    Refused,
}

// Without what is secret: what can be printed is printed one day.
impl fmt::Debug for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Call({} {})", self.method, self.uri.path())
    }
}

impl Call {
    /// A call with a JSON body to a path of an upstream. `path` begins with the dialect's root, and what it names is
    /// encoded.
    pub fn json(
        upstream: &Upstream,
        root: &'static str,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Self> {
        let uri = path.parse().map_err(Error::internal)?;
        let place = Place { root, uri: &uri };
        let uri = place
            .under(&upstream.base_url)
            .map_err(|failure| failure.error)?;
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (header::CONTENT_TYPE, "application/json"),
            (header::ACCEPT, "application/json"),
            (
                header::USER_AGENT,
                concat!("candor/", env!("CARGO_PKG_VERSION")),
            ),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        Ok(Self {
            method,
            uri,
            headers,
            body: Bytes::from(body.to_string()),
        })
    }

    /// Adds a header that is secret.
    pub fn with_secret(&mut self, name: HeaderName, value: &str) -> Result<()> {
        let mut value = HeaderValue::from_str(value).map_err(Error::internal)?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(())
    }
}

impl Reply {
    /// What it means by its status, as most vendors use them.
    pub fn heard(&self) -> Heard {
        match self.status {
            status if status.is_success() => Heard::Arrived,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
                Heard::Later
            }
            status if status.is_server_error() => Heard::Later,
            _ => Heard::Refused,
        }
    }

    /// How long the vendor asks to be left alone.
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let text = |name: &HeaderName| self.headers.get(name)?.to_str().ok();
        let milliseconds = text(&AWS_RETRY_AFTER).and_then(|text| text.trim().parse().ok());
        milliseconds.map(Duration::from_millis).or_else(|| {
            let text = text(&header::RETRY_AFTER)?.trim();
            if let Ok(seconds) = text.parse() {
                return Some(Duration::from_secs(seconds));
            }
            let parser = jiff::fmt::rfc2822::DateTimeParser::new();
            let until = parser.parse_timestamp(text).ok()?.as_microsecond();
            let left = until.saturating_sub(now.microseconds());
            Some(Duration::from_micros(u64::try_from(left).unwrap_or(0)))
        })
    }

    /// The body, if it is JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// What the vendor says of it, in few words, without `secrets`.
    pub fn word(&self, secrets: &[&str]) -> String {
        let said = self.json().and_then(|body| {
            let mut fields = WORDS.iter().filter_map(|name| body.get(name));
            fields.find_map(|field| {
                let first = field.get(0).unwrap_or(field);
                first.as_str().map(str::to_owned)
            })
        });
        let text = said.unwrap_or_else(|| String::from_utf8_lossy(&self.body).into_owned());
        let text = secrets
            .iter()
            .filter(|secret| !secret.is_empty())
            .fold(text, |text, secret| text.replace(*secret, "…"));
        let words: Vec<_> = text.split_whitespace().collect();
        let text = words.join(" ").replace(char::is_control, " ");
        text.chars()
            .take(limits::MIRROR_REASON_CHARACTERS)
            .collect()
    }
}

impl Passing {
    /// Makes a call, by the rules of what is handed on.
    pub async fn call(&self, call: Call) -> Result<Reply, Failure> {
        let deadline = Instant::now() + limits::MIRROR_ANSWER_TIME;
        let url = call.uri.to_string();
        let mut request = Request::new(Body::from(call.body));
        *request.method_mut() = call.method;
        *request.headers_mut() = call.headers;
        let answer = tokio::time::timeout_at(deadline, self.send_to(&url, request))
            .await
            .unwrap_or_else(|_| Err(Failure::silent()))?;
        let (parts, body) = answer.into_parts();
        // Of an answer that is larger, or breaks off, or does not end, the status is enough.
        let body = Limited::new(body, limits::MIRROR_ANSWER_BYTES).collect();
        let body = tokio::time::timeout_at(deadline, body).await;
        let body = body.ok().and_then(Result::ok);
        Ok(Reply {
            status: parts.status,
            headers: parts.headers,
            body: body.map_or_else(Bytes::new, Collected::to_bytes),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Reply {
        let headers = headers.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers.collect(),
            body: Bytes::from(body.to_owned()),
        }
    }

    #[test]
    fn what_may_pass_is_tried_again_and_other_refusals_are_final() {
        for (status, heard) in [
            (200, Heard::Arrived),
            (204, Heard::Arrived),
            (301, Heard::Refused),
            (400, Heard::Refused),
            (401, Heard::Refused),
            (404, Heard::Refused),
            (408, Heard::Later),
            (429, Heard::Later),
            (500, Heard::Later),
            (503, Heard::Later),
        ] {
            assert_eq!(reply(status, &[], "").heard(), heard, "{status}");
        }
    }

    #[test]
    fn a_vendor_says_in_several_ways_when_it_may_be_asked_again() {
        let now = Timestamp::from_microseconds(1_445_412_400_000_000);
        for (header, seconds) in [
            (("retry-after", "7"), Some(7)),
            (("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"), Some(80)),
            (("retry-after", "Wed, 21 Oct 2015 07:00:00 GMT"), Some(0)),
            (("retry-after", "soon"), None),
            (("x-amz-retry-after", "3000"), Some(3)),
        ] {
            let asked = reply(429, &[header], "").retry_after(now);
            assert_eq!(asked, seconds.map(Duration::from_secs), "{header:?}");
        }
    }

    #[test]
    fn a_vendors_word_is_found_in_its_shape_and_bounded_and_holds_no_secret() {
        for (body, word) in [
            (
                r#"{"code":"not_found","message":"Message Not Exists.","status":404}"#,
                "Message Not Exists.",
            ),
            (
                r#"{"error_message":"duplicate feedback"}"#,
                "duplicate feedback",
            ),
            (r#"{"errors":["no thread"]}"#, "no thread"),
            ("key app-1\n\tis  wrong", "key … is wrong"),
            ("app-1 with token-2", "… with …"),
            ("", ""),
        ] {
            assert_eq!(reply(404, &[], body).word(&["token-2", "app-1"]), word);
        }
        let long = "x".repeat(10_000);
        let word = reply(400, &[], &long).word(&[]);
        assert_eq!(word.chars().count(), limits::MIRROR_REASON_CHARACTERS);
    }
}
