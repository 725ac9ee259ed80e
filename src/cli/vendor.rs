//! A vendor's server, as imports ask it.

use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use reqwest::StatusCode;
use reqwest::blocking::{Client, RequestBuilder};
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use serde_json::Value;
use std::io::Read as _;
use std::sync::Arc;

/// A vendor's server.
#[derive(Debug)]
pub(super) struct Vendor {
    client: Client,
    url: String,
}

impl Vendor {
    /// The server at this URL. It is not followed elsewhere: what is sent holds a key.
    pub(super) fn at(url: &str) -> Result<Self> {
        // Another part of the process may have installed it already, which is as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(limits::IMPORT_ANSWER_TIME)
            .redirect(Policy::none())
            .user_agent(concat!("candor/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Error::internal)?;
        Ok(Self {
            client,
            url: url.trim_end_matches('/').to_owned(),
        })
    }

    /// The URL without a slash at its end.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The answer to a POST.
    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Vec<u8>> {
        let request = self.client.post(format!("{}/{path}", self.url));
        let request = request.header(CONTENT_TYPE, "application/json");
        self.answer(request.body(body.to_string()))
    }

    /// The answer to a GET with one header.
    pub(super) fn get(&self, path: &str, (name, value): (&str, &str)) -> Result<Vec<u8>> {
        let request = self.client.get(format!("{}/{path}", self.url));
        self.answer(request.header(name, value))
    }

    /// The same off the runtime's threads. What fails in passing is asked for again a few times.
    pub(super) async fn get_patiently(
        self: &Arc<Self>,
        path: &str,
        (name, value): (&'static str, &str),
    ) -> Result<Vec<u8>> {
        let mut waits = limits::IMPORT_ANSWER_WAITS.into_iter();
        loop {
            let (vendor, path, value) = (Arc::clone(self), path.to_owned(), value.to_owned());
            let get = move || vendor.get(&path, (name, &value));
            let fetched = tokio::task::spawn_blocking(get).await;
            match (fetched.map_err(Error::internal)?, waits.next()) {
                (Err(failure), Some(wait)) if failure.kind() == ErrorKind::Unavailable => {
                    tokio::time::sleep(wait).await;
                }
                (fetched, _) => return fetched,
            }
        }
    }

    /// Nothing of a refusal is told but its status: it may hold what was sent.
    fn answer(&self, request: RequestBuilder) -> Result<Vec<u8>> {
        let failed = |error: reqwest::Error| self.silent().because(error.without_url());
        let answer = request.send().map_err(failed)?;
        let status = answer.status();
        if !status.is_success() {
            let passing = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
            let kind = if passing {
                ErrorKind::Unavailable
            } else {
                ErrorKind::Invalid
            };
            let message = format!("{} answered {status}", self.url);
            return Err(Error::new(kind, message));
        }
        let mut bytes = Vec::new();
        answer
            .take(limits::IMPORT_ANSWER_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| self.silent().because(error))?;
        if bytes.len() as u64 > limits::IMPORT_ANSWER_BYTES {
            let message = format!(
                "{} answered more than {} bytes",
                self.url,
                limits::IMPORT_ANSWER_BYTES
            );
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        Ok(bytes)
    }

    fn silent(&self) -> Error {
        Error::new(
            ErrorKind::Unavailable,
            format!("no whole answer from {}", self.url),
        )
    }
}
