//! `candor demo`: a year that was made up, and says so.

use crate::{json_of, refusal, support};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use support::Server;

fn demo(arguments: &[&str]) -> Command {
    let mut command = support::without_surroundings(Command::new(support::BINARY));
    command.arg("demo").args(arguments);
    command
}

/// A folder that was filled with 1,000 votes.
fn filled() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    support::run(&mut demo(&[
        "--votes",
        "1000",
        "--only-fill",
        "--keep",
        place,
    ]));
    folder
}

fn on(folder: &Path, arguments: &[&str]) -> String {
    let mut command = support::without_surroundings(Command::new(support::BINARY));
    support::run(command.args(arguments).arg("--data-dir").arg(folder))
}

fn feedback(folder: &Path) -> Vec<Value> {
    let listed = json_of(&on(
        folder,
        &["feedback", "list", "--limit", "1000", "--json"],
    ));
    listed.as_array().unwrap().clone()
}

#[test]
fn votes_come_by_every_interface() {
    let folder = filled();
    let channels: BTreeSet<String> = feedback(folder.path())
        .iter()
        .map(|one| one["channel"].as_str().unwrap().to_owned())
        .collect();
    let all = [
        "amazon_q",
        "dify",
        "haptik",
        "melodi",
        "native",
        "wonderchat",
    ];
    assert_eq!(channels, all.map(str::to_owned).into());
}

#[test]
fn every_vote_says_that_it_is_synthetic() {
    let folder = filled();
    let listed = feedback(folder.path());
    assert_eq!(listed.len(), 1000);
    for one in listed {
        assert_eq!(one["metadata"]["synthetic"], true, "{one}");
    }
}

#[test]
fn what_is_filled_is_sound() {
    let folder = filled();
    on(folder.path(), &["doctor"]);
}

#[test]
fn a_folder_that_holds_something_is_refused_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine"), "mine").unwrap();
    let place = folder.path().to_str().unwrap();
    let (code, said) = refusal(&mut demo(&["--only-fill", "--keep", place]));
    assert_eq!(code, 1);
    assert!(
        said.contains("holds something; name a new folder"),
        "{said}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_number_of_votes_has_bounds() {
    let (code, said) = refusal(&mut demo(&["--votes", "0"]));
    assert_eq!(code, 2);
    assert!(
        said.contains("must be a number from 1 to 10000000"),
        "{said}"
    );
}

#[test]
fn it_serves_and_leaves_nothing_behind() {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = demo(&["--votes", "50", "--listen", "127.0.0.1:0"]);
    command.env("TMPDIR", temporary.path());
    let server = Server::of(command);
    let ready = support::client()
        .get(format!("{}/readyz", server.url()))
        .send()
        .unwrap();
    assert_eq!(ready.status(), 200);
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 1);
    assert!(server.terminate());
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
}
