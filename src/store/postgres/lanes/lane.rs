//! The way to a lane.

use super::entry::{Job, Reply};
use super::run::Run;
use super::unreachable;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::store::VoteError;
use crate::store::queue::{Bounds, Lane as Turn, NotQueued, Queue};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::time::timeout;

/// Whether a lane's database can be reached, as far as is known.
#[derive(Debug, Default)]
pub(super) struct Health {
    pub(super) is_down: AtomicBool,
    /// Whether there was a connection before.
    pub(super) was_up: AtomicBool,
}

/// The way to a lane.
#[derive(Debug)]
pub(super) struct Lane {
    queue: Arc<Queue<Job>>,
    health: Arc<Health>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// The places of a lane's queue: all lanes together have about as many as the writer of the other engine.
pub(super) fn bounds(lanes: u16) -> Bounds {
    let part = limits::WRITE_QUEUE / usize::from(lanes.max(1));
    Bounds {
        places: part.max(limits::LANE_QUEUE_LEAST),
        ..Bounds::WRITER
    }
}

fn stopping() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the server is stopping; nothing was stored, try again",
    )
}

impl Lane {
    /// Starts the thread.
    pub(super) fn start(mut run: Run) -> Result<Self> {
        let queue = Arc::clone(&run.queue);
        let health = Arc::clone(&run.health);
        let thread = std::thread::Builder::new()
            .name(format!("lane-{}", run.bucket))
            .spawn(move || run.run())
            .map_err(|error| {
                Error::new(ErrorKind::Unavailable, "a lane cannot start").because(error)
            })?;
        Ok(Self {
            queue,
            health,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Asks the lane, and waits for its answer: within bounds as long as it has not begun.
    pub(super) async fn ask<T>(
        &self,
        turn: Turn,
        job: impl FnOnce(Reply<T>) -> Job,
    ) -> Result<T, VoteError> {
        if self.health.is_down.load(Ordering::Relaxed) {
            return Err(unreachable().into());
        }
        let (reply, mut receiver, begun) = Reply::new();
        self.queue
            .push(turn, job(reply))
            .map_err(|refused| match refused {
                NotQueued::Full => {
                    metrics::counter!("candor_writes_refused_total").increment(1);
                    let message = "more writes are waiting than the server takes on; nothing was stored, try again";
                    Error::new(ErrorKind::Busy, message)
                }
                NotQueued::Closed => stopping(),
            })?;
        let answer = match timeout(limits::LANE_WAIT, &mut receiver).await {
            Ok(answer) => answer,
            Err(_) if !begun.swap(true, Ordering::AcqRel) => {
                let message = "the database is too slow; nothing was stored, try again";
                return Err(Error::new(ErrorKind::Unavailable, message).into());
            }
            Err(_) => receiver.await,
        };
        answer.unwrap_or_else(|_| Err(not_known()))
    }

    /// Takes no more.
    pub(super) fn close(&self) {
        self.queue.close();
    }

    /// Waits until what was taken is committed and the thread has ended.
    pub(super) async fn ended(&self) {
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

impl Drop for Lane {
    fn drop(&mut self) {
        self.queue.close();
    }
}

pub(super) fn not_known() -> VoteError {
    let message =
        "the store could not write, and it is not known whether this was stored; try again";
    Error::new(ErrorKind::Unavailable, message).into()
}
