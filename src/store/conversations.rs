//! Reading conversations and messages.

use super::administer::project_row;
use super::codes::{blob, id, optional_coded, optional_id, time, unexpected};
use super::filter::{Conditions, conversation_row, message_rows, rows};
use super::sql::Value;
use super::sql::{self, Connection, OptionalExtension as _, Row, params, params_from_iter};
use super::{Store, one_more};
use crate::domain::vote::RowRef;
use crate::domain::{
    Conversation, ConversationId, EndUserId, Message, MessageId, ProjectId, Role, Timestamp,
};
use crate::error::Result;
use crate::limits;
use crate::store::{ConversationFilter, Cursor, Excerpts, MessageFilter, Page, Paging};
use std::collections::HashMap;

/// A query whose rows [`read_conversation`] reads.
pub(super) const SELECT_CONVERSATION: &str = "SELECT c.id, p.id, c.external_id, u.id, u.external_id, c.title, c.metadata, \
     c.created_at, c.updated_at, c.row_id, c.tags, c.end_user FROM conversations c JOIN projects p ON p.row_id = c.project \
     LEFT JOIN end_users u ON u.row_id = c.end_user";

const SELECT_MESSAGE: &str = "SELECT m.id, p.id, c.id, c.external_id, m.external_id, u.id, u.external_id, m.role, \
     m.query, m.content, m.model, m.version, m.metadata, m.created_at, m.conversation, m.row_id, \
     m.speaker, m.format FROM messages m \
     JOIN projects p ON p.row_id = m.project LEFT JOIN conversations c ON c.row_id = m.conversation \
     LEFT JOIN end_users u ON u.row_id = coalesce(m.owner, c.end_user)";

impl Store {
    /// A page of a project's conversations, the latest first.
    pub async fn list_conversations(
        &self,
        filter: ConversationFilter,
        paging: Paging,
    ) -> Result<Page<Conversation>> {
        self.read(move |connection| list_conversations(connection, &filter, paging))
            .await
    }

    /// The beginnings of messages and of what they answer, in the order in which they are named; of those that are not
    /// known nothing.
    pub async fn excerpts(&self, messages: Vec<Option<MessageId>>) -> Result<Vec<Excerpts>> {
        self.read(move |connection| excerpts(connection, &messages))
            .await
    }

    /// One conversation of a project.
    pub async fn conversation(
        &self,
        project: ProjectId,
        conversation: RowRef,
    ) -> Result<Option<Conversation>> {
        self.read(move |connection| {
            let Some((project, _)) = project_row(connection, project)? else {
                return Ok(None);
            };
            conversation_row(connection, project, &conversation)?
                .map(|row| {
                    connection
                        .prepare_cached(&format!("{SELECT_CONVERSATION} WHERE c.row_id = ?1"))?
                        .query_row([row], read_conversation)
                })
                .transpose()
        })
        .await
    }

    /// The latest messages of one conversation that come before a place, oldest first. `next` tells whether there are
    /// earlier ones.
    pub async fn list_messages(&self, filter: MessageFilter) -> Result<Page<Message>> {
        self.read(move |connection| list_messages(connection, &filter))
            .await
    }

    /// One message of a project; the newest, if the name is used in several conversations.
    pub async fn message(&self, project: ProjectId, message: RowRef) -> Result<Option<Message>> {
        self.read(move |connection| {
            let Some((project, _)) = project_row(connection, project)? else {
                return Ok(None);
            };
            message_rows(connection, project, &message)?
                .first()
                .map(|row| find_message(connection, *row))
                .transpose()
        })
        .await
    }

    /// A conversation of any of these projects; the latest, if the name is used in several.
    pub async fn find_conversation(
        &self,
        projects: Vec<ProjectId>,
        conversation: RowRef,
    ) -> Result<Option<Conversation>> {
        self.read(move |connection| {
            let mut found = Vec::new();
            for project in projects {
                let Some((project, _)) = project_row(connection, project)? else {
                    continue;
                };
                if let Some(row) = conversation_row(connection, project, &conversation)? {
                    found.push(
                        connection
                            .prepare_cached(&format!("{SELECT_CONVERSATION} WHERE c.row_id = ?1"))?
                            .query_row([row], read_conversation)?,
                    );
                }
            }
            Ok(latest(found, |one| (one.created_at, one.number)))
        })
        .await
    }

