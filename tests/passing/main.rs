//! Handing requests on: what a client gets through the server is what it gets from the vendor's server directly.
//!
//! The vendor's server is a stand-in on loopback. Where it has to misbehave, it is a bare socket.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    missing_docs,
    unreachable_pub,
    reason = "a test crate: it fails loudly and nobody reads its documentation"
)]

#[path = "../support/mod.rs"]
mod support;

mod bounds;
mod failures;
mod raw;
mod remembering;
mod same;
mod streams;
mod tls;

use serde_json::{Value, json};

/// A key of Candor's own interface.
pub const ADMIN: &str = "cnd_administrator000000000000";
/// A key of the project whose upstream is the stand-in.
pub const KEY: &str = "app-passing00000000000000000";
/// A key of a project without an upstream.
pub const ALONE: &str = "app-alone0000000000000000000";

/// A project with an upstream at `url`, and one without.
pub fn setup(url: &str) -> Value {
    json!({
        "projects": [
            {"name": "support", "unknown_targets": "reject", "upstream": {"dialect": "dify", "base_url": url}},
            {"name": "alone"},
        ],
        "keys": [
            {"dialect": "native", "secret": ADMIN, "scopes": ["feedback:read"]},
            {"dialect": "dify", "project": "support", "secret": KEY},
            {"dialect": "dify", "project": "alone", "secret": ALONE},
        ],
    })
}

/// A server that hands requests on to `url`.
pub fn server(url: &str) -> support::Server {
    support::Server::set_up(&setup(url))
}

/// What `/metrics` says of a name with these labels.
pub fn counted(server: &support::Server, line: &str) -> u64 {
    let told = raw::ask(
        server.url(),
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    let text = String::from_utf8(told.body).unwrap();
    let found = text.lines().find_map(|found| found.strip_prefix(line));
    found.map_or(0, |count| count.trim().parse().unwrap())
}
