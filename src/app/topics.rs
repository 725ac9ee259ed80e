//! What messages are about: issues that people run into, intents that they have.

use super::{App, validate};
use crate::domain::{Caller, Project, Scope, Topic, TopicDraft, TopicKind, TopicOfMessage};
use crate::error::{Error, Result};
use crate::limits;

impl App {
    /// Makes a topic of a project. One of the same kind and name stays as it is.
    pub async fn put_topic(
        &self,
        caller: &Caller,
        project: &Project,
        draft: TopicDraft,
    ) -> Result<Topic> {
        self.require_for_data(caller, Scope::FeedbackWrite)?;
        self.count_request_for(project.id)?;
        Self::check_topic(&draft)?;
        self.store.put_topic(project.id, draft).await
    }

    /// Whether what is said of a topic is within bounds, for interfaces that do more before they make it.
    pub fn check_topic(draft: &TopicDraft) -> Result<()> {
        validate::name("name", &draft.name, limits::NAME_CHARACTERS)?;
        draft.description.as_ref().map_or(Ok(()), |description| {
            validate::text("description", description, limits::TITLE_CHARACTERS)
        })
    }

    /// Says that a message is about a topic of its project, both by number. Saying it again changes nothing. A topic or
    /// message of a project that the key does not open is as unknown as one that does not exist.
    pub async fn attach_topic(
        &self,
        caller: &Caller,
        kind: TopicKind,
        topic: i64,
        message: i64,
    ) -> Result<TopicOfMessage> {
        self.require_for_data(caller, Scope::FeedbackWrite)?;
        let projects = self.opened(caller);
        let attached = self.store.attach_topic(projects, kind, topic, message);
        attached.await?.ok_or_else(|| {
            Error::not_found(format!(
                "no such {}, no such message, or they are of two projects",
                kind.name()
            ))
        })
    }

    /// Takes back that a message is about a topic, by the number of that.
    pub async fn detach_topic(&self, caller: &Caller, kind: TopicKind, number: i64) -> Result<()> {
        self.require_for_data(caller, Scope::FeedbackWrite)?;
        let projects = self.opened(caller);
        if self.store.detach_topic(projects, kind, number).await? {
            Ok(())
        } else {
            Err(Error::not_found(format!(
                "no message is associated with an {} by this id",
                kind.name()
            )))
        }
    }

    /// What messages are about, by their numbers, in the order in which it was said.
    pub async fn topics_of_messages(
        &self,
        caller: &Caller,
        messages: Vec<i64>,
    ) -> Result<Vec<TopicOfMessage>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        let projects = self.opened(caller);
        self.store.topics_of_messages(projects, messages).await
    }
}
