//! Sums over feedback, behind every chart.

use super::App;
use crate::domain::{Caller, QUARTERS_A_DAY, Scope};
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{SumsQuery, SumsRow};

impl App {
    /// Sums over the feedback that stands. Projects in the query that the caller's key does not open are left out; an empty
    /// list of projects means all that it opens.
    ///
    /// Fails with [`ErrorKind::Invalid`](crate::error::ErrorKind) if the range is empty or longer than
    /// [`limits::QUERY_DAYS`], or if there are more groups or more stretches of time than [`limits::QUERY_GROUPS`].
    pub async fn query(&self, caller: &Caller, mut query: SumsQuery) -> Result<Vec<SumsRow>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        let opened = self.opened(caller);
        if query.projects.is_empty() {
            query.projects = opened;
        } else {
            query.projects.retain(|project| opened.contains(project));
        }
        if query.until <= query.since {
            return Err(Error::invalid("range.until", "must be later than since"));
        }
        // An hour for clocks that are put on or back between the two.
        let most = limits::QUERY_DAYS * QUARTERS_A_DAY + 4;
        if query.until.0.saturating_sub(query.since.0) > most {
            let message = format!("a range has at most {} days", limits::QUERY_DAYS);
            return Err(Error::invalid("range", message));
        }
        let most = query.most;
        self.store.sums(query).await?.ok_or_else(|| {
            let message = format!(
                "there are more than {most} groups or intervals: take a shorter range, a longer interval, fewer dimensions or more filters"
            );
            Error::invalid("dimensions", message)
        })
    }
}
