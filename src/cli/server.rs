//! A running server, as a command talks to it: by its native API.

use crate::error::{Error, ErrorKind, Result};
use reqwest::blocking::{Client, RequestBuilder};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::time::Duration;

/// Longer than the server takes to give up itself.
const PATIENCE: Duration = Duration::from_secs(90);

/// For an answer that goes on for as long as it is followed: it is asked for anew after this.
const LONG_PATIENCE: Duration = Duration::from_hours(24);

/// A running server.
#[derive(Debug)]
pub(super) struct Server {
    client: Client,
    url: String,
    key: String,
}

impl Server {
    /// The server at this URL.
    pub(super) fn at(url: &str, key: &str) -> Result<Self> {
        // Another part of the process may have installed it already, which is as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(PATIENCE)
            .user_agent(concat!("candor/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Error::internal)?;
        Ok(Self {
            client,
            url: url.trim_end_matches('/').to_owned(),
            key: key.to_owned(),
        })
    }

    /// What a path of the native API holds.
    pub(super) fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value> {
        self.send(self.request(Method::GET, &with_query(path, query)))
    }

    /// An answer line by line as it comes. It is there as soon as the server has agreed to give it.
    pub(super) fn lines(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<impl Iterator<Item = Result<String>>> {
        let request = self.request(Method::GET, &with_query(path, query));
        let answer = request
            .timeout(LONG_PATIENCE)
            .send()
            .map_err(|error| self.unreachable(error.without_url()))?;
        let status = answer.status();
        if !status.is_success() {
            let body = answer.bytes().unwrap_or_default();
            return Err(refused(
                status,
                &serde_json::from_slice(&body).unwrap_or(Value::Null),
            ));
        }
        let lines = BufReader::new(answer).lines();
        Ok(lines.map(|line| line.map_err(|error| self.unreachable(error))))
    }

    /// Every item of a list, or the first `most`, page by page.
    pub(super) fn list(
        &self,
        path: &str,
        query: &[(&str, String)],
        most: usize,
    ) -> Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut query = query.to_vec();
        loop {
            let mut page = self.get(path, &query)?;
            if let Value::Array(some) = page["items"].take() {
                items.extend(some);
            }
            let next = page["next_cursor"].as_str().map(str::to_owned);
            items.truncate(most);
            match next {
                Some(next) if items.len() < most => {
                    query.retain(|(name, _)| *name != "cursor");
                    query.push(("cursor", next));
                }
                _ => return Ok(items),
            }
        }
    }

    /// Sends a body to a path of the native API.
    pub(super) fn post(&self, path: &str, body: &impl Serialize) -> Result<Value> {
        self.send(self.request(Method::POST, path).json(body))
    }

    /// Changes what is at a path of the native API.
    pub(super) fn patch(&self, path: &str, body: &impl Serialize) -> Result<Value> {
        self.send(self.request(Method::PATCH, path).json(body))
    }

    /// Deletes what is at a path of the native API.
    pub(super) fn delete(&self, path: &str) -> Result<Value> {
        self.send(self.request(Method::DELETE, path))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/candor/v1/{path}", self.url);
        self.client.request(method, url).bearer_auth(&self.key)
    }

    fn send(&self, request: RequestBuilder) -> Result<Value> {
        let unreachable = |error: reqwest::Error| self.unreachable(error.without_url());
        let answer = request.send().map_err(unreachable)?;
        let status = answer.status();
        let body = answer.bytes().map_err(unreachable)?;
        let value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(value);
        }
        Err(refused(status, &value))
    }
}

impl Server {
    fn unreachable(&self, cause: impl std::error::Error + Send + Sync + 'static) -> Error {
        let message = format!("no answer from {}", self.url);
        Error::new(ErrorKind::Unavailable, message).because(cause)
    }
}

fn with_query(path: &str, query: &[(&str, String)]) -> String {
    let mut path = path.to_owned();
    for (place, (name, value)) in query.iter().enumerate() {
        let sign = if place == 0 { '?' } else { '&' };
        path = format!("{path}{sign}{name}={}", segment(value));
    }
    path
}

/// What the server's problem says (RFC 9457), with the field where it lies.
fn refused(status: StatusCode, problem: &Value) -> Error {
    let text = |name: &str| problem[name].as_str().filter(|text| !text.is_empty());
    let message = text("detail").or_else(|| text("title")).map_or_else(
        || format!("the server answered {status}"),
        |told| format!("the server answered {}: {told}", status.as_u16()),
    );
    let kind = match status {
        StatusCode::NOT_FOUND => ErrorKind::NotFound,
        _ => ErrorKind::Invalid,
    };
    let error = Error::new(kind, message);
    match text("field") {
        Some(field) => error.at(field),
        None => error,
    }
}

/// A part of a URL that may hold any character.
pub(super) fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_with_its_field() {
        let problem =
            serde_json::json!({"title": "Conflict", "detail": "is there already", "field": "name"});
        assert_eq!(
            refused(StatusCode::CONFLICT, &problem).to_string(),
            "name: the server answered 409: is there already"
        );
        assert_eq!(
            refused(StatusCode::BAD_GATEWAY, &Value::Null).to_string(),
            "the server answered 502 Bad Gateway"
        );
    }

    #[test]
    fn a_name_with_any_character_is_one_segment() {
        assert_eq!(segment("a/b?c d"), "a%2Fb%3Fc%20d");
    }
}
