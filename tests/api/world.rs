//! A server with two projects, keys of every kind and one conversation, and how tests ask it.

use crate::support::{self, Server};
use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

/// May do everything.
pub const ADMIN: &str = "cnd_admin-0123456789abcdef";
/// May write feedback and nothing else, in all projects.
pub const WRITER: &str = "cnd_writer-0123456789abcdef";
/// May read feedback and nothing else, in all projects.
pub const READER: &str = "cnd_reader-0123456789abcdef";
/// May read and write feedback of the project "strict" alone.
pub const STRICT: &str = "cnd_strict-0123456789abcdef";
/// May create feedback in the project "support".
pub const PUBLISHABLE: &str = "cnd_publishable-0123456789abcdef";

/// A server of one test.
pub struct World {
    server: Server,
    client: Client,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl World {
    pub fn new() -> Self {
        let server = Server::set_up(&json!({
            "projects": [
                {"name": "support", "number": 64, "attributes": [
                    {"name": "Quality", "options": ["Wonderful", "Poor"]},
                    {"name": "Speed", "options": ["Fast", "Slow"]},
                ]},
                {"name": "strict", "number": 65, "unknown_targets": "reject"},
            ],
            "keys": [
                {"dialect": "native", "secret": ADMIN, "scopes": ["admin"]},
                {"dialect": "native", "secret": WRITER, "scopes": ["feedback:write"]},
                {"dialect": "native", "secret": READER, "scopes": ["feedback:read"]},
                {"dialect": "native", "secret": STRICT, "project": "strict"},
                {"dialect": "native", "secret": PUBLISHABLE, "project": "support", "publishable": true},
            ],
            "conversations": [
                {"project": "support", "external_id": "c1", "end_user": "ada", "title": "Refund",
                 "created_at": "2026-05-01T12:00:00Z", "messages": [
                    {"external_id": "m1", "role": "user", "content": "What is a refund?",
                     "created_at": "2026-05-01T12:00:00Z"},
                    {"external_id": "m2", "role": "assistant", "content": "Money back.", "model": "gpt-4o",
                     "created_at": "2026-05-01T12:00:01Z"},
                ]},
                {"project": "strict", "external_id": "s1", "end_user": "bob", "messages": [
                    {"external_id": "sm1", "role": "assistant", "content": "Yes."},
                ]},
            ],
        }));
        Self {
            server,
            client: support::client(),
        }
    }

    pub fn server(&self) -> &Server {
        &self.server
    }

    /// A request to a path below the API's root, with this key.
    pub fn request(&self, method: Method, path: &str, key: &str) -> RequestBuilder {
        let url = format!("{}/candor/v1/{path}", self.server.url());
        self.client.request(method, url).bearer_auth(key)
    }

    pub fn get(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path, ADMIN))
    }

    pub fn get_as(&self, key: &str, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path, key))
    }

    pub fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.send_as(ADMIN, method, path, body)
    }

    pub fn send_as(&self, key: &str, method: Method, path: &str, body: &Value) -> Answer {
        Answer::to(self.request(method, path, key).json(body))
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, body)
    }

    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, body)
    }

    pub fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, body)
    }

    pub fn delete(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::DELETE, path, ADMIN))
    }

    /// Records a feedback of the project "support", which must be new, and returns it.
    pub fn feedback(&self, body: &Value) -> Value {
        let answer = self.post("projects/support/feedback", body);
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.body
    }

    /// Every item of a list, read in parts of `limit`; no part may be longer, and only the last one shorter.
    pub fn walk(&self, path: &str, limit: usize) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = None::<String>;
        loop {
            let sign = if path.contains('?') { '&' } else { '?' };
            let after = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
            let answer = self.get(&format!("{path}{sign}limit={limit}{after}"));
            assert_eq!(answer.status, 200, "{answer:?}");
            let part = answer.body["items"].as_array().unwrap();
            items.extend(part.iter().cloned());
            assert!(part.len() <= limit);
            match &answer.body["next_cursor"] {
                Value::Null => return items,
                next => {
                    assert_eq!(part.len(), limit);
                    cursor = Some(next.as_str().unwrap().to_owned());
                }
            }
        }
    }
}

impl Answer {
    pub fn to(request: RequestBuilder) -> Self {
        Self::of(request.send().unwrap())
    }

    fn of(response: Response) -> Self {
        let headers = response.headers().clone();
        let content_type = headers.get("content-type");
        let content_type = content_type.map_or("", |value| value.to_str().unwrap());
        Self {
            status: response.status().as_u16(),
            content_type: content_type.to_owned(),
            headers,
            body: serde_json::from_slice(&response.bytes().unwrap()).unwrap_or_default(),
        }
    }

    /// Asserts the status, and that a failure has the shape of one. Returns its `field`.
    #[track_caller]
    pub fn refused(&self, status: u16) -> &str {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.content_type, "application/problem+json", "{self:?}");
        assert_eq!(self.body["status"], status, "{self:?}");
        for told in ["type", "title", "code", "detail"] {
            assert!(
                self.body[told]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{self:?}"
            );
        }
        self.body["field"].as_str().unwrap_or_default()
    }

    /// Asserts the status of a success.
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.body
    }
}

/// What a list of feedback is about, for short assertions.
pub fn comments(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|item| item["comment"].as_str().unwrap_or("-"))
        .collect()
}

/// A vote of somebody on a message, by the application's ids.
pub fn vote(message: &str, end_user: &str, rest: &Value) -> Value {
    let mut body = json!({"message": {"external_id": message}, "author": {"end_user": end_user}});
    for (name, value) in rest.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}
