//! What the log and the metrics tell of a database that is slow.

use crate::support::connection::{Connection, Request};
use crate::support::ledger::ADMIN;
use crate::support::load::wait_until;
use crate::support::{Server, apply, engine, postgres};
use serde_json::json;
use std::fs::File;

#[test]
fn a_statement_that_takes_long_is_told_without_its_values_and_counted() {
    let Some(database) = postgres::database() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    engine::put_in_place_of(folder.path(), database.url());
    let setup = json!({
        "projects": [{"name": "slow"}],
        "keys": [{"dialect": "native", "secret": ADMIN, "scopes": ["admin", "feedback:read"]}],
    });
    apply(folder.path(), &setup);
    let log = folder.path().join("log");
    let server = Server::logging_to(File::create(&log).unwrap(), folder.path());
    let told = || {
        let log = std::fs::read_to_string(&log).unwrap();
        let mut lines = log.lines().map(str::to_owned);
        lines.find(|line| {
            line.contains("the database took long") && line.contains("FROM conversations")
        })
    };
    let get = |path: &str| {
        let mut connection = Connection::open(server.url()).unwrap();
        connection.call(&Request::new("GET", path, ADMIN)).unwrap()
    };
    std::thread::scope(|scope| {
        // Until somebody has waited for it for longer than is told.
        let held = "LOCK TABLE conversations IN ACCESS EXCLUSIVE MODE;
            DO $$ BEGIN
              WHILE NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'conversations'::regclass AND NOT granted)
                LOOP PERFORM pg_sleep(0.01); END LOOP;
              PERFORM pg_sleep(1.2);
            END $$";
        scope.spawn(|| database.query(held));
        let locked = "SELECT mode FROM pg_locks WHERE relation = 'conversations'::regclass AND mode = 'AccessExclusiveLock'";
        wait_until("the table is locked", || !database.query(locked).is_empty());
        let answer = get("/candor/v1/projects/slow/conversations/never-told-name");
        assert_eq!(answer.status, 404, "{answer:?}");
    });
    let line = told().expect("a line of the log");
    assert!(
        line.contains("WARN") && line.contains("purpose=\"read\""),
        "{line}"
    );
    assert!(!line.contains("never-told-name"), "{line}");
    let metrics = get("/metrics").body;
    let counted = metrics
        .lines()
        .find_map(|line| line.strip_prefix("candor_database_slow_statements_total "));
    assert!(counted.is_some_and(|counted| counted != "0"), "{metrics}");
    assert!(server.terminate());
}
