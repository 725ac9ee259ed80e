//! A data folder, the books of those who vote on it, and how the server's are held against them.

use super::connection::{Answer, Connection, Request};
use super::ledger::{ADMIN, DIFY, Ledger, Listed, Vote, WONDERCHAT};
use super::load::{self, Load, PEOPLE};
use super::{Server, apply, candor, engine};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How many histories, comments, keys and conversations are looked at in full after each restart.
const SAMPLES: usize = 20;

/// How long a load may take before it is ended with whatever was acknowledged.
const LONGEST: Duration = Duration::from_secs(3);

/// The fewest that must be acknowledged before, however slow the machine is.
const LEAST: usize = 200;

const FEEDBACK: &str = "/candor/v1/projects/crash/feedback";

/// A data folder, and everything that was said to the servers on it.
#[derive(Debug)]
pub struct World {
    folder: tempfile::TempDir,
    pub ledgers: Vec<Ledger>,
}

impl World {
    pub fn new() -> Self {
        Self::in_folder(tempfile::tempdir().expect("a temporary folder"))
    }

    /// The same on a database, which several servers may share.
    pub fn on_database(url: String) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        engine::put_in_place_of(folder.path(), url);
        Self::in_folder(folder)
    }

    fn in_folder(folder: tempfile::TempDir) -> Self {
        let setup = json!({
            "projects": [{"name": "crash"}],
            "keys": [
                {"dialect": "dify", "project": "crash", "secret": DIFY},
                {"dialect": "wonderchat", "project": "crash", "secret": WONDERCHAT},
                {"dialect": "native", "secret": ADMIN, "scopes": ["admin"]},
            ],
        });
        apply(folder.path(), &setup);
        let people = 0..u64::try_from(PEOPLE).expect("a small number");
        Self {
            folder,
            ledgers: people.map(Ledger::new).collect(),
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A server on the folder.
    pub fn server(&self) -> Server {
        Server::on(self.folder(), &[])
    }

    /// Does `work` while everybody votes.
    pub fn during<T>(&mut self, server: &Server, work: impl FnOnce(&Load) -> T) -> T {
        load::during(server.url(), &mut self.ledgers, work)
    }

    /// Does `work` while everybody votes on one of several servers.
    pub fn during_on<T>(&mut self, servers: &[String], work: impl FnOnce(&Load) -> T) -> T {
        load::during_on(servers, &mut self.ledgers, work)
    }

    /// Votes on a fresh server until a random number is acknowledged, then ends the server so. Returns how many were.
    pub fn load(&mut self, end: impl FnOnce(Server)) -> usize {
        let server = self.server();
        let url = server.url().to_owned();
        let enough = 200 + self.ledgers[0].below(2500);
        load::during(&url, &mut self.ledgers, |load| {
            let began = Instant::now();
            let is_enough = |acknowledged| {
                acknowledged >= enough || acknowledged > LEAST && began.elapsed() > LONGEST
            };
            while !is_enough(load.acknowledged()) {
                std::thread::sleep(Duration::from_millis(1));
            }
            load.may_break();
            end(server);
            load.acknowledged()
        })
    }

    /// Holds the clients' books against the server's, and the server's against themselves.
    pub fn verify(&mut self) {
        assert_sound(self.folder());
        let server = self.server();
        self.verify_on(&server);
        assert!(server.terminate(), "the server stops when it is asked to");
    }

    /// Holds the clients' books against those of a running server.
    pub fn verify_on(&mut self, server: &Server) {
        let mut connection = Connection::open(server.url()).expect("a connection");
        let mut listed = listed(&mut connection);
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
        for number in 0..SAMPLES {
            let ledger = &mut self.ledgers[number % PEOPLE];
            if ledger.entries.is_empty() {
                continue;
            }
            let place = ledger.below(ledger.entries.len());
            verify_repetition(&mut connection, ledger, place);
            verify_history(&mut connection, ledger, place, &ids);
            verify_search(&mut connection, ledger, place);
            verify_conversation(&mut connection, ledger);
        }
    }
}

fn get(connection: &mut Connection, path: &str) -> Value {
    let answer = connection.call(&Request::new("GET", path, ADMIN));
    body(&answer.expect("an answer"))
}

fn body(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).expect("JSON")
}

