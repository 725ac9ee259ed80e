//! What waits for the writer: a queue with a lane for each project, so that none waits behind another's rush.
//!
//! A batch is made of what all lanes hold, in turns. A lane may take as many places as it leaves free, so that one rush
//! fills half of the queue and two fill a third each, and another project still finds a place. While several projects
//! write, batches are smaller: whoever comes after a batch has begun waits for that batch.

use crate::domain::ProjectId;
use crate::limits;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// For whom a write is: a project, or none of them (administration, health).
pub(super) type Lane = Option<ProjectId>;

/// Why something was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotQueued {
    /// The lane has its share of the places, or there is none left.
    Full,
    /// The queue was closed.
    Closed,
}

/// How much the queue holds, and how much of it one batch takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// The places of all lanes together.
    pub(super) places: usize,
    /// The most in one batch.
    pub(super) batch: usize,
    /// The most in one batch while several projects write.
    pub(super) shared_batch: usize,
}

/// The queue. Many push, one takes.
pub(super) struct Queue<T> {
    bounds: Bounds,
    waiting: Mutex<Waiting<T>>,
    filled: Condvar,
}

struct Waiting<T> {
    /// What each lane holds. Lanes stay for a while when they are empty, for they fill again soon.
    lanes: HashMap<Lane, Held<T>>,
    /// The lanes that hold something, the next to be served first.
    turns: VecDeque<Lane>,
    /// How much all lanes hold.
    held: usize,
    /// Whether several projects wrote lately.
    shared: bool,
    /// When lanes that were not used were last taken away.
    tidied: Instant,
    /// Whether somebody waits to be told that there is work.
    asleep: bool,
    closed: bool,
}

struct Held<T> {
    items: VecDeque<T>,
    /// Whether something was pushed since unused lanes were last taken away.
    used: bool,
}

impl Bounds {
    /// Those of the writer.
    pub(super) const WRITER: Self = Self {
        places: limits::WRITE_QUEUE,
        batch: limits::WRITE_BATCH,
        shared_batch: limits::WRITE_BATCH_SHARED,
    };
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Queue")
            .field("bounds", &self.bounds)
            .field("depth", &self.depth())
            .finish_non_exhaustive()
    }
}

impl<T> Queue<T> {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            waiting: Mutex::new(Waiting {
                lanes: HashMap::new(),
                turns: VecDeque::new(),
                held: 0,
                shared: false,
                tidied: Instant::now(),
                asleep: false,
                closed: false,
            }),
            filled: Condvar::new(),
        }
    }

    /// Puts `item` at the end of its lane, or refuses it at once.
    pub(super) fn push(&self, lane: Lane, item: T) -> Result<(), NotQueued> {
        let mut waiting = self.lock();
        waiting.push(lane, item, self.bounds.places)?;
        let wake = std::mem::take(&mut waiting.asleep);
        drop(waiting);
        if wake {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Appends what is next to a `batch` of which `taken` were taken before, up to what one batch takes. If nothing is
    /// there, waits for `patience`, and less if something comes or the queue is closed.
    pub(super) fn take(&self, batch: &mut VecDeque<T>, taken: usize, patience: Duration) {
        let mut waiting = self.lock();
        if waiting.is_idle() && !patience.is_zero() {
            waiting.asleep = true;
            waiting = self
                .filled
                .wait_timeout_while(waiting, patience, |waiting| waiting.is_idle())
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            waiting.asleep = false;
        }
        if waiting.tidied.elapsed() > limits::WRITE_LANES_KEPT {
            waiting.tidy();
        }
        let most = if waiting.shared {
            self.bounds.shared_batch
        } else {
            self.bounds.batch
        };
        waiting.serve(batch, most.saturating_sub(taken));
    }

    /// Whether it is closed and empty: nothing will come any more.
    pub(super) fn has_ended(&self) -> bool {
        let waiting = self.lock();
        waiting.closed && waiting.held == 0
    }

    /// How much waits.
    pub(super) fn depth(&self) -> usize {
        self.lock().held
    }

    /// Takes no more. What is there is still given out.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }

    /// Takes no more, and drops what is there.
    pub(super) fn abandon(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.held = 0;
        waiting.turns.clear();
        let dropped = std::mem::take(&mut waiting.lanes);
        drop(waiting);
        drop(dropped);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Waiting<T> {
    fn is_idle(&self) -> bool {
        self.held == 0 && !self.closed
    }

    fn push(&mut self, lane: Lane, item: T, places: usize) -> Result<(), NotQueued> {
        if self.closed {
            return Err(NotQueued::Closed);
        }
        let free = places.saturating_sub(self.held);
        let known = self.lanes.get_mut(&lane);
        if known.as_ref().map_or(0, |held| held.items.len()) >= free {
            return Err(NotQueued::Full);
        }
        if let Some(held) = known {
            held.used = true;
            if held.items.is_empty() {
                self.turns.push_back(lane);
            }
            held.items.push_back(item);
        } else {
            let items = VecDeque::from([item]);
            self.lanes.insert(lane, Held { items, used: true });
            self.turns.push_back(lane);
            self.look_who_writes();
        }
        self.held += 1;
        Ok(())
    }

    /// Every lane that holds something has its turn before any has its second. A turn is an equal part of what is left of
    /// the batch, so that a batch is made in few steps whatever its size.
    fn serve(&mut self, batch: &mut VecDeque<T>, mut most: usize) {
        while most > 0 && !self.turns.is_empty() {
            let round = self.turns.len();
            let part = (most / round).max(1);
            for _ in 0..round.min(most) {
                let Some(lane) = self.turns.pop_front() else {
                    return;
                };
                let Some(held) = self.lanes.get_mut(&lane) else {
                    continue;
                };
                let given = part.min(held.items.len());
                batch.extend(held.items.drain(..given));
                most -= given;
                self.held -= given;
                if !held.items.is_empty() {
                    self.turns.push_back(lane);
                }
            }
        }
    }

    /// Takes away the lanes into which nothing came since the last time.
    fn tidy(&mut self) {
        self.tidied = Instant::now();
        self.lanes
            .retain(|_, held| std::mem::take(&mut held.used) || !held.items.is_empty());
        self.look_who_writes();
    }

    fn look_who_writes(&mut self) {
        self.shared = self.lanes.keys().flatten().count() > 1;
    }
}

#[cfg(test)]
mod tests;
