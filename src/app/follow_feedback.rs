//! Following what is accepted by Amazon Q's interface, in that order, as it comes.

use super::App;
use crate::domain::vote::{Ask, Command};
use crate::domain::{Caller, Dialect, Rating, Scope};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::store::{LogFilter, LoggedFeedback, Voted, VotedOutcome};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// The reason in metrics where none is given.
const NO_REASON: &str = "NONE";

/// Those who follow.
#[derive(Debug)]
pub(super) struct Followers {
    /// Changed with every vote that is followed; true once the server stops.
    news: watch::Sender<bool>,
    places: Arc<Semaphore>,
}

/// Somebody who follows. Make one before the first look, so that nothing is missed between the two.
#[derive(Debug)]
pub struct Follower {
    news: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
}

/// What a [`Follower`] waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Something was accepted, perhaps of a project that the follower does not see.
    Some,
    /// Nothing was, for [`limits::FOLLOW_SILENCE`].
    None,
    /// The server stops.
    Last,
}

/// A usefulness that is about to be recorded, as it is counted.
pub(super) struct Usefulness {
    application: String,
    rating: Rating,
    reason: String,
}

impl Followers {
    pub(super) fn new() -> Self {
        Self {
            news: watch::Sender::new(false),
            places: Arc::new(Semaphore::new(limits::FOLLOWERS)),
        }
    }
}

impl Follower {
    /// Waits for news. What comes in quick succession is told at once.
    pub async fn wait(&mut self) -> News {
        tokio::time::sleep(limits::FOLLOW_INTERVAL).await;
        if *self.news.borrow() {
            return News::Last;
        }
        match tokio::time::timeout(limits::FOLLOW_SILENCE, self.news.changed()).await {
            Ok(Ok(())) if !*self.news.borrow() => News::Some,
            Ok(_) => News::Last,
            Err(_) => News::None,
        }
    }
}

impl App {
    /// The log of what was accepted, oldest first. Projects in the filter that the caller's key does not open are left
    /// out; an empty list of projects means all that it opens.
    ///
    /// Who follows asks this again and again: a key that was revoked since is refused.
    pub async fn logged_feedback(
        &self,
        caller: &Caller,
        mut filter: LogFilter,
    ) -> Result<Vec<LoggedFeedback>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        let directory = self.directory();
        let revoked = directory
            .key_of(caller)
            .is_some_and(|key| key.revoked_at.is_some());
        if revoked {
            let message = "this key was revoked";
            return Err(Error::new(ErrorKind::Unauthenticated, message));
        }
        let opened: Vec<_> = directory.projects(caller).iter().map(|it| it.id).collect();
        if filter.projects.is_empty() {
            filter.projects = opened;
        } else {
            filter.projects.retain(|project| opened.contains(project));
        }
        self.store.logged_feedback(filter).await
    }

    /// Begins to follow. Refused if as many follow already as there may be.
    pub fn follow_feedback(&self) -> Result<Follower> {
        let place = Arc::clone(&self.followers.places)
            .try_acquire_owned()
            .map_err(|_| {
                let message = format!("{} follow already", limits::FOLLOWERS);
                Error::new(ErrorKind::Busy, message)
            })?;
        Ok(Follower {
            news: self.followers.news.subscribe(),
            _place: place,
        })
    }

    /// Tells all who follow that the server stops.
    pub fn stop_following(&self) {
        self.followers.news.send_replace(true);
    }

    /// What of a command is counted and followed.
    pub(super) fn usefulness(&self, command: &Command) -> Option<Usefulness> {
        let (Dialect::AmazonQ, Ask::Set(rating)) = (command.channel, &command.asked.rating) else {
            return None;
        };
        let directory = self.directory();
        let project = directory.project(command.project)?;
        let reason = match &command.asked.reasons {
            Ask::Set(reasons) => reasons.first().cloned(),
            Ask::Absent | Ask::Clear => None,
        };
        Some(Usefulness {
            application: project.application_id(),
            rating: *rating,
            reason: reason.unwrap_or_else(|| NO_REASON.to_owned()),
        })
    }

    /// Counts what was accepted and tells those who follow. What was said before and is said again, by an SDK that tries
    /// again, is neither counted nor told.
    pub(super) fn note_usefulness(&self, said: Usefulness, voted: &Voted) {
        if voted.replayed || !matches!(voted.outcome, VotedOutcome::Created | VotedOutcome::Changed)
        {
            return;
        }
        let name = match said.rating {
            Rating::Positive => "candor_amazon_q_thumbs_up_total",
            Rating::Negative => "candor_amazon_q_thumbs_down_total",
        };
        metrics::counter!(
            name, "application_id" => said.application, "usefulness_reason" => said.reason
        )
        .increment(1);
        self.followers.news.send_modify(|_| ());
    }
}
