//! Commands that show and change what is stored, in a folder and at a running server: both give the same.

use crate::{ADMIN, json_of, refusal, setup, support, vote};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

fn on(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = support::candor(folder);
    command.args(arguments);
    command
}

fn at(server: &support::Server, arguments: &[&str]) -> Command {
    let mut command = on(Path::new("/nowhere"), arguments);
    command.env_remove("CANDOR_DATA_DIR");
    command.args(["--url", server.url(), "--key", ADMIN]);
    command
}

fn json_on(folder: &Path, arguments: &[&str]) -> Value {
    json_of(&support::run(on(folder, arguments).arg("--json")))
}

fn json_at(server: &support::Server, arguments: &[&str]) -> Value {
    json_of(&support::run(at(server, arguments).arg("--json")))
}

/// A folder with a like, and a like that became a dislike.
fn voted() -> (tempfile::TempDir, support::Server) {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let server = support::Server::on(folder.path(), &[]);
    let like = json!({"rating": "like", "user": "ada", "content": "good\u{1b}[31m"});
    let dislike = json!({"rating": "dislike", "user": "bob", "content": "wrong"});
    assert_eq!(vote(server.url(), 1, &like), 200);
    assert_eq!(
        vote(server.url(), 2, &json!({"rating": "like", "user": "bob"})),
        200
    );
    assert_eq!(vote(server.url(), 2, &dislike), 200);
    (folder, server)
}

