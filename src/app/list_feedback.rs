//! Reading feedback.

use super::{App, authenticate};
use crate::domain::vote::RowRef;
use crate::domain::{Author, Caller, EndUser, Feedback, FeedbackId, Message, Project, Scope};
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{Excerpts, FeedbackDetail, FeedbackFilter, Page, Paging, Voted};

impl App {
    /// A page of feedback, newest first. Projects in the filter that the caller's key does not open are left out; an
    /// empty list of projects means all that it opens.
    pub async fn list_feedback(
        &self,
        caller: &Caller,
        mut filter: FeedbackFilter,
        paging: Paging,
    ) -> Result<Page<Feedback>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        let opened: Vec<_> = self
            .directory()
            .projects(caller)
            .iter()
            .map(|project| project.id)
            .collect();
        if filter.projects.is_empty() {
            filter.projects = opened;
        } else {
            filter.projects.retain(|project| opened.contains(project));
        }
        if let Some(search) = &filter.search {
            super::validate::name("search", search, limits::SEARCH_CHARACTERS)?;
        }
        if filter.projects.is_empty() {
            return Ok(Page {
                items: Vec::new(),
                next: None,
            });
        }
        self.store.list_feedback(filter, paging).await
    }

    /// The feedback of a project that has a thumb, newest first, for interfaces whose pages have numbers: `most` of it after
    /// `skip`.
    pub async fn rated_feedback(
        &self,
        caller: &Caller,
        project: &Project,
        skip: u64,
        most: usize,
    ) -> Result<Vec<Feedback>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        self.store.rated_feedback(project.id, skip, most).await
    }

    /// What each feedback of a list judges, in the same order: the beginnings of question and answer.
    pub async fn excerpts(&self, caller: &Caller, feedback: &[Feedback]) -> Result<Vec<Excerpts>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        let directory = self.directory();
        let judged = feedback.iter().map(|feedback| {
            let message = feedback.target.message.as_ref();
            message
                .filter(|_| directory.opens(caller, feedback.project))
                .map(|message| message.id)
        });
        self.store.excerpts(judged.collect()).await
    }

    /// The standing feedback on a message, oldest first; of very much the latest.
    pub async fn feedback_on_message(
        &self,
        caller: &Caller,
        project: &Project,
        message: &Message,
    ) -> Result<Vec<Feedback>> {
        let filter = FeedbackFilter {
            projects: vec![project.id],
            messages: vec![RowRef::Id(message.id.0)],
            ..FeedbackFilter::default()
        };
        let most = Paging::first(limits::TRANSCRIPT_FEEDBACK);
        let mut found = self.list_feedback(caller, filter, most).await?.items;
        found.reverse();
        Ok(found)
    }

    /// One feedback with its history, its message and the question that the message answers.
    pub async fn feedback(&self, caller: &Caller, id: FeedbackId) -> Result<FeedbackDetail> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        let found = self.store.feedback(id).await?;
        let directory = self.directory();
        found
            .filter(|detail| directory.opens(caller, detail.feedback.project))
            .ok_or_else(no_such_feedback)
    }

    /// One feedback as it stands, without its history and its message.
    pub async fn current_feedback(&self, caller: &Caller, id: FeedbackId) -> Result<Feedback> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        let found = self.store.current_feedback(id).await?;
        let directory = self.directory();
        found
            .filter(|feedback| directory.opens(caller, feedback.project))
            .ok_or_else(no_such_feedback)
    }

    /// The feedback that a caller's vote just left, and its author where that is a person, for interfaces that answer a
    /// vote with them. What a key that may not read is shown of the person is theirs to bound.
    pub async fn recorded(
        &self,
        caller: &Caller,
        voted: &Voted,
    ) -> Result<(Feedback, Option<EndUser>)> {
        authenticate::require_creating_feedback(caller)?;
        let found = match voted.feedback {
            Some(id) => self.store.current_feedback(id).await?,
            None => None,
        };
        let directory = self.directory();
        let feedback = found
            .filter(|feedback| directory.opens(caller, feedback.project))
            .ok_or_else(no_such_feedback)?;
        let end_user = match &feedback.author {
            Author::EndUser { id, .. } => {
                let author = RowRef::Id(id.0);
                self.store.end_user(feedback.project, author).await?
            }
            _ => None,
        };
        Ok((feedback, end_user))
    }
}

fn no_such_feedback() -> Error {
    Error::not_found("no such feedback")
}
