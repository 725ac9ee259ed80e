//! `candor import melodi`: threads with their messages, people and feedback, out of Melodi's own answers.
//!
//! What is brought is known by its external id, or by `melodi:ID` where it has none, and feedback by Melodi's id. What is
//! known here already is known better: nothing is changed, only what is missing is added.

mod draft;
mod page;

pub use page::Page;

use super::convert;
use crate::app::{App, AttributeDraft, FeedbackFilter, Paging, VoteError, VotedOutcome};
use crate::dialects::import::ImportReport;
use crate::domain::vote::{Addressee, Ask, Asked, AuthorRef, Command, Identity, Place, RowRef};
use crate::domain::{
    AttributeAnswer, Caller, DEFAULT_NAME, Dialect, FeedbackId, Project, UnknownTargets,
};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use page::{AttributeOption, Feedback, Thread, User};
use std::collections::HashMap;
use std::sync::Arc;

/// An import into a project.
#[derive(Debug)]
pub struct Import<'import> {
    app: &'import App,
    caller: &'import Caller,
    project: Arc<Project>,
    /// The number of the project at Melodi from which threads are taken; that of the first thread, if none is named.
    vendor_project: Option<i64>,
    /// Whether it was named: threads of others are then left out.
    named: bool,
    report: ImportReport,
}

/// Why a thread or a feedback stays behind, or everything stops.
enum Stop {
    /// It cannot be taken.
    This(String),
    /// Nothing can.
    Everything(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Invalid | ErrorKind::Conflict => Self::This(error.to_string()),
            _ => Self::Everything(error),
        }
    }
}

impl From<String> for Stop {
    fn from(reason: String) -> Self {
        Self::This(reason)
    }
}

/// What the places of an [`ImportReport`] count: they are the ids of threads.
pub const PLACES: &str = "thread";

impl<'import> Import<'import> {
    /// An import of the threads of one project at Melodi. Without its number, all threads must be of one.
    pub fn new(
        app: &'import App,
        caller: &'import Caller,
        project: Arc<Project>,
        vendor_project: Option<i64>,
    ) -> Self {
        Self {
            app,
            caller,
            project,
            vendor_project,
            named: vendor_project.is_some(),
            report: ImportReport::default(),
        }
    }

    /// The project at Melodi from which threads are taken, if it was named.
    pub fn vendor_project(&self) -> Option<i64> {
        self.vendor_project.filter(|_| self.named)
    }

    /// What became of all pages so far.
    pub fn into_report(self) -> ImportReport {
        self.report
    }

