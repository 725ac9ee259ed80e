//! Tags of conversations.

use super::Store;
use super::batch::Batch;
use super::conversations::texts;
use super::sql::{self, params};
use crate::domain::vote::RowRef;
use crate::domain::{ConversationDraft, ProjectId, TagChange, UnknownTargets};
use crate::error::{Error, Result};
use crate::limits;

impl Store {
    /// Changes the tags of a conversation and returns what they are then; none if no such conversation is known.
    pub async fn change_tags(
        &self,
        project: ProjectId,
        conversation: RowRef,
        change: TagChange,
        unknown_targets: UnknownTargets,
    ) -> Result<Option<Vec<String>>> {
        self.write_for(project, move |batch| {
            if let Some(row) = batch.conversation_of(project, &conversation)? {
                return Ok(batch.change_tags(row, &change)?.map(Some));
            }
            let RowRef::External(name) = &conversation else {
                return Ok(Ok(None));
            };
            if unknown_targets == UnknownTargets::Reject {
                return Ok(Ok(None));
            }
            if matches!(change, TagChange::Remove(_)) {
                return Ok(Ok(Some(Vec::new())));
            }
            let row = match batch.register(project, name)? {
                Ok(row) => row,
                Err(error) => return Ok(Err(error)),
            };
            batch.change_tags(row, &change).map(|tags| tags.map(Some))
        })
        .await
    }
}

impl Batch<'_> {
    fn conversation_of(
        &mut self,
        project: ProjectId,
        conversation: &RowRef,
    ) -> sql::Result<Option<i64>> {
        let project = self.project(project)?.project;
        let found = self.find_conversation(project, conversation)?;
        Ok(found.map(|(row, _)| row))
    }

    fn register(&mut self, project: ProjectId, name: &str) -> sql::Result<Result<i64>> {
        let draft = ConversationDraft {
            external_id: Some(name.to_owned()),
            ..ConversationDraft::default()
        };
        let made = match self.ingest(project, &draft, true)? {
            Ok(ingested) => RowRef::Id(ingested.conversation.0),
            Err(error) => return Ok(Err(error)),
        };
        self.conversation_of(project, &made)?
            .map(Ok)
            .ok_or(sql::Error::NoRows)
    }

    fn change_tags(
        &self,
        conversation: i64,
        change: &TagChange,
    ) -> sql::Result<Result<Vec<String>>> {
        let known = self
            .connection
            .prepare_cached("SELECT tags FROM conversations WHERE row_id = ?1")?
            .query_row([conversation], |row| texts(row, 0))?;
        let tags = change.applied_to(known.clone());
        if tags == known {
            return Ok(Ok(tags));
        }
        if tags.len() > limits::CONVERSATION_TAGS && matches!(change, TagChange::Add(_)) {
            let message = format!(
                "a conversation has at most {} tags",
                limits::CONVERSATION_TAGS
            );
            return Ok(Err(Error::invalid("tags", message)));
        }
        let text = match serde_json::to_string(&tags) {
            Ok(text) => (!tags.is_empty()).then_some(text),
            Err(error) => return Ok(Err(Error::internal(error))),
        };
        self.connection
            .prepare_cached(
                "UPDATE conversations SET tags = ?2, updated_at = ?3 WHERE row_id = ?1",
            )?
            .execute(params![conversation, text, self.now().microseconds()])?;
        Ok(Ok(tags))
    }
}
