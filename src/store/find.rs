//! Finding rows by how requests name them.

use super::batch::{Batch, Kind};
use super::codes::{blob, id};
use super::counted::Words;
use super::sql::{self, OptionalExtension as _, Row, params};
use super::sqlite::recent::Name;
use crate::domain::EndUserId;
use crate::domain::vote::RowRef;

// A plus sign keeps the planner from an index that begins with a column in which thousands of rows are alike: names are
// looked up by their hash.

/// An end user by name.
const FIND_END_USER: &str = "SELECT row_id, id FROM end_users \
     WHERE external_key = ?1 AND external_id = ?2 AND +workspace = ?3 AND +project IS NOT DISTINCT FROM ?4";
/// A conversation by name.
const FIND_CONVERSATION: &str = "SELECT row_id, end_user FROM conversations \
     WHERE external_key = ?1 AND external_id = ?2 AND +project = ?3";
/// A message of one conversation by name, or with 0 of those that belong to no conversation.
const FIND_MESSAGE_IN: &str = "SELECT m.row_id, m.conversation, m.owner, m.model, m.version \
     FROM message_names n CROSS JOIN messages m ON m.row_id = n.message \
     WHERE n.external_key = ?1 AND n.conversation = ?4 AND coalesce(m.conversation, 0) = ?4 \
     AND m.external_id = ?2 AND m.project = ?3 \
     ORDER BY n.message DESC LIMIT 1";
/// A message by name alone: the one of the newest conversation, for names may repeat between conversations.
const FIND_MESSAGE: &str = "SELECT m.row_id, m.conversation, m.owner, m.model, m.version \
     FROM message_names n CROSS JOIN messages m ON m.row_id = n.message \
     WHERE n.external_key = ?1 AND m.external_id = ?2 AND m.project = ?3 \
     ORDER BY n.conversation DESC, n.message DESC LIMIT 1";
/// The same two on PostgreSQL, where the names are an index of the messages. Numbers of rows do not tell which is newer there.
const FIND_MESSAGE_BY_INDEX: &str = "SELECT m.row_id, m.conversation, m.owner, m.model, m.version FROM messages m \
     WHERE m.external_key = ?1 AND m.external_id = ?2 AND m.project = ?3 \
     ORDER BY (SELECT c.id FROM conversations c WHERE c.row_id = m.conversation) DESC NULLS LAST, m.id DESC LIMIT 1";
const FIND_MESSAGE_IN_BY_INDEX: &str = "SELECT row_id, conversation, owner, model, version FROM messages \
     WHERE external_key = ?1 AND external_id = ?2 AND project = ?3 AND conversation = ?4 ORDER BY id DESC LIMIT 1";
/// One that belongs to no conversation; the last place is taken by what no row has.
const FIND_LOOSE_MESSAGE_BY_INDEX: &str = "SELECT row_id, conversation, owner, model, version FROM messages \
     WHERE external_key = ?1 AND external_id = ?2 AND project = ?3 AND conversation IS NULL AND row_id <> ?4 \
     ORDER BY id DESC LIMIT 1";
/// A recent message, which is not in the index yet, if it still has the name.
const FIND_RECENT: &str = "SELECT row_id, conversation, owner, model, version FROM messages \
     WHERE row_id = ?4 AND external_key = ?1 AND external_id = ?2 AND project = ?3";

/// Of a message: that its conversation was not erased.
pub(super) const NOT_ERASED: &str = "NOT EXISTS (SELECT 1 FROM conversations c \
     WHERE c.row_id = messages.conversation AND c.erased_at IS NOT NULL)";

/// An end user's row.
#[derive(Clone, Copy, Debug)]
pub(super) struct UserRow {
    pub(super) row: i64,
    pub(super) id: EndUserId,
}

/// A message's row.
pub(super) struct MessageRow {
    pub(super) row: i64,
    pub(super) conversation: Option<i64>,
    pub(super) owner: Option<i64>,
    pub(super) words: Words,
}

fn message_row(row: &Row<'_>) -> sql::Result<MessageRow> {
    Ok(MessageRow {
        row: row.get(0)?,
        conversation: row.get(1)?,
        owner: row.get(2)?,
        words: Words {
            model: row.get(3)?,
            version: row.get(4)?,
        },
    })
}

