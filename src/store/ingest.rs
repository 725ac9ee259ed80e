//! Conversations with their messages, as the application tells of them.

use super::batch::{Batch, Kind, ProjectRow};
use super::codes::{Coded, blob, id};
use super::counted::Words;
use super::sql::{self, Owner, Seat, params};
use super::{Store, idempotency};
use crate::clock;
use crate::domain::vote::RowRef;
use crate::domain::{
    ConversationDraft, ConversationId, EndUserDraft, MessageDraft, MessageId, ProjectId, Role,
    Timestamp,
};
use crate::error::{Error, Result};
use crate::store::{Idempotency, Ingested};
use uuid::Uuid;

impl Store {
    /// Registers conversations with their messages, or adds to what is known of them: all, or none.
    pub async fn ingest(
        &self,
        project: ProjectId,
        drafts: Vec<ConversationDraft>,
        idempotency: Option<Idempotency>,
    ) -> Result<Vec<Ingested>> {
        self.write_for(project, move |batch| {
            if let Some(idempotency) = &idempotency {
                match idempotency::look_up_once(batch.connection, idempotency)? {
                    Err(error) => return Ok(Err(error)),
                    Ok(Some(once)) => return batch.recall(project, &drafts, once.id).map(Ok),
                    Ok(None) => {}
                }
            }
            let mut ingested = Vec::with_capacity(drafts.len());
            for draft in &drafts {
                match batch.ingest(project, draft, true)? {
                    Ok(one) => ingested.push(one),
                    Err(error) => return Ok(Err(error)),
                }
            }
            if let (Some(idempotency), Some(made)) = (&idempotency, made(&drafts, &ingested)) {
                idempotency::remember_once(batch.connection, idempotency, made, batch.now())?;
            }
            Ok(Ok(ingested))
        })
        .await
    }
}

/// What is remembered of a request: its first message without a name, which no later request can find, else its first
/// conversation.
fn made(drafts: &[ConversationDraft], ingested: &[Ingested]) -> Option<Uuid> {
    let told = drafts.iter().zip(ingested);
    told.flat_map(|(draft, ingested)| draft.messages.iter().zip(&ingested.messages))
        .find(|(message, _)| message.external_id.is_none())
        .map(|(_, id)| id.0)
        .or_else(|| ingested.first().map(|first| first.conversation.0))
}

/// Where a message is told, and by whom.
struct Told {
    project: i64,
    conversation: i64,
    owner: Option<i64>,
    /// When it was said, unless it says so itself.
    at: Timestamp,
    may_change: bool,
}

