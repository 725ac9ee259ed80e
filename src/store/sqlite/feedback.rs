//! Reading feedback, its history and the sums over it.

use super::administer::project_row;
use super::codes::{blob, coded, id, optional_id, time};
use super::conversations;
use super::filter::{self, Conditions};
use super::judgement;
use super::{Store, mirror, one_more, segments};
use crate::domain::{
    ApiKeyId, Author, AuthorKind, ConversationId, Day, EndUserId, Feedback, FeedbackId,
    FeedbackVersion, MessageId, NamedRow, ProjectId, Rollup, Target,
};
use crate::error::Result;
use crate::store::{Cursor, FeedbackDetail, FeedbackFilter, Page, Paging};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};
use std::cmp::Reverse;
use uuid::Uuid;

impl Store {
    /// A page of feedback, newest first.
    pub async fn list_feedback(
        &self,
        filter: FeedbackFilter,
        paging: Paging,
    ) -> Result<Page<Feedback>> {
        if filter.search.is_some() {
            self.index_comments().await?;
        }
        self.readers
            .run(move |connection| list(connection, &filter, paging))
            .await
    }

    /// One feedback with its history, its message and the question that the message answers.
    pub async fn feedback(&self, id: FeedbackId) -> Result<Option<FeedbackDetail>> {
        self.readers
            .run(move |connection| detail(connection, id))
            .await
    }

    /// One feedback as it stands.
    pub async fn current_feedback(&self, id: FeedbackId) -> Result<Option<Feedback>> {
        self.readers
            .run(move |connection| {
                connection
                    .prepare_cached(&select("f.id = ?1"))?
                    .query_row([blob(&id.0)], |row| read(connection, row))
                    .optional()
            })
            .await
    }

    /// One feedback as it stands, by its number.
    pub async fn feedback_numbered(&self, number: i64) -> Result<Option<Feedback>> {
        self.readers
            .run(move |connection| {
                connection
                    .prepare_cached(&select("f.row_id = ?1"))?
                    .query_row([number], |row| read(connection, row))
                    .optional()
            })
            .await
    }

    /// The sums of some projects, by day.
    pub async fn rollups(&self, projects: Vec<ProjectId>) -> Result<Vec<Rollup>> {
        self.readers
            .run(move |connection| rollups(connection, &projects))
            .await
    }

    /// Indexes every comment that was acknowledged so far.
    async fn index_comments(&self) -> Result<()> {
        loop {
            let more = self
                .writer
                .run(None, |batch| {
                    if batch.memory.search_pending == 0 {
                        return Ok(false);
                    }
                    batch.index_pending_comments()
                })
                .await?;
            if !more {
                return Ok(());
            }
        }
    }
}

/// A query whose rows [`read`] reads.
fn select(conditions: &str) -> String {
    let judgement = judgement::COLUMNS
        .split(", ")
        .map(|column| format!("f.{column}"))
        .collect::<Vec<_>>()
        .join(", ");
    format!(
        "SELECT {judgement}, f.id, f.external_id, p.id, l.text, m.id, m.external_id, c.id, c.external_id, f.author_kind,
         u.id, u.external_id, a.text, f.channel, k.id, f.version, f.created_at, f.updated_at, f.row_id, f.message, f.author
         FROM feedback f
         JOIN projects p ON p.row_id = f.project
         JOIN labels l ON l.row_id = f.name
         LEFT JOIN messages m ON m.row_id = f.message
         LEFT JOIN conversations c ON c.row_id = ifnull(f.conversation, m.conversation)
         LEFT JOIN end_users u ON f.author_kind = 1 AND u.row_id = f.author
         LEFT JOIN labels a ON f.author_kind > 1 AND a.row_id = f.author
         LEFT JOIN api_keys k ON k.row_id = f.api_key
         WHERE {conditions}"
    )
}

