//! Wonderchat's export, brought along with `candor import wonderchat`.

use super::vendor::{KEY as VENDOR_KEY, Vendor};
use crate::support;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A chatlog of a day of 2024.
pub fn chatlog(month: u32, feedback: &Value) -> Value {
    let at = |second: u32| format!("2024-{month:02}-10T12:00:{second:02}.000Z");
    json!({
        "createdAt": at(0), "chatbotId": "bot", "userEmail": "ada@example.com", "userPhoneNumber": null,
        "userName": "Ada", "countryCode": "DE", "userFeedback": feedback, "averageConfidence": 0.75,
        "aiResolutionState": "RESOLVED", "initialPageUrl": "https://shop.example/",
        "messages": [
            {"userMessage": format!("Question of {month}?"), "botMessage": "Answer.", "createdAt": at(1)},
            {"userMessage": "Thanks", "botMessage": null, "createdAt": at(2)},
        ],
    })
}

/// A data folder with the project `support`, which refuses unknown targets.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let setup = json!({
        "projects": [{"name": "support", "unknown_targets": "reject", "wonderchat_chatbot_id": "bot"}],
        "keys": [
            {"dialect": "wonderchat", "secret": super::fixture::ACCOUNT},
            {"dialect": "native", "secret": super::fixture::ADMIN, "scopes": ["admin"]},
        ],
    });
    support::apply(&folder.path().join("data"), &setup);
    folder
}

fn import(folder: &Path) -> Command {
    let mut command = support::candor(&folder.join("data"));
    command.args(["import", "wonderchat", "--project", "support", "--json"]);
    command
}

fn of_file(folder: &Path, chatlogs: &Value) -> Command {
    let file = folder.join("export.json");
    std::fs::write(&file, json!({"chatlogs": chatlogs}).to_string()).unwrap();
    let mut command = import(folder);
    command.arg(file);
    command
}

fn fetched(folder: &Path, vendor: &Vendor) -> Command {
    let mut command = import(folder);
    command.args(["--from-url", vendor.url(), "--since", "2024-01-01"]);
    command.env("CANDOR_VENDOR_KEY", VENDOR_KEY);
    command
}

fn report(command: &mut Command) -> Value {
    serde_json::from_str(&support::run(command)).unwrap()
}

/// What the server's own export tells of what was brought.
fn exported(folder: &Path) -> Vec<Value> {
    let server = support::Server::on(&folder.join("data"), &[]);
    let answer = support::client()
        .post(format!("{}/api/v1/export-chatlogs", server.url()))
        .body(json!({"apiKey": super::fixture::ACCOUNT}).to_string())
        .send()
        .unwrap();
    let answer: Value = serde_json::from_str(&answer.text().unwrap()).unwrap();
    answer["chatlogs"].as_array().unwrap().clone()
}

#[test]
fn what_was_brought_is_exported_as_it_came() {
    let folder = folder();
    let chatlogs = json!([
        chatlog(3, &Value::Null),
        chatlog(2, &json!("BAD")),
        chatlog(1, &json!("GOOD")),
    ]);
    let first = report(&mut of_file(folder.path(), &chatlogs));
    assert_eq!(first, json!({"imported": 3, "unchanged": 0, "refused": []}));
    assert_eq!(json!(exported(folder.path())), chatlogs);
}

#[test]
fn importing_again_changes_nothing() {
    let folder = folder();
    let chatlogs = json!([chatlog(1, &json!("GOOD")), chatlog(2, &Value::Null)]);
    support::run(&mut of_file(folder.path(), &chatlogs));
    let before = exported(folder.path());
    let again = report(&mut of_file(folder.path(), &chatlogs));
    assert_eq!(again, json!({"imported": 0, "unchanged": 2, "refused": []}));
    assert_eq!(exported(folder.path()), before);
}

#[test]
fn a_chatlog_that_went_on_is_added_to() {
    let folder = folder();
    let mut one = chatlog(1, &Value::Null);
    support::run(&mut of_file(folder.path(), &json!([one])));
    one["messages"].as_array_mut().unwrap().push(json!({
        "userMessage": "And?", "botMessage": "That.", "createdAt": "2024-01-10T12:00:09.000Z",
    }));
    one["userFeedback"] = json!("GOOD");
    let grown = report(&mut of_file(folder.path(), &json!([one])));
    assert_eq!(grown["imported"], 1);
    assert_eq!(exported(folder.path()), [one]);
}

