//! The state before the first recorded exchange, as a file for `candor apply`, and a client of the server that has it.

use crate::support::{self, Server};
use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use std::collections::HashMap;

/// The recording: the fixture in words and ids, and the exchanges in order.
pub fn recording() -> Value {
    serde_json::from_str(include_str!("exchanges.json")).unwrap()
}

/// The project whose key outlives it.
pub const GONE: &str = "gone";
pub const ADMIN: &str = "cnd_administrator000000000000";

/// The key of the app that most exchanges use.
pub const KEY: &str = "app-chatapp00000000000000000";
/// The app's user who owns the conversation `chat1`.
pub const USER: &str = "abc-123";

/// The fixture as a file for `candor apply`.
pub fn setup(recording: &Value) -> Value {
    let fixture = &recording["fixture"];
    let mut projects = Vec::new();
    let mut keys = vec![json!({
        "dialect": "native", "secret": ADMIN, "scopes": ["feedback:write", "feedback:read", "admin"],
    })];
    for app in fixture["apps"].as_object().unwrap().keys() {
        projects.push(json!({
            "name": app,
            "unknown_targets": "reject",
            "enabled": app != "apidisabled",
            "mode": if app == "completionapp" { "completion" } else { "chat" },
        }));
        keys.push(json!({"dialect": "dify", "project": app, "secret": fixture["keys"][app]}));
    }
    projects.push(json!({"name": GONE}));
    keys.push(json!({"dialect": "dify", "project": GONE, "secret": fixture["keys"]["orphan"]}));
    let conversations: Vec<_> = [
        ("chat1", "chatapp", Some(USER)),
        ("chat2", "chatapp", Some("other-user")),
        ("chatweb", "chatapp", Some("web-user")),
        ("chatconsole", "chatapp", None),
        ("comp1", "completionapp", Some(USER)),
        ("other1", "otherchat", Some(USER)),
    ]
    .into_iter()
    .map(|(name, project, user)| conversation(fixture, name, project, user))
    .collect();
    json!({"projects": projects, "keys": keys, "conversations": conversations})
}

fn conversation(fixture: &Value, name: &str, project: &str, user: Option<&str>) -> Value {
    // Messages are called after their conversation, but for those of the web and the console: `web-m1` is of `chatweb`.
    let prefix = match name {
        "chatweb" => "web",
        "chatconsole" => "console",
        "comp1" => "comp",
        "other1" => "other",
        name => name,
    };
    let mut messages: Vec<(u32, Value)> = fixture["messages"]
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(label, id)| {
            let number = label.strip_prefix(prefix)?.strip_prefix("-m")?;
            let number: u32 = number.parse().unwrap();
            let message = json!({
                "external_id": id,
                "role": "assistant",
                "query": format!("What is {label}?"),
                "content": format!("Answer {label}"),
                "created_at": format!("2026-05-01T12:00:{number:02}Z"),
            });
            Some((number, message))
        })
        .collect();
    messages.sort_by_key(|(number, _)| *number);
    let messages: Vec<_> = messages.into_iter().map(|(_, message)| message).collect();
    let mut conversation = json!({
        "project": project,
        "external_id": fixture["conversations"][name],
        "title": format!("Conv {name}"),
        "created_at": "2026-05-01T12:00:00Z",
        "messages": messages,
    });
    if let Some(user) = user {
        conversation["end_user"] = json!(user);
    }
    conversation
}

/// A server with a client of its Dify API.
pub struct Dify {
    pub server: Server,
    pub client: Client,
    key: &'static str,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Dify {
    /// A server that was set up from the recording's fixture, with the orphan's project deleted.
    pub fn as_recorded(recording: &Value) -> Self {
        let dify = Self::set_up(&setup(recording), KEY);
        let deleted = dify
            .client
            .delete(format!("{}/candor/v1/projects/{GONE}", dify.server.url()))
            .bearer_auth(ADMIN)
            .send()
            .unwrap();
        assert!(deleted.status().is_success(), "{deleted:?}");
        dify
    }

    /// A server that was set up from a file, and the key that its client uses.
    pub fn set_up(setup: &Value, key: &'static str) -> Self {
        Self {
            server: Server::set_up(setup),
            client: support::client(),
            key,
        }
    }

    /// A request without any header that is not asked for.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Answer {
        let method: Method = method.parse().unwrap();
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.server.url()));
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

    /// GET with the client's key.
    pub fn get(&self, path: &str) -> Answer {
        self.get_with(self.key, path)
    }

    /// GET with another key.
    pub fn get_with(&self, key: &str, path: &str) -> Answer {
        let authorization = format!("Bearer {key}");
        self.send("GET", path, &[("Authorization", &authorization)], None)
    }

    /// A vote with the client's key.
    pub fn vote(&self, message: &str, body: &Value) -> Answer {
        self.post(message, body.to_string().into_bytes())
    }

    /// A vote whose body is anything.
    pub fn post(&self, message: &str, body: Vec<u8>) -> Answer {
        let authorization = format!("Bearer {}", self.key);
        self.send(
            "POST",
            &format!("/v1/messages/{message}/feedbacks"),
            &[
                ("Authorization", &authorization),
                ("Content-Type", "application/json"),
            ],
            Some(body),
        )
    }

    /// The feedback that the app lists for a message, newest first.
    pub fn feedback(&self, message: &str) -> Vec<Value> {
        let listed = self.get("/v1/app/feedbacks?limit=101").json();
        let mut items = listed["data"].as_array().unwrap().clone();
        items.retain(|item| item["message_id"] == message);
        items
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// Status and `code` of a refusal.
    pub fn refusal(&self) -> (u16, String) {
        let body = self.json();
        assert_eq!(body["status"], self.status, "{self:?}");
        assert!(body["message"].is_string(), "{self:?}");
        (self.status, body["code"].as_str().unwrap().to_owned())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("not text"))
    }

    #[track_caller]
    pub fn assert_success(&self) {
        assert_eq!(self.status, 200, "{self:?}");
        assert_eq!(self.text, "{\"result\":\"success\"}\n");
    }

    #[track_caller]
    pub fn assert_refused(&self, status: u16, code: &str) {
        assert_eq!(self.refusal(), (status, code.to_owned()), "{self:?}");
    }
}

/// What the application calls the people whose ids of ours were asked for.
#[derive(Default)]
pub struct People(HashMap<(String, String), String>);

impl People {
    /// What the app of this key calls the person with an id of ours.
    pub fn name(&mut self, dify: &Dify, key: &str, id: &str) -> String {
        self.0
            .entry((key.to_owned(), id.to_owned()))
            .or_insert_with(|| {
                let person = dify.get_with(key, &format!("/v1/end-users/{id}")).json();
                person["external_user_id"].as_str().unwrap().to_owned()
            })
            .clone()
    }
}
