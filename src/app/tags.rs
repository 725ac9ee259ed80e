//! Sorting conversations by words.

use super::{App, validate};
use crate::domain::vote::RowRef;
use crate::domain::{Caller, Project, Scope, TagChange};
use crate::error::Result;
use crate::limits;

impl App {
    /// Changes the tags of a conversation and returns what they are then; none if no such conversation is known. One that
    /// is to be given tags is registered by its name where the project accepts unknown targets.
    pub async fn change_tags(
        &self,
        caller: &Caller,
        project: &Project,
        conversation: RowRef,
        change: TagChange,
    ) -> Result<Option<Vec<String>>> {
        self.require_for_data(caller, Scope::FeedbackWrite)?;
        self.count_request_for(project.id)?;
        if let RowRef::External(name) = &conversation {
            validate::name("conversation", name, limits::EXTERNAL_ID_CHARACTERS)?;
        }
        validate::count("tags", change.tags().len(), limits::CONVERSATION_TAGS)?;
        for (place, tag) in change.tags().iter().enumerate() {
            validate::name(&format!("tags[{place}]"), tag, limits::NAME_CHARACTERS)?;
        }
        self.store
            .change_tags(project.id, conversation, change, project.unknown_targets)
            .await
    }
}
