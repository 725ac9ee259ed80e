//! `candor user`, on a data folder and at a running server, and the first link.

use crate::{ADMIN, json_of, refusal, setup, support};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const PASSWORD: &str = "correct horse battery";

fn on(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = support::candor(folder);
    command.args(arguments);
    command
}

/// Runs a command that reads a password.
fn add(mut command: Command) -> String {
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    writeln!(input, "{PASSWORD}").unwrap();
    drop(input);
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn sign_in(url: &str, email: &str, password: &str) -> u16 {
    let words = json!({"email": email, "password": password});
    let request = support::client().post(format!("{url}/candor/v1/session"));
    request.json(&words).send().unwrap().status().as_u16()
}

fn accept(url: &str, link: &str, rest: &Value) -> (u16, Value) {
    let mut body = rest.clone();
    body["token"] = link.split_once("/invite#").unwrap().1.into();
    let request = support::client().post(format!("{url}/candor/v1/invites/accept"));
    let answer = request.json(&body).send().unwrap();
    (answer.status().as_u16(), answer.json().unwrap())
}

fn listed(folder: &Path) -> Vec<Value> {
    let printed = support::run(&mut on(folder, &["user", "list", "--json"]));
    json_of(&printed).as_array().unwrap().clone()
}

#[test]
fn accounts_are_made_and_changed_while_no_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let run = |arguments: &[&str]| support::run(&mut on(folder.path(), arguments));
    assert_eq!(run(&["user", "list"]), "no accounts\n");
    let owner = [
        "user",
        "add",
        "Ada@example.com",
        "--name",
        "Ada",
        "--role",
        "owner",
    ];
    assert_eq!(
        add(on(folder.path(), &owner)),
        "Ada@example.com: owner, all projects\n"
    );
    let viewer = ["user", "add", "v@example.com", "--project", "support"];
    assert_eq!(
        add(on(folder.path(), &viewer)),
        "v@example.com: viewer, 1 project\n"
    );
    let changed = run(&["user", "role", "v@example.com", "editor", "--all-projects"]);
    assert_eq!(changed, "v@example.com: editor, all projects\n");
    assert_eq!(
        run(&["user", "disable", "v@example.com"]),
        "disabled v@example.com\n"
    );
    let accounts = listed(folder.path());
    assert_eq!(accounts.len(), 2);
    assert_eq!(
        (&accounts[0]["name"], &accounts[1]["role"]),
        (&json!("Ada"), &json!("editor"))
    );
    assert!(accounts[1]["disabled_at"].is_string());
    assert_eq!(
        run(&["user", "enable", "v@example.com"]),
        "enabled v@example.com\n"
    );
    let table = run(&["user", "list"]);
    assert!(table.starts_with("E-MAIL"), "{table}");
    let (code, told) = refusal(&mut on(
        folder.path(),
        &["user", "disable", "ada@example.com"],
    ));
    assert_eq!(code, 1);
    assert!(told.contains("last owner"), "{told}");
    let (_, told) = refusal(&mut on(
        folder.path(),
        &["user", "reset", "nobody@example.com"],
    ));
    assert!(told.contains("no such account"), "{told}");
    let (_, told) = refusal(&mut on(
        folder.path(),
        &["user", "role", "v@example.com", "king"],
    ));
    assert!(told.contains("viewer, editor, owner"), "{told}");
    let server = support::Server::on(folder.path(), &[]);
    assert_eq!(sign_in(server.url(), "ada@example.com", PASSWORD), 200);
}

#[test]
fn links_are_printed_once_and_work_at_the_server() {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let invited = support::run(&mut on(
        folder.path(),
        &["user", "invite", "--role", "owner"],
    ));
    let link = invited.lines().next().unwrap();
    assert!(
        link.starts_with("http://127.0.0.1:8080/invite#cni_"),
        "{invited}"
    );
    assert!(invited.contains("never again"), "{invited}");
    add(on(folder.path(), &["user", "add", "v@example.com"]));
    let reset = support::run(&mut on(
        folder.path(),
        &["user", "reset", "v@example.com", "--json"],
    ));
    let reset = json_of(&reset);
    assert_eq!(reset["kind"], "password");
    let server = support::Server::on(folder.path(), &[]);
    let ada = json!({"email": "ada@example.com", "name": "Ada", "password": PASSWORD});
    let (status, me) = accept(server.url(), link, &ada);
    assert_eq!((status, &me["account"]["role"]), (201, &json!("owner")));
    let new = json!({"password": "another long one"});
    let (status, _) = accept(server.url(), reset["url"].as_str().unwrap(), &new);
    assert_eq!(status, 201);
    assert_eq!(sign_in(server.url(), "v@example.com", PASSWORD), 401);
    assert_eq!(
        sign_in(server.url(), "v@example.com", "another long one"),
        200
    );
}

#[test]
fn a_running_server_does_the_same() {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let server = support::Server::on(folder.path(), &[]);
    let asked = |arguments: &[&str]| {
        let mut command = on(folder.path(), arguments);
        command
            .env_remove("CANDOR_DATA_DIR")
            .env_remove("CANDOR_STORE");
        command.args(["--url", server.url(), "--key", ADMIN]);
        command
    };
    let run = |arguments: &[&str]| support::run(&mut asked(arguments));
    add(asked(&[
        "user",
        "add",
        "ada@example.com",
        "--role",
        "owner",
    ]));
    assert_eq!(sign_in(server.url(), "ada@example.com", PASSWORD), 200);
    let invited = run(&["user", "invite", "--role", "viewer", "--project", "support"]);
    let link = invited.lines().next().unwrap();
    assert!(
        link.starts_with(&format!("{}/invite#", server.url())),
        "{link}"
    );
    let eve = json!({"email": "eve@example.com", "name": "Eve", "password": PASSWORD});
    assert_eq!(accept(server.url(), link, &eve).0, 201);
    let changed = run(&["user", "role", "eve@example.com", "editor"]);
    assert_eq!(changed, "eve@example.com: editor, 1 project\n");
    let out = run(&["user", "sign-out", "eve@example.com"]);
    assert_eq!(out, "signed eve@example.com out everywhere\n");
    let reset = run(&["user", "reset", "eve@example.com"]);
    let link = reset.lines().next().unwrap();
    let new = json!({"password": "another long one"});
    assert_eq!(accept(server.url(), link, &new).0, 201);
    run(&["user", "disable", "eve@example.com"]);
    assert_eq!(
        sign_in(server.url(), "eve@example.com", "another long one"),
        401
    );
    let listed = json_of(&run(&["user", "list", "--json"]));
    assert_eq!(listed.as_array().unwrap().len(), 2);
}
