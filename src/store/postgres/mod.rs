//! PostgreSQL 15 or later: one database, any number of servers.
//!
//! A [`DatabaseAddress`] says where it is, a [`Connector`] opens connections to it for a [`Purpose`], [`migrate`] brings its
//! schema up to date. The [`general`] writer runs what SQLite's writer runs; the pool's connections read.

mod address;
mod check;
mod citus;
mod connect;
mod failure;
mod general;
pub(in crate::store) mod history;
pub mod lanes;
mod locks;
mod pool;
mod schema;
pub(in crate::store) mod search;
pub(in crate::store) mod slow;
pub(in crate::store) mod steady;
mod tls;

pub use address::DatabaseAddress;
pub(in crate::store) use citus::is_spread;
pub use citus::{DatabaseMigrated, DatabaseMigration, Spread, migrate_database};
pub use connect::{Connector, Purpose};
pub use failure::unreachable;
pub(in crate::store) use locks::Held;
pub use pool::ReaderPool;
pub use schema::{Migrated, migrate};
pub(in crate::store) use schema::{is_there, refuse_other_schema};

use super::batch::Batch;
use super::queue::Lane;
use super::sql::postgres::Session;
use super::sql::{self, Connection};
use super::writer::Writer;
use super::{Idempotency, StoreLock, VoteError, Voted, vote};
use crate::clock::Clock;
use crate::domain::vote::{Addressee, Command, Place};
use crate::error::{Error, ErrorKind, Result};
use lanes::{Cast, LaneOptions, Lanes};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};

/// What is kept, on PostgreSQL.
#[derive(Debug)]
pub(in crate::store) struct Postgres {
    lanes: Lanes,
    writer: Writer,
    readers: ReaderPool,
    connector: Connector,
    /// Whether several machines keep the rows.
    is_spread: bool,
}

impl Postgres {
    /// Reaches the database, brings its schema up to date and starts the writer. Blocks.
    pub(in crate::store) fn open(
        address: &DatabaseAddress,
        clock: Clock,
        slow_statement: Duration,
    ) -> Result<Self> {
        let connector = Connector::new(address.clone())?.telling_slower_than(slow_statement);
        let Migrated {
            buckets,
            hash_key,
            is_spread,
            ..
        } = apart(|| {
            runtime()?.block_on(async {
                let (mut client, _) = connector.connect(Purpose::Upkeep).await?;
                let migrated = migrate(&mut client).await?;
                if schema::is_part(&client).await? {
                    return Err(super::copy::unfinished());
                }
                Ok(migrated)
            })
        })?;
        let lanes = LaneOptions {
            connector: connector.clone(),
            buckets: buckets.into(),
            hash_key,
            clock: clock.clone(),
        };
        Ok(Self {
            lanes: Lanes::start(&lanes)?,
            writer: general::start(connector.clone(), clock, is_spread)?,
            readers: ReaderPool::new(connector.clone())?,
            connector,
            is_spread,
        })
    }

    /// Votes: in the lane of the target's bucket, or beside other writes what a lane does not take.
    pub(in crate::store) async fn vote(
        &self,
        command: Command,
        idempotency: Option<Idempotency>,
    ) -> Result<Voted, VoteError> {
        let one_machines = !self.is_spread || is_of_one_machine(&command, idempotency.as_ref());
        let (command, idempotency) = if one_machines && Lanes::takes(&command) {
            match self.lanes.vote(command, idempotency).await? {
                Cast::Voted(voted) => return Ok(voted),
                Cast::ByAll(command, idempotency) => (*command, idempotency),
            }
        } else {
            (command, idempotency)
        };
        let lane = Some(command.project);
        self.write(lane, move |batch| {
            vote::vote(batch, &command, idempotency.as_ref())
        })
        .await?
    }

    /// Runs a write in the writer's next transaction; answers once it is committed.
    pub(in crate::store) fn write<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl FnOnce(&mut Batch<'_>) -> sql::Result<T> + Send + 'static,
    ) -> impl Future<Output = Result<T>> + Send {
        self.writer.run(lane, work)
    }

