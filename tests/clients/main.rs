//! The vendors' own clients, as their registries give them out, against the running server.
//!
//! `make clients` installs them below `.build/clients`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "a test crate: it fails loudly and nobody reads its documentation"
)]

mod amazon_q;
mod amazon_q_chat;
#[path = "../support/amazon_q_vendor.rs"]
mod amazon_q_vendor;
mod dify;
mod dify_chat;
mod haptik;
mod installed;
mod melodi;
#[path = "../support/mod.rs"]
mod support;
mod wonderchat;