    /// A message of any of these projects; the latest, if the name is used in several.
    pub async fn find_message(
        &self,
        projects: Vec<ProjectId>,
        message: RowRef,
    ) -> Result<Option<Message>> {
        self.read(move |connection| {
            let mut found = Vec::new();
            for project in projects {
                let Some((project, _)) = project_row(connection, project)? else {
                    continue;
                };
                if let Some(row) = message_rows(connection, project, &message)?.first() {
                    found.push(find_message(connection, *row)?);
                }
            }
            Ok(latest(found, |one| (one.created_at, one.number)))
        })
        .await
    }
}

/// Of rows found in several projects, the one that was made last.
fn latest<T>(found: Vec<T>, made: impl Fn(&T) -> (Timestamp, i64)) -> Option<T> {
    found.into_iter().max_by_key(|one| made(one))
}

fn list_conversations(
    connection: Connection<'_>,
    filter: &ConversationFilter,
    paging: Paging,
) -> sql::Result<Page<Conversation>> {
    let mut conditions = Conditions::default();
    let project = project_row(connection, filter.project)?.map(|(project, _)| project);
    conditions.add("c.project = ? AND c.erased_at IS NULL", [project.into()]);
    if let Some(end_user) = filter.end_user {
        let row: Option<i64> = connection
            .prepare_cached("SELECT row_id FROM end_users WHERE id = ?1")?
            .query_row([blob(&end_user.0)], |row| row.get(0))
            .optional()?;
        conditions.add("c.end_user = ?", [row.into()]);
    }
    if let Some(cursor) = paging.after {
        let row: i64 = connection
            .prepare_cached("SELECT row_id FROM conversations WHERE id = ?1")?
            .query_row([blob(&cursor.id)], |row| row.get(0))
            .optional()?
            .unwrap_or(i64::MAX);
        let place = [cursor.at.microseconds(), row].map(Value::Integer);
        conditions.add("(c.created_at, c.row_id) < (?, ?)", place);
    }
    let sql = format!(
        "{SELECT_CONVERSATION} WHERE {} ORDER BY c.created_at DESC, c.row_id DESC LIMIT {}",
        conditions.sql(),
        one_more(paging.limit)
    );
    let found = connection
        .prepare_cached(&sql)?
        .query_map(params_from_iter(conditions.values), read_conversation)?
        .collect::<sql::Result<Vec<_>>>()?;
    Ok(Page::from_one_more(found, paging.limit, |conversation| {
        Cursor {
            at: conversation.created_at,
            id: conversation.id.0,
        }
    }))
}

pub(super) fn read_conversation(row: &Row<'_>) -> sql::Result<Conversation> {
    Ok(Conversation {
        id: ConversationId(id(row, 0)?),
        project: ProjectId(id(row, 1)?),
        external_id: row.get(2)?,
        end_user: person(row, 3)?,
        title: row.get(5)?,
        metadata: row.get(6)?,
        created_at: time(row, 7)?,
        updated_at: time(row, 8)?,
        number: row.get(9)?,
        tags: texts(row, 10)?,
    })
}

/// A JSON list of texts, or nothing.
pub(super) fn texts(row: &Row<'_>, column: usize) -> sql::Result<Vec<String>> {
    let Some(text) = row.text(column)? else {
        return Ok(Vec::new());
    };
    serde_json::from_str(text).map_err(|error| unexpected(column, error.to_string()))
}

fn person(row: &Row<'_>, first: usize) -> sql::Result<Option<(EndUserId, String)>> {
    Ok(match optional_id(row, first)? {
        None => None,
        Some(id) => Some((EndUserId(id), row.get(first + 1)?)),
    })
}

