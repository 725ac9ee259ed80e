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
/// The same on Citus, whose machines lock rows of several buckets only where they write them. Their order does not matter: who
/// holds one bucket waits for no other, and who wants several holds the shared rows.
const HOLD_SPREAD_BUCKETS: &str =
    "UPDATE buckets SET last_row = last_row RETURNING bucket, last_row";

/// Citus lets nobody write what every machine has a copy of after what went to a machine over several connections at once.
const SPREAD_SETTINGS: &str = "SET citus.multi_shard_modify_mode = 'sequential'";

/// Every lane of every server waits while a batch goes on, so one is not as long as SQLite's, which costs a commit however
/// long it is.
const BOUNDS: Bounds = Bounds {
    batch: limits::GENERAL_BATCH,
    shared_batch: limits::GENERAL_BATCH,
    ..Bounds::WRITER
};

/// Starts the writer. It connects when there is work.
pub(super) fn start(connector: Connector, clock: Clock, is_spread: bool) -> Result<Writer> {
    Writer::start(BOUNDS, move |queue| {
        Run {
            connector,
            is_spread,
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

/// A connection, and what is remembered of the database.
struct Connected {
    session: Session,
    memory: Memory,
}

struct Run {
    connector: Connector,
    /// Whether several machines keep the rows.
    is_spread: bool,
    clock: Clock,
    queue: Arc<Queue<Job>>,
    /// What was taken out of the queue and is still to be run.
    taken: VecDeque<Job>,
    connected: Option<Connected>,
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
                Some(connected) => in_transaction(connected, clock, |batch| work(batch)),
                None => Err(Lost::wholly("there is no connection".to_owned())),
            }
        });
        if self
            .connected
            .as_ref()
            .is_some_and(|connected| connected.session.is_closed())
        {
            self.connected = None;
        }
    }

    fn forget_old_idempotency_keys(&mut self) {
        if let (Ok(()), Some(connected)) = (self.connect(), &mut self.connected) {
            let swept = in_transaction(connected, &self.clock, |batch| {
                batch.forget_old_idempotency_keys()
            });
            if let Err(lost) = swept {
                tracing::error!(error = %lost.because, "old idempotency keys could not be forgotten");
            }
        }
    }

    fn make_history_months(&mut self) {
        if let (Ok(()), Some(connected)) = (self.connect(), &self.connected)
            && let Err(error) = connected.session.execute_batch(&history::make_ahead())
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
            .is_some_and(|connected| !connected.session.is_closed())
        {
            return Ok(());
        }
        if let Some((not_before, because)) = &self.not_before
            && Instant::now() < *not_before
        {
            return Err(because.clone());
        }
        match open(&self.connector, self.is_spread) {
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

fn open(connector: &Connector, is_spread: bool) -> Result<Connected> {
    let runtime = super::runtime()?;
    let (client, _) = runtime.block_on(connector.connect(Purpose::Writing))?;
    let session = Session::own(client, runtime, is_spread).telling(connector.slow(), "write");
    if is_spread {
        let set = session.execute_batch(SPREAD_SETTINGS);
        set.map_err(Error::internal)?;
    }
    let memory = Memory::read(Connection::Postgres(&session)).map_err(Error::internal)?;
    Ok(Connected { session, memory })
}

/// Runs `work` in one transaction and commits it. After a failure, or a panic, nothing of it is stored, and what was
/// remembered of it is forgotten.
fn in_transaction<T>(
    Connected { session, memory }: &mut Connected,
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
        batch.save_sums()?;
        save_counts(session)?;
        committing = true;
        session.execute_batch("COMMIT")?;
        Ok(value)
    }))
    .unwrap_or_else(|_| Err(sql::Error::Value("a write panicked".to_owned())));
    done.map_err(|error| {
        // What the server refused it has undone; where the way to it broke while it committed, nobody knows. Nor where a
        // machine of Citus may have committed what another did not.
        let refused = matches!(&error, sql::Error::Postgres(told) if told.as_db_error().is_some());
        let certain = !committing || (refused && !session.is_closed() && !session.is_spread());
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
    let hold_buckets = if session.is_spread() {
        HOLD_SPREAD_BUCKETS
    } else {
        HOLD_BUCKETS
    };
    let mut select = connection.prepare_cached(hold_buckets)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let bucket = usize::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
        let length = counts.buckets.len().max(bucket + 1);
        counts.buckets.resize(length, 0);
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
