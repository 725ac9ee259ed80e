//! SQLite in a data folder: the embedded default.
//!
//! One [`writer`] commits everything that waits in one transaction; [`readers`] run beside it; a [`checkpointer`] moves
//! committed pages from the log into the database.

mod administer;
mod backup;
mod batch;
mod check;
mod checkpointer;
mod codes;
mod contents;
mod continuation;
mod conversations;
mod end_users;
mod engine;
mod erase;
mod feedback;
mod feedback_list;
mod feedback_log;
mod filter;
mod find;
mod idempotency;
mod imports;
mod ingest;
mod internal_end_users;
mod judgement;
mod look;
mod mirror;
mod pages;
mod part;
mod people;
mod queue;
mod readers;
mod recent;
mod repair;
mod restore;
mod schema;
mod search;
mod segments;
mod situation;
mod standing;
mod sums;
mod tags;
mod tell;
mod topics;
mod transcript_filter;
mod transcripts;
mod vote;
mod writer;

pub use backup::{BackedUp, Stage, back_up};
pub use contents::Contents;
pub use restore::{Restored, restore};

use crate::clock::{self, Clock};
use crate::domain::vote::Command;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Idempotency, VoteError, Voted};
use batch::Memory;
use checkpointer::{Checkpointer, Log};
use engine::Location;
use queue::Lane;
use readers::Readers;
use rusqlite::Connection;
use schema::SchemaError;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use writer::Writer;

/// How to open a [`Store`].
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The folder with the data; made if it is not there. None keeps everything in memory, for tests.
    pub data_dir: Option<PathBuf>,
    /// Tells the time.
    pub clock: Clock,
}

/// What is kept, on SQLite.
#[derive(Debug)]
pub struct Store {
    writer: Writer,
    readers: Readers,
    checkpointer: Option<Checkpointer>,
    location: Location,
    /// Keeps other processes out for as long as the store is open.
    _lock: Option<File>,
}

impl Store {
    /// Opens the data, brings its schema up to date and starts the writer. Blocks.
    ///
    /// Fails with [`ErrorKind::Conflict`] if another process has the folder open, and with [`ErrorKind::Unavailable`] if
    /// it cannot be used or a later release wrote it.
    pub fn open(options: &StoreOptions) -> Result<Self> {
        let (location, lock) = match &options.data_dir {
            Some(folder) => {
                let lock = engine::lock(folder)?;
                (Location::File(folder.join(engine::FILE)), Some(lock))
            }
            None => (Location::Memory(clock::new_id().to_string()), None),
        };
        let mut connection = location.open_writer().map_err(unusable)?;
        schema::migrate(&mut connection).map_err(|error| match error {
            SchemaError::Newer { found, known } => Error::new(
                ErrorKind::Unavailable,
                format!(
                    "the data was written by a later release (schema {found}; this program knows {known})"
                ),
            ),
            SchemaError::Engine(error) => unusable(error),
        })?;
        engine::hold_changes(&connection).map_err(unusable)?;
        make_hash_key(&connection).map_err(unusable)?;
        let memory = Memory::read(&connection).map_err(unusable)?;
        let readers = Readers::open(&location).map_err(unusable)?;
        let log = Arc::new(Log::default());
        log.watch(&mut connection).map_err(unusable)?;
        let checkpointer = match &location {
            Location::File(_) => Some(Checkpointer::start(&location, &log)?),
            Location::Memory(_) => None,
        };
        Ok(Self {
            writer: Writer::start(connection, memory, options.clock.clone(), log)?,
            readers,
            checkpointer,
            location,
            _lock: lock,
        })
    }

    /// Votes, and answers once the vote is on disk.
    pub async fn vote(
        &self,
        command: Command,
        idempotency: Option<Idempotency>,
    ) -> Result<Voted, VoteError> {
        self.hold_back_if_log_is_full().await;
        self.writer
            .run(Some(command.project), move |batch| {
                vote::vote(batch, &command, idempotency.as_ref())
            })
            .await?
    }

    /// Whether the writer and the readers answer.
    pub async fn ready(&self) -> Result<()> {
        self.writer.run(None, |_| Ok(())).await?;
        self.readers
            .run(|connection| connection.query_row("SELECT 1", [], |_| Ok(())))
            .await
    }

    /// Commits what was taken, takes no more, and leaves one tidy file behind.
    pub async fn close(&self) -> Result<()> {
        self.writer.stop().await;
        if let Some(checkpointer) = &self.checkpointer {
            checkpointer.stop().await;
        }
        Ok(())
    }

    /// Runs what can fail halfway, so that a failure undoes it alone.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut batch::Batch<'_>) -> rusqlite::Result<Result<T>> + Send + 'static,
    ) -> Result<T> {
        self.writer
            .run(None, move |batch| batch.undoing(work))
            .await?
    }

    /// The same for a project, whose writes wait for their turn beside those of others.
    async fn write_for<T: Send + 'static>(
        &self,
        project: impl Into<Lane>,
        work: impl FnOnce(&mut batch::Batch<'_>) -> rusqlite::Result<Result<T>> + Send + 'static,
    ) -> Result<T> {
        self.hold_back_if_log_is_full().await;
        self.writer
            .run(project.into(), move |batch| batch.undoing(work))
            .await?
    }

    /// Waits while the log is larger than its bound, so that it cannot fill the disk.
    async fn hold_back_if_log_is_full(&self) {
        if let Some(checkpointer) = &self.checkpointer {
            checkpointer.wait_while_full().await;
        }
    }
}

fn unusable(error: rusqlite::Error) -> Error {
    let mut message = format!("the data cannot be opened: {error}");
    if let Some(advice) = engine::advice(&error) {
        message.push_str("; ");
        message.push_str(advice);
    }
    Error::new(ErrorKind::Unavailable, message).because(error)
}

fn make_hash_key(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR IGNORE INTO settings (name, value) VALUES ('hash_key', ?1)",
        [clock::random_bytes::<16>()],
    )?;
    Ok(())
}

/// One more item than a page may hold, which tells whether the list goes on.
fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1
}
