//! Faults of the machine and of clients, against the real binary. What must hold each time: what was acknowledged is there
//! exactly once, what was not was answered with a clear error, `candor doctor` finds nothing, and the server goes on by
//! itself or says what to do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    reason = "a test crate: it fails loudly and nobody reads its documentation"
)]

#[path = "../support/mod.rs"]
mod support;

mod disk_full;
mod full_queue;
mod idle_connections;
mod injector;
mod slow_clients;
mod stop;
mod torn_log;
mod write_errors;

use support::connection::{Connection, Request};
use support::ledger::{ADMIN, DIFY};
use uuid::Uuid;

/// How often a fault comes and goes in one test: so often, and more in a long run.
fn rounds(short: usize) -> usize {
    let cycles = std::env::var("CANDOR_SOAK_CYCLES").map(|cycles| cycles.parse().unwrap());
    cycles.map_or(short, |cycles: usize| short.max(cycles / 20))
}

/// A vote of Ada's on a message, by Dify's interface.
fn vote(message: u128, comment: &str) -> Request {
    let path = format!("/v1/messages/{}/feedbacks", Uuid::from_u128(message));
    let body = serde_json::json!({"rating": "like", "user": "ada", "content": comment});
    Request::new("POST", path, DIFY).with(&body)
}

/// Casts it on a connection of its own.
fn cast(url: &str, request: &Request) -> support::connection::Answer {
    Connection::open(url).unwrap().call(request).unwrap()
}

/// The messages with a vote of Ada's.
fn voted(url: &str) -> Vec<u128> {
    let mut connection = Connection::open(url).unwrap();
    let mut messages = Vec::new();
    let list = "/candor/v1/projects/crash/feedback?limit=200&end_user=ada";
    let mut path = list.to_owned();
    loop {
        let answer = connection.call(&Request::new("GET", path, ADMIN)).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        let page: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        messages.extend(page["items"].as_array().unwrap().iter().map(|item| {
            let message = &item["target"]["message"]["external_id"];
            Uuid::parse_str(message.as_str().unwrap())
                .unwrap()
                .as_u128()
        }));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("{list}&cursor={cursor}"),
            None => break,
        }
    }
    messages.sort_unstable();
    messages
}
