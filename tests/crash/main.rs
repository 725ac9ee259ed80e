//! What was acknowledged is on disk: the server is killed under load, again and again, and its book is held against its
//! clients' books each time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    reason = "a test crate: it fails loudly and nobody reads its documentation"
)]

#[path = "../support/mod.rs"]
mod support;

use std::collections::HashMap;
use std::process::Stdio;
use std::time::Duration;
use support::Server;
use support::books::World;
use support::connection::{Connection, Request};
use support::engine;
use support::ledger::{DIFY, Ledger, Listed, Vote};

/// How often the server is killed unless `CANDOR_SOAK_CYCLES` says otherwise.
const CYCLES: usize = 25;

/// After so many kills a long run begins with a fresh folder, so that reading everything back stays quick.
const CYCLES_OF_A_FOLDER: usize = 50;

fn cycles() -> usize {
    std::env::var("CANDOR_SOAK_CYCLES").map_or(CYCLES, |cycles| cycles.parse().unwrap())
}

/// A moment that is not the same each time.
fn a_moment(world: &mut World, milliseconds: usize) {
    let wait = world.ledgers[0].below(milliseconds * 1000);
    std::thread::sleep(Duration::from_micros(wait.try_into().unwrap()));
}

/// Starts a server and kills it before, while or shortly after it opens its data.
fn kill_while_it_starts(world: &mut World) {
    let mut process = support::candor(world.folder())
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    a_moment(world, 120);
    process.kill().unwrap();
    process.wait().unwrap();
}

/// Asks a server to stop, and kills it before it has or soon after.
fn kill_while_it_stops(server: Server, moment: Duration) {
    server.signal("TERM");
    std::thread::sleep(moment);
    server.kill();
}

/// Checkpoints come several times a second, so that kills at random moments are also in the middle of those.
#[test]
fn what_was_acknowledged_survives_a_kill() {
    let mut world = World::new();
    let (mut total, mut starts, mut stops) = (0, 0, 0);
    let cycles = cycles();
    for cycle in 1..=cycles {
        if cycle % 3 == 0 {
            stops += 1;
            let moment = Duration::from_micros(world.ledgers[0].below(60_000).try_into().unwrap());
            total += world.load(|server| kill_while_it_stops(server, moment));
        } else {
            total += world.load(Server::kill);
        }
        if cycle % 4 == 0 {
            starts += 1;
            kill_while_it_starts(&mut world);
        }
        world.verify();
        eprintln!(
            "{cycle} of {cycles} kills under load ({stops} of them while stopping), {starts} while starting: \
             {total} acknowledged votes, none lost, none doubled"
        );
        if cycle % CYCLES_OF_A_FOLDER == 0 {
            world = World::new();
        }
    }
    assert!(total > 100 * cycles, "the load was a load: {total}");
}

#[test]
fn what_was_acknowledged_survives_a_stop() {
    let mut world = World::new();
    for _ in 0..3 {
        world.load(|server| assert!(server.terminate(), "a stop under load exits with 0"));
        world.verify();
    }
}

#[test]
fn a_second_server_on_a_folder_is_refused() {
    if engine::is_postgres() {
        // A database is for many servers: tests/servers.
        return;
    }
    let world = World::new();
    let first = world.server();
    let second = support::candor(world.folder())
        .args(["serve", "--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success());
    assert!(said.contains("in use"), "{said}");
    assert!(said.contains(world.folder().to_str().unwrap()), "{said}");
    let mut connection = Connection::open(first.url()).unwrap();
    let request = Request::new("GET", "/v1/app/feedbacks", DIFY);
    let answer = connection.call(&request).unwrap();
    assert_eq!(answer.status, 200, "the first goes on: {}", answer.body);
}

#[test]
fn the_ledger_finds_what_is_lost_doubled_or_changed() {
    let mut ledger = Ledger::new(1);
    let (place, _) = ledger.next();
    ledger.acknowledge(place);
    let message = ledger.entries[place].message;
    let Vote::Given { rating, comment } = ledger.entries[place].acknowledged.clone() else {
        panic!("the first vote is given");
    };
    let as_listed = |rating: &str, comment: Option<String>| {
        let feedback = Listed {
            id: String::new(),
            rating: rating.to_owned(),
            comment,
        };
        HashMap::from([(message, feedback)])
    };
    assert_eq!(ledger.differences(&mut HashMap::new()).len(), 1);
    let changed = as_listed(rating, Some("something else".to_owned()));
    assert_eq!(ledger.differences(&mut { changed }).len(), 1);
    let mut listed = as_listed(rating, comment);
    assert_eq!(ledger.differences(&mut listed), [""; 0]);
    assert!(listed.is_empty(), "what nobody said would be left");
}
