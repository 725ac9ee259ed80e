//! The writer of everything but plain votes: one thread, one connection, what waits in one transaction.
//!
//! Its transaction first takes the shared rows and every bucket, in order, so for as long as it goes on nobody else writes, on
//! whatever server: what it runs is the same code that SQLite's only writer runs, statement by statement.

use super::connect::{Connector, Purpose};
use super::history;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::batch::{Batch, Memory};
use crate::store::queue::{Bounds, Queue};
use crate::store::sql::postgres::{Counts, Session};
use crate::store::sql::{self, Connection};
use crate::store::writer::{self, Job, Lost, Writer};
use rusqlite::params;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the writer waits for work before it looks whether old keys are to be forgotten.
const IDLE: Duration = Duration::from_millis(500);

/// Takes what all buckets share, and then the buckets in their order, so that two who want several never wait for each other.
const HOLD_SHARED: &str = "SELECT last_row FROM shared_rows FOR UPDATE";
const HOLD_BUCKETS: &str = "SELECT bucket, last_row FROM buckets ORDER BY bucket FOR UPDATE";

/// Every lane of every server waits while a batch goes on, so one is not as long as SQLite's, which costs a commit however
/// long it is.
const BOUNDS: Bounds = Bounds {
    batch: limits::GENERAL_BATCH,
    shared_batch: limits::GENERAL_BATCH,
    ..Bounds::WRITER
};

/// Starts the writer. It connects when there is work.
pub(super) fn start(connector: Connector, clock: Clock) -> Result<Writer> {
    Writer::start(BOUNDS, move |queue| {
        Run {
            connector,
            clock,
            queue,
            taken: VecDeque::new(),
            connected: None,
            not_before: None,
            swept: Instant::now(),
            looked_ahead: Instant::now(),
        }
        .run();
    })
}

struct Run {
    connector: Connector,
    clock: Clock,
    queue: Arc<Queue<Job>>,
    /// What was taken out of the queue and is still to be run.
    taken: VecDeque<Job>,
    connected: Option<(Session, Memory)>,
    /// When to connect again, and why it did not go the last time.
    not_before: Option<(Instant, String)>,
    /// When old idempotency keys were last forgotten.
    swept: Instant,
    /// When it was last looked whether the history needs tables for months to come.
    looked_ahead: Instant,
}

impl Run {
    fn run(&mut self) {
        loop {
            if self.taken.is_empty() {
                self.queue.take(&mut self.taken, 0, IDLE);
            }
            if !self.taken.is_empty() {
                self.batch();
            } else if self.queue.has_ended() {
                return;
            } else if self.looked_ahead.elapsed() > limits::HISTORY_MONTHS_INTERVAL {
                self.looked_ahead = Instant::now();
                self.make_history_months();
            } else if self.swept.elapsed() > limits::IDEMPOTENCY_SWEEP_INTERVAL {
                self.swept = Instant::now();
                self.forget_old_idempotency_keys();
            }
        }
    }

    fn batch(&mut self) {
        let connection = self.connect();
        let (connected, clock) = (&mut self.connected, &self.clock);
        writer::batch(&self.queue, &mut self.taken, |work| {
            connection.map_err(Lost::wholly)?;
            match connected {
                Some((session, memory)) => {
                    in_transaction(session, memory, clock, |batch| work(batch))
                }
                None => Err(Lost::wholly("there is no connection".to_owned())),
            }
        });
        if self
            .connected
            .as_ref()
            .is_some_and(|(session, _)| session.is_closed())
        {
            self.connected = None;
        }
    }

    fn forget_old_idempotency_keys(&mut self) {
        if let (Ok(()), Some((session, memory))) = (self.connect(), &mut self.connected) {
            let swept = in_transaction(session, memory, &self.clock, |batch| {
                batch.forget_old_idempotency_keys()
            });
            if let Err(lost) = swept {
                tracing::error!(error = %lost.because, "old idempotency keys could not be forgotten");
            }
        }
    }