/// What was acknowledged under an `Idempotency-Key` and is sent again is answered again, and does nothing.
fn verify_repetition(connection: &mut Connection, ledger: &Ledger, place: usize) {
    let Some(request) = ledger.repetition(place) else {
        return;
    };
    let answer = connection.call(&request).expect("an answer");
    assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
    let replayed = answer.head.contains("idempotency-replayed: true");
    assert!(replayed, "{request:?}: {answer:?}");
}

fn verify_history(
    connection: &mut Connection,
    ledger: &Ledger,
    place: usize,
    ids: &HashMap<Uuid, String>,
) {
    let entry = &ledger.entries[place];
    if let Some(id) = ids.get(&entry.message) {
        let detail = get(connection, &format!("{FEEDBACK}/{id}"));
        let history = detail["history"].as_array().expect("a history");
        assert_eq!(history.len(), entry.versions, "{entry:?}: {history:#?}");
    }
}

/// A comment that stands is found.
fn verify_search(connection: &mut Connection, ledger: &Ledger, place: usize) {
    let entry = &ledger.entries[place];
    if let Vote::Given {
        comment: Some(comment),
        ..
    } = &entry.acknowledged
    {
        let word = comment.rsplit(' ').next().expect("a word");
        let message = entry.message.to_string();
        let found = get(
            connection,
            &format!("{FEEDBACK}?search={word}&message={message}"),
        );
        assert_eq!(
            found["items"].as_array().map(Vec::len),
            Some(1),
            "{comment} of {entry:?}: {found}"
        );
    }
}

fn verify_conversation(connection: &mut Connection, ledger: &mut Ledger) {
    if ledger.conversations.is_empty() {
        return;
    }
    let place = ledger.below(ledger.conversations.len());
    let name = &ledger.conversations[place];
    let path = format!("/candor/v1/projects/crash/conversations/{name}/messages");
    let messages = get(connection, &path);
    assert_eq!(
        messages["items"].as_array().map(Vec::len),
        Some(2),
        "{name}"
    );
}

/// Everything that stands, page by page. A message that is listed twice fails.
fn listed(connection: &mut Connection) -> HashMap<Uuid, Listed> {
    let mut all = HashMap::new();
    let mut path = format!("{FEEDBACK}?limit=200");
    loop {
        let page = get(connection, &path);
        for item in page["items"].as_array().expect("items") {
            let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
            let message = &item["target"]["message"]["external_id"];
            let message = message.as_str().expect("a message").parse();
            let feedback = Listed {
                id: text(&item["id"]).expect("an id"),
                rating: text(&item["rating"]).unwrap_or_default(),
                comment: text(&item["comment"]),
            };
            let twice = all.insert(message.expect("a UUID"), feedback);
            assert!(twice.is_none(), "{item} is listed twice");
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("{FEEDBACK}?limit=200&cursor={cursor}"),
            None => return all,
        }
    }
}

/// `candor doctor` on a folder that no server has open: integrity, history, rollups, search.
pub fn assert_sound(folder: &Path) {
    let doctor = candor(folder)
        .args(["doctor", "--json"])
        .output()
        .expect("doctor runs");
    let said = String::from_utf8_lossy(&doctor.stdout);
    assert!(doctor.status.success(), "{said}");
    let found: Value = serde_json::from_str(&said).expect("JSON");
    let findings = found["findings"].as_array().map_or(0, Vec::len);
    assert!(findings > 3, "{said}");
    assert_eq!(found["faults"], 0, "{said}");
}
