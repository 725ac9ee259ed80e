//! Which project a request means that names something in it and not the project.

use super::App;
use crate::domain::vote::RowRef;
use crate::domain::{Caller, Project};
use crate::error::Result;
use std::sync::Arc;

impl App {
    /// The project that knows a message, of those that the caller's key opens; the one of the latest, if several do.
    ///
    /// Tells no more than a vote by the same key would.
    pub async fn project_of_message(
        &self,
        caller: &Caller,
        message: &RowRef,
    ) -> Result<Option<Arc<Project>>> {
        Self::require_creating_feedback(caller)?;
        let find = || {
            self.store
                .find_message(self.opened(caller), message.clone())
        };
        let mut found = find().await?;
        if found.is_none() && self.told_so_far(None).await {
            found = find().await?;
        }
        Ok(found.and_then(|message| self.directory().project(message.project).cloned()))
    }

    /// The project that knows a conversation, of those that the caller's key opens; the one of the latest, if several do.
    pub async fn project_of_conversation(
        &self,
        caller: &Caller,
        conversation: &RowRef,
    ) -> Result<Option<Arc<Project>>> {
        Self::require_creating_feedback(caller)?;
        let find = || {
            self.store
                .find_conversation(self.opened(caller), conversation.clone())
        };
        let mut found = find().await?;
        if found.is_none() && self.told_so_far(None).await {
            found = find().await?;
        }
        Ok(found.and_then(|found| self.directory().project(found.project).cloned()))
    }
}
