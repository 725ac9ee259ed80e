//! PostgreSQL as an engine: reaching it, and its schema.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    reason = "a test crate: it fails loudly and nobody reads its documentation"
)]

#[path = "../support/postgres/mod.rs"]
mod postgres;

mod command;
mod connecting;
mod history;
mod lanes;
mod migrations;
mod pages;
mod plans;
mod pool;
mod statements;

use candor::error::Error;

/// What the log and the operator hear: the message and its cause.
fn told(error: &Error) -> String {
    use std::error::Error as _;
    let cause = error.source().map(ToString::to_string);
    format!("{error}: {}", cause.unwrap_or_default())
}