    fn make_history_months(&mut self) {
        if let (Ok(()), Some((session, _))) = (self.connect(), &self.connected)
            && let Err(error) = session.execute_batch(&history::make_ahead())
        {
            tracing::error!(%error, "the history's tables for the months to come could not be made");
        }
    }

    /// Connects if there is no connection. After a failure the next try waits a moment, so that what comes meanwhile is refused
    /// at once.
    fn connect(&mut self) -> Result<(), String> {
        if self
            .connected
            .as_ref()
            .is_some_and(|(session, _)| !session.is_closed())
        {
            return Ok(());
        }
        if let Some((not_before, because)) = &self.not_before
            && Instant::now() < *not_before
        {
            return Err(because.clone());
        }
        match open(&self.connector) {
            Ok(connected) => {
                self.connected = Some(connected);
                self.not_before = None;
                Ok(())
            }
            Err(error) => {
                let because = super::told(&error);
                let not_before = Instant::now() + limits::DATABASE_AGAIN;
                self.not_before = Some((not_before, because.clone()));
                Err(because)
            }
        }
    }
}

fn open(connector: &Connector) -> Result<(Session, Memory)> {
    let runtime = super::runtime()?;
    let (client, _) = runtime.block_on(connector.connect(Purpose::Writing))?;
    let session = Session::own(client, runtime).telling(connector.slow(), "write");
    let memory = Memory::read(Connection::Postgres(&session)).map_err(Error::internal)?;
    Ok((session, memory))
}

/// Runs `work` in one transaction and commits it. After a failure, or a panic, nothing of it is stored, and what was
/// remembered of it is forgotten.
fn in_transaction<T>(
    session: &Session,
    memory: &mut Memory,
    clock: &Clock,
    work: impl FnOnce(&mut Batch<'_>) -> sql::Result<T>,
) -> Result<T, Lost> {
    let connection = Connection::Postgres(session);
    let mut committing = false;
    let done = catch_unwind(AssertUnwindSafe(|| {
        session.execute_batch("BEGIN")?;
        hold(session)?;
        let mut batch = Batch::new(connection, memory, clock);
        let value = work(&mut batch)?;
        batch.save_rollups()?;
        save_counts(session)?;
        committing = true;
        session.execute_batch("COMMIT")?;
        Ok(value)
    }))
    .unwrap_or_else(|_| Err(sql::Error::Value("a write panicked".to_owned())));
    done.map_err(|error| {
        // What the server refused it has undone; where the way to it broke while it committed, nobody knows.
        let refused = matches!(&error, sql::Error::Postgres(told) if told.as_db_error().is_some());
        let certain = !committing || (refused && !session.is_closed());
        session.release();
        if session.execute_batch("ROLLBACK").is_err() {
            tracing::warn!("a transaction was not undone, its connection has ended");
        }
        memory.forget_transaction(connection);
        let because = error.to_string();
        Lost { because, certain }
    })
}

fn hold(session: &Session) -> sql::Result<()> {
    let connection = Connection::Postgres(session);
    let shared = connection.query_row(HOLD_SHARED, [], |row| row.get(0))?;
    let mut counts = Counts {
        shared,
        ..Counts::default()
    };
    let mut select = connection.prepare_cached(HOLD_BUCKETS)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let bucket = usize::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
        counts.buckets.resize(bucket + 1, 0);
        counts.buckets[bucket] = row.get(1)?;
    }
    session.hold(counts);
    Ok(())
}

fn save_counts(session: &Session) -> sql::Result<()> {
    let connection = Connection::Postgres(session);
    let counts = session.release();
    if counts.shared_changed {
        connection.execute("UPDATE shared_rows SET last_row = ?1", [counts.shared])?;
    }
    for bucket in counts.changed {
        let place = usize::try_from(bucket).unwrap_or(0);
        let last = counts.buckets.get(place).copied().unwrap_or(0);
        connection.execute(
            "UPDATE buckets SET last_row = ?2 WHERE bucket = ?1",
            params![bucket, last],
        )?;
    }
    Ok(())
}
