//! A flood of one project, and a vote for another meanwhile.

use crate::support::{Server, engine};
use crate::world::{ADMIN, World};
use candor::limits;
use reqwest::blocking::Client;
use rusqlite::Connection;
use serde_json::json;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

const FLOODED: &str = "flooded";
const QUIET: &str = "quiet";

/// Keeps the writer from its next transaction until it is dropped.
struct Held {
    _lock: Connection,
}

impl Held {
    fn new(world: &World) -> Self {
        let file = world.server.folder().join("candor.sqlite3");
        let connection = Connection::open(file).unwrap();
        connection.busy_timeout(Duration::from_secs(10)).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        Self { _lock: connection }
    }
}

fn world() -> Arc<World> {
    Arc::new(World::of(Server::set_up(&json!({
        "projects": [{"name": FLOODED}, {"name": QUIET}],
        "keys": [{"dialect": "native", "secret": ADMIN, "scopes": ["admin"]}],
    }))))
}

/// A thousand votes for a project in one request; the status of each.
fn thousand(world: &Arc<World>, project: &'static str) -> JoinHandle<Vec<u64>> {
    let world = Arc::clone(world);
    std::thread::spawn(move || {
        let vote = |_| {
            let message = candor::clock::new_id().to_string();
            json!({"message": {"external_id": message}, "rating": "positive"})
        };
        let votes: Vec<_> = (0..limits::BATCH_ITEMS).map(vote).collect();
        let votes = json!({ "items": votes });
        let path = format!("projects/{project}/feedback/batch");
        let answer = world.admin(reqwest::Method::POST, &path, &votes);
        let items = answer["items"].as_array().unwrap().iter();
        items.map(|item| item["status"].as_u64().unwrap()).collect()
    })
}

/// One vote. None if there is no answer in time.
fn vote(client: &Client, world: &World, project: &str) -> Option<(u16, Option<String>)> {
    let url = format!(
        "{}/candor/v1/projects/{project}/feedback",
        world.server.url()
    );
    let vote = json!({"message": {"external_id": "one"}, "rating": "positive"});
    let answer = client
        .post(url)
        .bearer_auth(ADMIN)
        .json(&vote)
        .send()
        .ok()?;
    let wait = answer.headers().get("retry-after");
    let wait = wait.map(|seconds| seconds.to_str().unwrap().to_owned());
    Some((answer.status().as_u16(), wait))
}

/// Waits until a single vote for a project is refused, for as many wait as may.
fn until_full(world: &World, project: &str) -> Option<String> {
    let impatient = Client::builder()
        .no_proxy()
        .timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    for _ in 0..100 {
        if let Some((429, wait)) = vote(&impatient, world, project) {
            return wait;
        }
    }
    panic!("{project} was never refused");
}

/// How many rows were written before the first one of the quiet project.
fn written_before(world: &World) -> usize {
    let file = world.server.folder().join("candor.sqlite3");
    let count = Connection::open(file).unwrap().query_row(
        "SELECT count(*) FROM feedback WHERE row_id < (SELECT min(f.row_id) FROM feedback f
         JOIN projects p ON p.row_id = f.project WHERE p.name = ?1)",
        [QUIET],
        |row| row.get::<_, i64>(0),
    );
    usize::try_from(count.unwrap()).unwrap()
}

/// The statuses of all of them.
fn statuses(votes: Vec<JoinHandle<Vec<u64>>>) -> Vec<u64> {
    let votes = votes.into_iter();
    votes.flat_map(|votes| votes.join().unwrap()).collect()
}

#[test]
fn a_flood_is_refused_and_votes_for_another_project_are_taken_and_written_before_it() {
    if engine::is_postgres() {
        // It holds SQLite's only writer up.
        return;
    }
    let world = world();
    let held = Held::new(&world);
    let flood: Vec<_> = (0..8).map(|_| thousand(&world, FLOODED)).collect();
    assert_eq!(until_full(&world, FLOODED).as_deref(), Some("1"));
    // Some of these wait for certain when one of them is refused.
    let quiet: Vec<_> = (0..3).map(|_| thousand(&world, QUIET)).collect();
    until_full(&world, QUIET);
    drop(held);
    assert!(statuses(quiet).contains(&201));
    assert!(statuses(flood).contains(&429));
    let most = limits::WRITE_BATCH + limits::WRITE_BATCH_SHARED;
    let before = written_before(&world);
    assert!(before <= most, "{before} votes of the flood went before");
}
