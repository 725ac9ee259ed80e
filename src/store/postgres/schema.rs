//! Migrations: embedded, forward only, all of a start in one transaction, one server after the other.

use super::{failure, history};
use crate::clock;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use std::fmt;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Transaction};

/// Every migration, oldest first. A migration that was released is never changed.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001_first.sql")];

/// The latest schema that this program knows.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "there are a few"
)]
const LATEST: i32 = MIGRATIONS.len() as i32;

/// The oldest PostgreSQL that is used, by its major number.
const OLDEST: i32 = 15;

/// The lock of the database that a server holds while it looks at the schema. Any number will do; this one is `candor` in
/// letters.
pub(super) const LOCK: i64 = 0x6361_6e64_6f72;

/// What keeps the schema's number.
const VERSION_TABLE: &str = "CREATE TABLE schema_version (
    only_one SMALLINT PRIMARY KEY CHECK (only_one = 0),
    version INTEGER NOT NULL
);
INSERT INTO schema_version (only_one, version) VALUES (0, 0)";

/// What a database is, once its schema is the latest.
#[derive(Clone, PartialEq, Eq)]
pub struct Migrated {
    /// Whether it was empty before.
    pub new: bool,
    /// The number of its schema, before and now.
    pub schema: (i32, i32),
    /// How many buckets its rows are spread over.
    pub buckets: u8,
    /// Whether its tables are spread over the machines of a Citus cluster.
    pub is_spread: bool,
    /// The key under which the names of messages, people and conversations are hashed.
    pub hash_key: [u8; 16],
}

/// Brings the schema up to date, and sets up a database that is empty. Of servers that start at the same time, one does it
/// and the others find it done.
///
/// `client` is for [`Purpose::Upkeep`](super::Purpose::Upkeep). Fails with [`ErrorKind::Unavailable`] if the database
/// cannot be used, or a later release wrote it.
pub async fn migrate(client: &mut Client) -> Result<Migrated> {
    migrate_into(client, limits::BUCKETS).await
}

/// The same; a database that is empty is given so many buckets, which must be a power of two up to 64.
pub(super) async fn migrate_into(client: &mut Client, buckets: u8) -> Result<Migrated> {
    let transaction = client
        .transaction()
        .await
        .map_err(|error| unusable(&error))?;
    let found = suitable(&transaction).await?;
    let before = found.version.unwrap_or(0);
    let new = run(&transaction, found, buckets)
        .await
        .map_err(|error| unusable(&error))?;
    transaction
        .batch_execute(&history::make_ahead())
        .await
        .map_err(|error| unusable(&error))?;
    let migrated = read(&transaction, new, before).await?;
    transaction
        .commit()
        .await
        .map_err(|error| unusable(&error))?;
    Ok(migrated)
}

/// Whether there is a schema of Candor's.
pub(in crate::store) async fn is_there(client: &Client) -> Result<bool> {
    let is_there = "SELECT to_regclass('schema_version') IS NOT NULL";
    let row = client.query_one(is_there, &[]).await;
    Ok(row.map_err(|error| unusable(&error))?.get(0))
}

/// Refuses a schema that is not this release's, which is there.
pub(in crate::store) async fn refuse_other_schema(client: &Client) -> Result<()> {
    let version = "SELECT version FROM schema_version";
    let row = client.query_one(version, &[]).await;
    let version: i32 = row.map_err(|error| unusable(&error))?.get(0);
    match version {
        LATEST => Ok(()),
        version if version > LATEST => Err(newer(version)),
        version => Err(Error::new(
            ErrorKind::Unavailable,
            format!(
                "the data is of an older release (schema {version}; this program's is {LATEST}): start the server on it, or run \
                 candor migrate, first"
            ),
        )),
    }
}

fn newer(version: i32) -> Error {
    let message = format!(
        "the data was written by a later release (schema {version}; this program knows {LATEST})"
    );
    Error::new(ErrorKind::Unavailable, message)
}

/// Whether a copy into it was cut off.
pub(super) async fn is_part(client: &Client) -> Result<bool> {
    let mark = "SELECT FROM settings WHERE name = $1";
    let row = client.query_opt(mark, &[&crate::store::copy::MARK]).await;
    Ok(row.map_err(|error| unusable(&error))?.is_some())
}

/// What the database has to say about itself before anything in it is touched.
struct Found {
    version: Option<i32>,
    foreign: Option<String>,
}

