//! The way to what writes: a queue of jobs, and a thread that runs them, many in one transaction.
//!
//! A job runs inside the transaction; its answer is given only after the commit, which syncs to disk. A job that refuses
//! answers its caller and leaves its neighbours alone. A job that the engine fails takes the transaction with it: every
//! job of the batch is told that nothing was stored, or, where even that is not certain, that it is not known.

use super::batch::Batch;
use super::queue::{Bounds, Lane, NotQueued, Queue};
use super::sql;
use crate::error::{Error, ErrorKind, Result};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// What a job gives: how to answer its caller once the batch is on disk, or is lost.
pub(super) type Answer = Box<dyn FnOnce(Result<(), &Lost>) + Send>;
pub(super) type Job = Box<dyn FnOnce(&mut Batch<'_>) -> sql::Result<Answer> + Send>;

/// Why a batch was not committed.
pub(super) struct Lost {
    pub(super) because: String,
    /// Whether it is certain that nothing of it is stored.
    pub(super) certain: bool,
}

/// The way to the writer's thread.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Arc<Queue<Job>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread, which runs the queue's jobs until that has ended.
    pub(super) fn start(
        bounds: Bounds,
        run: impl FnOnce(Arc<Queue<Job>>) + Send + 'static,
    ) -> Result<Self> {
        let queue = Arc::new(Queue::new(bounds));
        let jobs = Arc::clone(&queue);
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || {
                // Whatever ends the thread, nobody waits for it any more.
                let _abandon = Abandon(Arc::clone(&jobs));
                run(jobs);
            })
            .map_err(|error| {
                Error::new(ErrorKind::Unavailable, "the writer cannot start").because(error)
            })?;
        Ok(Self {
            queue,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Runs `job` in the next transaction and returns what it gave, once that is on disk. `lane` says for whom it is.
    ///
    /// A lane that is full refuses at once. What a job returns as `Err` must be an engine's failure; refusals are values.
    ///
    /// The job is boxed here and not when its turn comes: each future around this one would have room for it twice, and
    /// futures are copied whole on their way to where they run.
    pub(super) fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        job: impl FnOnce(&mut Batch<'_>) -> sql::Result<T> + Send + 'static,
    ) -> impl Future<Output = Result<T>> + Send {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |batch| {
            let value = job(batch)?;
            Ok(Box::new(move |committed| {
                // A caller that went away is no failure: its write is stored all the same.
                let _ = sender.send(committed.map(|()| value).map_err(Lost::error));
            }))
        });
        async move {
            self.queue.push(lane, job).map_err(not_queued)?;
            // A job that fails its batch, or whose batch never began, is dropped with its way to answer.
            receiver
                .await
                .unwrap_or_else(|_| Err(Lost::wholly("the batch was lost".to_owned()).error()))
        }
    }

    /// Commits what was taken, takes no more, and ends the thread.
    pub(super) async fn stop(&self) {
        self.queue.close();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.close();
    }
}

fn not_queued(refused: NotQueued) -> Error {
    match refused {
        NotQueued::Full => {
            metrics::counter!("candor_writes_refused_total").increment(1);
            Error::new(
                ErrorKind::Busy,
                "more writes are waiting than the server takes on; nothing was stored, try again",
            )
        }
        NotQueued::Closed => Error::new(
            ErrorKind::Unavailable,
            "the server is stopping; nothing was stored, try again",
        ),
    }
}

impl Lost {
    /// Nothing of it is stored.
    pub(super) const fn wholly(because: String) -> Self {
        let certain = true;
        Self { because, certain }
    }

    fn error(&self) -> Error {
        let message = if self.certain {
            "the store could not write; nothing was stored, try again"
        } else {
            "the store could not write, and it is not known whether this was stored; try again"
        };
        Error::new(ErrorKind::Unavailable, message).because(self.because.clone())
    }
}

struct Abandon(Arc<Queue<Job>>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// Runs the jobs of one batch inside of its transaction.
pub(super) type Work<'jobs> = &'jobs mut dyn FnMut(&mut Batch<'_>) -> sql::Result<()>;

/// Runs one batch in a transaction: what was taken, and all that comes meanwhile, up to the bound. Then answers.
pub(super) fn batch(
    queue: &Queue<Job>,
    taken: &mut VecDeque<Job>,
    transaction: impl FnOnce(Work<'_>) -> Result<(), Lost>,
) {
    let started = Instant::now();
    let mut answers: Vec<Answer> = Vec::new();
    let mut begun = false;
    let worked = transaction(&mut |batch| {
        begun = true;
        while let Some(job) = taken.pop_front() {
            answers.push(job(batch)?);
            if taken.is_empty() {
                queue.take(taken, answers.len(), Duration::ZERO);
            }
        }
        Ok(())
    });
    observe(answers.len(), queue.depth(), started);
    let lost = worked.err();
    if let Some(Lost { because, certain }) = &lost {
        let jobs = answers.len();
        tracing::error!(error = %because, certain, jobs, "a batch could not be written");
        if !begun {
            // None of them was run, and they would wait for as long as no transaction can begin. Dropped, they are told.
            taken.clear();
        }
    }
    for answer in answers {
        answer(lost.as_ref().map_or(Ok(()), Err));
    }
}

fn observe(size: usize, depth: usize, started: Instant) {
    #[expect(
        clippy::cast_precision_loss,
        reason = "sizes and depths are far below 2^52"
    )]
    let (size, depth) = (size as f64, depth as f64);
    metrics::histogram!("candor_write_batch_size").record(size);
    metrics::gauge!("candor_write_queue_depth").set(depth);
    metrics::histogram!("candor_commit_seconds").record(started.elapsed().as_secs_f64());
}
