//! A stand-in for Amazon Q Business that checks how it is called, and chats.

use crate::support::stand_in::{Seen, StandIn};
use axum::body::Body;
use axum::http::{Method, Response};
use candor::clock::Clock;
use candor::dialects::amazon_q::sigv4::{Claim, Rules, SignedHead};
use serde_json::{Value, json};
use std::time::Duration;

/// The key pair that it knows.
pub const KEY: &str = "AKIDVENDOR";
pub const SECRET: &str = "vendor-secret-0123456789";
pub const REGION: &str = "eu-west-1";

/// The id of the answer to what a person asks, and of the question; of the same question they are the same.
pub const ANSWER: &str = "5a5a5a5a-1111-4222-8333-444444444444";
pub const QUESTION: &str = "90909090-1111-4222-8333-444444444444";
pub const NEW_CONVERSATION: &str = "c0c0c0c0-1111-4222-8333-444444444444";

/// The id that it gives each of its answers.
pub const REQUEST_ID: &str = "aaaaaaaa-0000-4000-8000-000000000000";

/// What it is that a project's upstream needs to be signed for.
pub fn credential() -> Value {
    json!({"access_key_id": KEY, "secret": SECRET, "region": REGION})
}

/// Starts it.
pub fn start() -> StandIn {
    StandIn::start(|seen| match signed_with(&seen) {
        Ok(_) => answer(&seen),
        Err(fault) => refusal(403, "InvalidSignatureException", &fault),
    })
}

/// The credential and its scope that a request was signed with, if it was signed rightly.
pub fn signed_with(seen: &Seen) -> Result<String, String> {
    let head = SignedHead {
        method: seen.method.as_str(),
        path: seen.uri.path(),
        query: seen.uri.query().unwrap_or_default(),
        authority: None,
        headers: &seen.headers,
    };
    let rules = Rules {
        service: "qbusiness",
        window: Duration::from_mins(5),
        normalized_path: true,
    };
    let fault = |fault: candor::dialects::amazon_q::sigv4::Fault| fault.message.into_owned();
    let claim = Claim::read(&head, &rules, Clock::default().now()).map_err(fault)?;
    if claim.access_key_id() != KEY {
        return Err("not the vendor's key".to_owned());
    }
    claim
        .check_signature(&head, &seen.body, SECRET.as_bytes())
        .map_err(fault)?;
    let header = seen.headers["authorization"].to_str().unwrap();
    let credential = header.split(['=', ',']).nth(1).unwrap();
    Ok(credential.to_owned())
}

/// Its answer, with the headers that it has.
pub fn said(status: u16, content_type: &str, body: impl Into<Body>) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", content_type)
        .header("x-amzn-RequestId", REQUEST_ID)
        .body(body.into())
        .unwrap()
}

/// A failure as AWS answers it.
pub fn refusal(status: u16, name: &str, message: &str) -> Response<Body> {
    let mut answer = said(
        status,
        "application/json",
        json!({"message": message}).to_string(),
    );
    let headers = answer.headers_mut();
    headers.insert("x-amzn-ErrorType", name.parse().unwrap());
    answer
}

fn answer(seen: &Seen) -> Response<Body> {
    let path: Vec<_> = seen.uri.path().split('/').skip(3).collect();
    let found = |body: Value| said(200, "application/json", body.to_string());
    match (&seen.method, path.as_slice()) {
        (&Method::POST, ["conversations"]) => found(chat(&seen.json())),
        (&Method::GET, ["conversations"]) => found(json!({"conversations": [
            {"conversationId": NEW_CONVERSATION, "title": "At the vendor", "startTime": 1_777_636_801.5},
        ]})),
        (&Method::GET, ["conversations", _]) => found(json!({"messages": [
            {"messageId": ANSWER, "body": "At the vendor.", "time": 1_777_636_802, "type": "SYSTEM"},
        ]})),
        (&Method::GET, ["conversations", _, "messages", _, "media", _]) => {
            found(json!({"mediaBytes": "AAECAw==", "mediaMimeType": "image/png"}))
        }
        (&Method::DELETE, ["conversations", ..]) => found(json!({})),
        (&Method::GET, ["attachments"]) => found(json!({"attachments": []})),
        (&Method::GET, []) => {
            found(json!({"applicationId": "x", "roleArn": "arn:aws:iam::1:role/q"}))
        }
        (&Method::GET, ["plugins"]) => found(json!({"plugins": []})),
        _ => refusal(404, "UnknownOperationException", "unknown"),
    }
}

/// What it answers to a question.
fn chat(asked: &Value) -> Value {
    let conversation = asked["conversationId"].as_str().unwrap_or(NEW_CONVERSATION);
    json!({
        "conversationId": conversation, "systemMessageId": ANSWER, "userMessageId": QUESTION,
        "systemMessage": format!("You asked: {}", asked["userMessage"].as_str().unwrap_or_default()),
        "sourceAttributions": [
            {"title": "Terms", "url": "https://a.example/terms", "citationNumber": 1, "snippet": "Within 30 days."},
        ],
        "failedAttachments": [],
    })
}