    /// Brings a page. What cannot be taken is reported while the rest goes in; an error says that everything stopped, and
    /// what went in before stays. Doing it again changes nothing.
    pub async fn bring(&mut self, page: Page) -> Result<()> {
        let mut ours = Vec::with_capacity(page.threads.len());
        for thread in page.threads {
            let is_ours = thread
                .as_ref()
                .map_or(Ok(true), |thread| self.is_ours(thread))?;
            ours.extend(is_ours.then_some(thread));
        }
        for thread in ours {
            let thread = match thread {
                Ok(thread) => thread,
                Err((id, reason)) => {
                    self.report.refused.push((id, reason));
                    continue;
                }
            };
            let id = thread.id;
            match self.thread(thread).await {
                Ok(true) => self.report.imported += 1,
                Ok(false) => self.report.unchanged += 1,
                Err(Stop::This(reason)) => self.report.refused.push((id, reason)),
                Err(Stop::Everything(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether a thread is of the project that is brought. Names of threads are unique in a project alone, so those of two
    /// must not become one.
    fn is_ours(&mut self, thread: &Thread) -> Result<bool> {
        let Some(project) = thread.project.as_ref().map(|project| project.id) else {
            return Ok(true);
        };
        let ours = *self.vendor_project.get_or_insert(project);
        if ours == project || self.named {
            return Ok(ours == project);
        }
        Err(Error::invalid(
            "--vendor-project-id",
            format!(
                "there are threads of several projects ({ours}, {project}): say which are meant"
            ),
        ))
    }

    /// Brings a thread, and tells whether anything of it is new. Feedback that cannot be taken is reported alone.
    async fn thread(&mut self, mut thread: Thread) -> Result<bool, Stop> {
        let name = draft::name(thread.external_id.as_ref(), thread.id);
        let mut feedback = Vec::new();
        for on_it in thread.external_feedback.take().unwrap_or_default() {
            feedback.push((None, on_it));
        }
        for message in &mut thread.messages {
            let on = draft::name(message.external_id.as_ref(), message.id);
            let on_it = message.feedback().into_iter();
            feedback.extend(on_it.map(|one| (Some(on.clone()), one)));
        }
        // Melodi's own lists leave out what was deleted; nobody misses it here.
        feedback.retain(|(_, one)| !one.is_deleted);
        let authors = feedback
            .iter()
            .filter_map(|(_, one)| one.external_user.as_ref());
        self.people(thread.external_user.iter().chain(authors))
            .await?;
        let known = RowRef::External(name.clone());
        let known = self
            .app
            .transcript(self.caller, &self.project, known)
            .await?;
        let draft = draft::conversation(&thread, known.as_ref())?;
        let mut news = known.is_none() || draft::says_something(&draft);
        if news {
            let drafts = vec![draft];
            self.app
                .ingest(self.caller, &self.project, drafts, None)
                .await?;
        }
        if feedback.is_empty() {
            return Ok(news);
        }
        let known = self.known_feedback(&name).await?;
        for (message, feedback) in feedback {
            let (id, what) = (thread.id, format!("feedback {}", feedback.id));
            let known = known.get(&feedback.id.to_string()).copied();
            match self.feedback(&name, message, feedback, known).await {
                Ok(VotedOutcome::Unchanged | VotedOutcome::Nothing) => {}
                Ok(_) => news = true,
                Err(Stop::This(reason)) => {
                    self.report.refused.push((id, format!("{what}: {reason}")));
                }
                Err(Stop::Everything(error)) => return Err(Stop::Everything(error)),
            }
        }
        Ok(news)
    }

    /// Makes people known to the workspace.
    async fn people(&self, users: impl Iterator<Item = &User>) -> Result<()> {
        for (name, user) in draft::people(users) {
            let by_name = RowRef::External(name.clone());
            let known = self.app.workspace_end_user(self.caller, &by_name).await?;
            if let Some(draft) = draft::person(user, known.as_ref()) {
                let workspace = self.project.workspace;
                self.app
                    .put_workspace_end_user(self.caller, workspace, &name, draft)
                    .await?;
            }
        }
        Ok(())
    }

    /// The feedback of a thread that was brought before, by Melodi's ids; also what was taken back since.
    async fn known_feedback(&self, thread: &str) -> Result<HashMap<String, FeedbackId>> {
        let filter = FeedbackFilter {
            projects: vec![self.project.id],
            conversation: Some(RowRef::External(thread.to_owned())),
            with_retracted: true,
            ..FeedbackFilter::default()
        };
        let mut paging = Paging::first(limits::PAGE_ITEMS);
        let mut known = HashMap::new();
        loop {
            let filter = filter.clone();
            let page = self.app.list_feedback(self.caller, filter, paging).await?;
            let items = page.items.into_iter();
            known.extend(items.filter_map(|one| Some((one.external_id?, one.id))));
            let Some(next) = page.next else {
                return Ok(known);
            };
            paging.after = Some(next);
        }
    }

    async fn feedback(
        &self,
        thread: &str,
        message: Option<String>,
        feedback: Feedback,
        known: Option<FeedbackId>,
    ) -> Result<VotedOutcome, Stop> {
        let created_at = draft::time("createdAt", &feedback.created_at)?;
        let updated_at = match &feedback.updated_at {
            Some(text) => draft::time("updatedAt", text)?,
            None => created_at,
        };
        let rating = feedback.rating.as_deref().map(convert::rating_named);
        let rating = rating.transpose().map_err(draft::reason)?;
        let attributes = self.answers(feedback.attribute_options).await?;
        let comment = feedback.comment.filter(|text| !text.is_empty());
        let asked = Asked {
            rating: Ask::set_or_absent(rating),
            comment: Ask::set_or_absent(comment),
            attributes: Ask::set_or_absent(Some(attributes).filter(|answers| !answers.is_empty())),
            ..Asked::default()
        };
        let addressee = match known {
            Some(known) => Addressee::Feedback(known),
            None => new_vote(
                thread,
                message,
                author(feedback.external_user, feedback.user_id),
            ),
        };
        let rules = convert::policy(Identity::EveryVote);
        let command = Command {
            unknown_targets: UnknownTargets::Accept,
            created_at: Some(created_at),
            updated_at: Some(updated_at),
            external_id: Some(feedback.id.to_string()),
            ..Command::new(&self.project, Dialect::Melodi, rules, addressee, asked)
        };
        match self.app.record_feedback(self.caller, command, None).await {
            Ok(voted) => Ok(voted.outcome),
            // What was taken back here stays so.
            Err(VoteError::Refused(_)) if known.is_some() => Ok(VotedOutcome::Unchanged),
            Err(VoteError::Refused(reason)) => Err(Stop::This(format!("{reason:?}"))),
            Err(VoteError::Failed(error)) => Err(error.into()),
        }
    }

    /// The answers that options mean. Attributes and options that are not there are defined.
    async fn answers(&self, options: Vec<AttributeOption>) -> Result<Vec<AttributeAnswer>> {
        let mut answers = Vec::with_capacity(options.len());
        for option in options {
            let attribute = &option.attribute.name;
            let answer = || {
                self.app
                    .attribute_answer(&self.project, attribute, &option.name)
            };
            if answer().is_err() {
                let draft = AttributeDraft {
                    name: attribute.clone(),
                    options: vec![option.name.clone()],
                };
                self.app
                    .put_attribute(self.caller, &self.project, draft)
                    .await?;
            }
            answers.push(answer()?);
        }
        Ok(answers)
    }
}

fn author(external_user: Option<User>, colleague: Option<i64>) -> AuthorRef {
    match (external_user, colleague) {
        (Some(user), _) => AuthorRef::EndUser {
            external_id: draft::name(user.external_id.as_ref(), user.id),
            of_workspace: true,
        },
        (None, Some(colleague)) => AuthorRef::Reviewer(format!("melodi:{colleague}")),
        (None, None) => AuthorRef::Anonymous,
    }
}

fn new_vote(thread: &str, message: Option<String>, author: AuthorRef) -> Addressee {
    let conversation = RowRef::External(thread.to_owned());
    Addressee::Vote {
        place: match message {
            None => Place::Conversation { conversation },
            Some(message) => Place::Message {
                conversation: Some(conversation),
                message: RowRef::External(message),
            },
        },
        author,
        name: DEFAULT_NAME.to_owned(),
    }
}
