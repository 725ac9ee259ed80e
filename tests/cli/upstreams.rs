//! `candor upstream`, in a folder and at a running server: both give the same.

use crate::{ADMIN, json_of, refusal, setup, support};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SECRET: &str = "app-of-the-vendor-0123456789-wxyz";

/// Where the commands work.
enum At {
    Folder(tempfile::TempDir),
    Server(support::Server),
}

impl At {
    fn both() -> [Self; 2] {
        let folder = tempfile::tempdir().unwrap();
        support::apply(folder.path(), &setup());
        [
            Self::Folder(folder),
            Self::Server(support::Server::set_up(&setup())),
        ]
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match self {
            Self::Folder(folder) => support::candor(folder.path()),
            Self::Server(server) => {
                let mut command = support::candor(Path::new("/nowhere"));
                command.env_remove("CANDOR_DATA_DIR");
                command.env("CANDOR_URL", server.url());
                command.env("CANDOR_KEY", ADMIN);
                command
            }
        };
        command.arg("upstream").args(arguments);
        command
    }

    fn json(&self, arguments: &[&str]) -> Value {
        json_of(&support::run(self.command(arguments).arg("--json")))
    }
}

fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path: PathBuf = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

const DIFY: [&str; 6] = [
    "set",
    "support",
    "--dialect",
    "dify",
    "--base-url",
    "https://dify.example.com/v1",
];

fn dify<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&DIFY, more].concat()
}

#[test]
fn an_upstream_is_set_shown_and_cleared() {
    let files = tempfile::tempdir().unwrap();
    let secret = file(&files, "secret", &format!("{SECRET}\n"));
    for at in At::both() {
        assert_eq!(at.json(&["show", "support"]), Value::Null);
        let set = at.json(&dify(&["--mirror", "--secret-file", &secret]));
        let expected = json!({
            "dialect": "dify", "base_url": "https://dify.example.com/v1", "mirror": true,
            "credential": {"hint": "…wxyz"}, "webhook_forward_to": null,
        });
        assert_eq!(set, expected);
        assert_eq!(at.json(&["show", "support"]), expected);
        let shown = support::run(&mut at.command(&["show", "support"]));
        let expected = "project     support\n\
                        dialect     dify\n\
                        base URL    https://dify.example.com/v1\n\
                        mirror      yes: accepted votes are sent there too\n\
                        credential  …wxyz\n";
        assert_eq!(shown, expected);
        let cleared = support::run(&mut at.command(&["clear", "support"]));
        assert_eq!(cleared, "the project support has no upstream\n");
        assert_eq!(at.json(&["show", "support"]), Value::Null);
    }
}

#[test]
fn a_credential_stays_until_it_is_replaced_or_given_up() {
    for at in At::both() {
        let mut first = at.command(&dify(&["--json"]));
        let first = support::run(first.env("CANDOR_VENDOR_KEY", SECRET));
        assert_eq!(json_of(&first)["credential"]["hint"], "…wxyz");
        let kept = at.json(&dify(&[]));
        assert_eq!(kept["credential"]["hint"], "…wxyz");
        let given_up = at.json(&dify(&["--no-credential"]));
        assert_eq!(given_up["credential"], Value::Null);
        let shown = support::run(&mut at.command(&["show", "support"]));
        assert!(shown.contains("credential  the client's own\n"), "{shown}");
    }
}

#[test]
fn a_secret_can_come_by_standard_input() {
    use std::io::Write as _;
    for at in At::both() {
        let mut process = at
            .command(&dify(&["--secret-file", "-", "--json"]))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = process.stdin.take().unwrap();
        writeln!(input, "{SECRET}").unwrap();
        drop(input);
        let output = process.wait_with_output().unwrap();
        let set = json_of(&String::from_utf8(output.stdout).unwrap());
        assert_eq!(set["credential"]["hint"], "…wxyz");
    }
}

