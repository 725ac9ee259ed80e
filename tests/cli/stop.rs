//! SIGTERM under load: what was answered is kept, and the server exits with 0.

use crate::support::load::wait_until;
use crate::{DIFY, json_of, setup, support, vote};
use serde_json::json;
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

#[test]
fn a_stop_under_load_keeps_what_was_answered_and_exits_with_0() {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let server = support::Server::on(folder.path(), &[]);
    let url = server.url().to_owned();
    let next = AtomicU32::new(0);
    let count = AtomicU32::new(0);
    let stopping = AtomicBool::new(false);
    let answered: BTreeSet<u32> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut answered = Vec::new();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let body = json!({"rating": "like", "user": "ada", "content": format!("{number}")});
                        match vote(&url, number, &body) {
                            200 => {
                                answered.push(number);
                                count.fetch_add(1, Ordering::Relaxed);
                            }
                            // A connection that was ended, or a clear refusal, and only once it was told to stop.
                            0 | 503 if stopping.load(Ordering::Relaxed) => break,
                            status => panic!("status {status}"),
                        }
                    }
                    answered
                })
            })
            .collect();
        wait_until("votes are answered", || {
            count.load(Ordering::Relaxed) > 50 || clients.iter().any(ScopedJoinHandle::is_finished)
        });
        stopping.store(true, Ordering::Relaxed);
        assert!(server.terminate(), "the server exits with 0");
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
    // Below the time that a stop may take, and far below that of an idle connection.
    assert!(started.elapsed() < Duration::from_secs(15));
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
                Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\nAuthorization: Bearer";
    write!(slow, "{head} {DIFY}\r\n\r\n").unwrap();
    let mut reads_the_body = [0; 12];
    slow.read_exact(&mut reads_the_body).unwrap();
    assert_eq!(&reads_the_body, b"HTTP/1.1 100");
    let started = Instant::now();
    assert!(server.terminate(), "the server exits with 0");
    // Far below the time that a body has, and that a stop takes unless the settings say otherwise.
    assert!(started.elapsed() < Duration::from_secs(15));
}
