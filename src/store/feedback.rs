//! Reading feedback and its history.

use super::codes::{blob, coded, id, optional_id, time};
use super::conversations;
use super::sql::{self, Connection, OptionalExtension as _, Row, params};
use super::{Store, filter, judgement, mirror, segments};
use crate::domain::{
    ApiKeyId, Author, AuthorKind, ConversationId, EndUserId, Feedback, FeedbackId, FeedbackVersion,
    MessageId, NamedRow, ProjectId, Target, Timestamp,
};
use crate::error::Result;
use crate::store::FeedbackDetail;
use std::collections::HashMap;
use uuid::Uuid;

impl Store {
    /// One feedback with its history, its message and the question that the message answers.
    pub async fn feedback(&self, id: FeedbackId) -> Result<Option<FeedbackDetail>> {
        self.read(move |connection| detail(connection, id)).await
    }

    /// One feedback as it stands.
    pub async fn current_feedback(&self, id: FeedbackId) -> Result<Option<Feedback>> {
        self.read(move |connection| {
            connection
                .prepare_cached(&select("f.id = ?1"))?
                .query_row([blob(&id.0)], |row| read(connection, row))
                .optional()
        })
        .await
    }

    /// One feedback as it stands, by its number.
    pub async fn feedback_numbered(&self, number: i64) -> Result<Option<Feedback>> {
        self.read(move |connection| {
            connection
                .prepare_cached(&select("f.row_id = ?1"))?
                .query_row([number], |row| read(connection, row))
                .optional()
        })
        .await
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
         LEFT JOIN messages m ON m.row_id = f.message /*+ AND m.bucket = f.bucket +*/
         LEFT JOIN conversations c ON c.row_id = coalesce(f.conversation, m.conversation)
         LEFT JOIN end_users u ON f.author_kind = 1 AND u.row_id = f.author
         LEFT JOIN labels a ON f.author_kind > 1 AND a.row_id = f.author
         LEFT JOIN api_keys k ON k.row_id = f.api_key
         WHERE {conditions}"
    )
}

/// The latest standing feedback on each of several conversations and on their messages, by their rows, oldest first.
pub(super) fn of_conversations(
    connection: Connection<'_>,
    conversations: &[i64],
    most: usize,
) -> sql::Result<HashMap<i64, Vec<Feedback>>> {
    let sql = connection.text(
        "SELECT CAST(wanted.value AS BIGINT), one.row_id FROM json_each(?1) wanted CROSS JOIN feedback one ON one.row_id IN (
           SELECT row_id FROM (
             SELECT row_id, created_at FROM feedback WHERE conversation = wanted.value AND retracted = 0
             UNION ALL SELECT v.row_id, v.created_at FROM messages m JOIN feedback v ON v.message = m.row_id
             WHERE m.conversation = wanted.value AND v.retracted = 0)
           ORDER BY created_at DESC, row_id DESC LIMIT ?2)
         ORDER BY one.created_at, one.row_id",
        if connection.is_spread() {
            // Machines take no row beside another.
            "SELECT conversation, row_id FROM (
               SELECT conversation, row_id, created_at,
                 row_number() OVER (PARTITION BY conversation ORDER BY created_at DESC, row_id DESC) AS place
               FROM (
                 SELECT conversation, row_id, created_at FROM feedback
                 WHERE conversation IN (SELECT CAST(value AS BIGINT) FROM json_each(?1)) AND retracted = 0
                 UNION ALL SELECT m.conversation, v.row_id, v.created_at
                 FROM messages m JOIN feedback v ON v.message = m.row_id AND v.bucket = m.bucket
                 WHERE m.conversation IN (SELECT CAST(value AS BIGINT) FROM json_each(?1)) AND v.retracted = 0) found) placed
             WHERE place <= ?2 ORDER BY created_at, row_id"
        } else {
            "SELECT CAST(wanted.value AS BIGINT), one.row_id FROM json_each(?1) wanted CROSS JOIN LATERAL (
               SELECT row_id, created_at FROM (
                 SELECT row_id, created_at FROM feedback
                 WHERE conversation = CAST(wanted.value AS BIGINT) AND retracted = 0
                 UNION ALL SELECT v.row_id, v.created_at FROM messages m JOIN feedback v ON v.message = m.row_id
                 WHERE m.conversation = CAST(wanted.value AS BIGINT) AND v.retracted = 0) found
               ORDER BY created_at DESC, row_id DESC LIMIT ?2) one
             ORDER BY one.created_at, one.row_id"
        },
    );
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let found = connection
        .prepare_cached(sql)?
        .query_map(params![filter::rows(conversations), most], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<sql::Result<Vec<(i64, i64)>>>()?;
    let rows: Vec<i64> = found.iter().map(|(_, row)| *row).collect();
    let mut of_each = HashMap::<i64, Vec<Feedback>>::new();
    for ((conversation, _), feedback) in found.iter().zip(by_rows(connection, &rows)?) {
        of_each.entry(*conversation).or_default().push(feedback);
    }
    Ok(of_each)
}

fn read(connection: Connection<'_>, row: &Row<'_>) -> sql::Result<Feedback> {
    let mut feedback = read_alone(connection, row)?;
    if let Author::EndUser { segments, .. } = &mut feedback.author {
        let known = segments::of(connection, row.get("author")?)?;
        *segments = known.into_iter().map(|known| known.segment).collect();
    }
    Ok(feedback)
}

