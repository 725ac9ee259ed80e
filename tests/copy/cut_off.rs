//! Copies that do not come to their end.

use crate::dump::dump;
use crate::world::filled;
use crate::{Place, assert_sound, copied, copy, refusal};
use rusqlite::Connection;
use serde_json::Value;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Longer than any copy here.
const PATIENCE: Duration = Duration::from_mins(1);

/// Adds so many people to a folder: enough that a copy can be caught at it.
fn crowd(place: &Place, people: u32) {
    let connection = Connection::open(place.file()).unwrap();
    let sql = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
         INSERT INTO end_users (id, workspace, external_key, external_id, created_at, updated_at)
         SELECT randomblob(16), 1, random(), 'crowd-' || n, n, n FROM n";
    connection.execute(sql, [people]).unwrap();
}

/// Kills a copy when it tells that it has copied a part.
fn kill_half_way(from: &Place, to: &Place) {
    use std::io::BufRead as _;
    let mut process = copy(from, to)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = std::io::BufReader::new(process.stderr.take().unwrap()).lines();
    let mut parts = lines.map_while(Result::ok);
    assert!(parts.any(|line| line.contains("rows of end_users copied")));
    process.kill().unwrap();
    assert!(!process.wait().unwrap().success());
}

fn goes_on(from: &Place, to: &Place) {
    kill_half_way(from, to);
    to.take_key_of(from);
    let told = refusal(to.candor().arg("doctor"));
    assert!(
        told.contains("a copy into this store was not finished"),
        "{told}"
    );
    let began = Instant::now();
    let tables = loop {
        // The database may still be at what the killed one has asked.
        let output = copy(from, to).arg("--json").output().unwrap();
        if output.status.success() {
            break serde_json::from_slice::<Value>(&output.stdout).unwrap()["tables"].clone();
        }
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("another copy into this database"), "{told}");
        assert!(began.elapsed() < PATIENCE);
    };
    let people = |tables: &Value| {
        let mut tables = tables.as_array().unwrap().iter();
        tables
            .find(|table| table["table"] == "end_users")
            .unwrap()
            .clone()
    };
    let people = people(&tables);
    let (rows, before) = (
        people["rows"].as_u64().unwrap(),
        people["before"].as_u64().unwrap(),
    );
    assert!(before > 0 && before < rows, "{people}");
    assert_sound(to);
}

#[test]
fn a_copy_that_is_killed_goes_on_where_it_stopped() {
    let (from, database, back) = (filled(), Place::database(), Place::folder());
    crowd(&from, 60_000);
    let before = dump(&from.file());
    goes_on(&from, &database);
    goes_on(&database, &back);
    let after = dump(&back.file());
    for (table, rows) in &before {
        assert!(rows == &after[table], "{table} differs");
    }
}

#[test]
fn a_part_of_one_store_is_not_completed_with_another() {
    let (from, other, database) = (filled(), filled(), Place::database());
    crowd(&from, 60_000);
    kill_half_way(&from, &database);
    let began = Instant::now();
    loop {
        let told = refusal(&mut copy(&other, &database));
        if told.contains("a copy of another store into this one was not finished") {
            break;
        }
        assert!(told.contains("another copy into this database"), "{told}");
        assert!(began.elapsed() < PATIENCE);
    }
    let told = refusal(&mut copy(&database, &Place::folder()));
    assert!(
        told.contains("was not finished"),
        "a part is no source: {told}"
    );
}

#[test]
fn a_copy_that_is_whole_is_not_copied_over() {
    let (from, database) = (filled(), Place::database());
    copied(&from, &database);
    database.take_key_of(&from);
    let before = dump(&from.file());
    for (other, to) in [(&database, &from), (&from, &database)] {
        let told = refusal(&mut copy(other, to));
        assert!(
            told.contains("there is data where the copy is to go"),
            "{told}"
        );
    }
    assert_eq!(before, dump(&from.file()));
    assert_sound(&database);
}
