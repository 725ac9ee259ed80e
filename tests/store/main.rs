//! What every engine must do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test fails by panicking"
)]

#[path = "../support/engine.rs"]
mod engine;
#[path = "../support/postgres/mod.rs"]
mod postgres;

mod accounts;
mod batches;
mod clock;
mod erase;
mod history;
mod looks;
mod model;
mod place;
mod reads;
mod sums;
mod tell;
mod transcripts;
mod world;
