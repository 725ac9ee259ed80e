//! `candor doctor --repair`.

use crate::backup::damage_tables;
use crate::{DATABASE, assert_sound, comments, refusal, set_up, support, voted};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;

/// Takes a comment out of the index, whose rows are numbered by the second and then by the feedback.
const UNINDEXED: &str = "DELETE FROM search WHERE rowid =
     (SELECT created_at / 1000000 << 31 | row_id FROM feedback WHERE row_id = 2)";

fn damage(folder: &Path, sql: &str) {
    let connection = Connection::open(folder.join(DATABASE)).unwrap();
    connection.execute_batch(sql).unwrap();
}

fn faults(folder: &Path) -> Vec<String> {
    let output = support::candor(folder)
        .args(["doctor", "--json"])
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = told["findings"].as_array().unwrap();
    let faults: Vec<_> = findings
        .iter()
        .filter(|finding| !finding["fault"].is_null())
        .map(|finding| finding["check"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(output.status.success(), faults.is_empty());
    faults
}

fn repair(folder: &Path) -> String {
    support::run(support::candor(folder).args(["doctor", "--repair"]))
}

/// A fresh folder in which three people have voted, and whose search index waits for nothing.
fn indexed() -> tempfile::TempDir {
    let folder = voted(3);
    repair(folder.path());
    folder
}

/// How many comments a search finds.
fn found(folder: &Path, word: &str) -> usize {
    let mut list = support::candor(folder);
    list.args(["feedback", "list", "--json", "--search", word]);
    let listed: Value = serde_json::from_str(&support::run(&mut list)).unwrap();
    listed.as_array().unwrap().len()
}

/// What holds rows and histories, as a text.
fn rows(folder: &Path) -> String {
    let connection = Connection::open(folder.join(DATABASE)).unwrap();
    let dump = |table: &str| -> String {
        let mut select = connection
            .prepare(&format!("SELECT * FROM {table}"))
            .unwrap();
        let columns = select.column_count();
        let mut text = String::new();
        let mut all = select.query([]).unwrap();
        while let Some(row) = all.next().unwrap() {
            for column in 0..columns {
                write!(text, "{:?} ", row.get_ref(column).unwrap()).unwrap();
            }
        }
        text
    };
    ["feedback", "feedback_versions", "messages", "end_users"]
        .map(dump)
        .concat()
}

#[test]
fn sums_that_are_wrong_absent_or_too_many_are_put_right() {
    let folder = voted(3);
    let before = rows(folder.path());
    for wrong in [
        "UPDATE rollups SET votes = votes + 1",
        "DELETE FROM rollups",
        "UPDATE rollups SET score = 1 WHERE level = 1",
        "UPDATE rollups SET slot = slot - 1",
    ] {
        damage(folder.path(), wrong);
        assert_eq!(faults(folder.path()), ["rollups equal the feedback"]);
        let told = repair(folder.path());
        assert!(told.contains("sums, of which "), "{told}");
        assert!(!told.contains("of which 0 were wrong"), "{told}");
        assert_eq!(faults(folder.path()), [""; 0]);
    }
    assert_eq!(rows(folder.path()), before, "no row is touched");
}

#[test]
fn a_search_index_that_is_wrong_is_built_anew() {
    let folder = indexed();
    for wrong in [
        // A comment is not in it.
        UNINDEXED,
        // Something is in it that is no comment.
        "INSERT INTO search (rowid, comment) VALUES (77, 'nobody said this')",
        // Something waits that is not there.
        "INSERT INTO search_pending VALUES (99)",
        // Its own tables contradict each other.
        "DELETE FROM search_data WHERE id > 10",
    ] {
        damage(folder.path(), wrong);
        assert_eq!(faults(folder.path()).len(), 1, "{wrong}");
        let told = repair(folder.path());
        assert!(told.ends_with("nothing is wrong\n"), "{told}");
        assert_eq!(found(folder.path(), "word1"), 1, "{wrong}");
        assert_eq!(found(folder.path(), "nobody"), 0, "{wrong}");
    }
}

#[test]
fn words_that_the_index_has_and_the_comment_has_not_go() {
    let folder = indexed();
    let other = "INSERT INTO search (rowid, comment)
                 SELECT created_at / 1000000 << 31 | row_id, project || 'zanother' FROM feedback WHERE row_id = 2";
    damage(folder.path(), &format!("{UNINDEXED}; {other}"));
    assert_eq!(found(folder.path(), "another"), 1);
    repair(folder.path());
    assert_eq!(found(folder.path(), "another"), 0);
    assert_eq!(found(folder.path(), "word1"), 1);
}

#[test]
fn names_that_are_wrong_or_absent_are_put_right() {
    let folder = voted(3);
    let all = "UPDATE names_indexed SET up_to = (SELECT max(row_id) FROM messages);
               INSERT OR IGNORE INTO message_names SELECT external_key, ifnull(conversation, 0), row_id FROM messages;";
    for wrong in [
        "DELETE FROM message_names",
        "INSERT INTO message_names VALUES (7, 0, 1)",
        "INSERT INTO message_names SELECT external_key, 9, message FROM message_names",
    ] {
        damage(folder.path(), &format!("{all}{wrong}"));
        assert_eq!(faults(folder.path()), ["messages are found by their names"]);
        let told = repair(folder.path());
        assert!(told.ends_with("nothing is wrong\n"), "{told}");
    }
}

#[test]
fn a_sound_folder_stays_as_it_is() {
    let folder = voted(3);
    let told = repair(folder.path());
    assert!(told.contains("sums, of which 0 were wrong"), "{told}");
    assert_sound(folder.path());
    assert_eq!(comments(folder.path()).len(), 3);
}

#[test]
fn what_cannot_be_mended_stays_a_fault() {
    let folder = voted(3);
    damage(
        folder.path(),
        "UPDATE feedback SET version = 5 WHERE row_id = 1",
    );
    let output = support::candor(folder.path())
        .args(["doctor", "--repair", "--json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["faults"], json!(1));
    assert_eq!(told["repaired"]["comments_indexed"], json!(3));
}

#[test]
fn a_damaged_file_is_not_mended_and_a_backup_is_asked_for() {
    let folder = voted(3);
    damage_tables(&folder.path().join(DATABASE));
    let before = std::fs::read(folder.path().join(DATABASE)).unwrap();
    let told = refusal(support::candor(folder.path()).args(["doctor", "--repair"]));
    assert!(told.contains("candor restore FILE --force"), "{told}");
    let after = std::fs::read(folder.path().join(DATABASE)).unwrap();
    assert_eq!(before.len(), after.len());
}

#[test]
fn a_file_that_is_none_is_not_opened_and_a_backup_is_asked_for() {
    let folder = voted(1);
    std::fs::write(folder.path().join(DATABASE), "x".repeat(8192)).unwrap();
    let told = refusal(support::candor(folder.path()).args(["doctor", "--repair"]));
    assert!(told.contains("candor restore FILE --force"), "{told}");
}

#[test]
fn a_folder_that_a_server_has_is_not_mended() {
    let folder = set_up();
    let _server = support::Server::on(folder.path(), &[]);
    let told = refusal(support::candor(folder.path()).args(["doctor", "--repair"]));
    assert!(told.contains("in use by another candor process"), "{told}");
}
