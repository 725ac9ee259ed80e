//! The store on one of two engines, and the few places where it matters which.

use super::batch::Batch;
use super::postgres::{self, DatabaseAddress, Postgres};
use super::queue::Lane;
use super::sql::{self, Connection};
use super::sqlite::Sqlite;
use super::{Finding, Idempotency, Rebuilding, Repaired, VoteError, Voted, vote};
use crate::clock::Clock;
use crate::domain::vote::Command;
use crate::error::Result;
use crate::limits;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

/// Where the data is.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of it")]
pub enum StorePlace {
    /// In memory, for tests.
    Memory,
    /// In SQLite, in a folder, which is made if it is not there.
    Folder(PathBuf),
    /// In a database of PostgreSQL.
    Postgres(DatabaseAddress),
}

/// How to open a [`Store`].
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Where the data is.
    pub place: StorePlace,
    /// Tells the time.
    pub clock: Clock,
    /// From how long on a statement of PostgreSQL is told to the log; zero tells none.
    pub slow_statement: Duration,
}

impl StoreOptions {
    /// Everything else at its default.
    pub const fn new(place: StorePlace, clock: Clock) -> Self {
        Self {
            place,
            clock,
            slow_statement: limits::SLOW_STATEMENT,
        }
    }
}

/// What is kept.
#[derive(Debug)]
pub struct Store {
    pub(super) engine: Engine,
}

/// What only one of several servers that share the data does at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreLock {
    /// Making the first workspace, project and keys.
    FirstStart,
    /// Changing projects, keys, attributes and accounts.
    Administration,
    /// Sending votes to vendors.
    Mirror,
}

/// A lock that is held until it is dropped. Where there is one server only, there is nothing to hold.
#[derive(Debug)]
pub struct HeldLock(Option<postgres::Held>);

impl HeldLock {
    /// Whether it is still held: a connection that breaks takes its lock with it.
    pub fn is_held(&self) -> bool {
        self.0.as_ref().is_none_or(postgres::Held::is_held)
    }
}

/// What keeps it.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of it")]
pub(super) enum Engine {
    /// SQLite, in this process.
    Sqlite(Sqlite),
    /// PostgreSQL, for many servers.
    Postgres(Postgres),
}

impl Store {
    /// Opens the data, brings its schema up to date and starts what writes. Blocks.
    ///
    /// Fails with [`ErrorKind::Conflict`](crate::error::ErrorKind::Conflict) if another process has the folder open, and with
    /// [`ErrorKind::Unavailable`](crate::error::ErrorKind::Unavailable) if the data cannot be used or reached, or a later
    /// release wrote it.
    pub fn open(options: &StoreOptions) -> Result<Self> {
        let clock = options.clock.clone();
        let engine = match &options.place {
            StorePlace::Memory => Engine::Sqlite(Sqlite::open(None, clock)?),
            StorePlace::Folder(folder) => Engine::Sqlite(Sqlite::open(Some(folder), clock)?),
            StorePlace::Postgres(address) => {
                Engine::Postgres(Postgres::open(address, clock, options.slow_statement)?)
            }
        };
        Ok(Self { engine })
    }

    /// Votes, and answers once the vote is on disk.
    pub fn vote(
        &self,
        command: Command,
        idempotency: Option<Idempotency>,
    ) -> impl Future<Output = Result<Voted, VoteError>> + Send {
        let lane = Some(command.project);
        // Boxed, for a vote on either engine would have room for what it takes on the other.
        let voted: Pin<Box<dyn Future<Output = _> + Send + '_>> = match &self.engine {
            Engine::Sqlite(sqlite) => {
                let voted = sqlite.write(lane, move |batch| {
                    vote::vote(batch, &command, idempotency.as_ref())
                });
                Box::pin(async move { voted.await? })
            }
            Engine::Postgres(postgres) => Box::pin(postgres.vote(command, idempotency)),
        };
        voted
    }

    /// Whether what writes and what reads answers.
    pub async fn ready(&self) -> Result<()> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.write_now(None, |_| Ok(())).await?,
            Engine::Postgres(postgres) => postgres.write(None, |_| Ok(())).await?,
        }
        self.read(|connection| connection.query_row("SELECT 1", [], |_| Ok(())))
            .await
    }

    /// Commits what was taken and takes no more. SQLite leaves one tidy file behind.
    pub async fn close(&self) -> Result<()> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.close().await,
            Engine::Postgres(postgres) => postgres.close().await,
        }
        Ok(())
    }

    /// Waits until this server alone has a lock.
    pub async fn wait_for(&self, lock: StoreLock) -> Result<HeldLock> {
        match &self.engine {
            Engine::Sqlite(_) => Ok(HeldLock(None)),
            Engine::Postgres(postgres) => postgres.wait_for(lock).await.map(Some).map(HeldLock),
        }
    }

    /// Takes a lock; none if another server has it.
    pub async fn try_for(&self, lock: StoreLock) -> Result<Option<HeldLock>> {
        match &self.engine {
            Engine::Sqlite(_) => Ok(Some(HeldLock(None))),
            Engine::Postgres(postgres) => {
                let held = postgres.try_for(lock).await?;
                Ok(held.map(Some).map(HeldLock))
            }
        }
    }

    /// Checks the data; every check gives one finding.
    pub async fn check(&self) -> Result<Vec<Finding>> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.check().await,
            Engine::Postgres(postgres) => postgres.check().await,
        }
    }

    /// Rebuilds what is derived from the rows. `noted` hears how many rows of how many are done.
    ///
    /// For data that nobody else uses: votes that come meanwhile could be counted twice.
    pub async fn repair(
        &self,
        noted: &(dyn Fn(Rebuilding, usize, usize) + Sync),
    ) -> Result<Repaired> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.repair(noted).await,
            Engine::Postgres(postgres) => postgres.repair(noted).await,
        }
    }

    /// Runs what can fail halfway, so that a failure undoes it alone.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Batch<'_>) -> sql::Result<Result<T>> + Send + 'static,
    ) -> Result<T> {
        let work = move |batch: &mut Batch<'_>| batch.undoing(work);
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.write_now(None, work).await?,
            Engine::Postgres(postgres) => postgres.write(None, work).await?,
        }
    }

    /// The same for a project, whose writes wait for their turn beside those of others.
    pub(super) async fn write_for<T: Send + 'static>(
        &self,
        project: impl Into<Lane>,
        work: impl FnOnce(&mut Batch<'_>) -> sql::Result<Result<T>> + Send + 'static,
    ) -> Result<T> {
        let work = move |batch: &mut Batch<'_>| batch.undoing(work);
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.write(project.into(), work).await?,
            Engine::Postgres(postgres) => postgres.write(project.into(), work).await?,
        }
    }

    /// Runs `read` in one snapshot, off the threads that serve. Who waits too long for a connection is refused, and what
    /// takes longer than [`limits::READ_TIME`] ends.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(Connection<'_>) -> sql::Result<T> + Send + 'static,
    ) -> Result<T> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.readers.run(read).await,
            Engine::Postgres(postgres) => postgres.read(read).await,
        }
    }
}
