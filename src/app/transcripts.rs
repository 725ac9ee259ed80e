//! Conversations with everything that belongs to them, and rows that a request names without their project.

use super::{App, validate};
use crate::domain::vote::RowRef;
use crate::domain::{Caller, Conversation, Feedback, Message, Project, ProjectId, Scope};
use crate::error::Result;
use crate::limits;
use crate::store::{Counted, Page, Paging, Transcript, TranscriptFilter};
use std::sync::Arc;

impl App {
    /// A page of conversations with everything that belongs to them, the latest first. Projects in the filter that the
    /// caller's key does not open are left out; an empty list of projects means all that it opens.
    pub async fn transcripts(
        &self,
        caller: &Caller,
        filter: TranscriptFilter,
        paging: Paging,
    ) -> Result<Page<Transcript>> {
        let filter = self.opened_of(caller, filter)?;
        self.store.transcripts(filter, paging).await
    }

    /// One conversation of a project with everything that belongs to it.
    pub async fn transcript(
        &self,
        caller: &Caller,
        project: &Project,
        conversation: RowRef,
    ) -> Result<Option<Transcript>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        self.store.transcript(project.id, conversation).await
    }

    /// A page of a numbered list of such conversations, `limit` of them after `skip`; and how many there are on all pages, or
    /// so many more than are before the end of this one as are counted ahead.
    pub async fn counted_transcripts(
        &self,
        caller: &Caller,
        filter: TranscriptFilter,
        skip: u64,
        limit: usize,
    ) -> Result<Counted<Transcript>> {
        let filter = self.opened_of(caller, filter)?;
        let deepest = skip.min(limits::NUMBERED_DEPTH);
        let found = self
            .store
            .counted_transcripts(filter, deepest, limit)
            .await?;
        validate::depth(skip, found.count)?;
        Ok(found)
    }

    /// The filter with no project that the caller's key does not open, and its bounds checked.
    fn opened_of(&self, caller: &Caller, mut filter: TranscriptFilter) -> Result<TranscriptFilter> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        for words in [&filter.search, &filter.end_user_search] {
            let words = words.as_deref().unwrap_or_default();
            validate::text("search", words, limits::SEARCH_CHARACTERS)?;
        }
        let opened = self.opened(caller);
        if filter.projects.is_empty() {
            filter.projects = opened;
        } else {
            filter.projects.retain(|project| opened.contains(project));
        }
        Ok(filter)
    }

    /// A conversation of any project that the caller's key opens; the latest, if the name is used in several.
    pub async fn find_conversation(
        &self,
        caller: &Caller,
        conversation: &RowRef,
    ) -> Result<Option<(Arc<Project>, Conversation)>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        let projects = self.opened(caller);
        let found = self
            .store
            .find_conversation(projects, conversation.clone())
            .await?;
        Ok(found.and_then(|found| self.with_project(found.project, found)))
    }

    /// A message of any project that the caller's key opens; the latest, if the name is used in several.
    pub async fn find_message(
        &self,
        caller: &Caller,
        message: &RowRef,
    ) -> Result<Option<(Arc<Project>, Message)>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        let projects = self.opened(caller);
        let found = self.store.find_message(projects, message.clone()).await?;
        Ok(found.and_then(|found| self.with_project(found.project, found)))
    }

    /// The feedback with this number, if it is of a project that the caller's key opens.
    pub async fn find_feedback(&self, caller: &Caller, number: i64) -> Result<Option<Feedback>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        let found = self.store.feedback_numbered(number).await?;
        let directory = self.directory();
        Ok(found.filter(|feedback| directory.opens(caller, feedback.project)))
    }

    pub(super) fn opened(&self, caller: &Caller) -> Vec<ProjectId> {
        let projects = self.directory().projects(caller);
        projects.iter().map(|project| project.id).collect()
    }

    fn with_project<T>(&self, project: ProjectId, found: T) -> Option<(Arc<Project>, T)> {
        let project = self.directory().project(project).cloned()?;
        Some((project, found))
    }
}