/// Looks whether Candor can use the database.
async fn suitable(transaction: &Transaction<'_>) -> Result<Found> {
    let failed = |error: tokio_postgres::Error| unusable(&error);
    let server = transaction
        .query_one(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version'),
                    current_setting('server_encoding'), pg_is_in_recovery() OR current_setting('transaction_read_only')::bool,
                    current_schema()::text, current_setting('fsync')::bool",
            &[],
        )
        .await
        .map_err(failed)?;
    let (number, version): (i32, &str) = (server.get(0), server.get(1));
    if number / 10_000 < OLDEST {
        let message = format!("it is PostgreSQL {version}; Candor needs {OLDEST} or later");
        return Err(refused(&message));
    }
    let encoding: &str = server.get(2);
    if encoding != "UTF8" {
        let message = format!("its encoding is {encoding}; make one with UTF8");
        return Err(refused(&message));
    }
    if server.get(3) {
        return Err(refused(
            "it takes no writes; name the primary, not a standby",
        ));
    }
    if server.get::<_, Option<&str>>(4).is_none() {
        return Err(refused("no schema of its search_path is there"));
    }
    if !server.get::<_, bool>(5) {
        tracing::warn!(
            "the database's fsync is off: votes that were acknowledged are lost when its machine fails"
        );
    }
    // Whoever has it sees what the one before has committed.
    let lock = "SELECT pg_advisory_xact_lock($1)";
    transaction.execute(lock, &[&LOCK]).await.map_err(failed)?;
    let found = found(transaction).await.map_err(failed)?;
    match found {
        Found {
            version: Some(version),
            ..
        } if version > LATEST => Err(newer(version)),
        Found {
            version: None,
            foreign: Some(table),
        } => Err(refused(&format!(
            "it holds something else (such as \"{table}\") and nothing of Candor's; give Candor a database of its own"
        ))),
        found => Ok(found),
    }
}

async fn found(transaction: &Transaction<'_>) -> Result<Found, tokio_postgres::Error> {
    let is_there = "SELECT to_regclass('schema_version') IS NOT NULL";
    if transaction.query_one(is_there, &[]).await?.get(0) {
        let version = "SELECT version FROM schema_version";
        let version = transaction.query_one(version, &[]).await?.get(0);
        return Ok(Found {
            version: Some(version),
            foreign: None,
        });
    }
    // What an extension brought along is nobody's data.
    let foreign = transaction
        .query_opt(
            "SELECT c.relname::text FROM pg_class c
             WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
             AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
             ORDER BY 1 LIMIT 1",
            &[],
        )
        .await?;
    let foreign = foreign.map(|row| row.get(0));
    Ok(Found {
        version: None,
        foreign,
    })
}

/// Runs the migrations that the database has not seen. Returns whether it was empty.
async fn run(
    transaction: &Transaction<'_>,
    found: Found,
    buckets: u8,
) -> Result<bool, tokio_postgres::Error> {
    let version = found.version.unwrap_or(0);
    if found.version.is_none() {
        transaction.batch_execute(VERSION_TABLE).await?;
    }
    if version == LATEST {
        return Ok(false);
    }
    let seen = usize::try_from(version).unwrap_or(0);
    for (place, migration) in MIGRATIONS.iter().enumerate().skip(seen) {
        if version > 0 {
            let (schema, latest) = (place + 1, LATEST);
            tracing::info!(
                schema,
                latest,
                "changing the data to a newer schema; with very much data this takes minutes"
            );
        }
        transaction.batch_execute(migration).await?;
    }
    if version == 0 {
        set_up(transaction, buckets).await?;
    }
    let reached = "UPDATE schema_version SET version = $1";
    transaction.execute(reached, &[&LATEST]).await?;
    Ok(version == 0)
}

/// What is chosen once, when a database is new.
async fn set_up(transaction: &Transaction<'_>, buckets: u8) -> Result<(), tokio_postgres::Error> {
    let setting = "INSERT INTO settings (name, value) VALUES ($1, $2)";
    let hash_key = clock::random_bytes::<16>();
    transaction
        .execute(setting, &[&"hash_key", &&hash_key[..]])
        .await?;
    transaction
        .execute(setting, &[&"buckets", &&[buckets][..]])
        .await?;
    // All there can be: rows that were copied from elsewhere keep their numbers, and a row's number tells its bucket.
    let rows = "INSERT INTO buckets (bucket, last_row) SELECT n, 0 FROM generate_series(0, 63) n";
    transaction.execute(rows, &[]).await?;
    Ok(())
}

async fn read(transaction: &Transaction<'_>, new: bool, before: i32) -> Result<Migrated> {
    let setting = async |name: &str| {
        let value = "SELECT value FROM settings WHERE name = $1";
        let row = transaction.query_opt(value, &[&name]).await;
        let row = row.map_err(|error| unusable(&error))?;
        Ok::<_, Error>(row.map(|row| row.get::<_, Vec<u8>>(0)).unwrap_or_default())
    };
    let (hash_key, buckets) = (setting("hash_key").await?, setting("buckets").await?);
    let damaged = || refused("its table \"settings\" is damaged; restore a backup");
    let hash_key = hash_key.try_into().map_err(|_| damaged())?;
    let [buckets @ 1..=64] = buckets[..] else {
        return Err(damaged());
    };
    Ok(Migrated {
        new,
        is_spread: !setting("citus").await?.is_empty(),
        schema: (before, LATEST),
        buckets,
        hash_key,
    })
}

impl fmt::Debug for Migrated {
    /// Without the key, by which others could make names that collide.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { new, buckets, .. } = self;
        write!(
            formatter,
            "Migrated {{ new: {new}, buckets: {buckets}, .. }}"
        )
    }
}

pub(super) fn refused(cause: &str) -> Error {
    let message = format!("the database cannot be used: {cause}");
    Error::new(ErrorKind::Unavailable, message)
}

pub(super) fn unusable(error: &tokio_postgres::Error) -> Error {
    let cause = failure::described(error);
    if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        return refused(&format!(
            "{cause}; the user must own it, or may make tables in it"
        ));
    }
    refused(&cause)
}
