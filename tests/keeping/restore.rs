//! `candor restore`.

use crate::backup::damage_tables;
use crate::{
    DATABASE, assert_sound, back_up, backup_of, comments, load, names, refusal, restore, set_up,
    start, support, voted,
};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use support::Server;

/// Puts the master key of a backup's server into a folder.
fn give_key(place: &Path, folder: &Path) {
    std::fs::copy(place.join("master.key"), folder.join("master.key")).unwrap();
}

#[test]
fn a_folder_that_a_server_has_is_refused() {
    let (_place, file) = backup_of(1);
    let folder = set_up();
    let server = Server::on(folder.path(), &[]);
    let told = refusal(restore(folder.path(), &file).arg("--force"));
    assert!(told.contains("in use by another candor process"), "{told}");
    assert!(server.terminate());
    assert_sound(folder.path());
}

#[test]
fn a_database_that_is_there_stays_unless_it_may_be_replaced_and_is_kept_then() {
    let (place, file) = backup_of(5);
    let folder = voted(2);
    let told = refusal(&mut restore(folder.path(), &file));
    assert!(told.contains("there is a database in"), "{told}");
    assert_eq!(comments(folder.path()).len(), 2);

    give_key(place.path(), folder.path());
    let told = support::run(restore(folder.path(), &file).args(["--force", "--json"]));
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(comments(folder.path()).len(), 5);
    let kept = told["kept"].as_str().unwrap();
    let again = tempfile::tempdir().unwrap();
    give_key(place.path(), again.path());
    let _ = restore(again.path(), Path::new(kept)).output().unwrap();
    assert_eq!(comments(again.path()).len(), 2, "the one of before");
}

#[test]
fn the_log_of_the_database_before_is_kept_with_it_and_never_meets_the_backup() {
    let (place, file) = backup_of(5);
    let folder = set_up();
    let server = Server::on(folder.path(), &[]);
    for number in 0..3 {
        let message = load::message(100 + number);
        assert_eq!(load::vote(server.url(), &message, "before"), 200);
    }
    server.kill();
    give_key(place.path(), folder.path());
    let told = support::run(restore(folder.path(), &file).args(["--force", "--json"]));
    let told: Value = serde_json::from_str(&told).unwrap();
    assert!(!folder.path().join("candor.sqlite3-wal").exists());
    assert_sound(folder.path());
    assert_eq!(comments(folder.path()).len(), 5);
    let again = tempfile::tempdir().unwrap();
    let kept = told["kept"].as_str().unwrap();
    let _ = restore(again.path(), Path::new(kept)).output().unwrap();
    assert_eq!(comments(again.path()).len(), 3, "with what was in the log");
}

#[test]
fn what_is_no_whole_backup_is_refused_and_changes_nothing() {
    let (place, file) = backup_of(3);
    let folder = voted(2);
    let before = names(folder.path());
    let bad = place.path().join("bad");
    let refused = |expected: &str| {
        let told = refusal(restore(folder.path(), &bad).arg("--force"));
        assert!(told.contains(expected), "{told}");
        assert_eq!(names(folder.path()), before);
        assert_eq!(comments(folder.path()).len(), 2);
    };
    refused("cannot read");
    std::fs::write(&bad, "").unwrap();
    refused("it is empty");
    std::fs::write(&bad, "something else, and much of it. ".repeat(100)).unwrap();
    refused("is no database of Candor's");
    std::fs::remove_file(&bad).unwrap();
    let other = Connection::open(&bad).unwrap();
    other.execute_batch("CREATE TABLE feedback (a)").unwrap();
    drop(other);
    refused("it has other tables");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&bad, &whole[..whole.len() / 2]).unwrap();
    refused("bad");
    std::fs::write(&bad, &whole).unwrap();
    damage_tables(&bad);
    refused("cannot be restored");
    std::fs::write(&bad, &whole).unwrap();
    let newer = Connection::open(&bad).unwrap();
    newer.pragma_update(None, "user_version", 1000).unwrap();
    drop(newer);
    refused("was written by a later release (schema 1000");
}

#[test]
fn a_backup_of_an_older_schema_is_brought_up_to_date_by_the_next_start() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("old");
    let old = Connection::open(&file).unwrap();
    let first = include_str!("../../src/store/sqlite/migrations/0001_first.sql");
    old.execute_batch(first).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    drop(old);
    let folder = tempfile::tempdir().unwrap();
    let told = support::run(&mut restore(folder.path(), &file));
    assert!(
        told.contains("  next start  brings it up to schema "),
        "{told}"
    );
    assert!(Server::on(folder.path(), &[]).terminate());
    assert_sound(folder.path());
}

#[test]
fn a_master_key_that_does_not_open_what_is_sealed_is_told() {
    let (place, file) = backup_of(1);
    let folder = tempfile::tempdir().unwrap();
    let told = refusal(&mut restore(folder.path(), &file));
    let wanted = folder.path().join("master.key");
    assert!(told.contains("there is no master key"), "{told}");
    assert!(told.contains(wanted.to_str().unwrap()), "{told}");
    assert!(!wanted.exists());

    std::fs::write(&wanted, "00".repeat(32)).unwrap();
    let told = refusal(restore(folder.path(), &file).arg("--force"));
    assert!(told.contains("it is another server's"), "{told}");
    let mut set = restore(folder.path(), &file);
    set.arg("--force").env("CANDOR_MASTER_KEY", "11".repeat(32));
    assert!(refusal(&mut set).contains("the master key of your settings"));

    give_key(place.path(), folder.path());
    let told = support::run(restore(folder.path(), &file).args(["--force", "--json"]));
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["sealed_secrets_opened"], json!(1));
    assert_sound(folder.path());
}

#[test]
fn a_kill_leaves_what_was_there_or_the_backup() {
    let folder = voted(2);
    let original = std::fs::read(folder.path().join(DATABASE)).unwrap();
    let server = Server::on(folder.path(), &[]);
    for number in 100..103 {
        assert_eq!(
            load::vote(server.url(), &load::message(number), "later"),
            200
        );
    }
    assert!(server.terminate());
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("nightly.candor");
    support::run(&mut back_up(folder.path(), &file));
    let mut seen = [0, 0];
    for step in 0..30 {
        for name in names(folder.path()) {
            if name.starts_with(DATABASE) {
                std::fs::remove_file(folder.path().join(name)).unwrap();
            }
        }
        std::fs::write(folder.path().join(DATABASE), &original).unwrap();
        let mut process = start(restore(folder.path(), &file).arg("--force"));
        // The moments of a kill are what is tested; most of a restore is over within these.
        std::thread::sleep(Duration::from_millis(2 * step));
        process.kill().unwrap();
        process.wait().unwrap();
        let votes = comments(folder.path()).len();
        assert!(
            votes == 2 || votes == 5,
            "{votes}: neither the old nor the new"
        );
        seen[usize::from(votes == 5)] += 1;
    }
    assert!(seen[0] > 0, "some were killed before: {seen:?}");
    assert_sound(folder.path());
}
