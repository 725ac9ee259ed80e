//! The native API against the running server, as its callers meet it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "a test crate: it fails loudly and nobody reads its documentation"
)]

mod accounts;
mod attributes;
mod bad_input;
mod conversations;
mod end_users;
mod feedback;
mod feedback_batch;
mod feedback_list;
mod idempotency;
mod keys;
mod openapi;
mod page;
mod projects;
mod publishable;
mod query;
mod schemathesis;
mod session;
#[path = "../support/mod.rs"]
mod support;
mod upstreams;
mod world;
