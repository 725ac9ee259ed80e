//! Databases with votes in them, and the servers on each.

use crate::client::{self, Length};
use crate::process;
use crate::results::number;
use crate::servers::{self, Server};
use crate::support::postgres::{Server as Database, TestDatabase};
use crate::support::{self, engine};
use crate::votes::{Ballot, Kind};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// The people of filled votes.
const PEOPLE: u64 = 10_000;

/// Connections and votes of each before anything is measured: after them all people of the load are known.
const WARMERS: usize = 256;
const WARMING_VOTES: u64 = 250;

/// An upstream that is never asked.
const NOWHERE: &str = "127.0.0.1:9";

/// What a vote writes.
const TABLES: &str = "'messages', 'feedback', 'feedback_versions', 'rollups', 'end_users'";

/// A database with so many votes behind, and servers that share it.
pub struct Store {
    /// They end before the database goes.
    pub servers: Vec<Server>,
    pub database: TestDatabase,
    pub behind: u64,
    pub ballot: Arc<Ballot>,
    pub folder: TempDir,
}

/// What of a database's size is told.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    pub bytes: f64,
    pub votes: f64,
}

impl Store {
    /// Sets a database up and fills it. No server runs yet, so that it can be copied.
    pub fn filled(postgres: &Database, binary: &Path, behind: u64, buckets: Option<u8>) -> Self {
        let database = postgres.empty_database();
        let folder = tempfile::tempdir().expect("a temporary folder");
        engine::put_in_place_of(folder.path(), database.url());
        let mut migrate = servers::candor(binary, folder.path());
        migrate.arg("migrate");
        if let Some(buckets) = buckets {
            migrate.args(["--buckets", &buckets.to_string()]);
        }
        support::run(&mut migrate);
        servers::set_up(binary, folder.path(), NOWHERE);
        println!("writing {behind} votes");
        database.fill(behind, PEOPLE);
        Self {
            database,
            behind,
            servers: Vec::new(),
            ballot: Ballot::empty(),
            folder,
        }
    }

    /// Starts so many servers, and has each take votes until all people of the load are known.
    pub fn serve(&mut self, binary: &Path, servers: usize) {
        for _ in 0..servers {
            let server = Server::candor(binary, self.folder.path());
            let length = Length::VotesEach(WARMING_VOTES);
            client::vote(server.address(), Kind::New, &self.ballot, WARMERS, length)
                .expect("every vote is stored");
            process::wait_until_quiet(server.pid());
            self.servers.push(server);
        }
    }

    /// How large the vote's tables are with their indexes, and how many votes there are.
    pub fn extent(&self) -> Extent {
        let one =
            |sql: &str| -> f64 { number(self.database.query(sql)[0].parse().expect("a number")) };
        Extent {
            bytes: one(&format!(
                "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND (relname IN ({TABLES}) OR relname LIKE 'feedback_versions_%')"
            )),
            votes: one("SELECT count(*) FROM feedback"),
        }
    }
}