/// A page of several projects is put together from one of each, which its index gives in order.
fn list(
    connection: &Connection,
    filter: &FeedbackFilter,
    paging: Paging,
) -> rusqlite::Result<Page<Feedback>> {
    let skip = usize::try_from(paging.skip).unwrap_or(usize::MAX);
    let one = filter.projects.len() <= 1;
    let mut found = Vec::new();
    for project in &filter.projects {
        let Some(scope) = project_row(connection, *project)? else {
            continue;
        };
        let Some(mut conditions) = filter::conditions(connection, filter, scope)? else {
            continue;
        };
        if let Some(cursor) = paging.after {
            after(connection, &mut conditions, cursor)?;
        }
        let (most, offset) = if one {
            (one_more(paging.limit), paging.skip)
        } else {
            (one_more(paging.limit.saturating_add(skip)), 0)
        };
        let sql = format!(
            "{} ORDER BY f.created_at DESC, f.row_id DESC LIMIT {most} OFFSET {}",
            select(&conditions.sql()),
            i64::try_from(offset).unwrap_or(i64::MAX),
        );
        let mut select = connection.prepare_cached(&sql)?;
        let mut rows = select.query(params_from_iter(conditions.values))?;
        while let Some(row) = rows.next()? {
            found.push((row.get::<_, i64>("row_id")?, read(connection, row)?));
        }
    }
    if !one {
        found.sort_by_key(|(row, feedback)| Reverse((feedback.created_at, *row)));
        found.drain(..skip.min(found.len()));
    }
    let items = found.into_iter().map(|(_, feedback)| feedback).collect();
    Ok(Page::from_one_more(items, paging.limit, |feedback| {
        Cursor::after(feedback.created_at, feedback.id)
    }))
}

/// The latest standing feedback on a conversation and on its messages, oldest first.
pub(super) fn of_conversation(
    connection: &Connection,
    conversation: i64,
    most: usize,
) -> rusqlite::Result<Vec<Feedback>> {
    let sql = format!(
        "{} ORDER BY f.created_at DESC, f.row_id DESC LIMIT ?2",
        select(&format!("f.retracted = 0 AND {}", filter::OF_CONVERSATION))
    );
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut found = connection
        .prepare_cached(&sql)?
        .query_map([conversation, most], |row| read(connection, row))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    found.reverse();
    Ok(found)
}

/// What comes after a place: created earlier, or at the same time and stored earlier.
fn after(
    connection: &Connection,
    conditions: &mut Conditions,
    cursor: Cursor,
) -> rusqlite::Result<()> {
    let row: i64 = connection
        .prepare_cached("SELECT row_id FROM feedback WHERE id = ?1")?
        .query_row([blob(&cursor.id)], |row| row.get(0))
        .optional()?
        .unwrap_or(i64::MAX);
    conditions.add(
        "(f.created_at, f.row_id) < (?, ?)",
        [
            Value::Integer(cursor.at.microseconds()),
            Value::Integer(row),
        ],
    );
    Ok(())
}

