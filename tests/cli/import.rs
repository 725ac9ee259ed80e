//! `candor import`.

use crate::{json_of, refusal, setup, support};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn record(number: usize, rating: &str) -> Value {
    json!({
        "feedback_id": format!("f{number}"),
        "app_name": "app",
        "app_id": "d090c3e4-00d9-544a-a281-981d145aa18b",
        "conversation_id": "e2facc2b-57e3-555d-808c-37f5fa693c21",
        "conversation_name": "Refund",
        "message_id": format!("{number:08}-0000-4000-8000-000000000000"),
        "user_query": "question",
        "ai_response": "answer",
        "feedback_rating": "👍",
        "feedback_rating_raw": rating,
        "feedback_comment": "comment",
        "feedback_source": "user",
        "feedback_date": "2026-05-01 12:00:00",
        "message_date": "2026-05-01 11:00:00",
        "from_account_name": "",
        "from_end_user_id": "b4916e01-2fe3-5b08-8817-63a1a7a5786e",
        "has_comment": "Yes",
    })
}

fn export(folder: &Path, records: &[Value]) -> PathBuf {
    let file = folder.join("export.json");
    let export = json!({"export_info": {"total_records": records.len()}, "feedback_data": records});
    std::fs::write(&file, export.to_string()).unwrap();
    file
}

#[test]
fn an_export_can_be_brought_twice() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    support::apply(&data, &setup());
    let file = export(folder.path(), &[record(1, "like"), record(2, "dislike")]);
    let import = || {
        let mut command = support::candor(&data);
        command
            .args(["import", "dify", "--project", "support"])
            .arg(&file);
        command
    };
    let output = import().output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "2 imported, 0 unchanged, 0 refused\n"
    );
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .ends_with("2 of 2 rows\n")
    );
    let again = json_of(&support::run(import().arg("--json")));
    assert_eq!(again, json!({"imported": 0, "unchanged": 2, "refused": []}));
    let listed = support::run(support::candor(&data).args(["feedback", "list", "--json"]));
    let listed = json_of(&listed);
    assert_eq!(listed[0]["created_at"], "2026-05-01T12:00:00Z");
    assert_eq!(listed.as_array().unwrap().len(), 2);
}

#[test]
fn each_row_that_cannot_be_taken_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    support::apply(&data, &setup());
    let file = export(folder.path(), &[record(1, "like"), record(2, "love")]);
    let output = support::candor(&data)
        .args(["import", "dify", "--project", "support"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = told.lines().collect();
    assert!(lines[0].starts_with("refused   record 2: "), "{told}");
    assert_eq!(lines[1], "1 imported, 0 unchanged, 1 refused");
}

#[test]
fn what_cannot_be_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let import = |arguments: &[&str]| {
        let mut command = support::candor(folder.path());
        refusal(command.args(["import", "dify"]).args(arguments))
    };
    assert_eq!(import(&["x.json"]).0, 2);
    assert!(
        import(&["/nowhere/x.json", "--project", "support"])
            .1
            .contains("/nowhere/x.json")
    );
    let file = export(folder.path(), &[record(1, "like")]);
    let file = file.to_str().unwrap();
    assert!(
        import(&[file, "--project", "other"])
            .1
            .contains("--project: no such project")
    );
}
