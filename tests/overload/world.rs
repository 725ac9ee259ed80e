//! A server with two projects and a vote of each dialect.

use crate::signing::Signing;
use crate::support::{self, Server};
use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use uuid::Uuid;

/// May do everything, without bound.
pub const ADMIN: &str = "cnd_administrator000000000000";
pub const DIALECTS: [&str; 6] = [
    "native",
    "dify",
    "wonderchat",
    "melodi",
    "haptik",
    "amazon_q",
];
const APPLICATION: &str = "11111111-2222-4333-8444-555555555555";
const CONVERSATION: &str = "22222222-2222-4333-8444-555555555555";

pub struct World {
    pub server: Server,
    pub client: Client,
    votes: AtomicU32,
}

/// The secret of a dialect's key: of one for the project, or of one for the whole workspace.
pub fn secret(dialect: &str, of: &str) -> String {
    format!("{dialect}-{of}-0123456789abcdef")
}

/// A key of every dialect for `project`, with this limit on its requests.
pub fn keys(of: &str, project: &Value, limit: &Value) -> Vec<Value> {
    let key = |dialect: &&str| {
        let mut key =
            json!({"dialect": dialect, "secret": secret(dialect, of), "rate_limit": limit});
        key["project"] = project.clone();
        match *dialect {
            "haptik" => key["client_id"] = json!(of),
            "amazon_q" => key["access_key_id"] = json!(of),
            _ => {}
        }
        key
    };
    DIALECTS.iter().map(key).collect()
}

/// An apply file with "support", which has this limit, and with these keys.
pub fn setup(limit: &Value, mut keys: Vec<Value>) -> Value {
    keys.push(json!({
        "dialect": "native", "secret": ADMIN, "scopes": ["admin"], "rate_limit": {"per_second": 0}
    }));
    // Dify's keys are for one project.
    keys.retain(|key| key["dialect"] != "dify" || !key["project"].is_null());
    json!({
        "projects": [{
            "name": "support", "number": 64, "haptik_business_id": 343, "wonderchat_chatbot_id": "bot",
            "amazon_q_application_id": APPLICATION, "rate_limit": limit
        }],
        "keys": keys,
    })
}

impl World {
    pub fn new(setup: &Value) -> Self {
        Self::of(Server::set_up(setup))
    }

    pub fn of(server: Server) -> Self {
        Self {
            server,
            client: support::client(),
            votes: AtomicU32::new(0),
        }
    }

    /// A vote for a message, and by a person, of which nobody heard before.
    pub fn vote(&self, dialect: &str, of: &str) -> Response {
        let number = self.votes.fetch_add(1, Ordering::Relaxed);
        let message = Uuid::from_u128(0x4000_8000_0000_0000_0000 + u128::from(number)).to_string();
        let key = secret(dialect, of);
        let (path, body) = match dialect {
            "native" => (
                "/candor/v1/projects/support/feedback".to_owned(),
                json!({"message": {"external_id": message}, "rating": "positive"}),
            ),
            "dify" => (
                format!("/v1/messages/{message}/feedbacks"),
                json!({"rating": "like", "user": "ada"}),
            ),
            "wonderchat" => (
                "/api/v1/update-message-feedback".to_owned(),
                json!({"apiKey": key, "messageId": message, "feedback": "HELPFUL"}),
            ),
            "melodi" => (
                "/api/external/feedback".to_owned(),
                json!({"feedbackType": "POSITIVE", "externalThreadId": "c", "externalMessageId": message, "projectId": 64}),
            ),
            "haptik" => (
                "/v1.0/log_feedback_from_user".to_owned(),
                json!({"auth_id": message, "business_id": 343, "query_resolved": true, "query_rating": 5}),
            ),
            _ => (
                format!(
                    "/applications/{APPLICATION}/conversations/{CONVERSATION}/messages/{message}/feedback?userId=ada"
                ),
                json!({"messageUsefulness": {"usefulness": "USEFUL", "submittedAt": 1_700_000_000.0}}),
            ),
        };
        let url = format!("{}{path}", self.server.url());
        let said = body.to_string();
        let request = self
            .client
            .post(&url)
            .header("content-type", "application/json")
            .body(said.clone());
        Self::with_key(request, dialect, of, &url, &said)
            .send()
            .unwrap()
    }

    fn with_key(
        request: RequestBuilder,
        dialect: &str,
        of: &str,
        url: &str,
        said: &str,
    ) -> RequestBuilder {
        let key = secret(dialect, of);
        match dialect {
            "native" | "dify" => request.bearer_auth(key),
            "haptik" => request.bearer_auth(key).header("client-id", of),
            "melodi" => request.header("api-key", key),
            "amazon_q" => {
                let (_, headers) = Signing::with(of, &key).sign("POST", url, None, said.as_bytes());
                headers.iter().fold(request, |request, (name, value)| {
                    request.header(name, value)
                })
            }
            _ => request,
        }
    }

    /// Votes until one is refused. Returns the refusal, and how many were taken before.
    pub fn until_refused(&self, dialect: &str, of: &str) -> (Response, usize) {
        for taken in 0..100 {
            let answer = self.vote(dialect, of);
            if !answer.status().is_success() {
                return (answer, taken);
            }
        }
        panic!("{dialect}: a hundred votes were taken");
    }

    /// How many votes are stored.
    pub fn stored(&self) -> usize {
        let list = self.admin(
            reqwest::Method::GET,
            "projects/support/feedback?limit=200",
            &Value::Null,
        );
        list["items"].as_array().unwrap().len()
    }

    /// The native API's answer to an administrator, which must be a success.
    pub fn admin(&self, method: reqwest::Method, path: &str, body: &Value) -> Value {
        let url = format!("{}/candor/v1/{path}", self.server.url());
        let mut request = self.client.request(method, url).bearer_auth(ADMIN);
        if !body.is_null() {
            request = request.json(body);
        }
        request
            .send()
            .unwrap()
            .error_for_status()
            .unwrap()
            .json()
            .unwrap()
    }

    /// What `/metrics` tells.
    pub fn metrics(&self) -> String {
        let url = format!("{}/metrics", self.server.url());
        self.client.get(url).send().unwrap().text().unwrap()
    }
}