fn read(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<Feedback> {
    let (judgement, state) = judgement::read(connection, row, 0)?;
    let first = judgement::COUNT;
    Ok(Feedback {
        id: FeedbackId(id(row, first)?),
        number: row.get("row_id")?,
        external_id: row.get(first + 1)?,
        project: ProjectId(id(row, first + 2)?),
        name: row.get(first + 3)?,
        target: Target {
            message: named(row, first + 4, MessageId)?,
            conversation: named(row, first + 6, ConversationId)?,
        },
        author: author(connection, row, first + 8)?,
        judgement,
        state,
        channel: coded(row, first + 12)?,
        key: optional_id(row, first + 13)?.map(ApiKeyId),
        version: row.get(first + 14)?,
        created_at: time(row, first + 15)?,
        updated_at: time(row, first + 16)?,
    })
}

fn named<Id>(
    row: &Row<'_>,
    first: usize,
    wrap: impl Fn(Uuid) -> Id,
) -> rusqlite::Result<Option<NamedRow<Id>>> {
    Ok(match optional_id(row, first)? {
        None => None,
        Some(id) => Some(NamedRow {
            id: wrap(id),
            external_id: row.get(first + 1)?,
        }),
    })
}

fn author(connection: &Connection, row: &Row<'_>, first: usize) -> rusqlite::Result<Author> {
    let kind: AuthorKind = coded(row, first)?;
    Ok(match kind {
        AuthorKind::Anonymous => Author::Anonymous,
        AuthorKind::EndUser => Author::EndUser {
            id: EndUserId(id(row, first + 1)?),
            external_id: row.get(first + 2)?,
            segments: segments::of(connection, row.get("author")?)?
                .into_iter()
                .map(|known| known.segment)
                .collect(),
        },
        AuthorKind::Reviewer => Author::Reviewer(row.get(first + 3)?),
        AuthorKind::Model => Author::Model(row.get(first + 3)?),
    })
}

fn detail(connection: &Connection, id: FeedbackId) -> rusqlite::Result<Option<FeedbackDetail>> {
    let found = connection
        .prepare_cached(&select("f.id = ?1"))?
        .query_row([blob(&id.0)], |row| {
            let feedback = read(connection, row)?;
            let rows: (i64, Option<i64>) = (row.get("row_id")?, row.get("message")?);
            Ok((feedback, rows))
        })
        .optional()?;
    let Some((feedback, (row, message))) = found else {
        return Ok(None);
    };
    let mut history = replaced_versions(connection, row, 0, u32::MAX)?;
    history.push(current_version(&feedback));
    let message = message
        .map(|message| conversations::message_with_question(connection, message))
        .transpose()?;
    let (message, question) = message.map_or((None, None), |(message, question)| {
        (Some(message), question)
    });
    Ok(Some(FeedbackDetail {
        feedback,
        history,
        message,
        question,
        mirror: mirror::of_feedback(connection, row)?,
    }))
}

/// One feedback as it stands, by its row.
pub(super) fn by_row(connection: &Connection, row: i64) -> rusqlite::Result<Feedback> {
    connection
        .prepare_cached(&select("f.row_id = ?1"))?
        .query_row([row], |row| read(connection, row))
}

/// One version of a feedback; none if it has no such version.
pub(super) fn version_of(
    connection: &Connection,
    feedback: &Feedback,
    version: u32,
) -> rusqlite::Result<Option<FeedbackVersion>> {
    if version == feedback.version {
        return Ok(Some(current_version(feedback)));
    }
    let replaced = replaced_versions(connection, feedback.number, version, version)?;
    Ok(replaced.into_iter().next())
}

fn current_version(feedback: &Feedback) -> FeedbackVersion {
    FeedbackVersion {
        version: feedback.version,
        judgement: feedback.judgement.clone(),
        state: feedback.state,
        channel: feedback.channel,
        key: feedback.key,
        at: feedback.updated_at,
    }
}

fn replaced_versions(
    connection: &Connection,
    feedback: i64,
    least: u32,
    most: u32,
) -> rusqlite::Result<Vec<FeedbackVersion>> {
    let first = judgement::COUNT;
    connection
        .prepare_cached(&format!(
            "SELECT {}, version, channel, (SELECT id FROM api_keys WHERE row_id = api_key), updated_at
             FROM feedback_versions WHERE feedback = ?1 AND version BETWEEN ?2 AND ?3 ORDER BY version",
            judgement::COLUMNS
        ))?
        .query_map(params![feedback, least, most], |row| {
            let (judgement, state) = judgement::read(connection, row, 0)?;
            Ok(FeedbackVersion {
                version: row.get(first)?,
                judgement,
                state,
                channel: coded(row, first + 1)?,
                key: optional_id(row, first + 2)?.map(ApiKeyId),
                at: time(row, first + 3)?,
            })
        })?
        .collect()
}

fn rollups(connection: &Connection, projects: &[ProjectId]) -> rusqlite::Result<Vec<Rollup>> {
    let (wanted, rows) = filter::project_rows(connection, projects)?;
    connection
        .prepare_cached(&format!(
            "SELECT p.id, r.day, r.channel, l.text, r.sentiment, r.votes, r.comments FROM rollups r
             JOIN projects p ON p.row_id = r.project JOIN labels l ON l.row_id = r.name
             WHERE r.project IN {wanted} AND r.votes <> 0
             ORDER BY r.project, r.day, r.channel, l.text, r.sentiment"
        ))?
        .query_map([rows], |row| {
            Ok(Rollup {
                project: ProjectId(id(row, 0)?),
                day: Day(row.get(1)?),
                channel: coded(row, 2)?,
                name: row.get(3)?,
                sentiment: coded(row, 4)?,
                votes: row.get(5)?,
                comments: row.get(6)?,
            })
        })?
        .collect()
}
