//! The writer: one thread, one connection, one transaction for all that waits.
//!
//! A job runs inside the transaction; its answer is given only after the commit, which syncs to disk. A job that refuses
//! answers its caller and leaves its neighbours alone. A job that the engine fails takes the transaction with it: every
//! job of the batch is told that nothing was stored, or, where even that is not certain, that it is not known.

use super::checkpointer::Log;
use super::engine;
use crate::clock::Clock;
use crate::error::Result;
use crate::limits;
use crate::store::batch::{Batch, Memory};
use crate::store::queue::{Bounds, Queue};
use crate::store::sql;
use crate::store::writer::{self, Job, Lost, Writer};
use rusqlite::Connection;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the writer waits for work before it does what can wait: indexing comments, forgetting old keys.
const IDLE: Duration = Duration::from_millis(50);

/// Starts the writer.
pub(super) fn start(
    connection: Connection,
    memory: Memory,
    clock: Clock,
    log: Arc<Log>,
) -> Result<Writer> {
    Writer::start(Bounds::WRITER, move |queue| {
        Run::new(connection, memory, clock, log, queue).run();
    })
}

/// The thread's own part.
struct Run {
    connection: Connection,
    memory: Memory,
    clock: Clock,
    log: Arc<Log>,
    queue: Arc<Queue<Job>>,
    /// What was taken out of the queue and is still to be run. A batch that fails leaves the rest here for the next.
    taken: VecDeque<Job>,
    /// When what can wait was last done.
    chores: Instant,
    /// When it may be done again, after it failed.
    chores_from: Instant,
    /// When old idempotency keys were last forgotten.
    swept: Instant,
}

impl Run {
    fn new(
        connection: Connection,
        memory: Memory,
        clock: Clock,
        log: Arc<Log>,
        queue: Arc<Queue<Job>>,
    ) -> Self {
        Self {
            connection,
            memory,
            clock,
            log,
            queue,
            taken: VecDeque::new(),
            chores: Instant::now(),
            chores_from: Instant::now(),
            swept: Instant::now(),
        }
    }

    fn run(&mut self) {
        // What can wait is done without a pause as long as there is some and nothing else comes.
        let mut patience = IDLE;
        loop {
            if self.taken.is_empty() {
                self.queue.take(&mut self.taken, 0, patience);
            }
            patience = IDLE;
            if !self.taken.is_empty() {
                self.batch();
                self.log.take_last_step(&self.connection);
                if self.chores.elapsed() > limits::CHORES_INTERVAL {
                    self.do_what_can_wait(false);
                }
            } else if self.queue.has_ended() {
                return;
            } else {
                self.log.take_last_step(&self.connection);
                if self.do_what_can_wait(true) {
                    patience = Duration::ZERO;
                }
            }
        }
    }

    /// Runs one batch: what was taken, and all that comes meanwhile, up to the bound.
    fn batch(&mut self) {
        let (connection, memory, clock) = (&self.connection, &mut self.memory, &self.clock);
        writer::batch(&self.queue, &mut self.taken, |work| {
            in_transaction(connection, memory, clock, |batch| {
                work(batch)?;
                batch.settle_names()
            })
        });
    }

    /// A step of each chore, bounded so that votes do not wait long for it. Under load, names are indexed with the batches.
    /// Returns whether more waits.
    fn do_what_can_wait(&mut self, at_rest: bool) -> bool {
        if Instant::now() < self.chores_from {
            return false;
        }
        let sweep = self.swept.elapsed() > limits::IDEMPOTENCY_SWEEP_INTERVAL;
        let names = at_rest && !self.memory.recent.is_empty();
        let parts = at_rest && self.memory.search_in_parts;
        if !sweep && !names && !parts && self.memory.search_pending == 0 {
            return false;
        }
        self.chores = Instant::now();
        if sweep {
            self.swept = self.chores;
        }
        let worked = in_transaction(&self.connection, &mut self.memory, &self.clock, |batch| {
            if sweep {
                batch.forget_old_idempotency_keys()?;
            }
            if at_rest {
                batch.settle_names_at_rest()?;
            }
            if batch.memory.search_pending > 0 {
                batch.index_pending_comments()?;
            } else if at_rest {
                batch.merge_search_index()?;
            }
            Ok(())
        });
        if let Err(lost) = worked {
            tracing::error!(error = %lost.because, "comments or names could not be indexed");
            self.chores_from = Instant::now() + limits::CHORES_PAUSE;
            return false;
        }
        self.memory.search_pending > 0
            || self.memory.search_in_parts
            || !self.memory.recent.is_empty()
    }
}

