//! PostgreSQL for tests: a database of its own for each, on a server that all tests of a run share, or a whole server for
//! tests that break it.
//!
//! Where it is not installed, a test says that it is skipped; where the environment says `CI=true`, it fails.
#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::zombie_processes,
    missing_docs,
    unreachable_pub,
    reason = "each test crate uses a part of it, and fails loudly"
)]

mod cluster;
mod filled;
mod place;
mod programs;
mod server;
mod shared;

pub use place::TestDatabase;
pub use server::{Options, Server};

/// Who may do everything in the servers of tests.
pub const USER: &str = "candor";

/// A database with the latest schema and nothing in it, on the server that all tests share; none if there is no PostgreSQL.
pub fn database() -> Option<TestDatabase> {
    let shared = shared::server()?;
    Some(shared.place().database(shared.template()))
}

/// The same without a schema.
pub fn empty_database() -> Option<TestDatabase> {
    Some(shared::server()?.place().database(place::EMPTY))
}

/// Says why a test does not run; fails where all have to.
fn skipped<T>(why: &str) -> Option<T> {
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "this test needs PostgreSQL: {why}"
    );
    eprintln!("SKIPPED: {why}");
    None
}
