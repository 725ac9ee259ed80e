//! Finding rows by how requests name them.

use super::batch::{Batch, Kind};
use super::codes::{blob, id};
use crate::domain::EndUserId;
use crate::domain::vote::RowRef;
use rusqlite::{OptionalExtension as _, Row, params};

// A plus sign keeps the planner from an index that begins with a column in which thousands of rows are alike: names are
// looked up by their hash.

/// An end user by name.
const FIND_END_USER: &str = "SELECT row_id, id FROM end_users \
     WHERE external_key = ?1 AND external_id = ?2 AND +workspace = ?3 AND +project IS ?4";
/// A conversation by name.
const FIND_CONVERSATION: &str = "SELECT row_id, end_user FROM conversations \
     WHERE external_key = ?1 AND external_id = ?2 AND +project = ?3";
/// A message of one conversation by name, or with none of those that belong to no conversation.
const FIND_MESSAGE_IN: &str = "SELECT row_id, conversation, owner FROM messages \
     WHERE external_key = ?1 AND conversation IS ?4 AND external_id = ?2 AND +project = ?3 \
     ORDER BY row_id DESC LIMIT 1";
/// A message by name alone: the one of the newest conversation, for names may repeat between conversations.
const FIND_MESSAGE: &str = "SELECT row_id, conversation, owner FROM messages \
     WHERE external_key = ?1 AND external_id = ?2 AND +project = ?3 \
     ORDER BY conversation DESC, row_id DESC LIMIT 1";

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
}

fn message_row(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    Ok(MessageRow {
        row: row.get(0)?,
        conversation: row.get(1)?,
        owner: row.get(2)?,
    })
}

impl Batch<'_> {
    /// An end user of a workspace and perhaps a project, by what the application calls the person.
    pub(super) fn find_end_user(
        &self,
        (workspace, project): (i64, Option<i64>),
        external_id: &str,
    ) -> rusqlite::Result<Option<UserRow>> {
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
    ) -> rusqlite::Result<Option<UserRow>> {
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
    ) -> rusqlite::Result<Option<(i64, Option<i64>)>> {
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

    pub(super) fn conversation_owner(&self, conversation: i64) -> rusqlite::Result<Option<i64>> {
        self.connection
            .prepare_cached("SELECT end_user FROM conversations WHERE row_id = ?1")?
            .query_row([conversation], |row| row.get(0))
    }

    pub(super) fn message_by_id(
        &self,
        project: i64,
        id: &uuid::Uuid,
    ) -> rusqlite::Result<Option<MessageRow>> {
        self.connection
            .prepare_cached(
                &format!("SELECT row_id, conversation, owner FROM messages WHERE id = ?1 AND project = ?2 AND {NOT_ERASED}"),
            )?
            .query_row(params![blob(id), project], message_row)
            .optional()
    }

    pub(super) fn message_by_number(
        &self,
        project: i64,
        number: i64,
    ) -> rusqlite::Result<Option<MessageRow>> {
        self.connection
            .prepare_cached(
                &format!("SELECT row_id, conversation, owner FROM messages WHERE row_id = ?1 AND project = ?2 AND {NOT_ERASED}"),
            )?
            .query_row([number, project], message_row)
            .optional()
    }

    pub(super) fn message_named(
        &self,
        project: i64,
        name: &str,
    ) -> rusqlite::Result<Option<MessageRow>> {
        let key = self.external_key(Kind::Message, project, name);
        self.connection
            .prepare_cached(FIND_MESSAGE)?
            .query_row(params![key, name, project], message_row)
            .optional()
    }

    /// The message of a conversation, else one of that name that belongs to none yet.
    pub(super) fn message_named_in(
        &self,
        project: i64,
        name: &str,
        conversation: Option<i64>,
    ) -> rusqlite::Result<Option<MessageRow>> {
        let key = self.external_key(Kind::Message, project, name);
        let mut find = self.connection.prepare_cached(FIND_MESSAGE_IN)?;
        let mut found = find
            .query_row(params![key, name, project, conversation], message_row)
            .optional()?;
        if found.is_none() && conversation.is_some() {
            let nowhere = None::<i64>;
            found = find
                .query_row(params![key, name, project, nowhere], message_row)
                .optional()?;
        }
        Ok(found)
    }

    pub(super) fn last_message(&self, conversation: i64) -> rusqlite::Result<Option<MessageRow>> {
        self.connection
            .prepare_cached(
                "SELECT row_id, conversation, owner FROM messages WHERE conversation = ?1
                 ORDER BY created_at DESC, row_id DESC LIMIT 1",
            )?
            .query_row([conversation], message_row)
            .optional()
    }

    pub(super) fn latest_conversation(
        &self,
        project: i64,
        end_user: i64,
    ) -> rusqlite::Result<Option<i64>> {
        self.connection
            .prepare_cached(
                "SELECT row_id FROM conversations WHERE end_user = ?1 AND +project = ?2 AND erased_at IS NULL
                 ORDER BY created_at DESC, row_id DESC LIMIT 1",
            )?
            .query_row([end_user, project], |row| row.get(0))
            .optional()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::schema;
    use rusqlite::Connection;

    #[test]
    fn names_are_looked_up_by_their_hash() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        for sql in [
            FIND_END_USER,
            FIND_CONVERSATION,
            FIND_MESSAGE_IN,
            FIND_MESSAGE,
        ] {
            let mut explain = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .unwrap();
            let values = vec![0; explain.parameter_count()];
            let plan: String = explain
                .query_row(rusqlite::params_from_iter(values), |row| row.get("detail"))
                .unwrap();
            assert!(plan.contains("_by_external_key (external_key=?"), "{plan}");
        }
    }
}
