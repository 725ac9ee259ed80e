//! The dashboard: how its files are served, and what a browser makes of them.
//!
//! `make ui` builds it, and installs what drives the browser beside it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "a test crate: it fails loudly and nobody reads its documentation"
)]

mod browser;
mod serving;
#[path = "../support/mod.rs"]
mod support;

use serde_json::json;
use std::path::{Path, PathBuf};
use support::Server;

/// May do everything in all projects.
const ADMIN: &str = "cnd_admin-0123456789abcdef";
/// Opens the project "support" to Dify's clients.
const DIFY: &str = "app-support-0123456789abcdef";

fn server() -> Server {
    Server::set_up(&json!({
        "projects": [{"name": "support", "attributes": [{"name": "Quality", "options": ["Wonderful", "Poor"]}]}, {"name": "shop"}],
        "keys": [
            {"dialect": "native", "secret": ADMIN, "scopes": ["admin"], "name": "admin"},
            {"dialect": "dify", "secret": DIFY, "project": "support"},
        ],
        "conversations": [{"project": "support", "external_id": "c1", "end_user": "ada", "messages": [
            {"external_id": "q1", "role": "user", "content": "What is a refund?"},
            {"external_id": "a1", "role": "assistant", "content": "Money back.", "model": "gpt-4o"},
        ]}],
    }))
}

fn ui() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ui")
}

/// Whether all of this is there; told what is not. On the continuous integration all of it must be.
fn is_there(needed: &[PathBuf]) -> bool {
    let Some(missing) = needed.iter().find(|path| !path.exists()) else {
        return true;
    };
    let why = format!(
        "{} is not there; run `make ui need-chromium`",
        missing.display()
    );
    assert!(std::env::var_os("CI").is_none(), "{why}");
    println!("SKIPPED: {why}");
    false
}