fn list_messages(connection: Connection<'_>, filter: &MessageFilter) -> sql::Result<Page<Message>> {
    let before = match filter.before {
        None => (Timestamp::MAX.microseconds(), i64::MAX),
        Some(message) => connection
            .prepare_cached("SELECT created_at, row_id FROM messages WHERE id = ?1")?
            .query_row([blob(&message.0)], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?
            .unwrap_or((i64::MIN, i64::MIN)),
    };
    let sql = format!(
        "{SELECT_MESSAGE} WHERE m.conversation = (SELECT row_id FROM conversations WHERE id = ?1)
         AND (m.created_at, m.row_id) < (?2, ?3) ORDER BY m.created_at DESC, m.row_id DESC LIMIT ?4"
    );
    let found = connection
        .prepare_cached(&sql)?
        .query_map(
            params![
                blob(&filter.conversation.0),
                before.0,
                before.1,
                one_more(filter.limit)
            ],
            read_message,
        )?
        .collect::<sql::Result<Vec<_>>>()?;
    let mut page = Page::from_one_more(found, filter.limit, |message| Cursor {
        at: message.created_at,
        id: message.id.0,
    });
    page.items.reverse();
    Ok(page)
}

/// The beginnings of messages and of what they answer, with one question to the engine for all of them. Machines of Citus look
/// for no message beside another, so it is asked for each there.
fn excerpts(
    connection: Connection<'_>,
    messages: &[Option<MessageId>],
) -> sql::Result<Vec<Excerpts>> {
    if connection.is_spread() {
        let excerpts = messages.iter().map(|message| match message {
            None => Ok(Excerpts::default()),
            Some(message) => excerpts_of(connection, *message),
        });
        return excerpts.collect();
    }
    let known: Vec<_> = messages.iter().flatten().collect();
    let texts: Vec<_> = known.iter().map(|id| id.0.simple().to_string()).collect();
    let ids = connection.text("unhex(value)", "CAST(value AS UUID)");
    let most = i64::try_from(limits::EXCERPT_CHARACTERS).unwrap_or(i64::MAX);
    let found = connection
        .prepare_cached(&format!(
            "SELECT m.id, substr(coalesce(m.query, (
               SELECT q.content FROM messages q WHERE q.conversation = m.conversation AND q.role = 0
               AND (q.created_at, q.row_id) < (m.created_at, m.row_id)
               ORDER BY q.created_at DESC, q.row_id DESC LIMIT 1)), 1, ?2), substr(m.content, 1, ?2)
             FROM messages m WHERE m.id IN (SELECT {ids} FROM json_each(?1))"
        ))?
        .query_map(params![serde_json::json!(texts).to_string(), most], |row| {
            let excerpts = Excerpts {
                question: row.get(1)?,
                answer: row.get(2)?,
            };
            Ok((MessageId(id(row, 0)?), excerpts))
        })?
        .collect::<sql::Result<HashMap<_, _>>>()?;
    let of = |message: &Option<MessageId>| found.get(message.as_ref()?).cloned();
    Ok(messages
        .iter()
        .map(|one| of(one).unwrap_or_default())
        .collect())
}

/// The latest messages of a conversation, oldest first.
pub(super) fn messages_of(
    connection: Connection<'_>,
    conversation: i64,
    most: usize,
) -> sql::Result<Vec<Message>> {
    let mut messages = connection
        .prepare_cached(&format!(
            "{SELECT_MESSAGE} WHERE m.conversation = ?1 ORDER BY m.created_at DESC, m.row_id DESC LIMIT ?2"
        ))?
        .query_map(
            params![conversation, i64::try_from(most).unwrap_or(i64::MAX)],
            read_message,
        )?
        .collect::<sql::Result<Vec<_>>>()?;
    messages.reverse();
    Ok(messages)
}

/// The same of several conversations, by their rows.
pub(super) fn messages_of_each(
    connection: Connection<'_>,
    conversations: &[i64],
    most: usize,
) -> sql::Result<HashMap<i64, Vec<Message>>> {
    let latest = connection.text(
        "SELECT one.row_id FROM json_each(?1) wanted CROSS JOIN messages one ON one.row_id IN (
           SELECT row_id FROM messages WHERE conversation = wanted.value
           ORDER BY created_at DESC, row_id DESC LIMIT ?2)",
        if connection.is_spread() {
            // Machines take no row beside another.
            "SELECT row_id FROM (
               SELECT row_id, row_number() OVER (PARTITION BY conversation ORDER BY created_at DESC, row_id DESC) AS place
               FROM messages WHERE conversation IN (SELECT CAST(value AS BIGINT) FROM json_each(?1))) placed WHERE place <= ?2"
        } else {
            "SELECT one.row_id FROM json_each(?1) wanted CROSS JOIN LATERAL (
               SELECT row_id FROM messages WHERE conversation = CAST(wanted.value AS BIGINT)
               ORDER BY created_at DESC, row_id DESC LIMIT ?2) one"
        },
    );
    let sql = format!(
        "{SELECT_MESSAGE} WHERE m.row_id IN ({latest}) ORDER BY m.conversation, m.created_at, m.row_id"
    );
    let mut messages = HashMap::<i64, Vec<Message>>::new();
    let mut select = connection.prepare_cached(&sql)?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut rows = select.query(params![rows(conversations), most])?;
    while let Some(row) = rows.next()? {
        let message = read_message(&row)?;
        messages.entry(row.get(14)?).or_default().push(message);
    }
    Ok(messages)
}

