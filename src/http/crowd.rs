//! The connections that are open, of which one that does nothing makes room for one that arrives.

use super::connection::Activity;
use crate::limits;
use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// Every connection that is open. Only the accept loop has it, so that no connection waits for it.
#[derive(Debug)]
pub(super) struct Crowd {
    places: Arc<Semaphore>,
    most: usize,
    /// The ones that were not looked at for longest come first; some may have ended.
    connections: VecDeque<Weak<Activity>>,
}

impl Crowd {
    /// Nobody yet, and places for `most`.
    pub(super) fn new(places: Arc<Semaphore>, most: usize) -> Self {
        Self {
            places,
            most,
            connections: VecDeque::new(),
        }
    }

    /// A connection is open.
    pub(super) fn add(&mut self, activity: &Arc<Activity>) {
        if self.connections.len() >= self.most.saturating_mul(2) {
            self.connections.retain(|one| one.strong_count() > 0);
        }
        self.connections.push_back(Arc::downgrade(activity));
    }

    /// A place, once there is one. If there is none, connections that do nothing are asked to end.
    ///
    /// None if places are given no more.
    pub(super) async fn place(&mut self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        let mut place = std::pin::pin!(Arc::clone(&self.places).acquire_owned());
        loop {
            self.ask_one_to_end(Instant::now());
            if let Ok(place) = timeout(limits::CROWDED_INTERVAL, place.as_mut()).await {
                return place.ok();
            }
        }
    }

    /// Looks at some, and asks the first of them to end that does nothing.
    fn ask_one_to_end(&mut self, now: Instant) {
        for _ in 0..self.connections.len().min(limits::CROWDED_LOOKS) {
            let Some(one) = self.connections.pop_front() else {
                return;
            };
            let Some(activity) = one.upgrade() else {
                continue;
            };
            self.connections.push_back(one);
            if activity.does_nothing(now) {
                activity.make_room();
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;
    use hyper::Version;

    fn crowd(most: usize) -> Crowd {
        Crowd::new(Arc::new(Semaphore::new(most)), most)
    }

    /// A connection that asked once.
    fn idle(crowd: &mut Crowd) -> Arc<Activity> {
        let activity = Arc::new(Activity::new());
        drop(activity.begin(Version::HTTP_11));
        crowd.add(&activity);
        activity
    }

    fn was_asked(activity: &Activity) -> bool {
        activity.room_is_needed().now_or_never().is_some()
    }

    /// When everything that is idle now is idle for long enough.
    fn later() -> Instant {
        Instant::now() + limits::CROWDED_IDLE_TIME
    }

    #[test]
    fn those_that_were_not_asked_for_longest_make_room_first() {
        let mut crowd = crowd(2);
        let connections = [idle(&mut crowd), idle(&mut crowd)];
        crowd.ask_one_to_end(later());
        assert_eq!(
            connections.each_ref().map(|one| was_asked(one)),
            [true, false]
        );
        crowd.ask_one_to_end(later());
        assert_eq!(
            connections.each_ref().map(|one| was_asked(one)),
            [false, true]
        );
    }

    #[test]
    fn one_that_was_just_used_or_has_a_request_under_way_stays() {
        let mut crowd = crowd(2);
        let idle = idle(&mut crowd);
        crowd.ask_one_to_end(Instant::now());
        assert!(!was_asked(&idle));
        let _handling = idle.begin(Version::HTTP_11);
        crowd.ask_one_to_end(later());
        assert!(!was_asked(&idle));
    }

    #[tokio::test]
    async fn a_place_is_given_when_one_has_made_room() {
        let mut crowd = crowd(1);
        let place = crowd.place().await.unwrap();
        let idle = idle(&mut crowd);
        let ends = async {
            idle.room_is_needed().await;
            drop(place);
        };
        let (further, ()) = tokio::join!(crowd.place(), ends);
        assert!(further.is_some());
    }

    #[test]
    fn those_that_ended_are_forgotten() {
        let mut crowd = crowd(4);
        for _ in 0..100 {
            idle(&mut crowd);
        }
        assert!(crowd.connections.len() <= 8);
    }
}
