//! More than the server takes on, or than a key or a project may ask: what clients hear, and what others feel of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "a test crate: it fails loudly and nobody reads its documentation"
)]

mod changes;
mod fair;
mod rates;
#[path = "../support/signing.rs"]
mod signing;
#[path = "../support/mod.rs"]
mod support;
mod world;
