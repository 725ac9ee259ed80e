//! Copying a store into another: everything that any interface keeps, from SQLite to PostgreSQL and back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    missing_docs,
    unreachable_pub,
    reason = "a test crate: it fails loudly and nobody reads its documentation"
)]

mod cut_off;
mod dump;
mod history;
mod output;
mod refusals;
mod round_trip;
#[path = "../support/signing.rs"]
mod signing;
#[path = "../support/mod.rs"]
mod support;
mod told;
mod world;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::Server;
use support::engine::new_database;
use support::postgres::TestDatabase;

/// A store of a test, with the folder that its master key is in.
pub struct Place {
    folder: tempfile::TempDir,
    database: Option<TestDatabase>,
}

impl Place {
    /// A folder with nothing in it.
    pub fn folder() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            folder,
            database: None,
        }
    }

    /// A database with nothing in it.
    pub fn database() -> Self {
        let database = Some(new_database());
        Self {
            database,
            ..Self::folder()
        }
    }

    /// As `candor copy` names it.
    pub fn name(&self) -> String {
        let folder = || self.path().display().to_string();
        self.database
            .as_ref()
            .map_or_else(folder, TestDatabase::url)
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The file of a folder.
    pub fn file(&self) -> PathBuf {
        self.path().join("candor.sqlite3")
    }

    /// The database.
    pub fn postgres(&self) -> &TestDatabase {
        self.database.as_ref().unwrap()
    }

    /// As `--store` names it; empty is SQLite.
    fn store(&self) -> String {
        self.database
            .as_ref()
            .map(TestDatabase::url)
            .unwrap_or_default()
    }

    /// The command line on it.
    pub fn candor(&self) -> Command {
        let mut command = candor();
        command
            .env("CANDOR_DATA_DIR", self.path())
            .env("CANDOR_STORE", self.store());
        command
    }

    /// A server on it.
    pub fn serve(&self) -> Server {
        Server::on(self.path(), &["--store", &self.store()])
    }

    /// Gives it the master key of another.
    pub fn take_key_of(&self, other: &Self) {
        let name = "master.key";
        std::fs::copy(other.path().join(name), self.path().join(name)).unwrap();
    }
}

/// The command line, on nothing in particular.
fn candor() -> Command {
    support::without_surroundings(Command::new(support::BINARY))
}

/// `candor copy` from one to the other.
pub fn copy(from: &Place, to: &Place) -> Command {
    copy_named(&from.name(), &to.name())
}

pub fn copy_named(from: &str, to: &str) -> Command {
    let mut command = candor();
    command.args(["copy", "--from", from, "--to", to]);
    command
}

/// Copies, and returns what it says of its tables.
pub fn copied(from: &Place, to: &Place) -> Vec<Value> {
    let told = support::run(copy(from, to).arg("--json"));
    let told: Value = serde_json::from_str(&told).unwrap();
    told["tables"].as_array().unwrap().clone()
}

/// What a command that must fail says.
pub fn refusal(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{command:?} did not fail");
    String::from_utf8(output.stderr).unwrap()
}

/// That the doctor finds nothing.
pub fn assert_sound(place: &Place) {
    let found = support::run(place.candor().arg("doctor"));
    assert!(found.ends_with("nothing is wrong\n"), "{found}");
}
