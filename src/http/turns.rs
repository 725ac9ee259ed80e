//! Whose requests are begun, while several projects ask: so many of each at once, and the others of a project in their order.
//!
//! The processor serves whoever is ready first, so that a project with five hundred connections would have most of its time and
//! another wait behind all of them. Which project a request is for is known when its key is found, which is too late; but the
//! requests of a connection are mostly for one project, and its last one says for which.

use crate::limits;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A project, by its id as a number.
type Project = u128;

/// The projects that ask.
#[derive(Debug)]
pub(super) struct Turns {
    asking: Mutex<HashMap<Project, Arc<Asking>>>,
    /// Whether several asked lately.
    shared: AtomicBool,
    begun: Instant,
    /// When projects that ask no more were last taken away, in milliseconds since `begun`.
    tidied: AtomicU64,
}

/// A project that asks.
#[derive(Debug)]
struct Asking {
    places: Arc<Semaphore>,
    /// Whether it asked since the last time that others were taken away.
    lately: AtomicBool,
}

/// What a connection asks for, as far as its last request tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Asker(Arc<Mutex<Last>>);

/// The project of a connection's last request, if there was one.
type Last = Option<(Project, Arc<Asking>)>;

/// A place among the requests of a project that are begun; none while it has all the time that it needs.
pub(super) type Turn = Option<OwnedSemaphorePermit>;

/// A wait for a turn.
pub(super) type Wait = Pin<Box<dyn Future<Output = Turn> + Send>>;

impl Default for Turns {
    fn default() -> Self {
        Self {
            asking: Mutex::default(),
            shared: AtomicBool::new(false),
            begun: Instant::now(),
            tidied: AtomicU64::new(0),
        }
    }
}

impl Asking {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            places: Arc::new(Semaphore::new(limits::REQUESTS_SHARED)),
            lately: AtomicBool::new(true),
        })
    }
}

impl Turns {
    /// The turn of a connection's next request, or the wait for it. Nobody waits longer than [`limits::TURN_TIME`]: turns
    /// are for being fair, not for refusing.
    pub(super) fn next(&self, asker: &Asker) -> Result<Turn, Wait> {
        self.tidy();
        let Some((project, asking)) = asker.last() else {
            return Ok(None);
        };
        let asking = if asking.lately.swap(true, Ordering::Relaxed) {
            asking
        } else {
            asker.note(project, self.listed(project))
        };
        if !self.shared.load(Ordering::Relaxed) {
            return Ok(None);
        }
        if let Ok(place) = Arc::clone(&asking.places).try_acquire_owned() {
            return Ok(Some(place));
        }
        let place = Arc::clone(&asking.places).acquire_owned();
        let place = tokio::time::timeout(limits::TURN_TIME, place);
        // The semaphore is never closed.
        Err(Box::pin(async { place.await.ok().and_then(Result::ok) }))
    }

    /// Notes for which project a connection's request was.
    pub(super) fn was_for(&self, asker: &Asker, project: Project) {
        if asker.last().is_none_or(|(last, _)| last != project) {
            asker.note(project, self.listed(project));
        }
    }

    fn listed(&self, project: Project) -> Arc<Asking> {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        let listed = Arc::clone(asking.entry(project).or_insert_with(Asking::new));
        listed.lately.store(true, Ordering::Relaxed);
        self.shared.store(asking.len() > 1, Ordering::Relaxed);
        listed
    }

    /// Takes away the projects that have not asked since the last time, now and then.
    fn tidy(&self) {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let last = self.tidied.load(Ordering::Relaxed);
        let kept = u64::try_from(limits::WRITE_LANES_KEPT.as_millis()).unwrap_or(u64::MAX);
        let is_due = now.saturating_sub(last) > kept;
        let order = Ordering::Relaxed;
        if is_due
            && self
                .tidied
                .compare_exchange(last, now, order, order)
                .is_ok()
        {
            self.forget_who_asks_no_more();
        }
    }

    fn forget_who_asks_no_more(&self) {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        asking.retain(|_, asking| asking.lately.swap(false, Ordering::Relaxed));
        self.shared.store(asking.len() > 1, Ordering::Relaxed);
    }
}

impl Asker {
    fn last(&self) -> Last {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn note(&self, project: Project, asking: Arc<Asking>) -> Arc<Asking> {
        let noted = Some((project, Arc::clone(&asking)));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = noted;
        asking
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asker(turns: &Turns, project: Project) -> Asker {
        let asker = Asker::default();
        turns.was_for(&asker, project);
        asker
    }

    /// The turns that are there at once, of twice as many as one project has while several ask.
    fn turns_of(turns: &Turns, asker: &Asker) -> Vec<Turn> {
        (0..2 * limits::REQUESTS_SHARED)
            .filter_map(|_| turns.next(asker).ok())
            .collect()
    }

    #[tokio::test]
    async fn who_asks_alone_never_waits() {
        let turns = Turns::default();
        let alone = asker(&turns, 1);
        assert_eq!(turns_of(&turns, &alone).len(), 2 * limits::REQUESTS_SHARED);
    }

    #[tokio::test]
    async fn while_several_ask_each_has_its_turns() {
        let turns = Turns::default();
        let (one, other) = (asker(&turns, 1), asker(&turns, 2));
        let taken = turns_of(&turns, &one);
        assert_eq!(taken.len(), limits::REQUESTS_SHARED);
        assert_eq!(turns_of(&turns, &other).len(), limits::REQUESTS_SHARED);
        drop(taken);
        assert!(turns.next(&one).is_ok());
    }

    #[tokio::test]
    async fn who_asks_no_more_is_forgotten_and_may_come_back() {
        let turns = Turns::default();
        let (one, other) = (asker(&turns, 1), asker(&turns, 2));
        turns.forget_who_asks_no_more();
        assert!(turns.next(&one).is_ok());
        turns.forget_who_asks_no_more();
        assert_eq!(turns_of(&turns, &one).len(), 2 * limits::REQUESTS_SHARED);
        assert!(turns.next(&other).is_ok());
        assert_eq!(turns_of(&turns, &one).len(), limits::REQUESTS_SHARED);
    }

    #[tokio::test]
    async fn whoever_waits_is_next_when_a_turn_ends_and_goes_on_if_none_does() {
        let turns = Turns::default();
        let (one, _other) = (asker(&turns, 1), asker(&turns, 2));
        let mut taken = turns_of(&turns, &one);
        let Err(wait) = turns.next(&one) else {
            panic!("there was one turn more");
        };
        let given_up = wait.await;
        assert!(given_up.is_none());
        let Err(wait) = turns.next(&one) else {
            panic!("there was one turn more");
        };
        taken.pop();
        assert!(wait.await.is_some());
    }
}
