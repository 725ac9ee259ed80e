//! Migrations: embedded, forward only, one transaction each.

use rusqlite::{Connection, TransactionBehavior};

/// Every migration, oldest first. A migration that was released is never changed.
const MIGRATIONS: [&str; 2] = [
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_more_dialects.sql"),
];

/// Why the schema could not be brought up to date.
#[derive(Debug)]
pub(super) enum SchemaError {
    /// The data was written by a later release.
    Newer {
        /// The data's schema.
        found: usize,
        /// The latest schema that this program knows.
        known: usize,
    },
    /// The engine failed.
    Engine(rusqlite::Error),
}

impl From<rusqlite::Error> for SchemaError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error)
    }
}

/// Runs the migrations that the data has not seen. Returns the schema's version.
pub(super) fn migrate(connection: &mut Connection) -> Result<usize, SchemaError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    let found: usize =
        transaction.query_row("SELECT user_version FROM pragma_user_version", [], |row| {
            row.get::<_, u32>(0).map(|version| version as usize)
        })?;
    if found > MIGRATIONS.len() {
        return Err(SchemaError::Newer {
            found,
            known: MIGRATIONS.len(),
        });
    }
    for migration in &MIGRATIONS[found..] {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(
        None,
        "user_version",
        u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX),
    )?;
    transaction.commit()?;
    Ok(MIGRATIONS.len())
}
