//! Vendors hear of the votes that were accepted: once, in order, whatever happens to them or to the server meanwhile.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "a test crate: it fails loudly and nobody reads its documentation"
)]

mod bounds;
mod moves;
mod order;
mod refusals;
#[path = "../support/mod.rs"]
mod support;
mod switch;
mod vendors;
mod world;
