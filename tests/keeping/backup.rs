//! `candor backup`.

use crate::{
    DATABASE, assert_sound, back_up, comments, load, names, refusal, restore, set_up, start,
    support, voted, wait_until,
};
use serde_json::{Value, json};
use support::Server;

#[test]
fn a_backup_under_load_holds_every_vote_that_was_acknowledged_before_it_began() {
    let folder = set_up();
    let server = Server::on(folder.path(), &[]);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("nightly.candor");
    let ((before, at_end), book) = load::during(server.url(), |book| {
        wait_until(|| book.lock().unwrap().len() > 100);
        let before = book.lock().unwrap().clone();
        support::run(&mut back_up(folder.path(), &file));
        let at_end = book.lock().unwrap().len();
        wait_until(|| book.lock().unwrap().len() > at_end);
        (before, at_end)
    });
    assert!(server.terminate());
    assert!(at_end > before.len(), "votes went on meanwhile");

    let fresh = tempfile::tempdir().unwrap();
    std::fs::copy(
        folder.path().join("master.key"),
        fresh.path().join("master.key"),
    )
    .unwrap();
    support::run(&mut restore(fresh.path(), &file));
    assert_sound(fresh.path());
    let restored = comments(fresh.path());
    for (message, said) in &before {
        let kept: usize = restored[message].parse().unwrap();
        assert!(kept >= *said, "{message}: {kept} is older than {said}");
    }
    for (message, kept) in &restored {
        let kept: usize = kept.parse().unwrap();
        assert!(kept <= book[message], "nobody said {kept} of {message}");
    }
    // A server on it goes on.
    let server = Server::on(fresh.path(), &[]);
    assert_eq!(load::vote(server.url(), &load::message(7), "after"), 200);
}

#[test]
fn a_backup_without_a_server_leaves_the_folder_as_it_was() {
    let folder = voted(3);
    let before = names(folder.path());
    let bytes = std::fs::read(folder.path().join(DATABASE)).unwrap();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("nightly.candor");
    support::run(&mut back_up(folder.path(), &file));
    assert_eq!(names(folder.path()), before);
    assert_eq!(std::fs::read(folder.path().join(DATABASE)).unwrap(), bytes);
    assert_eq!(names(place.path()), ["nightly.candor"]);
}

