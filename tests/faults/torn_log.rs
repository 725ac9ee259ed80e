//! Files that a crash or a disk has damaged: the end of the log, pages of the database.

use crate::support::{self, Server, books, books::World, connection::Connection};
use crate::{cast, vote, voted};
use serde_json::Value;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Output;

const DATABASE: &str = "candor.sqlite3";
const LOG: &str = "candor.sqlite3-wal";
const VOTES: u128 = 40;

/// A folder whose log holds all of so many votes, given one after the other: a kill before any checkpoint would leave
/// that, and here a reader that keeps the first state.
fn votes_in_the_log() -> (World, rusqlite::Connection) {
    let world = World::new();
    let server = world.server();
    let database = world.folder().join(DATABASE);
    let reader = rusqlite::Connection::open(&database).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM feedback;")
        .unwrap();
    let mut connection = Connection::open(server.url()).unwrap();
    for number in 1..=VOTES {
        let answer = connection.call(&vote(number, "said")).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    server.kill();
    // The last one to close would empty the log, so it is not closed before the test ends.
    (world, reader)
}

/// A copy of a folder, with its log changed by `damage`.
fn damaged(world: &World, damage: impl FnOnce(&mut Vec<u8>)) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(world.folder()).unwrap() {
        let file = file.unwrap();
        // The log's index is of this boot's memory; a crash of the machine would leave none.
        if !file.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
    }
    let log = copy.path().join(LOG);
    let mut bytes = std::fs::read(&log).unwrap();
    damage(&mut bytes);
    std::fs::write(&log, bytes).unwrap();
    copy
}

/// The server starts, has the first so many votes and no other, and takes more. Returns how many it had.
#[track_caller]
fn assert_has_the_first(folder: &Path) -> u128 {
    books::assert_sound(folder);
    let server = Server::on(folder, &[]);
    let there = voted(server.url());
    let count = u128::try_from(there.len()).unwrap();
    assert!(there.iter().copied().eq(1..=count), "{there:?}");
    assert_eq!(cast(server.url(), &vote(1000, "after")).status, 200);
    assert!(server.terminate());
    count
}

#[test]
fn a_log_that_was_cut_off_anywhere_leaves_the_first_votes() {
    let (world, _reader) = votes_in_the_log();
    let whole = std::fs::metadata(world.folder().join(LOG)).unwrap().len();
    let mut had = Vec::new();
    for part in 0..=4 {
        // Odd lengths, so that frames are cut too.
        let length = usize::try_from(whole * part / 4).unwrap();
        let folder = damaged(&world, |log| log.truncate(length.saturating_sub(3)));
        had.push(assert_has_the_first(folder.path()));
    }
    assert!(had.is_sorted(), "{had:?}");
    assert_eq!(had.first(), Some(&0));
    assert_eq!(had.last(), Some(&(VOTES - 1)), "only the last one is cut");
}

#[test]
fn a_log_with_a_flipped_bit_leaves_the_votes_before_it() {
    let (world, _reader) = votes_in_the_log();
    for part in 1..4 {
        let folder = damaged(&world, |log| {
            let place = log.len() * part / 4 + 11;
            log[place] ^= 0x10;
        });
        let had = assert_has_the_first(folder.path());
        assert!(had < VOTES, "the flipped bit is in a vote");
    }
}

#[test]
fn a_whole_log_leaves_every_vote() {
    let (world, _reader) = votes_in_the_log();
    let folder = damaged(&world, |_| {});
    assert_eq!(assert_has_the_first(folder.path()), VOTES);
}

/// A folder with votes whose database file is overwritten from `from`, with `bytes` of rubbish.
fn overwritten(from: u64, bytes: usize) -> World {
    let world = World::new();
    let server = world.server();
    for number in 1..=VOTES {
        assert_eq!(cast(server.url(), &vote(number, "said")).status, 200);
    }
    assert!(server.terminate());
    let database = std::fs::File::options()
        .write(true)
        .open(world.folder().join(DATABASE))
        .unwrap();
    database.write_all_at(&vec![0xa5; bytes], from).unwrap();
    world
}

fn candor(world: &World, arguments: &[&str]) -> Output {
    support::candor(world.folder())
        .args(arguments)
        .output()
        .unwrap()
}

fn told(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!told.contains("panicked"), "{told}");
    told
}

#[test]
fn a_file_that_is_no_database_any_more_is_named_at_the_start() {
    let world = overwritten(0, 4096);
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["doctor"]] {
        let output = candor(&world, command);
        let told = told(&output);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("the data cannot be opened"), "{told}");
        assert!(told.contains("backup"), "it says what to do: {told}");
    }
}

#[test]
fn the_doctor_finds_damaged_pages_and_says_what_to_do() {
    // Behind the first pages, which hold the schema.
    let database = overwritten(4096 * 40, 4096 * 60);
    let output = candor(&database, &["doctor", "--json"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = told(&output);
    assert_eq!(output.status.code(), Some(1), "{said}{told}");
    if said.is_empty() {
        assert!(told.contains("backup"), "it says what to do: {told}");
    } else {
        let found: Value = serde_json::from_str(&said).unwrap();
        assert_ne!(found["faults"], 0, "{said}");
    }
}
