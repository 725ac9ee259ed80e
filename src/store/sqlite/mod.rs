//! SQLite in a data folder: the embedded default.
//!
//! One [`writer`] commits everything that waits in one transaction; [`readers`] run beside it; a [`checkpointer`] moves
//! committed pages from the log into the database.

mod backup;
mod check;
mod checkpointer;
mod contents;
mod engine;
mod history;
mod pages;
mod part;
pub(in crate::store) mod readers;
pub(in crate::store) mod recent;
mod repair;
mod restore;
pub(in crate::store) mod schema;
pub(in crate::store) mod search;
mod writer;

pub(in crate::store) use backup::refuse_present;
pub use backup::{BackedUp, Stage, back_up};
pub use contents::Contents;
pub use restore::{Restored, restore};

pub(in crate::store) use engine::Location;

use super::batch::{Batch, Memory};
use super::queue::Lane;
use super::sql;
use super::writer::Writer;
use crate::clock::{self, Clock};
use crate::error::{Error, ErrorKind, Result};
use checkpointer::{Checkpointer, Log};
use readers::Readers;
use rusqlite::Connection;
use schema::SchemaError;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// What is kept, on SQLite.
#[derive(Debug)]
pub(in crate::store) struct Sqlite {
    writer: Writer,
    pub(in crate::store) readers: Readers,
    checkpointer: Option<Checkpointer>,
    pub(in crate::store) location: Location,
    /// Keeps other processes out for as long as the store is open.
    _lock: Option<File>,
}

impl Sqlite {
    /// Opens a folder's data, or memory, brings its schema up to date and starts the writer. Blocks.
    pub(in crate::store) fn open(folder: Option<&Path>, clock: Clock) -> Result<Self> {
        let (location, lock) = match folder {
            Some(folder) => {
                let lock = engine::lock(folder)?;
                (Location::File(folder.join(engine::FILE)), Some(lock))
            }
            None => (Location::Memory(clock::new_id().to_string()), None),
        };
        let mut connection = location.open_writer().map_err(unusable)?;
        migrate(&mut connection)?;
        engine::hold_changes(&connection).map_err(unusable)?;
        make_hash_key(&connection).map_err(unusable)?;
        if is_part(&connection).map_err(unusable)? {
            return Err(super::copy::unfinished());
        }
        let memory = Memory::read((&connection).into()).map_err(|error| {
            Error::new(ErrorKind::Unavailable, "the data cannot be read").because(error)
        })?;
        let readers = Readers::open(&location).map_err(unusable)?;
        let log = Arc::new(Log::default());
        log.watch(&mut connection).map_err(unusable)?;
        let checkpointer = match &location {
            Location::File(_) => Some(Checkpointer::start(&location, &log)?),
            Location::Memory(_) => None,
        };
        Ok(Self {
            writer: writer::start(connection, memory, clock, log)?,
            readers,
            checkpointer,
            location,
            _lock: lock,
        })
    }

    /// Runs a write in the next transaction; answers once it is on disk.
    pub(in crate::store) fn write<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl FnOnce(&mut Batch<'_>) -> sql::Result<T> + Send + 'static,
    ) -> impl Future<Output = Result<T>> + Send {
        let written = self.writer.run(lane, work);
        async move {
            self.hold_back_if_log_is_full().await;
            written.await
        }
    }

    /// The same for what must not wait even while the log is larger than its bound.
    pub(in crate::store) fn write_now<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl FnOnce(&mut Batch<'_>) -> sql::Result<T> + Send + 'static,
    ) -> impl Future<Output = Result<T>> + Send {
        self.writer.run(lane, work)
    }

    /// Reads at once, where blocking is allowed.
    pub(in crate::store) fn read_now<T>(
        &self,
        read: impl FnOnce(sql::Connection<'_>) -> sql::Result<T>,
    ) -> Result<T> {
        self.location
            .open_reader()
            .map_err(sql::Error::from)
            .and_then(|connection| read((&connection).into()))
            .map_err(|error| readers::unreadable(&error))
    }

    /// Commits what was taken, takes no more, and leaves one tidy file behind.
    pub(in crate::store) async fn close(&self) {
        self.writer.stop().await;
        if let Some(checkpointer) = &self.checkpointer {
            checkpointer.stop().await;
        }
    }

    /// Waits while the log is larger than its bound, so that it cannot fill the disk.
    async fn hold_back_if_log_is_full(&self) {
        if let Some(checkpointer) = &self.checkpointer {
            checkpointer.wait_while_full().await;
        }
    }
}

/// Whether a folder has a database, or one that a restore has left to be put in its place.
pub(in crate::store) fn is_there(folder: &Path) -> bool {
    let file = folder.join(engine::FILE).metadata();
    file.is_ok_and(|file| file.len() > 0) || restore::is_unfinished(folder)
}

/// Whether a copy into it was cut off.
fn is_part(connection: &Connection) -> rusqlite::Result<bool> {
    let mark = "SELECT count(*) FROM settings WHERE name = ?1";
    connection.query_row(mark, [super::copy::MARK], |row| row.get(0))
}

/// Opens a folder's data for this process alone, without what serves it, and brings its schema up to date.
pub(in crate::store) fn open_alone(folder: &Path) -> Result<(Connection, File)> {
    let lock = engine::lock(folder)?;
    let location = Location::File(folder.join(engine::FILE));
    let mut connection = location.open_writer().map_err(unusable)?;
    migrate(&mut connection)?;
    make_hash_key(&connection).map_err(unusable)?;
    Ok((connection, lock))
}

/// Derives from rows that were written beside the writer what it would have written with them: the index of messages' names,
/// and that comments wait to be indexed.
pub(in crate::store) fn derive(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "BEGIN;
         DELETE FROM message_names;
         INSERT INTO message_names (external_key, conversation, message)
           SELECT external_key, ifnull(conversation, 0), row_id FROM messages WHERE external_key IS NOT NULL
           ORDER BY external_key, conversation, row_id;
         UPDATE names_indexed SET up_to = (SELECT coalesce(max(row_id), 0) FROM messages);
         INSERT OR IGNORE INTO search_pending (feedback) SELECT row_id FROM feedback WHERE comment IS NOT NULL;
         COMMIT;
         PRAGMA wal_checkpoint(TRUNCATE)",
    )
}

fn migrate(connection: &mut Connection) -> Result<()> {
    schema::migrate(connection).map_err(|error| match error {
        SchemaError::Newer { found, known } => Error::new(
            ErrorKind::Unavailable,
            format!(
                "the data was written by a later release (schema {found}; this program knows {known})"
            ),
        ),
        SchemaError::Engine(error) => unusable(error),
    })?;
    Ok(())
}

fn unusable(error: rusqlite::Error) -> Error {
    let mut message = format!("the data cannot be opened: {error}");
    if let Some(advice) = engine::advice(&error) {
        message.push_str("; ");
        message.push_str(advice);
    }
    Error::new(ErrorKind::Unavailable, message).because(error)
}

pub(in crate::store) fn make_hash_key(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR IGNORE INTO settings (name, value) VALUES ('hash_key', ?1)",
        [clock::random_bytes::<16>()],
    )?;
    Ok(())
}
