//! `candor history`: what it shows and drops on either engine, and that copies and backups know of it.

use crate::world::{DIFY, World, filled, message};
use crate::{Place, assert_sound, copied, refusal};
use rusqlite::Connection;
use serde_json::Value;

/// The number of the message that one vote is for which was changed long ago.
const AGED: usize = 20;

/// A folder in which that vote was given in January 2026 and changed in February and March.
fn aged() -> Place {
    let place = filled();
    let world = World::on(&place);
    for rating in ["like", "dislike", "like"] {
        world.vote(DIFY, &message(AGED), "ada", Some(rating), rating);
    }
    assert!(world.server.terminate());
    let database = Connection::open(place.file()).unwrap();
    let times = format!(
        "WITH aged AS (SELECT f.row_id FROM feedback f JOIN messages m ON m.row_id = f.message WHERE m.external_id = '{}')",
        message(AGED)
    );
    database
        .execute_batch(&format!(
            "{times} UPDATE feedback_versions SET updated_at = unixepoch('2026-01-10', (version - 1) || ' months') * 1000000
               WHERE feedback IN aged;
             DELETE FROM rollups;
             {times} UPDATE feedback SET created_at = unixepoch('2026-01-10') * 1000000, updated_at = unixepoch('2026-03-10') * 1000000
               WHERE row_id IN aged;"
        ))
        .unwrap();
    drop(database);
    crate::support::run(place.candor().args(["doctor", "--repair"]));
    place
}

fn history(place: &Place, arguments: &[&str]) -> Value {
    let told = crate::support::run(place.candor().arg("history").args(arguments).arg("--json"));
    serde_json::from_str(&told).unwrap()
}

/// The months that have versions, and how many.
fn months(place: &Place) -> Vec<(String, u64)> {
    let told = history(place, &[]);
    let parts = told["parts"].as_array().unwrap().iter();
    let told = parts.map(|part| {
        let month = part["month"].as_str().unwrap().to_owned();
        (month, part["versions"].as_u64().unwrap())
    });
    told.filter(|(_, versions)| *versions > 0).collect()
}

/// The versions of the vote that are there, and how many are not.
fn versions(place: &Place) -> (Vec<u64>, u64) {
    let world = World::on(place);
    let all = world.get("feedback?limit=100");
    let mut all = all["items"].as_array().unwrap().iter();
    let aged = all.find(|one| one["target"]["message"]["external_id"] == message(AGED).as_str());
    let id = aged.unwrap()["id"].as_str().unwrap();
    let detail = world.get(&format!("feedback/{id}"));
    assert!(world.server.terminate());
    let history = detail["history"].as_array().unwrap().iter();
    let versions = history.map(|version| version["version"].as_u64().unwrap());
    (
        versions.collect(),
        detail["dropped_versions"].as_u64().unwrap(),
    )
}

#[test]
fn history_is_dropped_by_months_on_either_engine_and_copies_know_of_it() {
    let folder = aged();
    let (database, back) = (Place::database(), Place::folder());
    database.take_key_of(&folder);
    back.take_key_of(&folder);
    copied(&folder, &database);
    let before = months(&folder);
    assert_eq!(
        before[..2],
        [("2026-01".to_owned(), 1), ("2026-02".to_owned(), 1)]
    );
    assert_eq!(months(&database), before);
    assert_eq!(versions(&database), (vec![1, 2, 3], 0));
    for place in [&folder, &database] {
        let told = history(place, &["drop", "--before", "2026-02", "--yes"]);
        assert_eq!(told["dropped"], 1);
        assert_eq!(history(place, &[])["begins"], "2026-02");
        assert_eq!(months(place), before[1..]);
        assert_eq!(versions(place), (vec![2, 3], 1));
        assert_sound(place);
    }
    copied(&database, &back);
    assert_eq!(history(&back, &[])["begins"], "2026-02");
    assert_eq!(versions(&back), (vec![2, 3], 1));
    assert_sound(&back);
}

#[test]
fn a_backup_of_a_database_keeps_in_mind_what_was_dropped() {
    let folder = aged();
    let (database, restored) = (Place::database(), Place::folder());
    database.take_key_of(&folder);
    restored.take_key_of(&folder);
    copied(&folder, &database);
    history(&database, &["drop", "--before", "2026-03", "--yes"]);
    let backup = folder.path().join("database.backup");
    crate::support::run(database.candor().arg("backup").arg(&backup));
    crate::support::run(restored.candor().arg("restore").arg(&backup));
    assert_eq!(history(&restored, &[])["begins"], "2026-03");
    assert_sound(&restored);
}

#[test]
fn nothing_is_dropped_without_being_told_to() {
    let folder = aged();
    let before = months(&folder);
    let told = refusal(
        folder
            .candor()
            .args(["history", "drop", "--before", "2026-03"]),
    );
    assert!(
        told.contains("nothing was dropped: add --yes to drop 2 versions for good"),
        "{told}"
    );
    let later = ["history", "drop", "--before", "2999-01", "--yes"];
    let told = refusal(folder.candor().args(later));
    assert!(
        told.contains("--before: must not be after this month"),
        "{told}"
    );
    assert_eq!(months(&folder), before);
}

#[test]
fn what_is_shown_and_dropped_is_a_table_for_people() {
    let folder = aged();
    let told = crate::support::run(folder.candor().arg("history"));
    let mut lines = told.lines();
    let title: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(title, ["MONTH", "VERSIONS", "BYTES"]);
    assert!(lines.next().unwrap().starts_with("2026-01"), "{told}");
    let told = crate::support::run(
        folder
            .candor()
            .args(["history", "drop", "--before", "2026-03", "--yes"]),
    );
    assert!(told.ends_with("dropped 2 versions\n"), "{told}");
    let told = crate::support::run(folder.candor().arg("history"));
    assert!(
        told.starts_with("versions from before 2026-03 were dropped\n"),
        "{told}"
    );
}

#[test]
fn what_a_vendor_is_still_to_hear_of_is_not_dropped() {
    let folder = aged();
    let database = Connection::open(folder.file()).unwrap();
    let owed = "UPDATE mirror_jobs SET (feedback, version) = (SELECT feedback, version FROM feedback_versions
                ORDER BY updated_at LIMIT 1) WHERE row_id = (SELECT min(row_id) FROM mirror_jobs)";
    assert_eq!(database.execute(owed, []).unwrap(), 1);
    drop(database);
    let before = months(&folder);
    let told = refusal(
        folder
            .candor()
            .args(["history", "drop", "--before", "2026-02", "--yes"]),
    );
    assert!(
        told.contains("vendors are still to hear of 1 of the versions"),
        "{told}"
    );
    assert_eq!(months(&folder), before);
}
