//! A server with chatbots, and a client of its Wonderchat API.

use crate::support::{self, Server};
use reqwest::Method;
use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};

/// Opens the project `support`, which refuses what is unknown.
pub const KEY: &str = "wc_support_000000000000000";
/// Opens the project `other`, which refuses it too.
pub const OTHER: &str = "wc_other_00000000000000000";
/// Opens the project `open`, which accepts what is unknown.
pub const OPEN: &str = "wc_open_000000000000000000";
/// Opens all projects.
pub const ACCOUNT: &str = "wc_account_000000000000000";
/// May write and not read.
pub const WRITER: &str = "wc_writer_0000000000000000";
/// The native key.
pub const ADMIN: &str = "cnd_administrator000000000000";

pub const CHATBOT: &str = "clkmt3epr00t3ii1pjd2sc3ye";
pub const CHATLOG: &str = "cli7n0vvs000008l43ez2bxa0";
/// The messages of [`CHATLOG`] are called by this and a number up to [`MESSAGES`].
pub const MESSAGE: &str = "clm1n0vvs000008l43ez2b";
pub const MESSAGES: usize = 20;
/// A message of the project `other`.
pub const OTHER_MESSAGE: &str = "clm1n0vvs000008l43ez2bxyz";

pub fn message(number: usize) -> String {
    format!("{MESSAGE}{number:03}")
}

fn setup() -> Value {
    let messages: Vec<_> = (1..=MESSAGES)
        .map(|number| {
            json!({
                "external_id": message(number), "query": format!("question {number}"),
                "content": format!("answer {number}"),
                "created_at": format!("2024-05-01T12:00:{number:02}.123Z"),
            })
        })
        .collect();
    let key = |project: &str, secret: &str| json!({"dialect": "wonderchat", "project": project, "secret": secret});
    json!({
        "projects": [
            {"name": "other", "unknown_targets": "reject"},
            {"name": "support", "unknown_targets": "reject", "wonderchat_chatbot_id": CHATBOT},
            {"name": "open"},
        ],
        "keys": [
            key("support", KEY), key("other", OTHER), key("open", OPEN),
            {"dialect": "wonderchat", "secret": ACCOUNT},
            {"dialect": "wonderchat", "secret": WRITER, "scopes": ["feedback:write"]},
            {"dialect": "native", "secret": ADMIN, "scopes": ["feedback:write", "feedback:read", "admin"]},
        ],
        "conversations": [
            {
                "project": "support", "external_id": CHATLOG, "created_at": "2024-05-01T12:00:00.123Z",
                "messages": messages,
            },
            {
                "project": "other", "external_id": "other-chatlog", "end_user": "ada",
                "created_at": "2024-06-01T12:00:00Z",
                "messages": [
                    {"external_id": "system-1", "role": "system", "content": "Be kind.", "created_at": "2024-06-01T12:00:00Z"},
                    {"external_id": "user-1", "role": "user", "content": "Hello?", "created_at": "2024-06-01T12:00:01Z"},
                    {"external_id": "tool-1", "role": "tool", "content": "{}", "created_at": "2024-06-01T12:00:02Z"},
                    {"external_id": OTHER_MESSAGE, "content": "Hello!", "created_at": "2024-06-01T12:00:03Z"},
                    {"external_id": "user-2", "role": "user", "content": "Bye", "created_at": "2024-06-01T12:00:04Z"},
                ],
            },
        ],
    })
}

/// A server with that, and a client.
pub struct Wonderchat {
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

impl Wonderchat {
    pub fn new() -> Self {
        Self {
            server: Server::set_up(&setup()),
            client: support::client(),
        }
    }

    /// A POST with a key in its body.
    pub fn post(&self, key: &str, path: &str, body: &Value) -> Answer {
        let mut body = body.clone();
        body["apiKey"] = json!(key);
        self.send(path, &body.to_string())
    }

    /// A POST of any text.
    pub fn send(&self, path: &str, body: &str) -> Answer {
        let url = format!("{}/api/v1/{path}", self.server.url());
        Answer::of(self.client.post(url).body(body.to_owned()).send().unwrap())
    }

    pub fn vote(&self, key: &str, message: &str, feedback: &str) -> Answer {
        let body = json!({"messageId": message, "feedback": feedback});
        self.post(key, "update-message-feedback", &body)
    }

    pub fn export(&self, key: &str, body: &Value) -> Vec<Value> {
        let mut answer = self.post(key, "export-chatlogs", body).is(200);
        match answer["chatlogs"].take() {
            Value::Array(chatlogs) => chatlogs,
            _ => panic!("{answer}"),
        }
    }

    /// A request to the native API, which must go well.
    pub fn native(&self, method: Method, path: &str, body: &Value) -> Value {
        let url = format!("{}/candor/v1/{path}", self.server.url());
        let request = self.client.request(method, url);
        let request = request.bearer_auth(ADMIN).json(body);
        let answer = Answer::of(request.send().unwrap());
        assert!(answer.status < 300, "{answer:?}");
        answer.json()
    }

    /// What the native API lists.
    pub fn listed(&self, path: &str) -> Vec<Value> {
        let url = format!("{}/candor/v1/{path}", self.server.url());
        let request = self.client.get(url).bearer_auth(ADMIN);
        let answer = Answer::of(request.send().unwrap()).is(200);
        answer["items"].as_array().unwrap().clone()
    }
}

impl Answer {
    pub fn of(response: Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().unwrap(),
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub fn is(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.json()
    }

    /// A failure with this status, in the shape of all.
    #[track_caller]
    pub fn is_refused(&self, status: u16) {
        let body = self.is(status);
        assert_eq!(body["status"], "error", "{self:?}");
        assert!(body["error"].is_string(), "{self:?}");
        assert_eq!(body["message"], body["error"], "{self:?}");
        assert_eq!(self.header("access-control-allow-origin"), Some("*"));
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}
