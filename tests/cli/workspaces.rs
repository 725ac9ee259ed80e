//! `candor workspace`, and what other commands do in a workspace beside the first one.

use crate::{json_of, refusal, setup, support};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

fn on(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = support::candor(folder);
    command.args(arguments);
    command
}

fn json_on(folder: &Path, arguments: &[&str]) -> Value {
    json_of(&support::run(on(folder, arguments).arg("--json")))
}

/// A folder with the workspace of [`setup`], and another one. Returns the other one's admin key.
fn two_workspaces() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let made = json_on(folder.path(), &["workspace", "create", "other"]);
    assert_eq!(made["name"], "other");
    let secret = made["secret"].as_str().unwrap().to_owned();
    (folder, secret)
}

fn file(setup: &Value) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
    write!(file, "{setup}").unwrap();
    file
}

#[test]
fn workspaces_are_made_and_listed() {
    let (folder, secret) = two_workspaces();
    assert!(secret.starts_with("cnd_"));
    let listed = json_on(folder.path(), &["workspace", "list"]);
    let names: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(names, ["default", "other"]);
    assert_eq!(listed[0]["projects"], 1);
    assert_eq!(listed[1]["projects"], 0);
    let (_, told) = refusal(&mut on(folder.path(), &["workspace", "create", "other"]));
    assert!(told.contains("has this name already"), "{told}");
    let printed = support::run(&mut on(folder.path(), &["workspace", "create", "third"]));
    assert!(
        printed.contains("cnd_") && printed.contains("never again"),
        "{printed}"
    );
}

#[test]
fn a_file_is_applied_in_the_workspace_that_is_named() {
    let (folder, _) = two_workspaces();
    let setup = file(&json!({"projects": [{"name": "support", "description": "other"}]}));
    let path = setup.path().to_str().unwrap();
    let applied = json_on(folder.path(), &["apply", "--workspace", "other", path]);
    assert_eq!(applied["projects"]["created"], 1);
    let again = json_on(folder.path(), &["apply", "--workspace", "other", path]);
    assert_eq!(again["projects"]["unchanged"], 1);
    let first = json_on(folder.path(), &["project", "list"]);
    assert_eq!(first.as_array().unwrap().len(), 1);
    assert_eq!(first[0]["description"], Value::Null);
    let keys = json_on(folder.path(), &["key", "list", "--workspace", "other"]);
    assert_eq!(keys.as_array().unwrap().len(), 1);
    let (_, told) = refusal(&mut on(
        folder.path(),
        &["key", "list", "--workspace", "none"],
    ));
    assert!(told.contains("no such workspace"), "{told}");
}

#[test]
fn a_running_server_applies_a_file_in_the_keys_workspace() {
    let (folder, secret) = two_workspaces();
    let server = support::Server::on(folder.path(), &[]);
    let setup = file(&json!({
        "projects": [{"name": "support"}],
        "keys": [{"dialect": "dify", "project": "support", "secret": "app-other-0123456789abcdef"}],
    }));
    let asked = |arguments: &[&str]| {
        let mut command = on(folder.path(), arguments);
        command.env_remove("CANDOR_DATA_DIR");
        json_of(&support::run(command.args([
            "--json",
            "--url",
            server.url(),
            "--key",
            &secret,
        ])))
    };
    let applied = asked(&["apply", setup.path().to_str().unwrap()]);
    assert_eq!(applied["projects"]["created"], 1);
    assert_eq!(applied["keys"]["created"], 1);
    assert_eq!(asked(&["key", "list"]).as_array().unwrap().len(), 2);
    assert_eq!(asked(&["project", "list"]).as_array().unwrap().len(), 1);
}