#[test]
fn a_backup_of_a_killed_server_holds_what_is_only_in_its_log() {
    let folder = set_up();
    let server = Server::on(folder.path(), &[]);
    for number in 0..5 {
        assert_eq!(
            load::vote(server.url(), &load::message(number), "kept"),
            200
        );
    }
    server.kill();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("nightly.candor");
    support::run(&mut back_up(folder.path(), &file));
    support::run(&mut restore_with_key(place.path(), folder.path(), &file));
    assert_eq!(comments(&place.path().join("fresh")).len(), 5);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_replaced_by_a_backup() {
    use std::os::unix::fs::FileTypeExt as _;
    use std::os::unix::net::UnixListener;
    let folder = voted(1);
    let place = tempfile::tempdir().unwrap();
    let socket = place.path().join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    let said = refusal(back_up(folder.path(), &socket).arg("--force"));
    assert!(said.contains("no file that can be replaced"), "{said}");
    assert!(socket.symlink_metadata().unwrap().file_type().is_socket());
}

/// A restore into a fresh folder in `place`, with the master key of another.
fn restore_with_key(
    place: &std::path::Path,
    of: &std::path::Path,
    file: &std::path::Path,
) -> std::process::Command {
    let fresh = place.join("fresh");
    std::fs::create_dir(&fresh).unwrap();
    std::fs::copy(of.join("master.key"), fresh.join("master.key")).unwrap();
    restore(&fresh, file)
}

#[test]
fn a_backup_says_what_it_holds_and_that_the_master_key_is_not_in_it() {
    let folder = voted(3);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("nightly.candor");
    let told = support::run(&mut back_up(folder.path(), &file));
    assert!(told.contains("  votes       3, the last at "), "{told}");
    let key = folder.path().join("master.key");
    let expected = format!(
        "  not in it   the master key, {}: keep a copy",
        key.display()
    );
    assert!(told.contains(&expected), "{told}");
    let again = support::run(back_up(folder.path(), &file).args(["--force", "--json"]));
    let told: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(
        (&told["votes"], &told["sealed_secrets"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(told["master_key"], json!({"place": "file", "file": key}));
    let text = std::fs::read_to_string(&key).unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let secret = text.trim().as_bytes();
    assert!(!bytes.windows(secret.len()).any(|part| part == secret));
}

#[test]
#[cfg(unix)]
fn a_backup_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = set_up();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("nightly.candor");
    support::run(&mut back_up(folder.path(), &file));
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_file_that_is_there_is_replaced_only_if_that_is_asked_for() {
    let folder = set_up();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("nightly.candor");
    std::fs::write(&file, "of yesterday").unwrap();
    let told = refusal(&mut back_up(folder.path(), &file));
    assert!(told.contains("is there already: --force"), "{told}");
    assert_eq!(std::fs::read(&file).unwrap(), b"of yesterday");
    support::run(back_up(folder.path(), &file).arg("--force"));
    assert!(
        std::fs::read(&file)
            .unwrap()
            .starts_with(b"SQLite format 3")
    );
}

#[test]
fn places_where_no_backup_can_be_are_refused() {
    let folder = set_up();
    let before = names(folder.path());
    let inside = folder.path().join(DATABASE);
    let told = refusal(back_up(folder.path(), &inside).arg("--force"));
    assert!(told.contains("outside of the data folder"), "{told}");
    let told = refusal(&mut back_up(
        folder.path(),
        &folder.path().join("no/such/file"),
    ));
    assert!(told.contains("cannot write into"), "{told}");
    let place = tempfile::tempdir().unwrap();
    let told = refusal(back_up(folder.path(), place.path()).arg("--force"));
    assert!(told.contains("is a folder"), "{told}");
    let nothing = refusal(&mut back_up(place.path(), &folder.path().join("../backup")));
    assert!(nothing.contains("there is no data in"), "{nothing}");
    assert_eq!(names(place.path()), [""; 0], "and no database is made");
    assert_eq!(names(folder.path()), before);
}

#[test]
fn a_kill_leaves_the_backup_of_before_and_the_next_one_is_whole() {
    let folder = voted(3);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("nightly.candor");
    let part = place.path().join("nightly.candor.part");
    let killed = || {
        std::fs::write(&file, "of yesterday").unwrap();
        let mut process = start(back_up(folder.path(), &file).arg("--force"));
        wait_until(|| part.exists() || process.try_wait().unwrap().is_some());
        process.kill().unwrap();
        !process.wait().unwrap().success()
    };
    // On a busy machine it may be done before this hears of its beginning.
    wait_until(killed);
    assert_eq!(std::fs::read(&file).unwrap(), b"of yesterday");
    support::run(back_up(folder.path(), &file).arg("--force"));
    assert_eq!(names(place.path()), ["nightly.candor"]);
    assert_sound(folder.path());
}

#[test]
fn two_backups_into_one_file_do_not_meet() {
    let folder = voted(1);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("nightly.candor");
    let part = place.path().join("nightly.candor.part");
    let left = std::fs::File::create(&part).unwrap();
    left.lock().unwrap();
    let told = refusal(&mut back_up(folder.path(), &file));
    assert!(told.contains("is being written by another"), "{told}");
    assert!(part.exists() && !file.exists());
}

#[test]
fn a_damaged_database_is_not_backed_up() {
    let folder = voted(3);
    damage_tables(&folder.path().join(DATABASE));
    let place = tempfile::tempdir().unwrap();
    let told = refusal(&mut back_up(
        folder.path(),
        &place.path().join("nightly.candor"),
    ));
    assert!(
        told.contains("the file is damaged: restore a backup"),
        "{told}"
    );
    assert_eq!(names(place.path()), [""; 0]);
}

/// Writes over the page that the feedback's table begins with.
pub fn damage_tables(database: &std::path::Path) {
    use std::io::{Seek as _, SeekFrom, Write as _};
    let connection = rusqlite::Connection::open(database).unwrap();
    let sql = "SELECT (rootpage - 1) * page_size FROM sqlite_schema, pragma_page_size WHERE name = 'feedback'";
    let place: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    drop(connection);
    let mut file = std::fs::File::options().write(true).open(database).unwrap();
    file.seek(SeekFrom::Start(u64::try_from(place).unwrap()))
        .unwrap();
    file.write_all(&[0xAB; 512]).unwrap();
}
