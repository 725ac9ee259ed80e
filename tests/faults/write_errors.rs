//! The disk refuses to write or to sync.

use crate::injector::Injector;
use crate::support::Server;
use crate::support::books::World;
use crate::support::connection::Answer;
use crate::support::load::wait_until;
use crate::{cast, vote, voted};

const SYNCS: &str = "fsync,fdatasync";
const WRITES: &str = "pwrite64";

/// Everybody votes while these calls fail for a while, and goes on voting after.
#[track_caller]
fn assert_outlived(calls: &str, what: &str) {
    let mut world = World::new();
    let server = world.server();
    world.during(&server, |load| {
        for _ in 0..crate::rounds(2) {
            load.wait_for_acknowledged(200);
            load.may_refuse(true);
            let failing = Injector::attach(&server, calls, what);
            load.wait_for_refused(20);
            drop(failing);
            load.wait_for_acknowledged(200);
        }
    });
    server.kill();
    world.verify();
}

#[test]
fn what_is_acknowledged_around_failing_syncs_is_there() {
    assert_outlived(SYNCS, "error=EIO");
}

#[test]
fn what_is_acknowledged_around_now_and_then_failing_syncs_is_there() {
    assert_outlived(SYNCS, "error=EIO:when=1+3");
}

#[test]
fn what_is_acknowledged_around_failing_writes_is_there() {
    assert_outlived(WRITES, "error=EIO:when=1+7");
}

#[test]
fn what_is_acknowledged_around_writes_without_space_is_there() {
    assert_outlived(WRITES, "error=ENOSPC:when=1+5");
}

#[test]
fn what_is_acknowledged_when_a_kill_ends_failing_syncs_is_there() {
    let mut world = World::new();
    let server = world.server();
    let url = server.url().to_owned();
    crate::support::load::during(&url, &mut world.ledgers, |load| {
        load.wait_for_acknowledged(200);
        load.may_break();
        let failing = Injector::attach(&server, SYNCS, "error=EIO:when=1+3");
        load.wait_for_refused(50);
        server.kill();
        drop(failing);
    });
    world.verify();
}

/// A server on which a vote that it refused was written and not synced, and what it said. The syncs that fail are of those that
/// are made from the moment of a vote on: the first one is of the log's beginning, and the second one of the vote itself.
fn unsynced(world: &World, fails: &str) -> (Server, Answer) {
    let server = world.server();
    for number in 1..50 {
        // So that the next vote begins the log anew.
        wait_until("the log is moved into the database", || {
            let database = rusqlite::Connection::open(world.folder().join("candor.sqlite3"));
            let frames = database
                .unwrap()
                .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
                    Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
                });
            frames.is_ok_and(|(all, moved)| all == moved)
        });
        let failing = Injector::attach(&server, SYNCS, fails);
        let answer = cast(server.url(), &vote(number, "said"));
        drop(failing);
        if answer.status == 503 {
            return (server, answer);
        }
    }
    panic!("no sync of a vote fails");
}

#[test]
fn a_vote_that_was_refused_because_it_could_not_be_synced_is_not_there_after_a_kill() {
    let world = World::new();
    let (server, answer) = unsynced(&world, "error=EIO:when=2");
    assert!(
        answer.body.contains("nothing was stored"),
        "{}",
        answer.body
    );
    let before = voted(server.url());
    server.kill();
    let server = world.server();
    assert_eq!(voted(server.url()), before);
}

#[test]
fn a_vote_that_may_be_there_after_a_kill_is_not_told_to_be_not_stored() {
    let world = World::new();
    let (_server, answer) = unsynced(&world, "error=EIO:when=2+");
    assert!(answer.body.contains("not known"), "{}", answer.body);
}

#[test]
fn a_vote_is_taken_again_once_it_can_be_synced() {
    let world = World::new();
    let (server, _) = unsynced(&world, "error=EIO:when=2+");
    assert_eq!(cast(server.url(), &vote(1000, "there")).status, 200);
    let before = voted(server.url());
    server.kill();
    let server = world.server();
    assert_eq!(voted(server.url()), before);
}