#[test]
fn chatlogs_that_cannot_be_taken_are_told_and_the_others_go_in() {
    let folder = folder();
    let mut bad = chatlog(1, &Value::Null);
    bad["userFeedback"] = json!("GREAT");
    let mut long = chatlog(3, &json!("GOOD"));
    long["messages"][0]["botMessage"] = json!("x".repeat(400_001));
    let chatlogs = json!([bad, chatlog(2, &json!("BAD")), long]);
    let output = of_file(folder.path(), &chatlogs).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["imported"], 1);
    assert_eq!(told["refused"][0]["chatlog"], 1);
    assert_eq!(told["refused"][1]["chatlog"], 3);
    assert_eq!(exported(folder.path()), [chatlog(2, &json!("BAD"))]);
}

#[test]
fn what_is_fetched_comes_in_windows_and_is_all_there() {
    let folder = folder();
    let chatlogs: Vec<_> = (1..=6)
        .rev()
        .map(|month| chatlog(month, &json!("GOOD")))
        .collect();
    let vendor = Vendor::with(chatlogs.clone());
    let told = report(&mut fetched(folder.path(), &vendor));
    assert_eq!(told, json!({"imported": 6, "unchanged": 0, "refused": []}));
    assert_eq!(exported(folder.path()), chatlogs);
    let asked = vendor.asked();
    assert_eq!(asked[0]["startDate"], "2024-01-01T00:00:00.000Z");
    assert_eq!(asked[0]["apiKey"], VENDOR_KEY);
    for pair in asked.windows(2) {
        assert_eq!(pair[0]["endDate"], pair[1]["startDate"]);
    }
}

#[test]
fn an_import_that_was_cut_goes_on_where_it_stopped() {
    let folder = folder();
    let chatlogs: Vec<_> = (1..=6)
        .rev()
        .map(|month| chatlog(month, &json!("BAD")))
        .collect();
    let vendor = Vendor::with(chatlogs.clone());
    vendor.fail_after(3);
    let cut = fetched(folder.path(), &vendor).output().unwrap();
    assert!(!cut.status.success());
    let told = String::from_utf8(cut.stderr).unwrap();
    assert!(told.contains("503"), "{told}");
    assert!(!told.contains(VENDOR_KEY), "{told}");
    let before = vendor.asked();
    assert_eq!(before.len(), 4);
    vendor.fail_after(usize::MAX);
    report(&mut fetched(folder.path(), &vendor));
    let after = vendor.asked();
    assert_eq!(after[4]["startDate"], before[3]["startDate"]);
    assert_eq!(exported(folder.path()), chatlogs);
}

#[test]
fn an_import_that_was_done_asks_for_the_last_day_alone() {
    let folder = folder();
    let vendor = Vendor::with(vec![chatlog(1, &json!("BAD"))]);
    report(&mut fetched(folder.path(), &vendor));
    let done = vendor.asked().len();
    let again = report(&mut fetched(folder.path(), &vendor));
    assert_eq!(again["imported"], 0);
    assert_eq!(vendor.asked().len(), done + 1);
    let anew = report(fetched(folder.path(), &vendor).arg("--again"));
    assert_eq!(anew, json!({"imported": 0, "unchanged": 1, "refused": []}));
    assert_eq!(vendor.asked().len(), done + 1 + done);
}

#[test]
fn a_wrong_key_stops_it_before_anything_is_stored() {
    let folder = folder();
    let vendor = Vendor::with(vec![chatlog(1, &json!("BAD"))]);
    let output = fetched(folder.path(), &vendor)
        .env("CANDOR_VENDOR_KEY", "wrong-key-of-the-vendor")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("401"), "{told}");
    assert!(!told.contains("wrong-key-of-the-vendor"), "{told}");
    assert_eq!(exported(folder.path()), Vec::<Value>::new());
}