    /// Runs `read` in one snapshot on a connection of the pool, where it may wait.
    pub(in crate::store) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(Connection<'_>) -> sql::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.readers.observe();
        let client = self.readers.get().await?;
        let session = Session::pooled(client, Handle::current(), self.is_spread)
            .telling(self.connector.slow(), "read");
        tokio::task::spawn_blocking(move || {
            let value = catch_unwind(AssertUnwindSafe(|| snapshot(&session, read)));
            // Who knows what was left undone on it goes with it.
            session.end(matches!(value, Ok(Ok(_))));
            value.unwrap_or_else(|panic| resume_unwind(panic))
        })
        .await
        .map_err(Error::internal)?
        .map_err(|error| unreadable(&error))
    }

    /// The same on a connection of its own, for as long as it takes.
    pub(in crate::store) async fn read_long<T: Send + 'static>(
        &self,
        read: impl FnOnce(Connection<'_>) -> sql::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (connector, is_spread) = (self.connector.clone(), self.is_spread);
        tokio::task::spawn_blocking(move || {
            let runtime = runtime()?;
            let (client, _) = runtime.block_on(connector.connect(Purpose::Upkeep))?;
            let session = Session::own(client, runtime, is_spread);
            steady::begin(&session, &connector)?;
            let value = read(Connection::Postgres(&session));
            let ended = session.execute_batch("COMMIT");
            value
                .and_then(|value| ended.map(|()| value))
                .map_err(|error| unreadable(&error))
        })
        .await
        .map_err(Error::internal)?
    }

    /// Reads at once on a connection of its own, where blocking is allowed.
    pub(in crate::store) fn read_now<T: Send>(
        &self,
        read: impl FnOnce(Connection<'_>) -> sql::Result<T> + Send,
    ) -> Result<T> {
        apart(|| {
            let runtime = runtime()?;
            let (client, _) = runtime.block_on(self.connector.connect(Purpose::Reading))?;
            let session = Session::own(client, runtime, self.is_spread)
                .telling(self.connector.slow(), "read");
            snapshot(&session, read).map_err(|error| unreadable(&error))
        })
    }

    /// Waits until this server alone has a lock.
    pub(in crate::store) async fn wait_for(&self, lock: StoreLock) -> Result<Held> {
        locks::wait_for(&self.connector, lock).await
    }

    /// Takes a lock, unless another server has it.
    pub(in crate::store) async fn try_for(&self, lock: StoreLock) -> Result<Option<Held>> {
        locks::try_for(&self.connector, lock).await
    }

    /// Commits what was taken, and takes no more.
    pub(in crate::store) async fn close(&self) {
        self.lanes.close().await;
        self.writer.stop().await;
        self.readers.close();
    }
}

fn snapshot<T>(
    session: &Session,
    read: impl FnOnce(Connection<'_>) -> sql::Result<T>,
) -> sql::Result<T> {
    session.execute_batch("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")?;
    let value = read(Connection::Postgres(session))?;
    session.execute_batch("COMMIT")?;
    Ok(value)
}

fn unreadable(error: &sql::Error) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the store could not be read; try again",
    )
    .because(error.to_string())
}

/// What an error says to the log.
fn told(error: &Error) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

pub(super) fn runtime() -> Result<Runtime> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(Error::internal)
}

/// Runs what waits for the database on a thread of its own: the caller's may be one that must not.
fn apart<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let done = scope.spawn(work).join();
        done.unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// Whether a vote can be taken where its bucket lies, without a look at what other machines of Citus have: the latest of a
/// person's conversations, and what was voted with an `Idempotency-Key`.
fn is_of_one_machine(command: &Command, idempotency: Option<&Idempotency>) -> bool {
    let looks_for_latest = matches!(
        &command.addressee,
        Addressee::Vote {
            place: Place::LatestConversation,
            ..
        }
    );
    idempotency.is_none() && !looks_for_latest
}