impl Batch<'_> {
    /// An end user of a workspace and perhaps a project, by what the application calls the person.
    pub(super) fn find_end_user(
        &self,
        (workspace, project): (i64, Option<i64>),
        external_id: &str,
    ) -> sql::Result<Option<UserRow>> {
        let scope = project.unwrap_or(-workspace);
        self.connection
            .prepare_cached(FIND_END_USER)?
            .query_row(
                params![
                    self.external_key(Kind::EndUser, scope, external_id),
                    external_id,
                    workspace,
                    project
                ],
                |row| {
                    Ok(UserRow {
                        row: row.get(0)?,
                        id: EndUserId(id(row, 1)?),
                    })
                },
            )
            .optional()
    }

    /// An end user as [`Batch::find_end_user`]; whom the project does not know, its workspace may.
    pub(super) fn find_person(
        &self,
        (workspace, project): (i64, Option<i64>),
        external_id: &str,
    ) -> sql::Result<Option<UserRow>> {
        let known = self.find_end_user((workspace, project), external_id)?;
        if known.is_some() || project.is_none() {
            return Ok(known);
        }
        self.find_end_user((workspace, None), external_id)
    }

    /// A conversation's row and owner.
    pub(super) fn find_conversation(
        &self,
        project: i64,
        conversation: &RowRef,
    ) -> sql::Result<Option<(i64, Option<i64>)>> {
        let pair = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        match conversation {
            RowRef::Id(id) => self
                .connection
                .prepare_cached(
                    "SELECT row_id, end_user FROM conversations WHERE id = ?1 AND project = ?2 AND erased_at IS NULL",
                )?
                .query_row(params![blob(id), project], pair),
            RowRef::Number(number) => self
                .connection
                .prepare_cached(
                    "SELECT row_id, end_user FROM conversations WHERE row_id = ?1 AND project = ?2 AND erased_at IS NULL",
                )?
                .query_row([*number, project], pair),
            RowRef::External(name) => self
                .connection
                .prepare_cached(FIND_CONVERSATION)?
                .query_row(
                    params![
                        self.external_key(Kind::Conversation, project, name),
                        name,
                        project
                    ],
                    pair,
                ),
        }
        .optional()
    }

    pub(super) fn conversation_owner(&self, conversation: i64) -> sql::Result<Option<i64>> {
        self.connection
            .prepare_cached("SELECT end_user FROM conversations WHERE row_id = ?1")?
            .query_row([conversation], |row| row.get(0))
    }

    pub(super) fn message_by_id(
        &self,
        project: i64,
        id: &uuid::Uuid,
    ) -> sql::Result<Option<MessageRow>> {
        self.connection
            .prepare_cached(
                &format!("SELECT row_id, conversation, owner, model, version FROM messages WHERE id = ?1 AND project = ?2 AND {NOT_ERASED}"),
            )?
            .query_row(params![blob(id), project], message_row)
            .optional()
    }

    pub(super) fn message_by_number(
        &self,
        project: i64,
        number: i64,
    ) -> sql::Result<Option<MessageRow>> {
        self.connection
            .prepare_cached(
                &format!("SELECT row_id, conversation, owner, model, version FROM messages WHERE row_id = ?1 AND project = ?2 AND {NOT_ERASED}"),
            )?
            .query_row([number, project], message_row)
            .optional()
    }

    pub(super) fn message_named(
        &self,
        project: i64,
        name: &str,
    ) -> sql::Result<Option<MessageRow>> {
        let key = self.external_key(Kind::Message, project, name);
        let indexed = self
            .connection
            .prepare_cached(self.connection.text(FIND_MESSAGE, FIND_MESSAGE_BY_INDEX))?
            .query_row(params![key, name, project], message_row)
            .optional()?;
        for recent in self.memory.recent.named(key) {
            let later = |found: &MessageRow| {
                (found.conversation.unwrap_or(0), found.row) > (recent.conversation, recent.message)
            };
            if indexed.as_ref().is_some_and(later) {
                break;
            }
            let found = self.recent_message(project, name, recent)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(indexed)
    }

    /// The message of a conversation, else one of that name that belongs to none yet.
    pub(super) fn message_named_in(
        &self,
        project: i64,
        name: &str,
        conversation: Option<i64>,
    ) -> sql::Result<Option<MessageRow>> {
        let key = self.external_key(Kind::Message, project, name);
        let found = self.message_keyed_in(key, project, name, conversation.unwrap_or(0))?;
        if found.is_none() && conversation.is_some() {
            return self.message_keyed_in(key, project, name, 0);
        }
        Ok(found)
    }

    fn message_keyed_in(
        &self,
        key: i64,
        project: i64,
        name: &str,
        conversation: i64,
    ) -> sql::Result<Option<MessageRow>> {
        // Names repeat in a conversation only where their hashes collide.
        for recent in self.memory.recent.named_in(key, conversation) {
            let found = self.recent_message(project, name, recent)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        let by_index = match conversation {
            0 => FIND_LOOSE_MESSAGE_BY_INDEX,
            _ => FIND_MESSAGE_IN_BY_INDEX,
        };
        self.connection
            .prepare_cached(self.connection.text(FIND_MESSAGE_IN, by_index))?
            .query_row(params![key, name, project, conversation], message_row)
            .optional()
    }

    /// What wrote a message.
    pub(super) fn words_of(&self, message: i64) -> sql::Result<Words> {
        self.connection
            .prepare_cached("SELECT model, version FROM messages WHERE row_id = ?1")?
            .query_row([message], |row| {
                Ok(Words {
                    model: row.get(0)?,
                    version: row.get(1)?,
                })
            })
    }

    fn recent_message(
        &self,
        project: i64,
        name: &str,
        recent: Name,
    ) -> sql::Result<Option<MessageRow>> {
        self.connection
            .prepare_cached(FIND_RECENT)?
            .query_row(
                params![recent.key, name, project, recent.message],
                message_row,
            )
            .optional()
    }

    pub(super) fn last_message(&self, conversation: i64) -> sql::Result<Option<MessageRow>> {
        self.connection
            .prepare_cached(
                "SELECT row_id, conversation, owner, model, version FROM messages WHERE conversation = ?1
                 ORDER BY created_at DESC, row_id DESC LIMIT 1",
            )?
            .query_row([conversation], message_row)
            .optional()
    }

    pub(super) fn latest_conversation(
        &self,
        project: i64,
        end_user: i64,
    ) -> sql::Result<Option<i64>> {
        self.connection
            .prepare_cached(self.connection.text(
                "SELECT row_id FROM conversations WHERE end_user = ?1 AND +project = ?2 AND erased_at IS NULL
                 ORDER BY created_at DESC, row_id DESC LIMIT 1",
                "SELECT row_id FROM conversations WHERE end_user = ?1 AND +project = ?2 AND erased_at IS NULL
                 ORDER BY created_at DESC, id DESC LIMIT 1",
            ))?
            .query_row([end_user, project], |row| row.get(0))
            .optional()
    }
}

#[cfg(test)]
mod tests;
