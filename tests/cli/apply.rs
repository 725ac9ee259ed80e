//! `candor apply`.

use crate::{ADMIN, json_of, refusal, setup, support};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const TOML: &str = r#"
[[projects]]
name = "support"
unknown_targets = "reject"
attributes = [{name = "Quality", options = ["Good", "Poor"]}]

[[keys]]
dialect = "dify"
project = "support"
secret = "app-0123456789abcdef0123"

[[conversations]]
project = "support"
external_id = "c1"
end_user = "ada"
created_at = 2026-05-01T12:00:00Z
messages = [{external_id = "m1", query = "Why?", content = "Because."}]
"#;

const YAML: &str = r#"
projects:
  - name: support
    unknown_targets: reject
    attributes:
      - {name: Quality, options: [Good, Poor]}
keys:
  - {dialect: dify, project: support, secret: app-0123456789abcdef0123}
conversations:
  - project: support
    external_id: c1
    end_user: ada
    created_at: "2026-05-01T12:00:00Z"
    messages:
      - {external_id: m1, query: "Why?", content: Because.}
"#;

const JSON: &str = r#"{
  "projects": [{"name": "support", "unknown_targets": "reject",
                "attributes": [{"name": "Quality", "options": ["Good", "Poor"]}]}],
  "keys": [{"dialect": "dify", "project": "support", "secret": "app-0123456789abcdef0123"}],
  "conversations": [{"project": "support", "external_id": "c1", "end_user": "ada",
                     "created_at": "2026-05-01T12:00:00Z",
                     "messages": [{"external_id": "m1", "query": "Why?", "content": "Because."}]}]
}"#;

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn apply(data: &Path, file: &Path) -> Value {
    let mut command = support::candor(data);
    json_of(&support::run(command.arg("apply").arg(file).arg("--json")))
}

#[test]
fn each_format_says_the_same_and_applying_again_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("a.toml", TOML),
        ("a.yaml", YAML),
        ("a.yml", YAML),
        ("a.json", JSON),
    ];
    let files = files.map(|(name, text)| file(folder.path(), name, text));
    for first in &files {
        let data = tempfile::tempdir().unwrap();
        let report = apply(data.path(), first);
        for kind in ["projects", "attributes", "keys", "conversations"] {
            assert_eq!(
                report[kind],
                json!({"created": 1, "changed": 0, "unchanged": 0})
            );
        }
        for again in &files {
            let report = apply(data.path(), again);
            for kind in ["projects", "attributes", "keys", "conversations"] {
                assert_eq!(
                    report[kind],
                    json!({"created": 0, "changed": 0, "unchanged": 1}),
                    "{again:?}"
                );
            }
        }
    }
}

#[test]
fn bad_files_are_refused_whole_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let bad = [
        (
            "a.toml",
            "[[projects]]\nname = \"a\"\ncolour = 1\n",
            "a.toml:3:1: projects[0].colour: unknown field",
        ),
        (
            "a.yaml",
            "projects:\n  - name: a\n   number: 1\n",
            "a.yaml:3:",
        ),
        (
            "a.json",
            "{\"projects\": [{\"name\": \"a\"},]}",
            "a.json:1:29: projects: trailing comma",
        ),
        (
            "b.json",
            "{\"projects\": [{\"name\": \"a\"}], \"keys\": [{\"dialect\": \"dify\", \"secret\": \"s\", \"project\": \"b\"}]}",
            "keys[0].project: no project \"b\"",
        ),
        ("a.ini", "", "a.ini: the file's name must end in"),
    ];
    for (name, text, expected) in bad {
        let path = file(folder.path(), name, text);
        let (code, told) = refusal(support::candor(&data).arg("apply").arg(path));
        assert_eq!(code, 1);
        assert!(
            told.starts_with("error: ") && told.contains(expected),
            "{told}"
        );
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    let projects = support::run(support::candor(&data).args(["project", "list", "--json"]));
    assert_eq!(json_of(&projects), json!([]));
}

#[test]
fn short_secrets_are_taken_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        folder.path(),
        "a.json",
        r#"{"keys": [{"dialect": "wonderchat", "secret": "wc-key"}]}"#,
    );
    let mut command = support::candor(folder.path());
    let output = command.arg("apply").arg(path).output().unwrap();
    assert!(output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("warning: keys[0].secret: has fewer than 16 characters"),
        "{told}"
    );
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        printed.contains("keys              1 created     0 changed"),
        "{printed}"
    );
}

#[test]
fn a_running_server_is_set_up_by_its_url() {
    let server = support::Server::set_up(&setup());
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.yaml", YAML);
    let apply = |key: &str| {
        let mut command = support::candor(folder.path());
        command.env_remove("CANDOR_DATA_DIR");
        command.args(["apply", "--json", "--url", server.url(), "--key", key]);
        command.arg(&path);
        command
    };
    let report = json_of(&support::run(&mut apply(ADMIN)));
    assert_eq!(report["conversations"]["created"], 1);
    assert_eq!(report["projects"]["changed"], 1);
    let report = json_of(&support::run(&mut apply(ADMIN)));
    assert_eq!(report["conversations"]["unchanged"], 1);
    let (code, told) = refusal(&mut apply("cnd_wrong"));
    assert_eq!(code, 1);
    assert!(told.contains("the server answered 401"), "{told}");
}
