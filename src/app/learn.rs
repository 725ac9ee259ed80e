//! What is about to be learnt: exchanges with vendors' servers that passed and are not yet written.
//!
//! A client may vote on an answer before that answer is written down, for it is written behind it. A vote that is about to
//! be refused because its message is not known waits for that, and is decided once more. No other vote pays for it.

use super::App;
use crate::domain::ProjectId;
use crate::limits;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Something that is about to be learnt in a project, until this is dropped.
#[derive(Debug)]
pub struct Expected {
    among: Arc<Expectations>,
    project: ProjectId,
    number: u64,
}

/// How far an exchange is from which something is to be learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Nothing of the answer came yet, so that nobody knows what is in it.
    Asked,
    /// The answer is coming.
    Answering,
    /// The answer is here, and is about to be written.
    Answered,
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
    of_project: HashMap<ProjectId, BTreeMap<u64, Stage>>,
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
            .insert(number, Stage::Asked);
        self.expectations.count.fetch_add(1, Ordering::Relaxed);
        Expected {
            among: Arc::clone(&self.expectations),
            project,
            number,
        }
    }

    /// Waits until what was asked so far in a project, or in all of them, is written, but not for long. False if there
    /// was nothing to wait for.
    pub async fn learnt_so_far(&self, project: Option<ProjectId>) -> bool {
        let most: Duration = limits::LEARN_WAITS.iter().sum();
        self.wait(project, Stage::Asked, most).await
    }

    /// The same for what somebody may know already: what was answered so far, and what is being answered, but that for
    /// less long, for it may take minutes.
    pub(super) async fn told_so_far(&self, project: Option<ProjectId>) -> bool {
        let [for_streams, rest @ ..] = limits::LEARN_WAITS;
        let told = self.wait(project, Stage::Answering, for_streams).await;
        let rest = rest.iter().sum();
        self.wait(project, Stage::Answered, rest).await || told
    }

    async fn wait(&self, project: Option<ProjectId>, stage: Stage, most: Duration) -> bool {
        match self.expectations.until(project, stage) {
            None => false,
            Some(until) => {
                let gone = self.expectations.gone(project, until, stage);
                let _ = tokio::time::timeout(most, gone).await;
                true
            }
        }
    }
}

impl Expected {
    /// Something of the answer is about to be told.
    pub fn is_answering(&self) {
        self.comes_to(Stage::Answering);
    }

    /// The answer is here.
    pub fn is_answered(&self) {
        self.comes_to(Stage::Answered);
    }

    fn comes_to(&self, stage: Stage) {
        let mut numbers = self.among.numbers();
        let of_one = numbers.of_project.get_mut(&self.project);
        if let Some(known) = of_one.and_then(|of_one| of_one.get_mut(&self.number)) {
            *known = stage;
        }
    }
}

impl Expectations {
    /// Whether anything is about to be learnt at all.
    pub(super) fn any(&self) -> bool {
        self.count.load(Ordering::Relaxed) > 0
    }

    /// The latest that is about to be learnt now and has come to a stage.
    pub(super) fn until(&self, project: Option<ProjectId>, stage: Stage) -> Option<u64> {
        let numbers = self.numbers();
        let latest = |of_one: &BTreeMap<u64, Stage>| {
            let mut latest = of_one.iter().rev();
            latest.find_map(|(number, known)| (*known >= stage).then_some(*number))
        };
        match project {
            Some(project) => numbers.of_project.get(&project).and_then(latest),
            None => numbers.of_project.values().filter_map(latest).max(),
        }
    }

    /// Waits until nothing up to a number is still to be learnt that has come to a stage.
    pub(super) async fn gone(&self, project: Option<ProjectId>, until: u64, stage: Stage) {
        loop {
            let mut fewer = std::pin::pin!(self.fewer.notified());
            // Before looking, so that none is missed that goes in between.
            fewer.as_mut().enable();
            if !self.is_any_left(project, until, stage) {
                return;
            }
            fewer.await;
        }
    }

    fn is_any_left(&self, project: Option<ProjectId>, until: u64, stage: Stage) -> bool {
        let numbers = self.numbers();
        let left = |of_one: &BTreeMap<u64, Stage>| {
            of_one.range(..=until).any(|(_, known)| *known >= stage)
        };
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
        let until = app.expectations.until(Some(project), Stage::Asked).unwrap();
        let mut waiting = Box::pin(app.expectations.gone(Some(project), until, Stage::Asked));
        let _after = app.expect(project);
        assert!((&mut waiting).now_or_never().is_none());
        drop(before);
        assert!((&mut waiting).now_or_never().is_some());
    }

    #[tokio::test]
    async fn what_nobody_can_know_yet_is_not_waited_for_by_who_knows_it() {
        let app = App::open(AppOptions::in_memory()).unwrap();
        let project = ProjectId(Uuid::from_u128(1));
        let expected = app.expect(project);
        assert!(!app.told_so_far(Some(project)).await);
        expected.is_answering();
        assert!(app.told_so_far(Some(project)).await);
    }

    #[tokio::test]
    async fn an_answer_that_is_still_coming_is_waited_for_less_long_than_one_that_is_here() {
        let app = App::open(AppOptions::in_memory()).unwrap();
        let project = ProjectId(Uuid::from_u128(1));
        let expected = app.expect(project);
        expected.is_answering();
        let (coming, here) = (Stage::Answering, Stage::Answered);
        let until = app.expectations.until(Some(project), coming).unwrap();
        let mut waiting = Box::pin(app.expectations.gone(Some(project), until, coming));
        assert!((&mut waiting).now_or_never().is_none());
        let gone = app.expectations.gone(Some(project), until, here);
        assert!(gone.now_or_never().is_some());
        expected.is_answered();
        let gone = app.expectations.gone(Some(project), until, here);
        assert!(gone.now_or_never().is_none());
    }
}
