//! How a judgement stands in columns, of a feedback and of its replaced versions alike.

use super::codes::{Coded as _, blob, coded, id, optional_coded, optional_time, unexpected};
use super::sql::{self, Connection, OptionalExtension as _, Row, ToSql};
use crate::domain::{
    AttributeAnswer, AttributeId, FeedbackState, Judgement, OptionId, Score, Timestamp,
};

/// The columns, in the order in which [`read`] expects them and [`Columns::of`] gives them. `retracted` comes last.
pub(super) const COLUMNS: &str = "rating, score, score_lowest, score_highest, resolved, reasons, comment, correction, \
     attributes, message_copied_at, submitted_at, metadata, retracted";

/// How many columns there are.
pub(super) const COUNT: usize = 13;

/// A judgement's columns, ready to be bound.
pub(super) struct Columns<'judgement> {
    rating: Option<i64>,
    score: Option<f64>,
    score_lowest: Option<f64>,
    score_highest: Option<f64>,
    resolved: Option<bool>,
    reasons: Option<String>,
    comment: Option<&'judgement str>,
    correction: Option<&'judgement str>,
    attributes: Option<String>,
    message_copied_at: Option<i64>,
    submitted_at: Option<i64>,
    metadata: Option<&'judgement str>,
    retracted: i64,
}

impl<'judgement> Columns<'judgement> {
    /// The columns of a judgement. Answers to attributes that do not exist are left out; the application checked them.
    pub(super) fn of(
        connection: Connection<'_>,
        judgement: &'judgement Judgement,
        retracted: bool,
    ) -> sql::Result<Self> {
        let reasons = if judgement.reasons.is_empty() {
            None
        } else {
            let text = serde_json::to_string(&judgement.reasons);
            Some(text.map_err(|error| sql::Error::Value(error.to_string()))?)
        };
        Ok(Self {
            rating: judgement.rating.map(super::codes::Coded::code),
            score: judgement.score.map(Score::value),
            score_lowest: judgement.score.map(Score::lowest),
            score_highest: judgement.score.map(Score::highest),
            resolved: judgement.resolved,
            reasons,
            comment: judgement.comment.as_deref(),
            correction: judgement.correction.as_deref(),
            attributes: option_rows(connection, &judgement.attributes)?,
            message_copied_at: judgement.message_copied_at.map(Timestamp::microseconds),
            submitted_at: judgement.submitted_at.map(Timestamp::microseconds),
            metadata: judgement.metadata.as_deref(),
            retracted: state(retracted),
        })
    }

    /// Its values for a statement's first places, and more behind them.
    pub(super) fn and<'v>(&'v self, more: &[&'v dyn ToSql]) -> Vec<&'v dyn ToSql> {
        let own: [&dyn ToSql; COUNT] = [
            &self.rating,
            &self.score,
            &self.score_lowest,
            &self.score_highest,
            &self.resolved,
            &self.reasons,
            &self.comment,
            &self.correction,
            &self.attributes,
            &self.message_copied_at,
            &self.submitted_at,
            &self.metadata,
            &self.retracted,
        ];
        [&own[..], more].concat()
    }
}

fn option_rows(
    connection: Connection<'_>,
    answers: &[AttributeAnswer],
) -> sql::Result<Option<String>> {
    if answers.is_empty() {
        return Ok(None);
    }
    let rows = options(connection, answers)?;
    let rows: Vec<String> = rows.iter().map(i64::to_string).collect();
    Ok(Some(format!("[{}]", rows.join(","))))
}

/// The rows of answers to attributes.
pub(super) fn options(
    connection: Connection<'_>,
    answers: &[AttributeAnswer],
) -> sql::Result<Vec<i64>> {
    let mut find =
        connection.prepare_cached("SELECT row_id FROM attribute_options WHERE id = ?1")?;
    let mut rows = Vec::with_capacity(answers.len());
    for answer in answers {
        let row = find
            .query_row([blob(&answer.option.0)], |row| row.get::<_, i64>(0))
            .optional()?;
        rows.extend(row);
    }
    Ok(rows)
}

/// The answers that a column of option rows means.
fn answers(connection: Connection<'_>, rows: &str) -> sql::Result<Vec<AttributeAnswer>> {
    connection
        .prepare_cached(
            "SELECT a.id, o.id FROM json_each(?1) wanted
             JOIN attribute_options o ON o.row_id = CAST(wanted.value AS BIGINT)
             JOIN attributes a ON a.row_id = o.attribute ORDER BY CAST(wanted.key AS BIGINT)",
        )?
        .query_map([rows], |row| {
            Ok(AttributeAnswer {
                attribute: AttributeId(id(row, 0)?),
                option: OptionId(id(row, 1)?),
            })
        })?
        .collect()
}

/// Reads a judgement and its state from the [`COLUMNS`] that begin at `first`.
pub(super) fn read(
    connection: Connection<'_>,
    row: &Row<'_>,
    first: usize,
) -> sql::Result<(Judgement, FeedbackState)> {
    let reasons = match row.text(first + 5)? {
        None => Vec::new(),
        Some(text) => {
            serde_json::from_str(text).map_err(|error| unexpected(first + 5, error.to_string()))?
        }
    };
    let attributes = match row.text(first + 8)? {
        None => Vec::new(),
        Some(rows) => answers(connection, rows)?,
    };
    let judgement = Judgement {
        rating: optional_coded(row, first)?,
        score: score(row, first + 1)?,
        resolved: row.get(first + 4)?,
        reasons,
        comment: row.get(first + 6)?,
        correction: row.get(first + 7)?,
        attributes,
        message_copied_at: optional_time(row, first + 9)?,
        submitted_at: optional_time(row, first + 10)?,
        metadata: row.get(first + 11)?,
    };
    Ok((judgement, coded(row, first + 12)?))
}

fn score(row: &Row<'_>, first: usize) -> sql::Result<Option<Score>> {
    let Some(value) = row.get::<_, Option<f64>>(first)? else {
        return Ok(None);
    };
    Score::new(value, row.get(first + 1)?, row.get(first + 2)?)
        .map(Some)
        .map_err(|error| unexpected(first, error.to_string()))
}

/// The state's column.
fn state(retracted: bool) -> i64 {
    if retracted {
        FeedbackState::Retracted.code()
    } else {
        FeedbackState::Standing.code()
    }
}
