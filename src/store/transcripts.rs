//! Conversations with everything that belongs to them.

use super::administer::project_row;
use super::codes::blob;
use super::conversations::{SELECT_CONVERSATION, messages_of_each, read_conversation};
use super::filter::{self, ROWS, conversation_row};
use super::sql::Value;
use super::sql::{self, Connection, OptionalExtension as _, params_from_iter};
use super::{Store, end_users, feedback, transcript_filter};
use crate::domain::vote::RowRef;
use crate::domain::{Conversation, ProjectId};
use crate::error::Result;
use crate::limits;
use crate::store::{Counted, Cursor, Page, Paging, Transcript, TranscriptFilter};
use std::cmp::Reverse;
use std::collections::HashMap;

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
                .map(|row| by_rows(connection, &[row]))
                .transpose()
                .map(|found| found.and_then(|mut found| found.pop()))
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
            let skipped = found
                .iter()
                .skip(usize::try_from(skip).unwrap_or(usize::MAX));
            let page: Vec<i64> = skipped.take(limit).map(|(_, row)| *row).collect();
            Ok(Counted {
                count: u64::try_from(found.len()).unwrap_or(u64::MAX),
                items: by_rows(connection, &page)?,
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
    let places = rows(connection, filter, paging.after, most)?;
    let rows: Vec<i64> = places.into_iter().map(|(_, row)| row).collect();
    let items = by_rows(connection, &rows)?;
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

/// Conversations by their rows and in their order, with as few questions to the engine as there are kinds of what belongs to
/// them.
fn by_rows(connection: Connection<'_>, rows: &[i64]) -> sql::Result<Vec<Transcript>> {
    let mut found = connection
        .prepare_cached(&format!("{SELECT_CONVERSATION} WHERE c.row_id IN {ROWS}"))?
        .query_map([filter::rows(rows)], |row| {
            let conversation = read_conversation(row)?;
            Ok((conversation.number, (conversation, row.get("end_user")?)))
        })?
        .collect::<sql::Result<HashMap<i64, (Conversation, Option<i64>)>>>()?;
    let people: Vec<i64> = found.values().filter_map(|(_, person)| *person).collect();
    let people = end_users::by_rows(connection, &people)?;
    let mut messages = messages_of_each(connection, rows, limits::TRANSCRIPT_MESSAGES)?;
    let mut feedback = feedback::of_conversations(connection, rows, limits::TRANSCRIPT_FEEDBACK)?;
    let mut transcript = |row: &i64| {
        let (conversation, person) = found.remove(row).ok_or(sql::Error::NoRows)?;
        Ok(Transcript {
            conversation,
            end_user: person.and_then(|person| people.get(&person).cloned()),
            messages: messages.remove(row).unwrap_or_default(),
            feedback: feedback.remove(row).unwrap_or_default(),
        })
    };
    rows.iter().map(&mut transcript).collect()
}
