//! Conversations with everything that belongs to them.

use super::administer::project_row;
use super::codes::blob;
use super::conversations::{SELECT_CONVERSATION, messages_of, read_conversation};
use super::filter::conversation_row;
use super::sql::Value;
use super::sql::{self, Connection, OptionalExtension as _, params_from_iter};
use super::{Store, end_users, feedback, transcript_filter};
use crate::domain::vote::RowRef;
use crate::domain::{EndUser, ProjectId};
use crate::error::Result;
use crate::limits;
use crate::store::{Counted, Cursor, Page, Paging, Transcript, TranscriptFilter};
use std::cmp::Reverse;

impl Store {
    /// A page of conversations with everything that belongs to them, the latest first.
    pub async fn transcripts(
        &self,
        filter: TranscriptFilter,
        paging: Paging,
    ) -> Result<Page<Transcript>> {
        self.read(move |connection| transcripts(connection, &filter, paging))
            .await
    }

    /// One conversation of a project with everything that belongs to it.
    pub async fn transcript(
        &self,
        project: ProjectId,
        conversation: RowRef,
    ) -> Result<Option<Transcript>> {
        self.read(move |connection| {
            let Some((project, _)) = project_row(connection, project)? else {
                return Ok(None);
            };
            conversation_row(connection, project, &conversation)?
                .map(|row| transcript(connection, row))
                .transpose()
        })
        .await
    }

    /// A page of a numbered list of such conversations, `limit` of them after `skip`; and how many there are on all pages,
    /// counted as far as [`limits::COUNTED_AHEAD`] beyond this one.
    pub async fn counted_transcripts(
        &self,
        filter: TranscriptFilter,
        skip: u64,
        limit: usize,
    ) -> Result<Counted<Transcript>> {
        self.read(move |connection| {
            let most = counted(skip, limit);
            let found = rows(connection, &filter, None, most)?;
            let page = found
                .iter()
                .skip(usize::try_from(skip).unwrap_or(usize::MAX));
            Ok(Counted {
                count: u64::try_from(found.len()).unwrap_or(u64::MAX),
                items: page
                    .take(limit)
                    .map(|(_, row)| transcript(connection, *row))
                    .collect::<sql::Result<_>>()?,
            })
        })
        .await
    }
}

/// How many items of a numbered list are gone through for a page of it.
pub(super) fn counted(skip: u64, limit: usize) -> usize {
    let ahead = skip.saturating_add(limits::COUNTED_AHEAD);
    usize::try_from(ahead)
        .unwrap_or(usize::MAX)
        .saturating_add(limit)
}

fn transcripts(
    connection: Connection<'_>,
    filter: &TranscriptFilter,
    paging: Paging,
) -> sql::Result<Page<Transcript>> {
    let most = paging.limit.saturating_add(1);
    let items = rows(connection, filter, paging.after, most)?
        .into_iter()
        .map(|(_, row)| transcript(connection, row))
        .collect::<sql::Result<Vec<_>>>()?;
    Ok(Page::from_one_more(items, paging.limit, |transcript| {
        Cursor {
            at: transcript.conversation.created_at,
            id: transcript.conversation.id.0,
        }
    }))
}

/// Times and rows of the first `most` conversations after a place, the latest first. What is of several projects is put
/// together from so many of each, which its index gives in order.
fn rows(
    connection: Connection<'_>,
    filter: &TranscriptFilter,
    after: Option<Cursor>,
    most: usize,
) -> sql::Result<Vec<(i64, i64)>> {
    let mut found = Vec::new();
    for project in &filter.projects {
        found.extend(rows_of(connection, *project, filter, after, most)?);
    }
    found.sort_unstable_by_key(|place| Reverse(*place));
    found.truncate(most);
    Ok(found)
}

fn rows_of(
    connection: Connection<'_>,
    project: ProjectId,
    filter: &TranscriptFilter,
    after: Option<Cursor>,
    most: usize,
) -> sql::Result<Vec<(i64, i64)>> {
    let Some(mut conditions) = transcript_filter::conditions(connection, project, filter)? else {
        return Ok(Vec::new());
    };
    if let Some(cursor) = after {
        let row: i64 = connection
            .prepare_cached("SELECT row_id FROM conversations WHERE id = ?1")?
            .query_row([blob(&cursor.id)], |row| row.get(0))
            .optional()?
            .unwrap_or(i64::MAX);
        let place = [cursor.at.microseconds(), row].map(Value::Integer);
        conditions.add("(c.created_at, c.row_id) < (?, ?)", place);
    }
    let most = Value::Integer(i64::try_from(most).unwrap_or(i64::MAX));
    let sql = format!(
        "SELECT c.created_at, c.row_id FROM conversations c WHERE {} ORDER BY c.created_at DESC, c.row_id DESC LIMIT ?",
        conditions.sql(),
    );
    connection
        .prepare_cached(&sql)?
        .query_map(
            params_from_iter(conditions.values.into_iter().chain([most])),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .collect()
}

fn transcript(connection: Connection<'_>, row: i64) -> sql::Result<Transcript> {
    let conversation = connection
        .prepare_cached(&format!("{SELECT_CONVERSATION} WHERE c.row_id = ?1"))?
        .query_row([row], read_conversation)?;
    Ok(Transcript {
        conversation,
        end_user: person(connection, row)?,
        messages: messages_of(connection, row, limits::TRANSCRIPT_MESSAGES)?,
        feedback: feedback::of_conversation(connection, row, limits::TRANSCRIPT_FEEDBACK)?,
    })
}

fn person(connection: Connection<'_>, conversation: i64) -> sql::Result<Option<EndUser>> {
    connection
        .prepare_cached("SELECT end_user FROM conversations WHERE row_id = ?1")?
        .query_row([conversation], |row| row.get::<_, Option<i64>>(0))?
        .map(|row| end_users::find(connection, row))
        .transpose()
}
