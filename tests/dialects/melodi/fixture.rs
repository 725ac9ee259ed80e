//! An organization with a project and a thread, as a file for `candor apply`, and a client of the server that has it.

use crate::support::{self, Server};
use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::{Value, json};

pub const PRIVATE: &str = "abc-123";
pub const PUBLISHABLE: &str = "pub-xyz-789";
pub const ADMIN: &str = "cnd_administrator000000000000";
/// The number of the project `app`.
pub const APP: u32 = 64;
/// The number of the project `other`, which takes only what it knows.
pub const OTHER: u32 = 65;

/// A server with a client of its Melodi API.
pub struct Melodi {
    pub server: Server,
    pub client: Client,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

/// Two projects, one with a thread of two messages; the other refuses what it does not know.
pub fn setup() -> Value {
    let messages = json!([
        {"external_id": "msg_1", "role": "user", "content": "Hello!"},
        {"external_id": "msg_2", "role": "assistant", "content": "Hi!"},
    ]);
    json!({
        "projects": [
            {"name": "app", "number": APP,
             "attributes": [{"name": "Quality", "options": ["Wonderful", "Poor"]}, {"name": "Star Rating", "options": ["5"]}]},
            {"name": "other", "number": OTHER, "unknown_targets": "reject",
             "attributes": [{"name": "Tone", "options": ["Nice"]}]},
        ],
        "keys": [
            {"dialect": "melodi", "secret": PRIVATE},
            {"dialect": "melodi", "secret": PUBLISHABLE, "publishable": true},
            {"dialect": "native", "secret": ADMIN, "scopes": ["feedback:write", "feedback:read", "admin"]},
        ],
        "conversations": [
            {"project": "app", "external_id": "chat_123", "messages": messages},
            {"project": "other", "external_id": "chat_other", "messages": messages},
            {"project": "other", "external_id": "empty_1", "messages": []},
        ],
    })
}

impl Melodi {
    pub fn start() -> Self {
        Self::set_up(&setup())
    }

    pub fn set_up(setup: &Value) -> Self {
        Self {
            server: Server::set_up(setup),
            client: support::client(),
        }
    }

    /// A request without any header that is not asked for.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let method: Method = method.parse().unwrap();
        let url = format!("{}/api/external{path}", self.server.url());
        let mut request = self.client.request(method, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().unwrap();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().unwrap(),
        }
    }

    /// A request with a JSON body and a key.
    pub fn call(&self, key: &str, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("api-key", key), ("Content-Type", "application/json")];
        self.send(method, path, &headers, Some(body.to_string()))
    }

    /// GET with the private key.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[("api-key", PRIVATE)], None)
    }

    /// `POST /feedback` with the private key.
    pub fn give(&self, body: &Value) -> Answer {
        self.call(PRIVATE, "POST", "/feedback", body)
    }

    /// `PUT /feedback` with the private key.
    pub fn put(&self, body: &Value) -> Answer {
        self.call(PRIVATE, "PUT", "/feedback", body)
    }

    /// What the native API answers to an administrator.
    pub fn native(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let url = format!("{}/candor/v1{path}", self.server.url());
        let mut request = self
            .client
            .request(method.parse().unwrap(), url)
            .bearer_auth(ADMIN);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().unwrap();
        assert!(response.status().is_success(), "{path}: {response:?}");
        let text = response.text().unwrap();
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Everything of a list of the native API.
    pub fn listed(&self, path: &str) -> Vec<Value> {
        let listed = self.native("GET", path, None);
        listed["items"].as_array().unwrap().clone()
    }

    /// All feedback of a project, newest first.
    pub fn feedback(&self, project: &str) -> Vec<Value> {
        self.listed(&format!("/projects/{project}/feedback"))
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name)?;
        Some(value.to_str().unwrap_or("not text"))
    }

    /// The body of a success, which Melodi's clients know by 200 alone.
    #[track_caller]
    pub fn success(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()
    }

    /// The text of a refusal, which stands alone and in a list.
    #[track_caller]
    pub fn refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        let body = self.json();
        assert_eq!(body["errors"], json!([body["error"]]), "{self:?}");
        body["error"].as_str().unwrap().to_owned()
    }
}
