//! The log of Amazon Q's feedback: what was accepted, in that order.

use super::administer::project_row;
use super::batch::Batch;
use super::codes::{blob, id};
use super::sql::{self, Connection, OptionalExtension as _, Owner, Seat, params};
use super::standing::StandingRow;
use super::{Store, conversations, feedback};
use crate::domain::vote::{Ask, Command};
use crate::domain::{Author, Dialect, Feedback, MessageId, NamedRow, Timestamp};
use crate::error::Result;
use crate::store::{LogFilter, LoggedFeedback, Question};

impl Store {
    /// What was accepted after a position, oldest first.
    pub async fn logged_feedback(&self, filter: LogFilter) -> Result<Vec<LoggedFeedback>> {
        self.read(move |connection| logged(connection, &filter))
            .await
    }
}

impl Batch<'_> {
    /// Notes a version for those who follow, if it is of the kind that is followed: a usefulness that came by Amazon Q.
    pub(super) fn log(
        &self,
        command: &Command,
        project: i64,
        feedback: &StandingRow,
    ) -> sql::Result<()> {
        if command.channel != Dialect::AmazonQ || !matches!(command.asked.rating, Ask::Set(_)) {
            return Ok(());
        }
        self.connection.insert(
            "INSERT INTO feedback_log (project, feedback, version, at) VALUES (?1, ?2, ?3, ?4)",
            Seat::Log(Owner::Feedback(feedback.row)),
            params![
                project,
                feedback.row,
                feedback.version,
                feedback.updated_at.microseconds()
            ],
        )?;
        Ok(())
    }
}

/// What a project's log holds after a position.
const LOGGED: &str = "SELECT row_id, feedback, version FROM feedback_log \
     WHERE project = ?1 AND row_id > ?2 AND at >= ?3 AND row_id < ?5 ORDER BY row_id LIMIT ?4";

/// Before which position all is there. Where many write, positions are those of transactions, and one may be the first to
/// begin and the last to be there: nothing is read that is after the first transaction which still goes on. It is asked for
/// before any row is read, and by itself, for a machine that keeps rows need not know of all transactions.
const HORIZON: &str = "SELECT log_horizon()";

/// A page of several projects is put together from one of each, which its index gives in order.
fn logged(connection: Connection<'_>, filter: &LogFilter) -> sql::Result<Vec<LoggedFeedback>> {
    let since = filter.since.map_or(i64::MIN, Timestamp::microseconds);
    let most = i64::try_from(filter.limit).unwrap_or(i64::MAX);
    let mut found: Vec<(i64, i64, u32)> = Vec::new();
    let horizon: i64 = match connection {
        Connection::Sqlite(_) => i64::MAX,
        Connection::Postgres(_) => connection.query_row(HORIZON, [], |row| row.get(0))?,
    };
    let mut select = connection.prepare_cached(LOGGED)?;
    for project in &filter.projects {
        if let Some((project, _)) = project_row(connection, *project)? {
            let rows = select.query_map([project, filter.after, since, most, horizon], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
            for row in rows {
                found.push(row?);
            }
        }
    }
    found.sort_unstable();
    found.truncate(filter.limit);
    let entries = found
        .into_iter()
        .filter_map(|row| entry(connection, row).transpose());
    entries.collect()
}

fn entry(
    connection: Connection<'_>,
    (position, row, version): (i64, i64, u32),
) -> sql::Result<Option<LoggedFeedback>> {
    let feedback = feedback::by_row(connection, row)?;
    let Some(version) = feedback::version_of(connection, &feedback, version)? else {
        return Ok(None);
    };
    let message: Option<i64> = connection
        .prepare_cached("SELECT message FROM feedback WHERE row_id = ?1")?
        .query_row([row], |row| row.get(0))?;
    let (message, question) = match message {
        None => (None, None),
        Some(row) => {
            let (message, text) = conversations::message_with_question(connection, row)?;
            let said = if message.query.is_some() {
                None
            } else {
                said_before(connection, row)?
            };
            let question = text.map(|text| Question {
                message: said,
                text,
            });
            (Some(message), question)
        }
    };
    Ok(Some(LoggedFeedback {
        position,
        email: email(connection, &feedback)?,
        feedback,
        version,
        message,
        question,
    }))
}

/// The person's last message before this one.
fn said_before(
    connection: Connection<'_>,
    message: i64,
) -> sql::Result<Option<NamedRow<MessageId>>> {
    connection
        .prepare_cached(
            "SELECT q.id, q.external_id FROM messages m JOIN messages q ON q.conversation = m.conversation
             WHERE m.row_id = ?1 AND q.role = 0 AND (q.created_at, q.row_id) < (m.created_at, m.row_id)
             ORDER BY q.created_at DESC, q.row_id DESC LIMIT 1",
        )?
        .query_row([message], |row| {
            Ok(NamedRow {
                id: MessageId(id(row, 0)?),
                external_id: row.get(1)?,
            })
        })
        .optional()
}

fn email(connection: Connection<'_>, feedback: &Feedback) -> sql::Result<Option<String>> {
    let Author::EndUser { id, .. } = &feedback.author else {
        return Ok(None);
    };
    connection
        .prepare_cached("SELECT email FROM end_users WHERE id = ?1")?
        .query_row([blob(&id.0)], |row| row.get(0))
        .optional()
        .map(Option::flatten)
}
