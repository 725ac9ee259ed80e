//! Conversations with everything that belongs to them.

use super::administer::project_row;
use super::codes::blob;
use super::conversations::{SELECT_CONVERSATION, messages_of, read_conversation};
use super::filter::conversation_row;
use super::{Store, end_users, feedback, one_more, transcript_filter};
use crate::domain::vote::RowRef;
use crate::domain::{EndUser, ProjectId};
use crate::error::Result;
use crate::limits;
use crate::store::{Counted, Cursor, Page, Paging, Transcript, TranscriptFilter};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};
use std::cmp::Reverse;

impl Store {
    /// A page of conversations with everything that belongs to them, the latest first.
    pub async fn transcripts(
        &self,
        filter: TranscriptFilter,
        paging: Paging,
    ) -> Result<Page<Transcript>> {
        self.readers
            .run(move |connection| transcripts(connection, &filter, paging))
            .await
    }

    /// One conversation of a project with everything that belongs to it.
    pub async fn transcript(
        &self,
        project: ProjectId,
        conversation: RowRef,
    ) -> Result<Option<Transcript>> {
        self.readers
            .run(move |connection| {
                let Some((project, _)) = project_row(connection, project)? else {
                    return Ok(None);
                };
                conversation_row(connection, project, &conversation)?
                    .map(|row| transcript(connection, row))
                    .transpose()
            })
            .await
    }

    /// A page of a numbered list of such conversations, and how many there are on all pages.
    pub async fn counted_transcripts(
        &self,
        filter: TranscriptFilter,
        paging: Paging,
    ) -> Result<Counted<Transcript>> {
        self.readers
            .run(move |connection| {
                let mut page = transcripts(connection, &filter, paging)?;
                Ok(Counted {
                    count: count(connection, &filter)?,
                    items: std::mem::take(&mut page.items),
                })
            })
            .await
    }
}

fn transcripts(
    connection: &Connection,
    filter: &TranscriptFilter,
    paging: Paging,
) -> rusqlite::Result<Page<Transcript>> {
    // A page of several projects is put together from one of each, which its index gives in order.
    let mut found = Vec::new();
    for project in &filter.projects {
        found.extend(rows(connection, *project, filter, paging)?);
    }
    found.sort_by_key(|(at, row)| Reverse((*at, *row)));
    let skip = usize::try_from(paging.skip).unwrap_or(usize::MAX);
    found.drain(..skip.min(found.len()));
    found.truncate(paging.limit.saturating_add(1));
    let items = found
        .into_iter()
        .map(|(_, row)| transcript(connection, row))
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(Page::from_one_more(items, paging.limit, |transcript| {
        Cursor {
            at: transcript.conversation.created_at,
            id: transcript.conversation.id.0,
        }
    }))
}

/// Times and rows of a project's conversations, the latest first: those to skip, those of the page, and one more.
fn rows(
    connection: &Connection,
    project: ProjectId,
    filter: &TranscriptFilter,
    paging: Paging,
) -> rusqlite::Result<Vec<(i64, i64)>> {
    let Some(mut conditions) = transcript_filter::conditions(connection, project, filter)? else {
        return Ok(Vec::new());
    };
    if let Some(cursor) = paging.after {
        let row: i64 = connection
            .prepare_cached("SELECT row_id FROM conversations WHERE id = ?1")?
            .query_row([blob(&cursor.id)], |row| row.get(0))
            .optional()?
            .unwrap_or(i64::MAX);
        let place = [cursor.at.microseconds(), row].map(Value::Integer);
        conditions.add("(c.created_at, c.row_id) < (?, ?)", place);
    }
    let skip = usize::try_from(paging.skip).unwrap_or(usize::MAX);
    let sql = format!(
        "SELECT c.created_at, c.row_id FROM conversations c WHERE {} ORDER BY c.created_at DESC, c.row_id DESC LIMIT {}",
        conditions.sql(),
        one_more(paging.limit.saturating_add(skip)),
    );
    connection
        .prepare_cached(&sql)?
        .query_map(params_from_iter(conditions.values), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect()
}

fn count(connection: &Connection, filter: &TranscriptFilter) -> rusqlite::Result<u64> {
    let mut count = 0;
    for project in &filter.projects {
        let Some(conditions) = transcript_filter::conditions(connection, *project, filter)? else {
            continue;
        };
        let sql = format!(
            "SELECT count(*) FROM conversations c WHERE {}",
            conditions.sql()
        );
        let here: i64 = connection
            .prepare_cached(&sql)?
            .query_row(params_from_iter(conditions.values), |row| row.get(0))?;
        count += here.unsigned_abs();
    }
    Ok(count)
}

fn transcript(connection: &Connection, row: i64) -> rusqlite::Result<Transcript> {
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

fn person(connection: &Connection, conversation: i64) -> rusqlite::Result<Option<EndUser>> {
    connection
        .prepare_cached("SELECT end_user FROM conversations WHERE row_id = ?1")?
        .query_row([conversation], |row| row.get::<_, Option<i64>>(0))?
        .map(|row| end_users::find(connection, row))
        .transpose()
}
