//! Help, completions, and who reads the output.

use crate::{setup, support};
use std::process::Stdio;

#[test]
fn completions_are_there_for_each_shell() {
    let folder = tempfile::tempdir().unwrap();
    for (shell, expected) in [
        ("bash", "_candor()"),
        ("zsh", "#compdef candor"),
        ("fish", "complete -c candor"),
    ] {
        let script = support::run(support::candor(folder.path()).args(["completions", shell]));
        assert!(script.contains(expected), "{shell}");
        assert!(script.contains("feedback"), "{shell}");
    }
}

#[test]
fn help_names_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let help = support::run(support::candor(folder.path()).arg("--help"));
    for command in [
        "serve",
        "apply",
        "key",
        "project",
        "feedback",
        "import",
        "mirror",
        "backup",
        "restore",
        "doctor",
        "completions",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{command}");
    }
}

#[test]
fn help_does_not_show_secrets_of_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = support::candor(folder.path());
    let help = support::run(
        command
            .args(["key", "list", "--help"])
            .env("CANDOR_KEY", "cnd_secret"),
    );
    assert!(
        help.contains("CANDOR_KEY") && !help.contains("cnd_secret"),
        "{help}"
    );
}

#[test]
fn a_reader_that_goes_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let mut process = support::candor(folder.path())
        .args(["project", "list"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(process.stdout.take());
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn what_is_piped_has_no_colours() {
    let folder = tempfile::tempdir().unwrap();
    let output = support::candor(folder.path())
        .args(["key", "list"])
        .output()
        .unwrap();
    assert!(!output.stderr.contains(&0x1b));
}
