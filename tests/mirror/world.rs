//! A server whose project has a Dify behind it, and those who vote there.

use crate::support::stand_in::{Seen, StandIn};
use crate::support::{self, Server};
use axum::body::Body;
use axum::response::Response;
use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

pub const ADMIN: &str = "cnd_mirror-admin-0123456789";
pub const KEY: &str = "app-mirror-client-0123456789";
/// What the vendor knows the project by, and clients do not.
pub const VENDORS_KEY: &str = "app-vendor-0123456789";

pub const MESSAGES: [&str; 3] = [
    "aaaaaaaa-0000-4000-8000-000000000001",
    "aaaaaaaa-0000-4000-8000-000000000002",
    "aaaaaaaa-0000-4000-8000-000000000003",
];

/// A data folder, and the server on it.
pub struct World {
    folder: tempfile::TempDir,
    server: Option<Server>,
    client: Client,
}

impl World {
    /// With a project "support" that mirrors to a Dify at this URL.
    pub fn mirroring_to(base_url: &str) -> Self {
        Self::of(&json!({
            "projects": [{"name": "support", "upstream": {
                "dialect": "dify", "base_url": base_url, "mirror": true, "credential": {"secret": VENDORS_KEY},
            }}],
            "keys": [
                {"dialect": "native", "secret": ADMIN, "scopes": ["admin"]},
                {"dialect": "dify", "project": "support", "secret": KEY},
            ],
        }))
    }

    pub fn of(setup: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        support::apply(folder.path(), setup);
        let server = Some(Server::on(folder.path(), &[]));
        Self {
            folder,
            server,
            client: support::client(),
        }
    }

    pub fn url(&self) -> &str {
        self.server.as_ref().unwrap().url()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends the server without a warning.
    pub fn kill(&mut self) {
        self.server.take().unwrap().kill();
    }

    /// Ends the server as people do.
    pub fn stop(&mut self) {
        assert!(self.server.take().unwrap().terminate());
    }

    pub fn start(&mut self) {
        self.server = Some(Server::on(self.folder.path(), &[]));
    }

    /// Votes as Dify's clients do, and returns what they are answered.
    pub fn vote(&self, message: &str, rating: Option<&str>) -> (u16, Value) {
        let answer = self
            .client
            .post(format!("{}/v1/messages/{message}/feedbacks", self.url()))
            .bearer_auth(KEY)
            .json(&json!({"rating": rating, "user": "ada"}))
            .send()
            .unwrap();
        (answer.status().as_u16(), answer.json().unwrap())
    }

    /// Votes, which must be accepted.
    pub fn accepted(&self, message: &str, rating: Option<&str>) {
        let (status, body) = self.vote(message, rating);
        assert_eq!((status, &body), (200, &json!({"result": "success"})));
    }

    /// Asks the native API as its administrator.
    pub fn ask(&self, method: Method, path: &str, body: &Value) -> Value {
        let url = format!("{}/candor/v1/{path}", self.url());
        let mut request = self.client.request(method, url).bearer_auth(ADMIN);
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().unwrap();
        let status = answer.status();
        let body = answer.json().unwrap();
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    pub fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, &Value::Null)
    }

    pub fn mirror(&self) -> Value {
        self.get("projects/support/mirror")
    }

    /// Votes that are in a state.
    pub fn votes(&self, state: &str) -> Vec<Value> {
        let list = self.get(&format!("projects/support/mirror/votes?state={state}"));
        list["items"].as_array().unwrap().clone()
    }

    pub fn wait_until_nothing_waits(&self) {
        wait_until("nothing waits", || self.mirror()["waiting"] == 0);
    }

    /// Waits until what is in vain was tried.
    pub fn wait_for_attempts(&self, least: u64) {
        wait_until("it was tried", || {
            let tried = |vote: &Value| vote["attempts"].as_u64() >= Some(least);
            self.votes("waiting").iter().any(tried)
        });
    }

    /// `/metrics`.
    pub fn metrics(&self) -> String {
        let url = format!("{}/metrics", self.url());
        self.client.get(url).send().unwrap().text().unwrap()
    }
}

/// Waits, within a bound, until something holds.
pub fn wait_until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..1200 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("it never came that {what}");
}

/// An answer with a status and JSON.
pub fn json_answer(status: u16, body: &Value) -> Response {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// What Dify answers.
pub fn success() -> Response {
    json_answer(200, &json!({"result": "success"}))
}

/// The URL of a server that is not there, and a way to have it there.
pub fn nobody() -> std::net::SocketAddr {
    StandIn::start(|_| success()).address()
}

/// What a stand-in heard of one message, in that order.
pub fn heard_of(seen: &[Seen], message: &str) -> Vec<Value> {
    let place = format!("/v1/messages/{message}/feedbacks");
    let of_message = seen.iter().filter(|seen| seen.target() == place);
    of_message
        .map(|seen| seen.json()["rating"].clone())
        .collect()
}