fn read_message(row: &Row<'_>) -> sql::Result<Message> {
    let conversation = match optional_id(row, 2)? {
        None => None,
        Some(id) => Some((ConversationId(id), row.get(3)?)),
    };
    let role: Option<Role> = optional_coded(row, 7)?;
    Ok(Message {
        id: MessageId(id(row, 0)?),
        project: ProjectId(id(row, 1)?),
        conversation,
        external_id: row.get(4)?,
        owner: person(row, 5)?,
        role,
        query: row.get(8)?,
        content: row.get(9)?,
        model: row.get(10)?,
        version: row.get(11)?,
        metadata: row.get(12)?,
        created_at: time(row, 13)?,
        stub: role.is_none(),
        number: row.get(15)?,
        speaker: row.get(16)?,
        format: optional_coded(row, 17)?.unwrap_or_default(),
    })
}

/// A message by its row.
pub(super) fn find_message(connection: Connection<'_>, row: i64) -> sql::Result<Message> {
    connection
        .prepare_cached(&format!("{SELECT_MESSAGE} WHERE m.row_id = ?1"))?
        .query_row([row], read_message)
}

/// A message, and what it answers: its own query, else the user's last message before it in the conversation.
pub(super) fn message_with_question(
    connection: Connection<'_>,
    row: i64,
) -> sql::Result<(Message, Option<String>)> {
    let message = find_message(connection, row)?;
    if message.query.is_some() {
        let question = message.query.clone();
        return Ok((message, question));
    }
    let spot = connection
        .prepare_cached("SELECT conversation, created_at, row_id FROM messages WHERE row_id = ?1")?
        .query_row([row], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok((message, question_before(connection, spot, ALL)?))
}

/// More characters than a text has; PostgreSQL counts them up to this.
const ALL: i64 = 2_147_483_647;

/// The beginnings of a message and of what it answers.
fn excerpts_of(connection: Connection<'_>, message: MessageId) -> sql::Result<Excerpts> {
    let most = i64::try_from(limits::EXCERPT_CHARACTERS).unwrap_or(i64::MAX);
    let found = connection
        .prepare_cached(
            "SELECT substr(query, 1, ?2), substr(content, 1, ?2), conversation, created_at, row_id FROM messages WHERE id = ?1",
        )?
        .query_row(params![blob(&message.0), most], |row| {
            let (question, answer) = (row.get(0)?, row.get(1)?);
            Ok((Excerpts { question, answer }, (row.get(2)?, row.get(3)?, row.get(4)?)))
        })
        .optional()?;
    let Some((mut excerpts, spot)) = found else {
        return Ok(Excerpts::default());
    };
    if excerpts.question.is_none() {
        excerpts.question = question_before(connection, spot, most)?;
    }
    Ok(excerpts)
}

/// The beginning of the user's last message before a place in a conversation. It is asked for by itself, for messages of one
/// conversation lie in many buckets.
fn question_before(
    connection: Connection<'_>,
    (conversation, created_at, row): (Option<i64>, i64, i64),
    most: i64,
) -> sql::Result<Option<String>> {
    let Some(conversation) = conversation else {
        return Ok(None);
    };
    let question = connection
        .prepare_cached(
            "SELECT substr(content, 1, ?4) FROM messages WHERE conversation = ?1 AND role = 0
             AND (created_at, row_id) < (?2, ?3) ORDER BY created_at DESC, row_id DESC LIMIT 1",
        )?
        .query_row([conversation, created_at, row, most], |row| row.get(0))
        .optional()?;
    Ok(question.flatten())
}
