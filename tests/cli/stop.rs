//! SIGTERM under load: what was answered is kept, and the server exits with 0.

use crate::{DIFY, json_of, setup, support, vote};
use serde_json::json;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

#[test]
fn a_stop_under_load_keeps_what_was_answered_and_exits_with_0() {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let server = support::Server::on(folder.path(), &[]);
    let url = server.url().to_owned();
    let next = AtomicU32::new(0);
    let stopped = AtomicBool::new(false);
    let answered: BTreeSet<u32> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut answered = Vec::new();
                    while !stopped.load(Ordering::Relaxed) {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let body = json!({"rating": "like", "user": "ada", "content": format!("{number}")});
                        match vote(&url, number, &body) {
                            200 => answered.push(number),
                            0 => break,
                            status => panic!("status {status}"),
                        }
                    }
                    answered
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(500));
        assert!(server.terminate(), "the server exits with 0");
        stopped.store(true, Ordering::Relaxed);
        let answered = clients
            .into_iter()
            .flat_map(|client| client.join().unwrap());
        answered.collect()
    });
    assert!(answered.len() > 20, "{} votes", answered.len());

    let mut list = support::candor(folder.path());
    list.args(["feedback", "list", "--json", "--limit", "1000000"]);
    let listed = json_of(&support::run(&mut list));
    let comments = listed.as_array().unwrap().iter();
    let kept: BTreeSet<u32> = comments
        .map(|item| item["comment"].as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(kept.len(), listed.as_array().unwrap().len());
    assert!(answered.is_subset(&kept));
    let found = support::run(support::candor(folder.path()).arg("doctor"));
    assert!(found.ends_with("nothing is wrong\n"), "{found}");
}

#[test]
fn a_stop_does_not_wait_for_idle_connections() {
    let server = support::Server::set_up(&setup());
    let client = support::client();
    let health = client.get(format!("{}/healthz", server.url())).send();
    assert!(health.unwrap().status().is_success());
    let started = Instant::now();
    assert!(server.terminate());
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_stop_does_not_wait_for_ever_for_a_slow_request() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.toml");
    std::fs::write(&settings, "stop_seconds = 1\n").unwrap();
    support::apply(folder.path(), &setup());
    let server = support::Server::on(folder.path(), &["--config", settings.to_str().unwrap()]);
    let mut slow = TcpStream::connect(server.url().strip_prefix("http://").unwrap()).unwrap();
    let head = "POST /v1/messages/00000000-0000-4000-8000-000000000001/feedbacks HTTP/1.1\r\nHost: x\r\n\
                Content-Type: application/json\r\nContent-Length: 100\r\nAuthorization: Bearer";
    write!(slow, "{head} {DIFY}\r\n\r\n{{").unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let started = Instant::now();
    assert!(server.terminate(), "the server exits with 0");
    let took = started.elapsed();
    assert!(
        took > Duration::from_millis(800) && took < Duration::from_secs(10),
        "{took:?}"
    );
}
