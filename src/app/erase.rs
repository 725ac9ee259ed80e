//! Erasing what people said.

use super::App;
use crate::domain::vote::RowRef;
use crate::domain::{Caller, Project, Scope};
use crate::error::Result;

impl App {
    /// Erases a conversation: its title and texts are gone and no list shows it; votes on it stay and count.
    ///
    /// False if there is no such conversation, or if it is not the one of the person whom `owner` names.
    pub async fn erase_conversation(
        &self,
        caller: &Caller,
        project: &Project,
        conversation: RowRef,
        owner: Option<String>,
    ) -> Result<bool> {
        self.require_for_data(caller, Scope::FeedbackWrite)?;
        self.count_request_for(project.id)?;
        self.store
            .erase_conversation(project.id, conversation, owner)
            .await
    }
}
