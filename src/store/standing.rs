//! A feedback's row as the writer sees it.

use super::codes::{Coded as _, blob, coded, id, time, unexpected};
use super::judgement::{self, Columns};
use super::segments;
use super::sql::{self, Connection, Owner, Row, Seat, params};
use crate::domain::vote::Standing;
use crate::domain::{AuthorKind, Dialect, FeedbackId, FeedbackState, Judgement, Timestamp};

/// A feedback's row, without what it says.
#[derive(Clone, Debug)]
pub(super) struct StandingRow {
    pub(super) row: i64,
    pub(super) id: FeedbackId,
    pub(super) message: Option<i64>,
    /// The groups that it is counted under, which stay those of its first version.
    pub(super) segments: Vec<i64>,
    pub(super) name: i64,
    pub(super) channel: Dialect,
    pub(super) key: Option<i64>,
    pub(super) version: u32,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// A feedback that is to be made.
pub(super) struct NewRow<'command> {
    pub(super) id: FeedbackId,
    pub(super) external_id: Option<&'command str>,
    pub(super) project: i64,
    pub(super) message: Option<i64>,
    pub(super) conversation: Option<i64>,
    pub(super) author_kind: AuthorKind,
    pub(super) author: Option<i64>,
    pub(super) segments: Vec<i64>,
    pub(super) name: i64,
    pub(super) channel: Dialect,
    pub(super) key: Option<i64>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// The columns that [`StandingRow::read`] expects after those of the judgement.
const COLUMNS: &str =
    "row_id, id, name, channel, api_key, version, created_at, updated_at, message, segments";

/// The beginning of a query whose rows [`StandingRow::read`] reads.
pub(super) fn select(condition: &str) -> String {
    format!(
        "SELECT {}, {COLUMNS} FROM feedback WHERE {condition}",
        judgement::COLUMNS
    )
}

impl StandingRow {
    /// Reads a row of [`select`], with what it says.
    pub(super) fn read(connection: Connection<'_>, row: &Row<'_>) -> sql::Result<(Self, Standing)> {
        let (judgement, state) = judgement::read(connection, row, 0)?;
        let first = judgement::COUNT;
        let standing = Self {
            row: row.get(first)?,
            id: FeedbackId(id(row, first + 1)?),
            name: row.get(first + 2)?,
            channel: coded(row, first + 3)?,
            key: row.get(first + 4)?,
            version: row.get(first + 5)?,
            created_at: time(row, first + 6)?,
            updated_at: time(row, first + 7)?,
            message: row.get(first + 8)?,
            segments: match row.text(first + 9)? {
                None => Vec::new(),
                Some(rows) => serde_json::from_str(rows)
                    .map_err(|error| unexpected(first + 9, error.to_string()))?,
            },
        };
        let says = Standing {
            judgement,
            retracted: state == FeedbackState::Retracted,
            updated_at: standing.updated_at,
        };
        Ok((standing, says))
    }

    /// The row of the next version.
    pub(super) fn replaced(
        &self,
        channel: Dialect,
        key: Option<i64>,
        updated_at: Timestamp,
    ) -> Self {
        Self {
            channel,
            key,
            updated_at,
            version: self.version.saturating_add(1),
            ..self.clone()
        }
    }

    /// Writes this version into the history, before it is replaced.
    pub(super) fn keep_version(
        &self,
        connection: Connection<'_>,
        judgement: &Judgement,
        retracted: bool,
    ) -> sql::Result<()> {
        let says = Columns::of(connection, judgement, retracted)?;
        connection
            .insert(&format!(
                "INSERT INTO feedback_versions ({}, feedback, version, channel, api_key, updated_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
                judgement::COLUMNS
            ), Seat::Unnumbered(Owner::Feedback(self.row)), says.and(params![
                self.row,
                self.version,
                self.channel.code(),
                self.key,
                self.updated_at.microseconds()
            ]).as_slice())?;
        Ok(())
    }

    /// Makes this the current version.
    pub(super) fn update(
        &self,
        connection: Connection<'_>,
        judgement: &Judgement,
        retracted: bool,
    ) -> sql::Result<()> {
        let says = Columns::of(connection, judgement, retracted)?;
        connection
            .prepare_cached(
                "UPDATE feedback SET rating = ?1, score = ?2, score_lowest = ?3, score_highest = ?4, resolved = ?5,
                 reasons = ?6, comment = ?7, correction = ?8, attributes = ?9, message_copied_at = ?10,
                 submitted_at = ?11, metadata = ?12, retracted = ?13, sentiment = ?14, channel = ?15, api_key = ?16,
                 version = ?17, updated_at = ?18 WHERE row_id = ?19",
            )?
            .execute(says.and(params![
                judgement.sentiment().code(),
                self.channel.code(),
                self.key,
                self.version,
                self.updated_at.microseconds(),
                self.row
            ]).as_slice())?;
        Ok(())
    }
}

impl NewRow<'_> {
    /// Makes the feedback.
    pub(super) fn insert(
        self,
        connection: Connection<'_>,
        judgement: &Judgement,
    ) -> sql::Result<StandingRow> {
        let says = Columns::of(connection, judgement, false)?;
        let owner = match (self.message, self.conversation) {
            (Some(message), _) => Owner::Message(message),
            (None, conversation) => Owner::Conversation(conversation.unwrap_or_default()),
        };
        let seat = Seat::Beside(owner);
        let row = connection
            .insert("INSERT INTO feedback (rating, score, score_lowest, score_highest, resolved, reasons, comment,
                 correction, attributes, message_copied_at, submitted_at, metadata, retracted, sentiment, id,
                 external_id, project, message, conversation, author_kind, author, name, channel, api_key, version,
                 created_at, updated_at, segments)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                 ?21, ?22, ?23, ?24, 1, ?25, ?26, ?27)", seat, says.and(params![
                judgement.sentiment().code(),
                blob(&self.id.0),
                self.external_id,
                self.project,
                self.message,
                self.conversation,
                self.author_kind.code(),
                self.author,
                self.name,
                self.channel.code(),
                self.key,
                self.created_at.microseconds(),
                self.updated_at.microseconds(),
                segments::list(&self.segments)
            ]).as_slice())?;
        Ok(StandingRow {
            row,
            message: self.message,
            segments: self.segments,
            id: self.id,
            name: self.name,
            channel: self.channel,
            key: self.key,
            version: 1,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}
