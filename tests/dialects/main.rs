//! Each vendor's dialect against the running server: recorded exchanges, and the rules that no recording shows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "a test crate: it fails loudly and nobody reads its documentation"
)]

mod amazon_q;
#[path = "../support/amazon_q_vendor.rs"]
mod amazon_q_vendor;
mod cases;
mod dify;
mod haptik;
mod melodi;
#[path = "../support/signing.rs"]
mod signing;
#[path = "../support/mod.rs"]
mod support;
mod wonderchat;
