//! What passes is remembered, behind answers that stay as they are.

use crate::raw::{Answer, ask, connect, head, say};
use crate::support::stand_in::{Seen, StandIn};
use crate::{ADMIN, KEY, counted, server};
use axum::body::Body;
use axum::http::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::io::{BufRead as _, Write as _};
use std::time::{Duration, Instant};

/// A number as the id of a message.
fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// The number that a question has, answered as Dify does in one piece.
fn answer(seen: &Seen) -> String {
    let number = seen.json()["query"].as_str().unwrap().parse().unwrap();
    json!({
        "event": "message", "message_id": id(number), "conversation_id": id(1_000_000 + number), "mode": "chat",
        "answer": format!("the answer to {number}"), "metadata": {}, "created_at": 1_700_000_000,
    })
    .to_string()
}

fn post(url: &str, path: &str, more: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nContent-Type: application/json\r\n\
         Connection: close\r\n{more}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    ask(url, request.as_bytes())
}

fn chat(url: &str, number: usize) -> Answer {
    let question = json!({"query": number.to_string(), "user": "ada", "inputs": {}, "response_mode": "blocking"});
    post(url, "/v1/chat-messages", "", &question)
}

fn vote(url: &str, number: usize) -> Answer {
    let path = format!("/v1/messages/{}/feedbacks", id(number));
    post(url, &path, "", &json!({"rating": "like", "user": "ada"}))
}

/// What Candor's own interface tells at a path below the project's feedback.
fn told(url: &str, path: &str) -> Value {
    let request = format!(
        "GET /candor/v1/projects/support/feedback{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ADMIN}\r\n\
         Connection: close\r\n\r\n"
    );
    let answer = ask(url, request.as_bytes());
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// Looks until it holds, for as long as what happens behind an answer may take.
fn until(holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "it does not come to hold"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_vote_right_after_its_answer_finds_the_message() {
    let upstream = StandIn::start(|seen| Response::new(Body::from(answer(&seen))));
    let server = server(&upstream.url());
    for number in 0..40 {
        assert_eq!(chat(server.url(), number).status, 200);
        let voted = vote(server.url(), number);
        assert_eq!(voted.status, 200, "{voted:?}");
    }
    let unknown = vote(server.url(), 999);
    assert_eq!(unknown.status, 404, "{unknown:?}");
}

#[test]
fn a_vote_is_listed_with_the_question_and_the_answer_that_passed() {
    let upstream = StandIn::start(|seen| Response::new(Body::from(answer(&seen))));
    let server = server(&upstream.url());
    chat(server.url(), 7);
    assert_eq!(vote(server.url(), 7).status, 200);
    let listed = told(server.url(), "");
    let id = listed["items"][0]["id"].as_str().unwrap();
    let detail = told(server.url(), &format!("/{id}"));
    assert_eq!(detail["question"], "7");
    assert_eq!(detail["message"]["content"], "the answer to 7");
    assert_eq!(detail["rating"], "positive");
}

#[test]
fn what_is_compressed_is_read_and_stays_compressed() {
    let upstream = StandIn::start(|seen| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(answer(&seen).as_bytes()).unwrap();
        Response::builder()
            .header("content-encoding", "gzip")
            .header("date", "Sat, 21 Nov 2026 12:00:00 GMT")
            .body(Body::from(encoder.finish().unwrap()))
            .unwrap()
    });
    let server = server(&upstream.url());
    assert_eq!(chat(server.url(), 3), chat(&upstream.url(), 3));
    assert_eq!(vote(server.url(), 3).status, 200);
}

#[test]
fn an_exchange_that_is_too_large_is_not_remembered_and_passes_whole() {
    const SIZE: usize = 20 * 1024 * 1024;
    let upstream = StandIn::start(|_| Response::new(Body::from(vec![b' '; SIZE])));
    let server = server(&upstream.url());
    assert_eq!(chat(server.url(), 1).body.len(), SIZE);
    let line = "candor_forgotten_total{dialect=\"dify\",reason=\"too_large\"}";
    until(|| counted(&server, line) == 1);
}

#[test]
fn what_passed_before_a_stop_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let upstream = StandIn::start(|seen| Response::new(Body::from(answer(&seen))));
    crate::support::apply(folder.path(), &crate::setup(&upstream.url()));
    let server = crate::support::Server::on(folder.path(), &[]);
    for number in 0..20 {
        chat(server.url(), number);
    }
    assert!(server.terminate());
    let server = crate::support::Server::on(folder.path(), &[]);
    for number in 0..20 {
        assert_eq!(vote(server.url(), number).status, 200, "{number}");
    }
}

#[test]
fn what_passed_of_a_stream_that_a_stop_cuts_off_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.toml");
    std::fs::write(&settings, "stop_seconds = 1\n").unwrap();
    let upstream = StandIn::start(|_| {
        let event = json!({
            "event": "message", "message_id": id(1), "conversation_id": id(2), "answer": "Becau",
        });
        let first = Ok::<_, Infallible>(format!("data: {event}\n\n"));
        let never = stream::iter([first]).chain(stream::pending());
        Response::builder()
            .header("content-type", "text/event-stream")
            .body(Body::from_stream(never))
            .unwrap()
    });
    crate::support::apply(folder.path(), &crate::setup(&upstream.url()));
    let start =
        || crate::support::Server::on(folder.path(), &["--config", settings.to_str().unwrap()]);
    let server = start();
    let mut client = connect(server.url());
    let question = r#"{"query": "Why?", "user": "ada", "response_mode": "streaming"}"#;
    let asked = format!(
        "POST /v1/chat-messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nContent-Length: {}\r\n\r\n{question}",
        question.len()
    );
    say(&mut client, asked);
    head(&mut client);
    let mut word = String::new();
    while !word.contains("Becau") {
        assert!(client.read_line(&mut word).unwrap() > 0);
    }
    assert!(server.terminate());
    let server = start();
    assert_eq!(vote(server.url(), 1).status, 200);
    let listed = told(server.url(), "");
    let detail = listed["items"][0]["id"].as_str().unwrap();
    let detail = told(server.url(), &format!("/{detail}"));
    assert_eq!(detail["message"]["content"], "Becau");
}
