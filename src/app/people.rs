//! The people of a workspace, for interfaces whose lists are numbered and counted, and the groups they belong to.

use super::projects::require_whole_workspace;
use super::{App, validate};
use crate::domain::{Caller, EndUser, KnownSegment, ProjectId, Scope};
use crate::error::Result;
use crate::limits;
use crate::store::PeopleFilter;

impl App {
    /// Some people of the caller's workspace as a whole, the latest first, after `skip` of them; and how many all are, or so
    /// many more than are before the end of these as are counted ahead.
    pub async fn people(
        &self,
        caller: &Caller,
        filter: PeopleFilter,
        skip: u64,
        limit: usize,
    ) -> Result<(u64, Vec<EndUser>)> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        require_whole_workspace(caller)?;
        let deepest = skip.min(limits::NUMBERED_DEPTH);
        let (count, people) = self
            .store
            .people(caller.workspace, filter, deepest, limit)
            .await?;
        validate::depth(skip, count)?;
        Ok((count, people))
    }

    /// The groups that the caller's workspace has heard of, by kind, or those of people who have a conversation in a
    /// project; at most [`limits::SEGMENTS_LISTED`].
    pub async fn segments(
        &self,
        caller: &Caller,
        talks_in: Option<ProjectId>,
    ) -> Result<Vec<KnownSegment>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        require_whole_workspace(caller)?;
        self.store
            .segments(caller.workspace, talks_in, limits::SEGMENTS_LISTED)
            .await
    }
}
