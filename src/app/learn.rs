//! What is about to be learnt: exchanges with vendors' servers that passed and are not yet written.
//!
//! A client may vote on an answer before that answer is written down, for it is written behind it. A vote that is about to
//! be refused because its message is not known waits for that, and is decided once more. No other vote pays for it.

use super::App;
use crate::domain::ProjectId;
use crate::limits;
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Something that is about to be learnt in a project, until this is dropped.
#[derive(Debug)]
pub struct Expected {
    among: Arc<Expectations>,
    project: ProjectId,
    number: u64,
}

/// All that is about to be learnt.
#[derive(Debug, Default)]
pub(super) struct Expectations {
    /// How many there are, for those who need to know no more.
    count: AtomicUsize,
    numbers: Mutex<Numbers>,
    fewer: Notify,
}

/// Who came later has a greater number.
#[derive(Debug, Default)]
struct Numbers {
    last: u64,
    of_project: HashMap<ProjectId, BTreeSet<u64>>,
}

impl App {
    /// Says that something is about to be learnt in a project.
    pub fn expect(&self, project: ProjectId) -> Expected {
        let mut numbers = self.expectations.numbers();
        numbers.last += 1;
        let number = numbers.last;
        numbers
            .of_project
            .entry(project)
            .or_default()
            .insert(number);
        self.expectations.count.fetch_add(1, Ordering::Relaxed);
        Expected {
            among: Arc::clone(&self.expectations),
            project,
            number,
        }
    }

    /// Waits until what has passed in a project, or in all of them, is written, but not for long. False if there was
    /// nothing to wait for.
    pub async fn learnt_so_far(&self, project: Option<ProjectId>) -> bool {
        let most: std::time::Duration = limits::LEARN_WAITS.iter().sum();
        match self.expectations.until(project) {
            None => false,
            Some(until) => {
                let _ = tokio::time::timeout(most, self.expectations.gone(project, until)).await;
                true
            }
        }
    }
}

impl Expectations {
    /// Whether anything is about to be learnt at all.
    pub(super) fn any(&self) -> bool {
        self.count.load(Ordering::Relaxed) > 0
    }

    /// The latest that is about to be learnt now.
    pub(super) fn until(&self, project: Option<ProjectId>) -> Option<u64> {
        let numbers = self.numbers();
        match project {
            Some(project) => numbers.of_project.get(&project)?.last().copied(),
            None => numbers
                .of_project
                .values()
                .filter_map(|of_one| of_one.last().copied())
                .max(),
        }
    }

    /// Waits until nothing up to a number is still to be learnt.
    pub(super) async fn gone(&self, project: Option<ProjectId>, until: u64) {
        loop {
            let mut fewer = std::pin::pin!(self.fewer.notified());
            // Before looking, so that none is missed that goes in between.
            fewer.as_mut().enable();
            if !self.is_any_left(project, until) {
                return;
            }
            fewer.await;
        }
    }

    fn is_any_left(&self, project: Option<ProjectId>, until: u64) -> bool {
        let numbers = self.numbers();
        let left = |of_one: &BTreeSet<u64>| of_one.first().is_some_and(|first| *first <= until);
        match project {
            Some(project) => numbers.of_project.get(&project).is_some_and(left),
            None => numbers.of_project.values().any(left),
        }
    }

    fn numbers(&self) -> MutexGuard<'_, Numbers> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        let mut numbers = self.among.numbers();
        if let Some(of_one) = numbers.of_project.get_mut(&self.project) {
            of_one.remove(&self.number);
            if of_one.is_empty() {
                numbers.of_project.remove(&self.project);
            }
        }
        drop(numbers);
        self.among.count.fetch_sub(1, Ordering::Relaxed);
        self.among.fewer.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::AppOptions;
    use futures_util::FutureExt as _;
    use uuid::Uuid;

    #[tokio::test]
    async fn nothing_is_waited_for_where_nothing_is_about_to_be_learnt() {
        let app = App::open(AppOptions::in_memory()).unwrap();
        let _elsewhere = app.expect(ProjectId(Uuid::from_u128(1)));
        let here = ProjectId(Uuid::from_u128(2));
        assert!(!app.learnt_so_far(Some(here)).await);
    }

    #[tokio::test]
    async fn who_waits_goes_on_when_what_came_before_is_learnt() {
        let app = App::open(AppOptions::in_memory()).unwrap();
        let project = ProjectId(Uuid::from_u128(1));
        let before = app.expect(project);
        let until = app.expectations.until(Some(project)).unwrap();
        let mut waiting = Box::pin(app.expectations.gone(Some(project), until));
        let _after = app.expect(project);
        assert!((&mut waiting).now_or_never().is_none());
        drop(before);
        assert!((&mut waiting).now_or_never().is_some());
    }
}
