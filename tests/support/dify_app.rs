//! A stand-in for an app at Dify, which chats in Dify's documented formats. Asked the same, it answers the same.

use super::stand_in::{Seen, StandIn};
use axum::body::{Body, Bytes};
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// When everything was said.
pub const SAID_AT: i64 = 1_705_407_629;

/// A stand-in that answers every question by `You asked: …`. It streams the first word, and the others once somebody asks
/// for `/parameters`.
pub fn start() -> StandIn {
    let gate = Arc::new(Semaphore::new(0));
    StandIn::start(move |seen| answer(&seen, &gate))
}

/// The id of what is said in answer to a question.
pub fn id_of(question: &str) -> String {
    let digest = Sha256::digest(question.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::from_bytes(bytes).to_string()
}

/// The conversation that begins with a question.
pub fn conversation_of(question: &str) -> String {
    id_of(&format!("conversation {question}"))
}

fn answer(seen: &Seen, gate: &Arc<Semaphore>) -> Response {
    match (&seen.method, seen.uri.path()) {
        (&Method::POST, "/v1/chat-messages") => chat(&seen.json(), "chat", gate),
        (&Method::POST, "/v1/completion-messages") => chat(&seen.json(), "completion", gate),
        (&Method::GET, "/v1/parameters") => {
            gate.add_permits(1);
            whole(&json!({"opening_statement": "Hello!"}))
        }
        (&Method::DELETE, _) => status(StatusCode::NO_CONTENT, ""),
        (&Method::POST, path) if path.ends_with("/name") => {
            let name = seen.json()["name"].clone();
            whole(&json!({"id": path, "name": name, "created_at": SAID_AT}))
        }
        (&Method::GET, "/v1/info") => whole(&json!({"name": "Dify's own"})),
        _ => status(StatusCode::NOT_FOUND, "{\"code\":\"not_found\"}"),
    }
}

fn chat(asked: &Value, mode: &str, gate: &Arc<Semaphore>) -> Response {
    let question = [&asked["query"], &asked["inputs"]["query"]];
    let question = question
        .iter()
        .find_map(|text| text.as_str())
        .unwrap_or_default();
    let mut said = json!({
        "event": "message", "task_id": id_of("task"), "id": id_of(question), "message_id": id_of(question),
        "created_at": SAID_AT,
    });
    if mode == "chat" {
        let begun = asked["conversation_id"]
            .as_str()
            .filter(|id| !id.is_empty());
        said["conversation_id"] =
            json!(begun.map_or_else(|| conversation_of(question), str::to_owned));
    }
    let metadata = json!({
        "usage": {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8, "total_price": "0.0012890",
                  "currency": "USD", "latency": 0.768_237_624_986_795_7},
        "retriever_resources": [{"position": 1, "content": "words of a document"}],
    });
    if asked["response_mode"] == "streaming" {
        return streamed(&said, question, &metadata, gate);
    }
    said["mode"] = json!(mode);
    said["answer"] = json!(format!("You asked: {question}"));
    said["metadata"] = metadata;
    whole(&said)
}

/// The first word, then, behind the gate, the rest in pieces that begin and end anywhere.
fn streamed(said: &Value, question: &str, metadata: &Value, gate: &Arc<Semaphore>) -> Response {
    let event = |changes: &[(&str, Value)]| {
        let mut event = said.clone();
        for (name, value) in changes {
            event[*name] = value.clone();
        }
        format!("data: {event}\n\n")
    };
    let chunk = |text: &str| event(&[("answer", json!(text))]);
    let end = event(&[
        ("event", json!("message_end")),
        ("metadata", metadata.clone()),
    ]);
    let rest = [
        "event: ping\n\n",
        &chunk(" asked: "),
        &chunk(question),
        &end,
    ]
    .concat();
    let pieces: Vec<_> = rest
        .into_bytes()
        .chunks(7)
        .map(Bytes::copy_from_slice)
        .collect();
    let gate = Arc::clone(gate);
    let first = stream::iter([Bytes::from(chunk("You"))]);
    let rest = stream::once(async move {
        if let Ok(opened) = gate.acquire().await {
            opened.forget();
        }
        stream::iter(pieces)
    });
    let all = first.chain(rest.flatten()).map(Ok::<_, Infallible>);
    let mut answer = Response::new(Body::from_stream(all));
    let kind = "text/event-stream".parse().expect("a header");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

fn whole(body: &Value) -> Response {
    status(StatusCode::OK, &format!("{body}\n"))
}

/// An answer with the headers of Dify's.
pub fn status(status: StatusCode, body: &str) -> Response {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("x-version", "1.14.1")
        .header("access-control-allow-origin", "*")
        .body(Body::from(body.to_owned()))
        .expect("an answer")
}
