//! Several servers on one database: what one of them acknowledged is there exactly once, whatever becomes of it, of the others
//! and of the database.
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

mod administration;
mod failures;
mod slow;
