//! What cannot be copied, and why.

use crate::dump::dump;
use crate::world::filled;
use crate::{Place, copied, copy, copy_named, refusal};
use rusqlite::Connection;

#[test]
fn a_target_with_other_data_is_refused_and_left_as_it_is() {
    let (from, to) = (filled(), filled());
    let before = dump(&to.file());
    let told = refusal(&mut copy(&from, &to));
    assert!(
        told.contains("there is data where the copy is to go (in \"workspaces\"): copy into a new folder or an empty database"),
        "{told}"
    );
    assert_eq!(before, dump(&to.file()));
    let database = Place::database();
    copied(&to, &database);
    let told = refusal(&mut copy(&from, &database));
    assert!(
        told.contains("there is data where the copy is to go"),
        "{told}"
    );
}

#[test]
fn a_copy_waits_for_one_that_is_about_to_end() {
    let (from, to) = (filled(), Place::database());
    let database = to.postgres();
    let locked = "SELECT CAST(count(*) AS TEXT) FROM pg_locks WHERE locktype = 'advisory'
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    std::thread::scope(|scope| {
        // The lock of copies: `candcopy` in letters.
        let hold = "SELECT pg_advisory_lock(x'63616e64636f7079'::bigint); SELECT pg_sleep(1.5)";
        scope.spawn(|| database.query(hold));
        while database.query(locked) == ["0"] {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        copied(&from, &to);
    });
}

#[test]
fn a_database_of_something_else_is_refused_and_left_as_it_is() {
    let from = filled();
    let database = crate::support::postgres::empty_database();
    let Some(database) = database else { return };
    database.query("CREATE TABLE invoices (number INTEGER)");
    let told = refusal(&mut copy_named(&from.name(), &database.url()));
    assert!(
        told.contains("it holds something else (such as \"invoices\")"),
        "{told}"
    );
    let tables = "SELECT CAST(count(*) AS TEXT) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'";
    assert_eq!(database.query(tables), ["1"]);
}

#[test]
fn a_source_that_is_not_there_is_named_and_not_made() {
    let (place, to) = (Place::folder(), Place::folder());
    let gone = place.path().join("gone");
    let told = refusal(&mut copy_named(gone.to_str().unwrap(), &to.name()));
    assert!(
        told.contains("there is no data in") && told.contains("gone"),
        "{told}"
    );
    assert!(!gone.exists());
    let told = refusal(&mut copy(&place, &to));
    assert!(told.contains("there is no data in"), "{told}");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(to.path()).unwrap().count(), 0);
    let Some(empty) = crate::support::postgres::empty_database() else {
        return;
    };
    let told = refusal(&mut copy_named(&empty.url(), &to.name()));
    assert!(told.contains("there is no data in postgres://"), "{told}");
    let missing = empty.url().replace(empty.name(), "nowhere");
    let told = refusal(&mut copy_named(&missing, &to.name()));
    assert!(told.contains("has no database \"nowhere\""), "{told}");
}

#[test]
fn a_wrong_password_is_told_without_it() {
    let options = crate::support::postgres::Options {
        fsync: false,
        ..Default::default()
    };
    let Some(server) = crate::support::postgres::Server::start(&options) else {
        return;
    };
    let from = filled();
    let database = server.database();
    let address = server.url_of("candor", "not-the-password", database.name());
    for (from, to) in [(from.name(), address.clone()), (address, from.name())] {
        let told = refusal(&mut copy_named(&from, &to));
        assert!(
            told.contains("does not take the password of the user \"candor\""),
            "{told}"
        );
        assert!(!told.contains("not-the-password"), "{told}");
    }
}

#[test]
fn a_character_that_postgresql_cannot_hold_is_told_with_its_place() {
    let (from, database) = (filled(), Place::database());
    let connection = Connection::open(from.file()).unwrap();
    let sql = "SELECT max(row_id) FROM feedback WHERE comment IS NOT NULL";
    let row: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    let comment: String = connection
        .query_row(
            "SELECT comment FROM feedback WHERE row_id = ?1",
            [row],
            |row| row.get(0),
        )
        .unwrap();
    let set = "UPDATE feedback SET comment = ?2 WHERE row_id = ?1";
    connection
        .execute(set, rusqlite::params![row, format!("{comment}\0")])
        .unwrap();
    let before = dump(&from.file());
    let told = refusal(&mut copy(&from, &database));
    let place = format!(
        "the row of \"feedback\" with row_id {row} has the character U+0000 in its comment"
    );
    assert!(told.contains(&place), "{told}");
    assert_eq!(before, dump(&from.file()), "nothing is lost");
    // Another folder takes it as it is.
    let folder = Place::folder();
    copied(&from, &folder);
    assert_eq!(before["feedback"], dump(&folder.file())["feedback"]);
    connection
        .execute(set, rusqlite::params![row, comment])
        .unwrap();
    drop(connection);
    copied(&from, &database);
}

#[test]
fn a_folder_that_a_server_has_is_refused() {
    let (from, to) = (filled(), Place::folder());
    let server = from.serve();
    let told = refusal(&mut copy(&from, &to));
    assert!(
        told.contains("is in use by another candor process"),
        "{told}"
    );
    assert!(server.terminate());
}

#[test]
fn a_database_of_an_older_release_is_refused_and_not_changed() {
    let (folder, source) = (filled(), Place::database());
    copied(&folder, &source);
    source
        .postgres()
        .query("UPDATE schema_version SET version = 0");
    let target = Place::folder();
    let backup = target.path().join("backup");
    for command in [
        &mut copy(&source, &target),
        source.candor().arg("backup").arg(&backup),
    ] {
        let told = refusal(command);
        assert!(
            told.contains("the data is of an older release (schema 0; this program's is 1): start the server on it, or run candor migrate, first"),
            "{told}"
        );
    }
    assert!(!backup.exists());
    let version = source
        .postgres()
        .query("SELECT version FROM schema_version");
    assert_eq!(version, ["0"]);
}
