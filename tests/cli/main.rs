//! The command line, through the real binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "a test crate: it fails loudly and nobody reads its documentation"
)]

#[path = "../support/mod.rs"]
mod support;

mod apply;
mod commands;
mod connections;
mod feedback_tail;
mod first_start;
mod import;
mod import_melodi;
mod output;
mod settings;
mod stop;
mod tls;
mod upstreams;
mod users;
mod workspaces;

use serde_json::{Value, json};
use std::process::Command;

/// The Dify key of [`setup`].
const DIFY: &str = "app-0123456789abcdef0123";

/// The native key of [`setup`], which may do everything.
const ADMIN: &str = "cnd_0123456789abcdef0123";

/// A project `support`, with a key for Dify's clients and one for the native API.
fn setup() -> Value {
    json!({
        "projects": [{"name": "support", "attributes": [{"name": "Quality", "options": ["Good", "Poor"]}]}],
        "keys": [
            {"dialect": "dify", "project": "support", "secret": DIFY},
            {"dialect": "native", "secret": ADMIN, "scopes": ["admin"], "name": "for tests"}
        ]
    })
}

/// What a command that must fail says, and its exit code.
fn refusal(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{command:?} did not fail");
    (output.status.code().unwrap(), told)
}

fn json_of(output: &str) -> Value {
    serde_json::from_str(output).unwrap()
}

/// A vote by Dify's API on the `number`th message. Returns the status.
fn vote(url: &str, number: u32, body: &Value) -> u16 {
    let answer = support::client()
        .post(format!(
            "{url}/v1/messages/00000000-0000-4000-8000-{number:012}/feedbacks"
        ))
        .bearer_auth(DIFY)
        .json(body)
        .send();
    answer.map_or(0, |answer| answer.status().as_u16())
}
