//! What threads and messages are shown with, where it is asked for.

use super::organization;
use crate::app::App;
use crate::dialects::melodi::convert::{self, Included, On};
use crate::dialects::melodi::error::Rejection;
use crate::dialects::melodi::query::Parameters;
use crate::domain::{Author, Caller, Feedback, Message, TopicKind};
use std::collections::HashMap;

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted {
    pub(super) feedback: bool,
    pub(super) issues: bool,
    pub(super) intents: bool,
}

impl Wanted {
    /// What a message alone is shown with.
    pub(super) const EVERYTHING: Self = Self {
        feedback: true,
        issues: true,
        intents: true,
    };

    pub(super) fn of(parameters: &Parameters) -> Result<Self, Rejection> {
        let asked = |name| Ok::<_, Rejection>(parameters.flag(name)?.unwrap_or(false));
        Ok(Self {
            feedback: asked("includeFeedback")?,
            issues: asked("includeIssues")?,
            intents: asked("includeIntents")?,
        })
    }
}

/// Looks up what is asked for.
pub(super) async fn included<'all>(
    app: &App,
    caller: &Caller,
    wanted: Wanted,
    messages: impl Iterator<Item = &'all Message>,
    feedback: impl Iterator<Item = &'all Feedback>,
) -> Result<Included, Rejection> {
    let mut included = Included::default();
    if wanted.feedback {
        included.feedback = Some(shown_feedback(app, caller, feedback.collect()).await?);
    }
    if !wanted.issues && !wanted.intents {
        return Ok(included);
    }
    included.issues = wanted.issues.then(HashMap::new);
    included.intents = wanted.intents.then(HashMap::new);
    let numbers = messages.map(|message| message.number).collect();
    let directory = app.directory();
    for of in app.topics_of_messages(caller, numbers).await? {
        let (Some(project), message) = (directory.project(of.topic.project), of.message) else {
            continue;
        };
        match of.topic.kind {
            TopicKind::Issue => {
                if let Some(issues) = &mut included.issues {
                    let shown = convert::issue_association(project, of);
                    issues.entry(message).or_default().push(shown);
                }
            }
            TopicKind::Intent => {
                if let Some(intents) = &mut included.intents {
                    let shown = convert::intent_association(project, of);
                    intents.entry(message).or_default().push(shown);
                }
            }
        }
    }
    Ok(included)
}

/// Feedback with its authors.
async fn shown_feedback(
    app: &App,
    caller: &Caller,
    all: Vec<&Feedback>,
) -> Result<HashMap<On, Vec<crate::dialects::melodi::wire::Feedback>>, Rejection> {
    let author = |feedback: &Feedback| match &feedback.author {
        Author::EndUser { id, .. } => Some(*id),
        _ => None,
    };
    let mut authors: Vec<_> = all.iter().filter_map(|one| author(one)).collect();
    authors.sort_unstable();
    authors.dedup();
    let people = app.end_users(caller, authors).await?;
    let organization = organization(app, caller);
    let directory = app.directory();
    let mut shown: HashMap<_, Vec<_>> = HashMap::new();
    for feedback in all {
        let target = &feedback.target;
        let message = target
            .message
            .as_ref()
            .map(|message| On::Message(message.id));
        let thread = target.conversation.as_ref().map(|one| On::Thread(one.id));
        let (Some(on), Some(project)) = (message.or(thread), directory.project(feedback.project))
        else {
            continue;
        };
        let person = author(feedback).and_then(|id| people.get(&id)).cloned();
        let person = person.map(|person| convert::end_user(organization, person));
        let one = convert::feedback(&directory, organization, project, feedback, person);
        shown.entry(on).or_default().push(one);
    }
    Ok(shown)
}