impl Batch<'_> {
    /// Registers a conversation with its messages, or adds to what is known of it. Where it may not change what is known,
    /// only what is new is added.
    pub(super) fn ingest(
        &mut self,
        project: ProjectId,
        draft: &ConversationDraft,
        may_change: bool,
    ) -> sql::Result<Result<Ingested>> {
        let row = self.project(project)?;
        let now = self.now();
        let end_user = match self.tell_of_person(row, draft, may_change)? {
            Ok(end_user) => end_user,
            Err(error) => return Ok(Err(error)),
        };
        let named = match (draft.known, &draft.external_id) {
            (Some(id), _) => Some(RowRef::Id(id.0)),
            (None, Some(name)) => Some(RowRef::External(name.clone())),
            (None, None) => None,
        };
        let known = match &named {
            None => None,
            Some(named) => self.find_conversation(row.project, named)?,
        };
        if draft.known.is_some() && known.is_none() {
            return Ok(Err(Error::not_found("no such conversation")));
        }
        if let (Some(end_user), Some(internal), true) =
            (end_user, draft.end_user_is_internal, may_change)
        {
            self.set_internal(row.project, end_user, internal)?;
        }
        let conversation = match known {
            Some((known, _)) => {
                if may_change {
                    self.change_conversation(known, draft, end_user, now)?;
                }
                known
            }
            None => self.add_conversation(row.project, draft, end_user, now)?,
        };
        let mut said_before = match known {
            Some((known, _)) => self.said_before(known, draft)?.into_iter(),
            None => Vec::new().into_iter(),
        };
        let mut messages = Vec::with_capacity(draft.messages.len());
        for (place, message) in draft.messages.iter().enumerate() {
            // Told without times, messages keep the order in which they were told.
            let at = now.plus_microseconds(i64::try_from(place).unwrap_or(i64::MAX));
            let told = Told {
                project: row.project,
                conversation,
                owner: end_user,
                at,
                may_change,
            };
            let known = match message.external_id {
                None => said_before.next(),
                Some(_) => None,
            };
            messages.push(self.put_message(&told, message, known)?);
        }
        Ok(Ok(Ingested {
            conversation: self.conversation_id(conversation)?,
            messages,
            created: known.is_none(),
            replayed: false,
        }))
    }

    /// The messages without a name with which a known conversation begins, as far as the draft repeats them.
    fn said_before(&self, conversation: i64, draft: &ConversationDraft) -> sql::Result<Vec<i64>> {
        if !draft.from_the_start {
            return Ok(Vec::new());
        }
        let mut told = draft
            .messages
            .iter()
            .filter(|told| told.external_id.is_none());
        let mut select = self.connection.prepare_cached(
            "SELECT row_id, role, speaker, content, format FROM messages WHERE conversation = ?1 AND external_id IS NULL
             ORDER BY created_at, row_id",
        )?;
        let mut rows = select.query([conversation])?;
        let mut repeated = Vec::new();
        while let (Some(told), Some(row)) = (told.next(), rows.next()?) {
            let role = told.role.unwrap_or(Role::Assistant).code();
            let same = row.get::<_, Option<i64>>(1)? == Some(role)
                && row.get::<_, Option<String>>(2)? == told.speaker
                && row.get::<_, Option<String>>(3)? == told.content
                && row.get::<_, Option<i64>>(4)? == told.format.map(Coded::code);
            if !same {
                break;
            }
            repeated.push(row.get(0)?);
        }
        Ok(repeated)
    }

    /// The row of the person who talks in a conversation, with what the draft says of the person.
    fn tell_of_person(
        &mut self,
        row: ProjectRow,
        draft: &ConversationDraft,
        may_change: bool,
    ) -> sql::Result<Result<Option<i64>>> {
        let Some(name) = &draft.end_user else {
            return Ok(Ok(None));
        };
        let scope = (
            row.workspace,
            (!draft.workspace_end_user).then_some(row.project),
        );
        let (says, now) = (&draft.end_user_draft, self.now());
        let Some(known) = self.find_person(scope, name)? else {
            let made = self.insert_end_user(scope, name, says, now)?;
            return Ok(Ok(Some(made.row)));
        };
        if may_change
            && !draft.end_user_stays
            && *says != EndUserDraft::default()
            && let Err(error) = self.change_end_user(row.workspace, known.row, says, now)?
        {
            return Ok(Err(error));
        }
        Ok(Ok(Some(known.row)))
    }

    /// The answer to a request that was carried out before, of which `made` is remembered. Nothing is stored: what came
    /// between stays.
    fn recall(
        &mut self,
        project: ProjectId,
        drafts: &[ConversationDraft],
        made: Uuid,
    ) -> sql::Result<Vec<Ingested>> {
        let project = self.project(project)?.project;
        let messages = drafts.iter().flat_map(|draft| &draft.messages);
        let nameless = messages.filter(|message| message.external_id.is_none());
        let mut nameless = self.nameless_messages(made, nameless.count())?.into_iter();
        let mut recalled = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let name = draft.external_id.clone();
            let external = name.map_or(RowRef::Id(made), RowRef::External);
            let (conversation, _) = self
                .find_conversation(project, &external)?
                .ok_or(sql::Error::NoRows)?;
            let mut messages = Vec::with_capacity(draft.messages.len());
            for message in &draft.messages {
                let id = match &message.external_id {
                    None => nameless.next(),
                    Some(name) => self
                        .message_named_in(project, name, Some(conversation))?
                        .map(|known| self.message_id(known.row))
                        .transpose()?,
                };
                messages.push(id.ok_or(sql::Error::NoRows)?);
            }
            recalled.push(Ingested {
                conversation: self.conversation_id(conversation)?,
                messages,
                created: false,
                replayed: true,
            });
        }
        Ok(recalled)
    }

    /// So many messages without a name, from the first one on. The writer is one, so those of a request lie together.
    fn nameless_messages(&self, first: Uuid, count: usize) -> sql::Result<Vec<MessageId>> {
        self.connection
            .prepare_cached(self.connection.text(
                "SELECT id FROM messages WHERE row_id >= (SELECT row_id FROM messages WHERE id = ?1)
                 AND external_id IS NULL ORDER BY row_id LIMIT ?2",
                "SELECT id FROM messages WHERE id >= ?1 AND external_id IS NULL ORDER BY id LIMIT ?2",
            ))?
            .query_map(
                params![blob(&first), i64::try_from(count).unwrap_or(i64::MAX)],
                |row| id(row, 0).map(MessageId),
            )?
            .collect()
    }

    pub(super) fn conversation_id(&self, row: i64) -> sql::Result<ConversationId> {
        self.connection
            .prepare_cached("SELECT id FROM conversations WHERE row_id = ?1")?
            .query_row([row], |row| id(row, 0).map(ConversationId))
    }

    fn message_id(&self, row: i64) -> sql::Result<MessageId> {
        self.connection
            .prepare_cached("SELECT id FROM messages WHERE row_id = ?1")?
            .query_row([row], |row| id(row, 0).map(MessageId))
    }

    fn add_conversation(
        &self,
        project: i64,
        draft: &ConversationDraft,
        end_user: Option<i64>,
        now: Timestamp,
    ) -> sql::Result<i64> {
        let id = clock::new_id();
        let name = draft.external_id.as_deref();
        let key = name.map(|name| self.external_key(Kind::Conversation, project, name));
        self.connection
            .insert("INSERT INTO conversations (id, project, external_key, external_id, end_user, title, metadata,
                 created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", self.seat_of_conversation(key, end_user, &id), params![
                blob(&id),
                project,
                key,
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
    ) -> sql::Result<()> {
        self.connection
            .prepare_cached(
                "UPDATE conversations SET end_user = coalesce(?2, end_user), title = coalesce(?3, title),
                 metadata = coalesce(?4, metadata), created_at = coalesce(?5, created_at), updated_at = ?6
                 WHERE row_id = ?1 AND (end_user IS DISTINCT FROM coalesce(?2, end_user) OR title IS DISTINCT FROM coalesce(?3, title)
                 OR metadata IS DISTINCT FROM coalesce(?4, metadata) OR created_at <> coalesce(?5, created_at))",
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

    /// A message of the conversation that is known already or by its name, else a stub of that name that a vote left, else
    /// a new one.
    fn put_message(
        &mut self,
        told: &Told,
        draft: &MessageDraft,
        known: Option<i64>,
    ) -> sql::Result<MessageId> {
        let Told {
            project,
            conversation,
            ..
        } = *told;
        let key = draft
            .external_id
            .as_deref()
            .map(|id| self.external_key(Kind::Message, project, id));
        let known = match &draft.external_id {
            Some(name) => self
                .message_named_in(project, name, Some(conversation))?
                .map(|named| named.row),
            None => known,
        };
        let says = Words {
            model: draft.model.clone(),
            version: draft.version.clone(),
        };
        if let Some(known) = known {
            if told.may_change {
                self.change_message(known, told, draft)?;
                self.change_words(known, project, says)?;
            }
            return self.message_id(known);
        }
        let made = MessageId(clock::new_id());
        let seat = match key {
            Some(_) => self.seat_of(key, &made.0),
            None => Seat::Beside(Owner::Conversation(conversation)),
        };
        let row = self
            .connection
            .insert("INSERT INTO messages (id, project, conversation, external_key, external_id, owner, role, query,
                 content, model, version, metadata, created_at, speaker, format)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)", seat, params![
                blob(&made.0),
                project,
                conversation,
                key,
                draft.external_id,
                told.owner,
                draft.role.unwrap_or(Role::Assistant).code(),
                draft.query,
                draft.content,
                draft.model,
                draft.version,
                draft.metadata,
                draft.created_at.unwrap_or(told.at).microseconds(),
                draft.speaker,
                draft.format.map(Coded::code)
            ])?;
        self.message_added(key, row, Some(conversation));
        self.learn_words(&says)?;
        Ok(made)
    }

    /// What is said of what wrote a known message. What was not said stays.
    fn change_words(&mut self, row: i64, project: i64, says: Words) -> sql::Result<()> {
        if says == Words::default() {
            return Ok(());
        }
        let before = self.words_of(row)?;
        let after = Words {
            model: says.model.or_else(|| before.model.clone()),
            version: says.version.or_else(|| before.version.clone()),
        };
        if before == after {
            return Ok(());
        }
        self.connection
            .prepare_cached("UPDATE messages SET model = ?2, version = ?3 WHERE row_id = ?1")?
            .execute(params![row, after.model, after.version])?;
        self.words_changed(project, row, &before, &after)
    }

    /// What was said of a known message replaces what was known; what was not said stays. A stub learns its time, which was
    /// that of its vote.
    fn change_message(&mut self, row: i64, told: &Told, draft: &MessageDraft) -> sql::Result<()> {
        let key: Option<i64> = self
            .connection
            .prepare_cached(
                "UPDATE messages SET conversation = ?2, owner = coalesce(?3, owner),
                 role = coalesce(?4, CASE WHEN CAST(?11 AS TEXT) IS NULL THEN role END, ?5), query = coalesce(?6, query), content = coalesce(?7, content),
                 metadata = coalesce(?8, metadata),
                 created_at = coalesce(?9, CASE WHEN role IS NULL THEN ?10 ELSE created_at END),
                 speaker = CASE WHEN ?4 IS NULL THEN coalesce(?11, speaker) ELSE ?11 END,
                 format = coalesce(?12, format) WHERE row_id = ?1 RETURNING external_key",
            )?
            .query_row(params![
                row,
                told.conversation,
                told.owner,
                draft.role.map(Coded::code),
                Role::Assistant.code(),
                draft.query,
                draft.content,
                draft.metadata,
                draft.created_at.map(Timestamp::microseconds),
                told.at.microseconds(),
                draft.speaker,
                draft.format.map(Coded::code)
            ], |row| row.get(0))?;
        self.name_linked(key, row, told.conversation)
    }
}
