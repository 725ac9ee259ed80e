//! The disk is full: files cannot grow (`RLIMIT_FSIZE`, which needs no mount), and later can again.

use crate::support::connection::Request;
use crate::support::ledger::{ADMIN, DIFY};
use crate::support::{self, Server, books::World, load};
use crate::{cast, vote, voted};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use std::process::Command;

/// Less than the database has, and some votes' worth of log.
const ROOM: u64 = 64 * 1024;

/// Lets files of a running server grow to so many bytes, or as far as they like.
fn let_files_grow_to(server: &Server, bytes: Option<u64>) {
    let pid = Pid::from_raw(server.pid().try_into().unwrap());
    let limit = Rlimit {
        current: bytes,
        maximum: None,
    };
    prlimit(pid, Resource::Fsize, limit).unwrap();
}

#[test]
fn votes_are_refused_while_the_disk_is_full_and_taken_again_after() {
    let mut world = World::new();
    let server = world.server();
    world.during(&server, |load| {
        for _ in 0..crate::rounds(3) {
            load.wait_for_acknowledged(300);
            load.may_refuse(true);
            let_files_grow_to(&server, Some(ROOM));
            load.wait_for_refused(100);
            let list = Request::new("GET", "/v1/app/feedbacks", DIFY);
            let read = cast(server.url(), &list);
            assert_eq!(read.status, 200, "readers go on: {}", read.body);
            let_files_grow_to(&server, None);
        }
        load.wait_for_acknowledged(300);
    });
    assert!(server.terminate(), "it stops as ever");
    world.verify();
}

#[test]
fn a_refusal_for_want_of_space_has_the_shape_of_the_interface() {
    let world = World::new();
    let server = world.server();
    assert_eq!(cast(server.url(), &vote(1, "first")).status, 200);
    let_files_grow_to(&server, Some(0));
    let dify = cast(server.url(), &vote(2, "second"));
    assert_eq!(dify.status, 503, "{}", dify.body);
    assert!(dify.head.contains("retry-after: 1\r\n"), "{}", dify.head);
    let told: serde_json::Value = serde_json::from_str(&dify.body).unwrap();
    assert_eq!(told["code"], "service_unavailable");
    assert_eq!(told["status"], 503);
    let body = serde_json::json!({"message": {"external_id": "m"}, "author": {"end_user": "ada"}, "rating": "positive"});
    let path = "/candor/v1/projects/crash/feedback";
    let native = cast(server.url(), &Request::new("POST", path, ADMIN).with(&body));
    assert_eq!(native.status, 503, "{}", native.body);
    let problem = "content-type: application/problem+json";
    assert!(native.head.contains(problem), "{}", native.head);
    assert_eq!(voted(server.url()), [1], "nothing was stored");
    let_files_grow_to(&server, None);
    assert_eq!(cast(server.url(), &vote(2, "second")).status, 200);
    assert_eq!(voted(server.url()), [1, 2]);
}

/// The log is often on the same disk.
#[test]
fn a_server_that_cannot_write_its_log_either_goes_on() {
    let world = World::new();
    let log = std::fs::File::create(world.folder().join("log.txt")).unwrap();
    let server = Server::logging_to(log, world.folder());
    let_files_grow_to(&server, Some(0));
    assert_eq!(cast(server.url(), &vote(1, "no room")).status, 503);
    let_files_grow_to(&server, None);
    assert_eq!(cast(server.url(), &vote(1, "room")).status, 200);
}

#[test]
fn a_server_that_is_killed_while_the_disk_is_full_has_all_that_it_acknowledged() {
    let mut world = World::new();
    let server = world.server();
    let url = server.url().to_owned();
    load::during(&url, &mut world.ledgers, |load| {
        load.wait_for_acknowledged(300);
        load.may_break();
        let_files_grow_to(&server, Some(ROOM));
        load.wait_for_refused(10);
        server.kill();
    });
    world.verify();
}

/// The last checkpoint has no room: what it would have moved stays in the log, from which the next start reads it.
#[test]
fn a_server_that_stops_while_the_disk_is_full_has_all_that_it_acknowledged() {
    let mut world = World::new();
    let server = world.server();
    let url = server.url().to_owned();
    load::during(&url, &mut world.ledgers, |load| {
        load.wait_for_acknowledged(300);
        load.may_break();
        let_files_grow_to(&server, Some(ROOM));
        load.wait_for_refused(10);
        assert!(server.terminate(), "it stops as ever");
    });
    world.verify();
}

/// What must be written before it can listen has no room; what it says names the reason.
#[test]
fn a_start_without_space_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "ulimit -f 8; exec {} serve --listen 127.0.0.1:0",
        support::BINARY
    );
    let mut start = support::without_surroundings(Command::new("bash"));
    start.args(["-c", &script]);
    start.env("CANDOR_DATA_DIR", folder.path());
    let output = start.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("the data cannot be opened"), "{told}");
    assert!(!told.contains("panicked"), "{told}");
}
