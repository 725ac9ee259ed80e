//! A server with two applications, and a client that signs as AWS's SDKs do.

use crate::signing::Signing;
use crate::support::{self, Server};
use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::{Value, json};

pub const ADMIN: &str = "cnd_administrator000000000000";
pub const APPLICATION: &str = "11111111-2222-4333-8444-555555555555";
pub const OTHER_APPLICATION: &str = "99999999-2222-4333-8444-555555555555";
pub const CONVERSATION: &str = "aaaaaaaa-2222-4333-8444-555555555555";
pub const MESSAGE: &str = "BBBBBBBB-2222-4333-8444-555555555555";

/// An access key pair.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    pub id: &'static str,
    pub secret: &'static str,
}

/// Opens the application "support".
pub const SUPPORT: Pair = Pair {
    id: "AKIDSUPPORT",
    secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
/// Opens the application "other".
pub const OTHER: Pair = Pair {
    id: "AKIDOTHER",
    secret: "another-secret-0123456789",
};
/// Opens all applications.
pub const WORKSPACE: Pair = Pair {
    id: "AKIDWORKSPACE",
    secret: "workspace-secret-0123456789",
};
/// Opens the application "support" for reading.
pub const READER: Pair = Pair {
    id: "AKIDREADER",
    secret: "reader-secret-0123456789",
};
/// Opens the application "support" for voting.
pub const WRITER: Pair = Pair {
    id: "AKIDWRITER",
    secret: "writer-secret-0123456789",
};
/// Is not known.
pub const NOBODY: Pair = Pair {
    id: "AKIDNOBODY",
    secret: "nobody-secret-0123456789",
};

/// A server with a client of its Amazon Q interface.
pub struct AmazonQ {
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

/// A request before it is signed.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: &'static str,
    pub path: String,
    pub body: Vec<u8>,
    pub content_type: Option<&'static str>,
    pub key: Pair,
    /// By how many seconds the client's clock is off.
    pub clock: i64,
    pub token: Option<String>,
    pub in_query: bool,
}

pub fn setup(unknown_targets: &str) -> Value {
    let key = |pair: Pair, project: Option<&str>, scopes: &[&str]| {
        let mut key = json!({"dialect": "amazon_q", "access_key_id": pair.id, "secret": pair.secret, "scopes": scopes});
        if let Some(project) = project {
            key["project"] = json!(project);
        }
        key
    };
    let both = ["feedback:write", "feedback:read"];
    json!({
        "projects": [
            {"name": "support", "unknown_targets": unknown_targets, "amazon_q_application_id": APPLICATION},
            {"name": "other", "amazon_q_application_id": OTHER_APPLICATION},
            {"name": "plain"},
        ],
        "keys": [
            {"dialect": "native", "secret": ADMIN, "scopes": ["feedback:write", "feedback:read", "admin"]},
            key(SUPPORT, Some("support"), &both),
            key(OTHER, Some("other"), &both),
            key(WORKSPACE, None, &both),
            key(READER, Some("support"), &both[1..]),
            key(WRITER, Some("support"), &both[..1]),
        ],
        "conversations": [{
            "project": "support", "external_id": CONVERSATION, "end_user": "ada", "title": "Refund",
            "created_at": "2026-05-01T12:00:00Z",
            "messages": [
                {"external_id": MESSAGE, "query": "What is a refund?", "content": "Money back.",
                 "created_at": "2026-05-01T12:00:01.5Z"},
            ],
        }],
    })
}

/// The path of a vote's message.
pub fn feedback_path(conversation: &str, message: &str) -> String {
    format!("/applications/{APPLICATION}/conversations/{conversation}/messages/{message}/feedback")
}

pub fn useful(more: &Value) -> Value {
    let mut usefulness = json!({"usefulness": "USEFUL", "submittedAt": 1_777_636_801.25});
    for (name, value) in more.as_object().unwrap() {
        usefulness[name] = value.clone();
    }
    json!({"messageUsefulness": usefulness})
}

impl Call {
    pub fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            body: Vec::new(),
            content_type: None,
            key: SUPPORT,
            clock: 0,
            token: None,
            in_query: false,
        }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    pub fn vote(path: impl Into<String>, body: &Value) -> Self {
        Self::new("POST", path).saying(body.to_string())
    }

    pub fn saying(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.content_type = Some("application/json");
        self
    }

    pub fn with(mut self, key: Pair) -> Self {
        self.key = key;
        self
    }

    /// The URL and the headers of the signed request.
    pub fn signed(&self, url: &str) -> (String, Vec<(String, String)>) {
        let signing = Signing {
            token: self.token.clone(),
            clock: self.clock,
            in_query: self.in_query,
            ..Signing::with(self.key.id, self.key.secret)
        };
        let url = format!("{url}{}", self.path);
        signing.sign(self.method, &url, self.content_type, &self.body)
    }
}

impl AmazonQ {
    pub fn new(unknown_targets: &str) -> Self {
        Self {
            server: Server::set_up(&setup(unknown_targets)),
            client: support::client(),
        }
    }

    /// Signs a call and sends it.
    pub fn send(&self, call: &Call) -> Answer {
        let (url, headers) = call.signed(self.server.url());
        self.send_as(call.method, &url, &headers, call.body.clone())
    }

    /// Sends what may or may not be signed.
    pub fn send_as(
        &self,
        method: &str,
        url: &str,
        headers: &[(String, String)],
        body: Vec<u8>,
    ) -> Answer {
        let method: Method = method.parse().unwrap();
        let mut request = self.client.request(method, url).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = request.send().unwrap();
        let answer = Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().unwrap(),
        };
        assert_eq!(
            answer.header("x-amzn-requestid"),
            answer.header("x-request-id")
        );
        assert_eq!(answer.header("x-amzn-requestid").len(), 36, "{answer:?}");
        answer
    }

    /// A vote of the key of "support" on the known message.
    pub fn vote(&self, user: &str, body: &Value) -> Answer {
        let path = format!("{}?userId={user}", feedback_path(CONVERSATION, MESSAGE));
        self.send(&Call::vote(path, body))
    }

    /// What the native API answers.
    pub fn native(&self, path: &str) -> Value {
        let response = self
            .client
            .get(format!("{}/candor/v1{path}", self.server.url()))
            .bearer_auth(ADMIN)
            .send()
            .unwrap();
        response.json().unwrap()
    }

    /// The feedback of "support", newest first.
    pub fn feedback(&self) -> Vec<Value> {
        let listed = self.native("/projects/support/feedback");
        listed["items"].as_array().unwrap().clone()
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    #[track_caller]
    pub fn assert_success(&self) {
        assert_eq!((self.status, self.text.as_str()), (200, ""), "{self:?}");
    }

    /// A refusal of this status and type, with a message.
    #[track_caller]
    pub fn assert_refused(&self, status: u16, name: &str) -> Value {
        assert_eq!(
            (self.status, self.header("x-amzn-errortype")),
            (status, name),
            "{self:?}"
        );
        assert_eq!(self.header("content-type"), "application/json");
        let body = self.json();
        let message = body["message"].as_str().unwrap();
        assert!((1..=2048).contains(&message.chars().count()), "{self:?}");
        body
    }
}
