//! Conversations with their messages, as the application tells of them.

use super::Store;
use super::batch::{Batch, Kind};
use super::codes::{Coded as _, blob, id};
use crate::clock;
use crate::domain::vote::RowRef;
use crate::domain::{
    ConversationDraft, ConversationId, EndUserDraft, MessageDraft, MessageId, ProjectId, Role,
    Timestamp,
};
use crate::error::Result;
use crate::store::Ingested;
use rusqlite::params;

impl Store {
    /// Registers conversations with their messages, or adds to what is known of them: all, or none.
    pub async fn ingest(
        &self,
        project: ProjectId,
        drafts: Vec<ConversationDraft>,
    ) -> Result<Vec<Ingested>> {
        self.write(move |batch| {
            drafts
                .iter()
                .map(|draft| batch.ingest(project, draft))
                .collect::<rusqlite::Result<_>>()
                .map(Ok)
        })
        .await
    }
}

impl Batch<'_> {
    fn ingest(
        &mut self,
        project: ProjectId,
        draft: &ConversationDraft,
    ) -> rusqlite::Result<Ingested> {
        let row = self.project(project)?;
        let now = self.now();
        let end_user = match &draft.end_user {
            None => None,
            Some(name) => {
                let scope = (
                    row.workspace,
                    (!draft.workspace_end_user).then_some(row.project),
                );
                let known = self.find_person(scope, name)?;
                let user = match known {
                    Some(user) => user,
                    None => self.insert_end_user(scope, name, &EndUserDraft::default(), now)?,
                };
                Some(user.row)
            }
        };
        let external = RowRef::External(draft.external_id.clone());
        let known = self.find_conversation(row.project, &external)?;
        let conversation = match known {
            Some((known, _)) => {
                self.change_conversation(known, draft, end_user, now)?;
                known
            }
            None => self.add_conversation(row.project, draft, end_user, now)?,
        };
        let mut messages = Vec::with_capacity(draft.messages.len());
        for (place, message) in draft.messages.iter().enumerate() {
            // Told without times, messages keep the order in which they were told.
            let at = now.plus_microseconds(i64::try_from(place).unwrap_or(i64::MAX));
            messages.push(self.put_message(row.project, conversation, message, end_user, at)?);
        }
        let id = self
            .connection
            .prepare_cached("SELECT id FROM conversations WHERE row_id = ?1")?
            .query_row([conversation], |row| id(row, 0))?;
        Ok(Ingested {
            conversation: ConversationId(id),
            messages,
            created: known.is_none(),
        })
    }

    fn add_conversation(
        &self,
        project: i64,
        draft: &ConversationDraft,
        end_user: Option<i64>,
        now: Timestamp,
    ) -> rusqlite::Result<i64> {
        self.connection
            .prepare_cached(
                "INSERT INTO conversations (id, project, external_key, external_id, end_user, title, metadata,
                 created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .insert(params![
                blob(&clock::new_id()),
                project,
                self.external_key(Kind::Conversation, project, &draft.external_id),
                draft.external_id,
                end_user,
                draft.title,
                draft.metadata,
                draft.created_at.unwrap_or(now).microseconds(),
                draft.created_at.unwrap_or(now).microseconds()
            ])
    }

    /// What was said of a known conversation replaces what was known; what was not said stays.
    fn change_conversation(
        &self,
        row: i64,
        draft: &ConversationDraft,
        end_user: Option<i64>,
        now: Timestamp,
    ) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(
                "UPDATE conversations SET end_user = ifnull(?2, end_user), title = ifnull(?3, title),
                 metadata = ifnull(?4, metadata), created_at = ifnull(?5, created_at), updated_at = ?6
                 WHERE row_id = ?1 AND (end_user IS NOT ifnull(?2, end_user) OR title IS NOT ifnull(?3, title)
                 OR metadata IS NOT ifnull(?4, metadata) OR created_at IS NOT ifnull(?5, created_at))",
            )?
            .execute(params![
                row,
                end_user,
                draft.title,
                draft.metadata,
                draft.created_at.map(Timestamp::microseconds),
                now.microseconds()
            ])?;
        Ok(())
    }

    /// A message of the conversation by its name, else a stub of that name that a vote left, else a new one.
    fn put_message(
        &mut self,
        project: i64,
        conversation: i64,
        draft: &MessageDraft,
        owner: Option<i64>,
        at: Timestamp,
    ) -> rusqlite::Result<MessageId> {
        let key = draft
            .external_id
            .as_deref()
            .map(|id| self.external_key(Kind::Message, project, id));
        let known = match &draft.external_id {
            Some(name) => self.message_named_in(project, name, Some(conversation))?,
            None => None,
        };
        if let Some(known) = known {
            self.change_message(known.row, conversation, draft, owner, at)?;
            return self
                .connection
                .prepare_cached("SELECT id FROM messages WHERE row_id = ?1")?
                .query_row([known.row], |row| id(row, 0).map(MessageId));
        }
        let made = MessageId(clock::new_id());
        self.connection
            .prepare_cached(
                "INSERT INTO messages (id, project, conversation, external_key, external_id, owner, role, query,
                 content, model, version, metadata, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                blob(&made.0),
                project,
                conversation,
                key,
                draft.external_id,
                owner,
                draft.role.unwrap_or(Role::Assistant).code(),
                draft.query,
                draft.content,
                draft.model,
                draft.version,
                draft.metadata,
                draft.created_at.unwrap_or(at).microseconds()
            ])?;
        Ok(made)
    }

    /// What was said of a known message replaces what was known; what was not said stays. A stub learns its time, which was
    /// that of its vote.
    fn change_message(
        &self,
        row: i64,
        conversation: i64,
        draft: &MessageDraft,
        owner: Option<i64>,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(
                "UPDATE messages SET conversation = ?2, owner = ifnull(?3, owner),
                 role = ifnull(?4, ifnull(role, ?5)), query = ifnull(?6, query), content = ifnull(?7, content),
                 model = ifnull(?8, model), version = ifnull(?9, version), metadata = ifnull(?10, metadata),
                 created_at = ifnull(?11, iif(role IS NULL, ?12, created_at)) WHERE row_id = ?1",
            )?
            .execute(params![
                row,
                conversation,
                owner,
                draft.role.map(crate::store::sqlite::codes::Coded::code),
                Role::Assistant.code(),
                draft.query,
                draft.content,
                draft.model,
                draft.version,
                draft.metadata,
                draft.created_at.map(Timestamp::microseconds),
                at.microseconds()
            ])?;
        Ok(())
    }
}
