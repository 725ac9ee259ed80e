//! Which engine a suite runs on: SQLite, or PostgreSQL where the environment says `TEST_STORE=postgres`.

use super::postgres::{self, TestDatabase};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Whether it is PostgreSQL.
pub fn is_postgres() -> bool {
    std::env::var("TEST_STORE").as_deref() == Ok("postgres")
}

/// The address of a new database. Where there is no PostgreSQL, the test ends here, and said so.
pub fn new_database() -> TestDatabase {
    postgres::database().unwrap_or_else(|| std::process::exit(0))
}

/// The address of the database that takes the place of a data folder in this test.
pub fn database_of(folder: &Path) -> String {
    static KNOWN: OnceLock<Mutex<HashMap<PathBuf, TestDatabase>>> = OnceLock::new();
    let known = KNOWN.get_or_init(Mutex::default).lock();
    let mut known = known.unwrap_or_else(PoisonError::into_inner);
    let database = known.entry(folder.to_owned()).or_insert_with(new_database);
    database.url()
}