/// Runs `work` in one transaction and commits it. After a failure, or a panic, nothing of it is stored, and what was
/// remembered of it is forgotten.
fn in_transaction<T>(
    connection: &Connection,
    memory: &mut Memory,
    clock: &Clock,
    work: impl FnOnce(&mut Batch<'_>) -> sql::Result<T>,
) -> Result<T, Lost> {
    let done = engine::begin(connection)
        .map_err(sql::Error::from)
        .and_then(|()| {
            catch_unwind(AssertUnwindSafe(|| {
                memory.refresh(connection.into())?;
                let mut batch = Batch::new(connection.into(), memory, clock);
                let value = work(&mut batch)?;
                batch.save_sums()?;
                engine::commit(connection)?;
                Ok(value)
            }))
            .unwrap_or_else(|_| Err(sql::Error::Value("a write panicked".to_owned())))
        });
    done.map_err(|error| {
        let undone = engine::undo(connection, &error);
        if let Err(error) = &undone {
            tracing::error!(%error, "a transaction could not be undone");
        }
        memory.forget_transaction(connection.into());
        Lost {
            because: error.to_string(),
            certain: undone.is_ok(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ProjectId;
    use crate::error::ErrorKind;
    use crate::store::queue::{Bounds, Lane};
    use crate::store::sqlite::{make_hash_key, schema};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{SyncSender, sync_channel};
    use tokio::sync::oneshot;
    use tokio::task::{JoinHandle, yield_now};
    use uuid::Uuid;

    fn writer() -> Arc<Writer> {
        let (connection, memory) = opened(Connection::open_in_memory().unwrap());
        Arc::new(start(connection, memory, Clock::default(), Arc::default()).unwrap())
    }

    fn opened(mut connection: Connection) -> (Connection, Memory) {
        schema::migrate(&mut connection).unwrap();
        make_hash_key(&connection).unwrap();
        let memory = Memory::read((&connection).into()).unwrap();
        (connection, memory)
    }

    /// The thread's part without the thread.
    fn run(connection: Connection) -> Run {
        let (connection, memory) = opened(connection);
        let queue = Arc::new(Queue::new(Bounds::WRITER));
        Run::new(connection, memory, Clock::default(), Arc::default(), queue)
    }

    /// Queues a job: on the one thread of these tests, what is spawned runs as far as it can before we go on.
    async fn queue<T: Send + 'static>(
        writer: &Arc<Writer>,
        job: impl FnOnce(&mut Batch<'_>) -> sql::Result<T> + Send + 'static,
    ) -> JoinHandle<Result<T>> {
        queue_for(writer, None, job).await
    }

    async fn queue_for<T: Send + 'static>(
        writer: &Arc<Writer>,
        lane: Lane,
        job: impl FnOnce(&mut Batch<'_>) -> sql::Result<T> + Send + 'static,
    ) -> JoinHandle<Result<T>> {
        let writer = Arc::clone(writer);
        let queued = tokio::spawn(async move { writer.run(lane, job).await });
        yield_now().await;
        queued
    }

    /// Has the writer busy with a job until the sender is dropped.
    async fn hold(writer: &Arc<Writer>) -> (SyncSender<()>, JoinHandle<Result<()>>) {
        let (release, held) = sync_channel::<()>(0);
        let (runs, running) = oneshot::channel();
        let job = queue(writer, move |_| {
            let _ = runs.send(());
            let _ = held.recv();
            Ok(())
        });
        let job = job.await;
        running.await.unwrap();
        (release, job)
    }

    async fn labels(writer: &Writer) -> i64 {
        let count = |batch: &mut Batch<'_>| {
            batch
                .connection
                .query_row("SELECT count(*) FROM labels", [], |row| row.get(0))
        };
        writer.run(None, count).await.unwrap()
    }

    #[tokio::test]
    async fn nothing_of_a_batch_that_failed_is_stored_or_remembered() {
        let writer = writer();
        let (release, held) = hold(&writer).await;
        let neighbour = queue(&writer, |batch| batch.label("neighbour")).await;
        let failing = queue(&writer, |_| Err::<(), _>(sql::Error::NoRows)).await;
        drop(release);
        assert!(held.await.unwrap().is_err());
        assert!(neighbour.await.unwrap().is_err());
        assert_eq!(
            failing.await.unwrap().unwrap_err().kind(),
            ErrorKind::Unavailable
        );
        assert_eq!(labels(&writer).await, 0);
        writer
            .run(None, |batch| batch.label("neighbour"))
            .await
            .unwrap();
        assert_eq!(labels(&writer).await, 1);
    }

    #[tokio::test]
    async fn a_job_that_panics_does_not_end_the_writer() {
        let writer = writer();
        let panicked = writer
            .run(None, |_| -> sql::Result<()> { panic!("on purpose") })
            .await;
        assert_eq!(panicked.unwrap_err().kind(), ErrorKind::Unavailable);
        writer
            .run(None, |batch| batch.label("after"))
            .await
            .unwrap();
        assert_eq!(labels(&writer).await, 1);
    }

    #[tokio::test]
    async fn a_full_lane_refuses_at_once() {
        let writer = writer();
        let (release, held) = hold(&writer).await;
        let mut waiting = Vec::new();
        for _ in 0..=limits::WRITE_QUEUE / 2 {
            waiting.push(queue(&writer, |_| Ok(())).await);
        }
        let refused = writer.run(None, |_| Ok(())).await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Busy);
        drop(release);
        held.await.unwrap().unwrap();
        let mut answered = 0;
        for job in waiting {
            answered += usize::from(job.await.unwrap().is_ok());
        }
        assert!(answered >= limits::WRITE_QUEUE / 2);
        writer.run(None, |_| Ok(())).await.unwrap();
    }

    #[tokio::test]
    async fn a_rush_of_one_project_neither_shuts_another_out_nor_goes_before_it() {
        let writer = writer();
        let (release, held) = hold(&writer).await;
        let [one, other] = [1, 2].map(|number| Some(ProjectId(Uuid::from_u128(number))));
        let before = Arc::new(AtomicUsize::new(0));
        for _ in 0..limits::WRITE_QUEUE {
            let before = Arc::clone(&before);
            queue_for(&writer, one, move |_| {
                before.fetch_add(1, Ordering::Relaxed);
                Ok(())
            })
            .await;
        }
        let vote = queue_for(&writer, other, move |_| Ok(before.load(Ordering::Relaxed))).await;
        drop(release);
        held.await.unwrap().unwrap();
        let seen = vote.await.unwrap().unwrap();
        assert!(seen <= limits::WRITE_BATCH_SHARED, "{seen} went before");
    }

    #[tokio::test]
    async fn what_was_taken_and_not_run_outlives_a_batch_that_fails() {
        let writer = writer();
        let (release, held) = hold(&writer).await;
        let failing = queue(&writer, |_| Err::<(), _>(sql::Error::NoRows)).await;
        let later = queue(&writer, |batch| batch.label("later")).await;
        drop(release);
        assert!(held.await.unwrap().is_err());
        assert!(failing.await.unwrap().is_err());
        later.await.unwrap().unwrap();
        assert_eq!(labels(&writer).await, 1);
    }

    #[tokio::test]
    async fn a_stop_commits_what_was_taken_and_takes_no_more() {
        let writer = writer();
        let (release, held) = hold(&writer).await;
        let taken = queue(&writer, |batch| batch.label("taken")).await;
        let stopped = {
            let writer = Arc::clone(&writer);
            tokio::spawn(async move { writer.stop().await })
        };
        drop(release);
        held.await.unwrap().unwrap();
        taken.await.unwrap().unwrap();
        stopped.await.unwrap();
        let refused = writer.run(None, |_| Ok(())).await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unavailable);
    }

    #[test]
    fn nobody_waits_for_a_transaction_that_cannot_begin() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.sqlite3");
        let mut run = run(Connection::open(&file).unwrap());
        run.connection.busy_timeout(Duration::ZERO).unwrap();
        let other = Connection::open(&file).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let (held, mut dropped) = oneshot::channel::<()>();
        run.taken.push_back(Box::new(move |_| {
            drop(held);
            Ok(Box::new(|_| ()))
        }));
        run.batch();
        assert_eq!(
            dropped.try_recv(),
            Err(oneshot::error::TryRecvError::Closed)
        );
    }

    #[test]
    fn comments_that_could_not_be_indexed_are_known_to_wait() {
        let mut run = run(Connection::open_in_memory().unwrap());
        run.connection
            .execute_batch(
                "PRAGMA foreign_keys = OFF; INSERT INTO search_pending (feedback) VALUES (1);
                 CREATE TEMP TRIGGER fails BEFORE INSERT ON message_names BEGIN SELECT RAISE(ABORT, 'fails'); END;
                 INSERT INTO messages (id, project, external_key, created_at) VALUES (x'01', 1, 7, 0);",
            )
            .unwrap();
        run.memory.forget_transaction((&run.connection).into());
        run.memory.refresh((&run.connection).into()).unwrap();
        run.do_what_can_wait(true);
        assert_eq!(run.memory.search_pending, 1);
    }
}
