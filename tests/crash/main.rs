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

mod connection;
mod ledger;
mod load;
#[path = "../support/mod.rs"]
mod support;

use connection::Connection;
use ledger::{Ledger, Listed, Vote};
use load::PEOPLE;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use support::Server;
use uuid::Uuid;

const KEY: &str = "app-crash-test-key-000000";
const ADMIN: &str = "cnd_crash-test-admin-key-000";

/// How often the server is killed unless `CANDOR_SOAK_CYCLES` says otherwise.
const CYCLES: usize = 25;

/// After so many kills a long run begins with a fresh folder, so that reading everything back stays quick.
const CYCLES_OF_A_FOLDER: usize = 50;

/// How many histories are read in full after each restart.
const HISTORIES: usize = 20;

/// A data folder, and everything that was said to the servers on it.
struct World {
    folder: tempfile::TempDir,
    ledgers: Vec<Ledger>,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let setup = json!({
            "projects": [{"name": "crash"}],
            "keys": [
                {"dialect": "dify", "project": "crash", "secret": KEY},
                {"dialect": "native", "secret": ADMIN, "scopes": ["feedback:read"]},
            ],
        });
        support::apply(folder.path(), &setup);
        let people = 0..u64::try_from(PEOPLE).unwrap();
        Self {
            folder,
            ledgers: people.map(Ledger::new).collect(),
        }
    }

    /// Votes on a fresh server until a random number is acknowledged, then ends the server so.
    fn load(&mut self, end: impl FnOnce(Server)) -> usize {
        let server = Server::on(self.folder.path(), &[]);
        let url = server.url().to_owned();
        let enough = 200 + self.ledgers[0].below(2500);
        load::vote_until(&url, KEY, &mut self.ledgers, enough, || end(server))
    }

    /// Holds the clients' books against the server's.
    fn verify(&mut self) {
        let server = Server::on(self.folder.path(), &[]);
        let mut listed = listed(server.url());
        let ids: HashMap<Uuid, String> = listed
            .iter()
            .map(|(message, feedback)| (*message, feedback.id.clone()))
            .collect();
        let differences: Vec<String> = self
            .ledgers
            .iter_mut()
            .flat_map(|ledger| ledger.differences(&mut listed))
            .collect();
        assert!(differences.is_empty(), "{differences:#?}");
        assert!(listed.is_empty(), "nobody said {listed:?}");
        self.verify_histories(server.url(), &ids);
        assert!(server.terminate(), "the server stops when it is asked to");
    }

    fn verify_histories(&mut self, url: &str, ids: &HashMap<Uuid, String>) {
        let mut connection = Connection::open(url, ADMIN).unwrap();
        for number in 0..HISTORIES {
            let ledger = &mut self.ledgers[number % PEOPLE];
            let place = ledger.below(ledger.entries.len());
            let entry = &ledger.entries[place];
            if let Some(id) = ids.get(&entry.message) {
                let path = format!("/candor/v1/projects/crash/feedback/{id}");
                let answer = connection.get(&path).unwrap();
                assert_eq!(answer.status, 200, "{}", answer.body);
                let detail: Value = serde_json::from_str(&answer.body).unwrap();
                let history = detail["history"].as_array().unwrap();
                assert_eq!(history.len(), entry.versions, "{entry:?}: {history:#?}");
            }
        }
    }
}

/// Everything that Dify's list shows, page by page. A message that is listed twice fails.
fn listed(url: &str) -> HashMap<Uuid, Listed> {
    let mut connection = Connection::open(url, KEY).unwrap();
    let mut all = HashMap::new();
    for page in 1.. {
        let path = format!("/v1/app/feedbacks?page={page}&limit=101");
        let answer = connection.get(&path).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        let items = body["data"].as_array().unwrap();
        for item in items {
            let text = |name: &str| item[name].as_str().map(ToOwned::to_owned);
            let message = text("message_id").unwrap().parse().unwrap();
            let feedback = Listed {
                id: text("id").unwrap(),
                rating: text("rating").unwrap(),
                content: text("content"),
            };
            let twice = all.insert(message, feedback);
            assert!(twice.is_none(), "{item} is listed twice");
        }
        if items.is_empty() {
            break;
        }
    }
    all
}

/// `candor doctor` on a folder that no server has open: integrity, history, rollups, search.
fn assert_sound(folder: &Path) {
    let doctor = support::candor(folder)
        .args(["doctor", "--json"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&doctor.stdout);
    assert!(doctor.status.success(), "{said}");
    let found: Value = serde_json::from_str(&said).unwrap();
    assert!(found["findings"].as_array().unwrap().len() > 3, "{said}");
    assert_eq!(found["faults"], 0, "{said}");
}

fn cycles() -> usize {
    std::env::var("CANDOR_SOAK_CYCLES").map_or(CYCLES, |cycles| cycles.parse().unwrap())
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let mut world = World::new();
    let mut total = 0;
    let cycles = cycles();
    for cycle in 1..=cycles {
        total += world.load(Server::kill);
        assert_sound(world.folder.path());
        world.verify();
        eprintln!("{cycle} of {cycles}: {total} acknowledged votes, none lost");
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
        assert_sound(world.folder.path());
        world.verify();
    }
}

#[test]
fn a_second_server_on_a_folder_is_refused() {
    let world = World::new();
    let first = Server::on(world.folder.path(), &[]);
    let second = support::candor(world.folder.path())
        .args(["serve", "--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success());
    assert!(said.contains("in use"), "{said}");
    assert!(
        said.contains(world.folder.path().to_str().unwrap()),
        "{said}"
    );
    let mut connection = Connection::open(first.url(), KEY).unwrap();
    let answer = connection.get("/v1/app/feedbacks").unwrap();
    assert_eq!(answer.status, 200, "the first goes on: {}", answer.body);
}

#[test]
fn the_ledger_finds_what_is_lost_doubled_or_changed() {
    let mut ledger = Ledger::new(1);
    let (place, _) = ledger.next();
    ledger.acknowledge(place);
    let message = ledger.entries[place].message;
    let Vote::Given { rating, content } = ledger.entries[place].acknowledged.clone() else {
        panic!("the first vote is given");
    };
    let as_listed = |rating: &str, content: Option<String>| {
        let feedback = Listed {
            id: String::new(),
            rating: rating.to_owned(),
            content,
        };
        HashMap::from([(message, feedback)])
    };
    assert_eq!(ledger.differences(&mut HashMap::new()).len(), 1);
    let changed = as_listed(rating, Some("something else".to_owned()));
    assert_eq!(ledger.differences(&mut { changed }).len(), 1);
    let mut listed = as_listed(rating, content);
    assert_eq!(ledger.differences(&mut listed), [""; 0]);
    assert!(listed.is_empty(), "what nobody said would be left");
}
