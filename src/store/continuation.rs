//! Messages of a person who names no conversation.

use super::Store;
use super::batch::{Batch, ProjectRow};
use super::codes::{id, time};
use super::conversations::find_message;
use super::sql::{self, params};
use crate::domain::{
    Continuation, ConversationDraft, ConversationId, Message, MessageDraft, ProjectId, Timestamp,
    UnknownTargets,
};
use crate::error::{Error, Result};

impl Store {
    /// Adds a message to the person's latest conversation of a project, or begins a new one with it. None, and nothing
    /// is stored, if the person is not known and unknown ones are refused.
    pub async fn continue_conversation(
        &self,
        project: ProjectId,
        unknown: UnknownTargets,
        said: Continuation,
    ) -> Result<Option<Message>> {
        self.write_for(project, move |batch| {
            batch.continue_conversation(project, unknown, &said)
        })
        .await
    }
}

impl Batch<'_> {
    fn continue_conversation(
        &mut self,
        project: ProjectId,
        unknown: UnknownTargets,
        said: &Continuation,
    ) -> sql::Result<Result<Option<Message>>> {
        let ProjectRow {
            project: row,
            workspace,
        } = self.project(project)?;
        let person = self.find_end_user((workspace, None), &said.end_user)?;
        let latest = match person {
            None if unknown == UnknownTargets::Reject => return Ok(Ok(None)),
            None => None,
            Some(person) => self.latest_conversation(row, person.row)?,
        };
        let at = said.message.created_at.unwrap_or_else(|| self.now());
        let said_before = self.said_in(row, person.map(|person| person.row), &said.message)?;
        let going_on = match said_before {
            Some(before) => Some(before),
            None => latest
                .map(|latest| self.last_said(latest))
                .transpose()?
                .filter(|(_, last)| said.goes_on(*last, at))
                .map(|(conversation, _)| conversation),
        };
        let draft = ConversationDraft {
            known: going_on,
            end_user: Some(said.end_user.clone()),
            workspace_end_user: true,
            created_at: said.message.created_at.filter(|_| going_on.is_none()),
            messages: vec![said.message.clone()],
            ..ConversationDraft::default()
        };
        let ingested = match self.ingest(project, &draft, true)? {
            Ok(ingested) => ingested,
            Err(error) => return Ok(Err(error)),
        };
        let message = ingested.messages.first();
        let message = message
            .map(|id| self.message_by_id(row, &id.0))
            .transpose()?;
        match message.flatten() {
            Some(message) => {
                find_message(self.connection, message.row).map(|found| Ok(Some(found)))
            }
            None => Ok(Err(Error::internal(
                "a message that was just stored is not there",
            ))),
        }
    }

    /// The person's conversation in which this message was said already.
    fn said_in(
        &self,
        project: i64,
        person: Option<i64>,
        message: &MessageDraft,
    ) -> sql::Result<Option<ConversationId>> {
        let (Some(person), Some(name)) = (person, &message.external_id) else {
            return Ok(None);
        };
        let known = self.message_named(project, name)?;
        match known.and_then(|known| known.conversation) {
            Some(conversation) if self.conversation_owner(conversation)? == Some(person) => {
                self.conversation_id(conversation).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// A conversation's id, and when something was last said in it; when it began, if nothing was yet.
    fn last_said(&self, conversation: i64) -> sql::Result<(ConversationId, Timestamp)> {
        let said = self
            .connection
            .prepare_cached("SELECT max(created_at) FROM messages WHERE conversation = ?1")?
            .query_row([conversation], |row| row.get::<_, Option<i64>>(0))?;
        self.connection
            .prepare_cached(
                "SELECT id, coalesce(CAST(?2 AS BIGINT), created_at) FROM conversations WHERE row_id = ?1",
            )?
            .query_row(params![conversation, said], |row| {
                Ok((ConversationId(id(row, 0)?), time(row, 1)?))
            })
    }
}
