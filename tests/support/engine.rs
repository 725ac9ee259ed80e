//! Which engine a suite runs on: SQLite, or PostgreSQL where the environment says `TEST_STORE=postgres`.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test crate uses a part of it"
)]

use super::postgres::{self, TestDatabase};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Whether it is PostgreSQL.
pub fn is_postgres() -> bool {
    std::env::var("TEST_STORE").as_deref() == Ok("postgres")
}

/// A new database. Where there is no PostgreSQL, the test ends here, and said so.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no other way to end well before it is through"
)]
pub fn new_database() -> TestDatabase {
    postgres::database().unwrap_or_else(|| std::process::exit(0))
}

/// The address of the database that takes the place of a data folder in this test; none on SQLite.
pub fn database_of(folder: &Path) -> Option<String> {
    let mut known = known();
    if let Some(url) = known.get(folder) {
        return Some(url.clone());
    }
    let database = is_postgres().then(new_database)?;
    let url = database.url();
    // It goes with the server, when all tests are through.
    std::mem::forget(database);
    known.insert(folder.to_owned(), url.clone());
    Some(url)
}

/// Has a database take the place of a data folder, whatever the others run on.
pub fn put_in_place_of(folder: &Path, url: String) {
    known().insert(folder.to_owned(), url);
}

fn known() -> MutexGuard<'static, HashMap<PathBuf, String>> {
    static KNOWN: OnceLock<Mutex<HashMap<PathBuf, String>>> = OnceLock::new();
    let known = KNOWN.get_or_init(Mutex::default).lock();
    known.unwrap_or_else(PoisonError::into_inner)
}
