//! SIGTERM under load: what was answered is kept, and the server exits with 0.

use crate::{json_of, setup, support, vote};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

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
    let started = std::time::Instant::now();
    assert!(server.terminate());
    assert!(started.elapsed() < Duration::from_secs(5));
}
