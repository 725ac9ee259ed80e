//! Keeping what is stored: backups from a running server, putting them back, and mending what is derived.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "a test crate: it fails loudly and nobody reads its documentation"
)]

mod backup;
mod database;
mod load;
mod repair;
mod restore;
#[path = "../support/mod.rs"]
mod support;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const KEY: &str = "app-keeping-test-key-0000";

/// The data folder's database.
const DATABASE: &str = "candor.sqlite3";

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// A fresh folder with a project, a key for its votes, and a key whose secret is sealed.
fn set_up() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let setup = json!({
        "projects": [{"name": "kept"}],
        "keys": [
            {"dialect": "dify", "project": "kept", "secret": KEY},
            {"dialect": "amazon_q", "project": "kept", "access_key_id": "AKIDOFKEEPING", "secret": "a-secret-that-is-sealed"},
        ],
    });
    support::apply(folder.path(), &setup);
    folder
}

/// A fresh folder in which so many people have voted.
fn voted(votes: usize) -> tempfile::TempDir {
    let folder = set_up();
    let server = support::Server::on(folder.path(), &[]);
    for number in 0..votes {
        let status = load::vote(
            server.url(),
            &load::message(number),
            &format!("word{number}"),
        );
        assert_eq!(status, 200);
    }
    assert!(server.terminate());
    folder
}

/// `candor backup FILE` of a folder.
fn back_up(folder: &Path, file: &Path) -> Command {
    let mut command = support::candor(folder);
    command.arg("backup").arg(file);
    command
}

/// `candor restore FILE` into a folder.
fn restore(folder: &Path, file: &Path) -> Command {
    let mut command = support::candor(folder);
    command.arg("restore").arg(file);
    command
}

/// A backup of a folder in which so many people have voted, in a folder of its own.
fn backup_of(votes: usize) -> (tempfile::TempDir, PathBuf) {
    let source = voted(votes);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("nightly.candor");
    support::run(&mut back_up(source.path(), &file));
    std::fs::copy(
        source.path().join("master.key"),
        place.path().join("master.key"),
    )
    .unwrap();
    (place, file)
}

/// What a command that must fail says.
fn refusal(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{command:?} did not fail");
    String::from_utf8(output.stderr).unwrap()
}

/// The comment on each message that a stopped folder holds.
fn comments(folder: &Path) -> BTreeMap<String, String> {
    let mut list = support::candor(folder);
    list.args(["feedback", "list", "--json", "--limit", "1000000"]);
    let listed: Value = serde_json::from_str(&support::run(&mut list)).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let listed = listed.as_array().unwrap();
    let comments: BTreeMap<_, _> = listed
        .iter()
        .map(|vote| {
            (
                text(&vote["target"]["message"]["external_id"]),
                text(&vote["comment"]),
            )
        })
        .collect();
    assert_eq!(comments.len(), listed.len(), "no message is there twice");
    comments
}

/// That nothing is wrong with a folder, by the doctor.
fn assert_sound(folder: &Path) {
    let found = support::run(support::candor(folder).arg("doctor"));
    assert!(found.ends_with("nothing is wrong\n"), "{found}");
}

/// Everything that is in a folder, by its name.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Starts a command whose output nobody reads.
fn start(command: &mut Command) -> Child {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until something holds.
fn wait_until(mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "it never came");
        std::thread::sleep(Duration::from_millis(1));
    }
}