#[test]
fn each_vendors_credential_is_taken() {
    let files = tempfile::tempdir().unwrap();
    let secret = file(&files, "secret", SECRET);
    let other = file(&files, "other", "of-the-webhook-0123456789-abcd");
    for at in At::both() {
        let amazon = at.json(&[
            "set",
            "support",
            "--dialect",
            "amazon_q",
            "--base-url",
            "https://qbusiness.us-east-1.amazonaws.com",
            "--access-key-id",
            "AKIDEXAMPLE",
            "--secret-file",
            &secret,
            "--session-token-file",
            &other,
            "--region",
            "us-east-1",
        ]);
        assert_eq!(amazon["credential"]["hint"], "…wxyz");
        let haptik = at.json(&[
            "set",
            "support",
            "--dialect",
            "haptik",
            "--base-url",
            "https://api.haptikapi.com",
            "--webhook-secret-file",
            &other,
            "--webhook-forward-to",
            "https://bot.example.com/hook",
        ]);
        assert_eq!(haptik["credential"]["hint"], "…abcd");
        assert_eq!(haptik["webhook_forward_to"], "https://bot.example.com/hook");
        let shown = support::run(&mut at.command(&["show", "support"]));
        assert!(
            shown.contains("webhook to  https://bot.example.com/hook\n"),
            "{shown}"
        );
    }
}

#[test]
fn what_cannot_be_an_upstream_is_refused_without_telling_the_secret() {
    let files = tempfile::tempdir().unwrap();
    let empty = file(&files, "empty", "\n");
    let words = file(&files, "words", &format!("{SECRET} {SECRET}"));
    let secret = file(&files, "secret", SECRET);
    let set = |base_url| {
        let secret = secret.as_str();
        [
            "set",
            "support",
            "--dialect",
            "dify",
            "--base-url",
            base_url,
            "--secret-file",
            secret,
        ]
    };
    for at in At::both() {
        for (arguments, expected) in [
            (set("dify").to_vec(), "upstream.base_url: "),
            (
                dify(&["--secret-file", &empty]),
                "--secret-file: there is no secret in",
            ),
            (
                dify(&["--secret-file", "/nowhere"]),
                "--secret-file: cannot read /nowhere",
            ),
            (
                dify(&["--secret-file", &words]),
                "upstream.credential.secret: ",
            ),
            (
                dify(&["--secret-file", &secret, "--region", "x"]),
                "upstream.credential.region: ",
            ),
            (dify(&["--mirror"]), "upstream.credential.secret: "),
            (vec!["show", "nobody"], "no such project"),
            (vec!["clear", "nobody"], "no such project"),
        ] {
            let (code, told) = refusal(&mut at.command(&arguments));
            assert_eq!(code, 1);
            assert!(told.contains(expected), "{told}");
            assert!(!told.contains(SECRET), "{told}");
            assert_eq!(told.lines().count(), 1, "{told}");
        }
        let (code, _) = refusal(&mut at.command(&dify(&["--no-credential", "--region", "x"])));
        assert_eq!(code, 2);
    }
}

#[test]
fn servers_nearby_are_upstreams_only_where_the_operator_allows_them() {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let set = |allowed: &str| {
        let mut command = support::candor(folder.path());
        command.env("CANDOR_ALLOW_PRIVATE_UPSTREAMS", allowed);
        command.args(["upstream", "set", "support", "--dialect", "dify"]);
        command.args(["--base-url", "http://2130706433/v1"]);
        command
    };
    let (_, told) = refusal(&mut set("false"));
    assert!(told.contains("allow_private_upstreams"), "{told}");
    support::run(&mut set("true"));
}

#[test]
fn the_doctor_sees_credentials_that_the_master_key_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let at = At::Folder(folder);
    support::run(at.command(&dify(&[])).env("CANDOR_VENDOR_KEY", SECRET));
    let At::Folder(folder) = &at else {
        unreachable!();
    };
    let doctor = || {
        let mut command = support::candor(folder.path());
        command.arg("doctor");
        command
    };
    assert!(support::run(&mut doctor()).contains("1 secrets"));
    std::fs::remove_file(folder.path().join("master.key")).unwrap();
    let output = doctor().output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(told.contains("1 secrets do not open"), "{told}");
}
