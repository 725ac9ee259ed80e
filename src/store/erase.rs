//! Erasing conversations.

use super::Store;
use super::sql::{self, Connection};
use super::sqlite::recent::Name;
use crate::domain::ProjectId;
use crate::domain::vote::RowRef;
use crate::error::Result;

/// The conversation without what it is called and what it is found by.
const ERASE_CONVERSATION: &str = "UPDATE conversations SET external_key = NULL, title = NULL, metadata = NULL, tags = NULL, \
     erased_at = ?2, updated_at = ?2 WHERE row_id = ?1";
/// Its messages without what was said and what they are found by.
const ERASE_MESSAGES: &str = "UPDATE messages SET external_key = NULL, query = NULL, content = NULL, speaker = NULL, \
     metadata = NULL WHERE conversation = ?1";

impl Store {
    /// Erases a conversation: its title and texts are gone, no list shows it, and its name may be used anew. Votes on it
    /// and on its messages stay and count.
    ///
    /// False if there is no such conversation, or if it is not the one of the person whom `owner` names.
    pub async fn erase_conversation(
        &self,
        project: ProjectId,
        conversation: RowRef,
        owner: Option<String>,
    ) -> Result<bool> {
        self.write_for(project, move |batch| {
            let project = batch.project(project)?.project;
            let Some((row, end_user)) = batch.find_conversation(project, &conversation)? else {
                return Ok(Ok(false));
            };
            if let (Some(owner), Some(end_user)) = (owner, end_user) {
                let name: String = batch
                    .connection
                    .prepare_cached("SELECT external_id FROM end_users WHERE row_id = ?1")?
                    .query_row([end_user], |row| row.get(0))?;
                if name != owner {
                    return Ok(Ok(false));
                }
            }
            let now = batch.now().microseconds();
            batch
                .connection
                .prepare_cached(ERASE_CONVERSATION)?
                .execute([row, now])?;
            for name in names(batch.connection, row)? {
                batch.name_removed(name)?;
            }
            batch
                .connection
                .prepare_cached(ERASE_MESSAGES)?
                .execute([row])?;
            Ok(Ok(true))
        })
        .await
    }
}

/// The names of a conversation's messages.
fn names(connection: Connection<'_>, conversation: i64) -> sql::Result<Vec<Name>> {
    connection
        .prepare_cached(
            "SELECT external_key, row_id FROM messages WHERE conversation = ?1 AND external_key IS NOT NULL",
        )?
        .query_map([conversation], |row| {
            Ok(Name {
                key: row.get(0)?,
                conversation,
                message: row.get(1)?,
            })
        })?
        .collect()
}