#[test]
fn keys_are_made_listed_and_revoked() {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let folder = folder.path();
    let made = json_on(
        folder,
        &[
            "key",
            "create",
            "--dialect",
            "dify",
            "--project",
            "support",
            "--name",
            "web",
        ],
    );
    assert!(made["secret"].as_str().unwrap().starts_with("app-"));
    assert_eq!(made["project"]["name"], "support");
    let listed = json_on(folder, &["key", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 3);
    assert_eq!(listed[2]["name"], "web");
    assert_eq!(listed[2]["secret"], Value::Null);
    let id = made["id"].as_str().unwrap();
    assert_eq!(
        support::run(&mut on(folder, &["key", "revoke", id])),
        format!("revoked {id}\n")
    );
    assert_eq!(
        json_on(folder, &["key", "list"]).as_array().unwrap().len(),
        2
    );
    assert_eq!(
        json_on(folder, &["key", "list", "--all"])
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let table = support::run(&mut on(folder, &["key", "list", "--all"]));
    assert!(
        table.starts_with("ID ") && table.contains("(revoked)"),
        "{table}"
    );
}

#[test]
fn keys_that_cannot_be_made_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let refused = |arguments: &[&str]| refusal(&mut on(folder.path(), arguments)).1;
    assert!(refused(&["key", "create", "--dialect", "dify"]).contains("a Dify key names its app"));
    assert!(refused(&["key", "create", "--project", "x"]).contains("no such project"));
    assert!(refused(&["key", "create", "--secret", "short"]).contains("fewer than 16"));
    assert!(refused(&["key", "create", "--secret", ADMIN]).contains("exists already"));
    assert!(
        refused(&["key", "revoke", "00000000-0000-4000-8000-000000000000"]).contains("no such key")
    );
    let made = support::run(&mut on(
        folder.path(),
        &["key", "create", "--secret", "short", "--allow-short-secret"],
    ));
    assert!(made.contains("secret         short\n"), "{made}");
}

#[test]
fn a_secret_can_come_by_standard_input() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let mut process = on(folder.path(), &["key", "create", "--secret", "-", "--json"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    input.write_all(b"cnd_from_elsewhere_0123\n").unwrap();
    drop(input);
    let output = process.wait_with_output().unwrap();
    let made = json_of(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(made["secret"], "cnd_from_elsewhere_0123");
}

#[test]
fn keys_are_made_and_revoked_at_a_running_server() {
    let server = support::Server::set_up(&setup());
    let made = json_at(
        &server,
        &[
            "key",
            "create",
            "--scope",
            "feedback:read",
            "--project",
            "support",
        ],
    );
    assert_eq!(made["scopes"], json!(["feedback:read"]));
    let secret = made["secret"].as_str().unwrap();
    let list = |key: &str| {
        let mut command = on(Path::new("/nowhere"), &["feedback", "list", "--json"]);
        command.env_remove("CANDOR_DATA_DIR");
        command
            .env("CANDOR_URL", server.url())
            .env("CANDOR_KEY", key);
        command
    };
    assert_eq!(json_of(&support::run(&mut list(secret))), json!([]));
    support::run(&mut at(
        &server,
        &["key", "revoke", made["id"].as_str().unwrap()],
    ));
    assert!(
        refusal(&mut list(secret))
            .1
            .contains("the server answered 401")
    );
}

#[test]
fn feedback_is_listed_as_a_table_and_as_json() {
    let (folder, server) = voted();
    assert!(server.terminate());
    let table = support::run(&mut on(folder.path(), &["feedback", "list"]));
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 3, "{table}");
    assert!(lines[0].starts_with("ID ") && lines[0].contains("COMMENT"));
    assert!(
        lines[1].contains("bob") && lines[1].contains("negative") && lines[1].contains("wrong")
    );
    assert!(
        lines[2].contains("ada") && !table.contains('\u{1b}'),
        "{table}"
    );
    let listed = json_on(folder.path(), &["feedback", "list"]);
    assert_eq!(listed[0]["rating"], "negative");
    assert_eq!(listed[0]["version"], 2);
    assert_eq!(listed[1]["comment"], "good\u{1b}[31m");

    let shown = support::run(&mut on(
        folder.path(),
        &["feedback", "show", listed[0]["id"].as_str().unwrap()],
    ));
    assert!(shown.contains("comment       wrong\n"), "{shown}");
    assert!(
        shown.contains("VERSION") && shown.contains("positive"),
        "{shown}"
    );
    let (code, told) = refusal(&mut on(
        folder.path(),
        &["feedback", "show", "00000000-0000-4000-8000-000000000000"],
    ));
    assert_eq!((code, told.as_str()), (1, "error: no such feedback\n"));
}

#[test]
fn feedback_is_filtered() {
    let (folder, server) = voted();
    assert!(server.terminate());
    let count = |arguments: &[&str]| {
        let arguments = [&["feedback", "list"], arguments].concat();
        json_on(folder.path(), &arguments).as_array().unwrap().len()
    };
    assert_eq!(count(&["--rating", "positive"]), 1);
    assert_eq!(count(&["--sentiment", "negative"]), 1);
    assert_eq!(count(&["--channel", "native"]), 0);
    assert_eq!(count(&["--project", "support", "--end-user", "ada"]), 1);
    assert_eq!(
        count(&["--message", "00000000-0000-4000-8000-000000000002"]),
        1
    );
    assert_eq!(count(&["--has-comment", "true"]), 2);
    assert_eq!(count(&["--search", "wrong"]), 1);
    assert_eq!(count(&["--until", "2020-01-01T00:00:00Z"]), 0);
    assert_eq!(
        count(&["--project", "support", "--attribute", "Quality", "Good"]),
        0
    );
    assert_eq!(count(&["--limit", "1"]), 1);
    let (_, told) = refusal(&mut on(
        folder.path(),
        &["feedback", "list", "--project", "x"],
    ));
    assert!(told.contains("--project: no such project"), "{told}");
}

#[test]
fn a_folder_and_its_server_show_the_same() {
    let (folder, server) = voted();
    let commands: [&[&str]; 4] = [
        &["project", "list"],
        &["key", "list"],
        &["feedback", "list", "--project", "support"],
        &[
            "feedback",
            "list",
            "--rating",
            "negative",
            "--has-comment",
            "true",
        ],
    ];
    let of_server = commands.map(|command| json_at(&server, command));
    let id = of_server[2][0]["id"].as_str().unwrap();
    let shown = json_at(&server, &["feedback", "show", id]);
    assert!(server.terminate());
    for (command, expected) in commands.into_iter().zip(&of_server) {
        assert_eq!(json_on(folder.path(), command), *expected);
    }
    assert_eq!(json_on(folder.path(), &["feedback", "show", id]), shown);
}

#[test]
fn a_folder_without_data_is_refused_and_not_made() {
    if support::engine::is_postgres() {
        // There is a database, whatever folder is named.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    let commands: [&[&str]; 5] = [
        &["project", "list"],
        &["key", "list"],
        &["key", "create"],
        &["feedback", "list"],
        &["doctor"],
    ];
    for command in commands {
        let (code, told) = refusal(&mut on(&nowhere, command));
        assert_eq!(code, 1);
        assert!(told.contains("there is no data in"), "{told}");
        assert!(!nowhere.exists());
    }
}

#[test]
fn doctor_says_what_it_found() {
    let (folder, server) = voted();
    assert!(server.terminate());
    let found = support::run(&mut on(folder.path(), &["doctor"]));
    assert!(
        found.lines().count() > 3 && found.ends_with("nothing is wrong\n"),
        "{found}"
    );
    assert_eq!(json_on(folder.path(), &["doctor"])["faults"], 0);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let mut command = on(
        Path::new("/nowhere"),
        &[
            "project",
            "list",
            "--url",
            "http://127.0.0.1:1",
            "--key",
            "k",
        ],
    );
    let (code, told) = refusal(command.env_remove("CANDOR_DATA_DIR"));
    assert_eq!(code, 1);
    assert!(told.contains("no answer from http://127.0.0.1:1"), "{told}");
    let mut command = on(
        Path::new("/nowhere"),
        &["project", "list", "--url", "http://127.0.0.1:1"],
    );
    let (_, told) = refusal(command.env_remove("CANDOR_DATA_DIR"));
    assert!(told.contains("a running server asks for a key"), "{told}");
}