/// The same without the groups that its author belongs to.
fn read_alone(connection: Connection<'_>, row: &Row<'_>) -> sql::Result<Feedback> {
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
        author: author(row, first + 8)?,
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
) -> sql::Result<Option<NamedRow<Id>>> {
    Ok(match optional_id(row, first)? {
        None => None,
        Some(id) => Some(NamedRow {
            id: wrap(id),
            external_id: row.get(first + 1)?,
        }),
    })
}

fn author(row: &Row<'_>, first: usize) -> sql::Result<Author> {
    let kind: AuthorKind = coded(row, first)?;
    Ok(match kind {
        AuthorKind::Anonymous => Author::Anonymous,
        AuthorKind::EndUser => Author::EndUser {
            id: EndUserId(id(row, first + 1)?),
            external_id: row.get(first + 2)?,
            segments: Vec::new(),
        },
        AuthorKind::Reviewer => Author::Reviewer(row.get(first + 3)?),
        AuthorKind::Model => Author::Model(row.get(first + 3)?),
    })
}

fn detail(connection: Connection<'_>, id: FeedbackId) -> sql::Result<Option<FeedbackDetail>> {
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
    let mut history = replaced_versions(connection, &feedback, 1, feedback.version)?;
    history.push(current_version(&feedback));
    let first = history.first().map_or(1, |version| version.version);
    let message = message
        .map(|message| conversations::message_with_question(connection, message))
        .transpose()?;
    let (message, question) = message.map_or((None, None), |(message, question)| {
        (Some(message), question)
    });
    Ok(Some(FeedbackDetail {
        feedback,
        history,
        dropped_versions: first.saturating_sub(1),
        message,
        question,
        mirror: mirror::of_feedback(connection, row)?,
    }))
}

/// Feedback as it stands, by rows and in their order, with as few questions to the engine as there are kinds of them.
pub(super) fn by_rows(connection: Connection<'_>, rows: &[i64]) -> sql::Result<Vec<Feedback>> {
    let sql = select(&format!("f.row_id IN {}", filter::ROWS));
    let mut found = connection
        .prepare_cached(&sql)?
        .query_map([filter::rows(rows)], |row| {
            let feedback = read_alone(connection, row)?;
            Ok((feedback.number, (feedback, row.get("author")?)))
        })?
        .collect::<sql::Result<HashMap<i64, (Feedback, Option<i64>)>>>()?;
    let is_end_user = |feedback: &Feedback| matches!(feedback.author, Author::EndUser { .. });
    let people: Vec<i64> = found
        .values()
        .filter(|(feedback, _)| is_end_user(feedback))
        .filter_map(|(_, author)| *author)
        .collect();
    let groups = segments::of_each(connection, &people)?;
    for (feedback, author) in found.values_mut() {
        if let (Author::EndUser { segments, .. }, Some(author)) = (&mut feedback.author, author) {
            *segments = groups.get(author).cloned().unwrap_or_default();
        }
    }
    rows.iter()
        .map(|row| found.remove(row).map(|(feedback, _)| feedback))
        .map(|feedback| feedback.ok_or(sql::Error::NoRows))
        .collect()
}

/// One feedback as it stands, by its row.
pub(super) fn by_row(connection: Connection<'_>, row: i64) -> sql::Result<Feedback> {
    connection
        .prepare_cached(&select("f.row_id = ?1"))?
        .query_row([row], |row| read(connection, row))
}

/// One version of a feedback; none if it has no such version.
pub(super) fn version_of(
    connection: Connection<'_>,
    feedback: &Feedback,
    version: u32,
) -> sql::Result<Option<FeedbackVersion>> {
    if version == feedback.version {
        return Ok(Some(current_version(feedback)));
    }
    let replaced = replaced_versions(connection, feedback, version, version)?;
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

/// The versions from `least` to `most` that were replaced, oldest first; without those that were dropped.
fn replaced_versions(
    connection: Connection<'_>,
    feedback: &Feedback,
    least: u32,
    most: u32,
) -> sql::Result<Vec<FeedbackVersion>> {
    let most = most.min(feedback.version.saturating_sub(1));
    if most < least {
        return Ok(Vec::new());
    }
    // PostgreSQL has them in tables by months, of which these times name the few that can have them.
    let times = (feedback.created_at, feedback.updated_at);
    let found = versions_between(connection, feedback.number, (least, most), times)?;
    if found.len() as u64 > u64::from(most - least) {
        return Ok(found);
    }
    // Some were dropped; or the vendor's word on when it was made, which an import brought, is later than the first of them.
    let always = (Timestamp::MIN, Timestamp::MAX);
    versions_between(connection, feedback.number, (least, most), always)
}

fn versions_between(
    connection: Connection<'_>,
    feedback: i64,
    (least, most): (u32, u32),
    (since, until): (Timestamp, Timestamp),
) -> sql::Result<Vec<FeedbackVersion>> {
    let first = judgement::COUNT;
    connection
        .prepare_cached(&format!(
            "SELECT {}, version, channel, (SELECT id FROM api_keys WHERE row_id = api_key), updated_at
             FROM feedback_versions WHERE feedback = ?1 AND version BETWEEN ?2 AND ?3 AND updated_at BETWEEN ?4 AND ?5
             ORDER BY version",
            judgement::COLUMNS
        ))?
        .query_map(
            params![
                feedback,
                least,
                most,
                since.microseconds(),
                until.microseconds()
            ],
            |row| {
                let (judgement, state) = judgement::read(connection, row, 0)?;
                Ok(FeedbackVersion {
                    version: row.get(first)?,
                    judgement,
                    state,
                    channel: coded(row, first + 1)?,
                    key: optional_id(row, first + 2)?.map(ApiKeyId),
                    at: time(row, first + 3)?,
                })
            },
        )?
        .collect()
}
