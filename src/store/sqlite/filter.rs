//! A filter as SQL: conditions and what is bound to them, always in step.

use super::administer::project_row;
use super::batch::{Kind, external_key, hash_key};
use super::codes::{Coded as _, blob};
use super::end_users::end_user_row;
use super::find::NOT_ERASED;
use super::{search, segments};
use crate::domain::vote::RowRef;
use crate::domain::{AttributeAnswer, AuthorKind, ProjectId, Timestamp};
use crate::store::FeedbackFilter;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params};

/// Conditions on `feedback f`, joined by AND, and their values.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    texts: Vec<String>,
    pub(super) values: Vec<Value>,
}

impl Conditions {
    /// Adds a condition; each `?` in it takes one of the values.
    pub(super) fn add(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.texts.push(condition.to_owned());
        self.values.extend(values);
    }

    /// The conditions as they stand behind WHERE.
    pub(super) fn sql(&self) -> String {
        if self.texts.is_empty() {
            "TRUE".to_owned()
        } else {
            self.texts.join(" AND ")
        }
    }

    fn equal<T: Into<Value>>(&mut self, column: &str, wanted: Option<T>) {
        if let Some(wanted) = wanted {
            self.add(&format!("{column} = ?"), [wanted.into()]);
        }
    }
}

/// Whether `feedback f` judges the conversation `?1` or one of its messages. Asked by the rows themselves, so that the
/// index by conversation and the one by message serve it.
pub(super) const OF_CONVERSATION: &str = "f.row_id IN (SELECT row_id FROM feedback WHERE conversation = ?1 UNION ALL \
     SELECT v.row_id FROM messages m JOIN feedback v ON v.message = m.row_id WHERE m.conversation = ?1)";

/// Rows as one value, for `IN`: there may be more of them than an SQL text may have places.
pub(super) const ROWS: &str = "(SELECT value FROM json_each(?))";

pub(super) fn rows(rows: &[i64]) -> Value {
    let texts: Vec<String> = rows.iter().map(i64::to_string).collect();
    Value::Text(format!("[{}]", texts.join(",")))
}

/// The conditions of a filter for one project, by its row and its workspace's. None if nothing can match: the filter
/// names something that does not exist.
pub(super) fn conditions(
    connection: &Connection,
    filter: &FeedbackFilter,
    scope: (i64, i64),
) -> rusqlite::Result<Option<Conditions>> {
    let mut found = Conditions::default();
    // Where rows are named, a plus sign keeps the planner from walking the whole project in order of time.
    let few =
        filter.conversation.is_some() || !filter.messages.is_empty() || filter.search.is_some();
    let project = if few {
        "+f.project = ?"
    } else {
        "f.project = ?"
    };
    found.add(project, [scope.0.into()]);
    simple(&mut found, filter);
    if let Some(name) = &filter.name {
        match label(connection, name)? {
            Some(row) => found.add("f.name = ?", [row.into()]),
            None => return Ok(None),
        }
    }
    if let Some(answer) = filter.attribute {
        match option_row(connection, answer)? {
            Some(row) => found.add(
                "EXISTS (SELECT 1 FROM json_each(f.attributes) answer WHERE answer.value = ?)",
                [row.into()],
            ),
            None => return Ok(None),
        }
    }
    let named = named_rows(connection, filter, scope, &mut found)?;
    Ok(named.then_some(found))
}

/// What needs no look-up.
fn simple(found: &mut Conditions, filter: &FeedbackFilter) {
    if !filter.with_retracted {
        found.add("f.retracted = 0", []);
    }
    found.equal("f.channel", filter.channel.map(super::codes::Coded::code));
    found.equal(
        "f.sentiment",
        filter.sentiment.map(super::codes::Coded::code),
    );
    found.equal("f.rating", filter.rating.map(super::codes::Coded::code));
    found.equal("f.resolved", filter.resolved.map(i64::from));
    if let Some(lowest) = filter.score_minimum {
        found.add("f.score >= ?", [lowest.into()]);
    }
    if let Some(highest) = filter.score_maximum {
        found.add("f.score <= ?", [highest.into()]);
    }
    if let Some(reason) = &filter.reason {
        found.add(
            "EXISTS (SELECT 1 FROM json_each(f.reasons) reason WHERE reason.value = ?)",
            [reason.clone().into()],
        );
    }
    for (column, wanted) in [
        ("f.rating", filter.has_rating),
        ("f.comment", filter.has_comment),
    ] {
        match wanted {
            Some(true) => found.add(&format!("{column} IS NOT NULL"), []),
            Some(false) => found.add(&format!("{column} IS NULL"), []),
            None => {}
        }
    }
    let time = |time: Timestamp| Value::Integer(time.microseconds());
    if let Some(since) = filter.since {
        found.add("f.created_at >= ?", [time(since)]);
    }
    if let Some(until) = filter.until {
        found.add("f.created_at < ?", [time(until)]);
    }
}

/// End user, conversation, messages and words. False if one of them does not exist.
fn named_rows(
    connection: &Connection,
    filter: &FeedbackFilter,
    scope: (i64, i64),
    found: &mut Conditions,
) -> rusqlite::Result<bool> {
    if let Some(end_user) = &filter.end_user {
        let Some(row) = end_user_row(connection, scope, end_user)? else {
            return Ok(false);
        };
        let kind = AuthorKind::EndUser.code();
        found.add(
            "f.author_kind = ? AND f.author = ?",
            [kind.into(), row.into()],
        );
    }
    if let Some(segment) = &filter.segment {
        let Some(row) = segments::row(connection, scope.1, segment)? else {
            return Ok(false);
        };
        found.add(
            "f.author_kind = ? AND f.author IN (SELECT end_user FROM end_user_segments WHERE segment = ?)",
            [AuthorKind::EndUser.code().into(), row.into()],
        );
    }
    if let Some(conversation) = &filter.conversation {
        let Some(row) = conversation_row(connection, scope.0, conversation)? else {
            return Ok(false);
        };
        // Asked by the rows themselves, so that the index by conversation and the one by message serve it.
        found.add(
            "f.row_id IN (SELECT row_id FROM feedback WHERE conversation = ? UNION ALL
             SELECT v.row_id FROM messages m JOIN feedback v ON v.message = m.row_id WHERE m.conversation = ?)",
            [row.into(), row.into()],
        );
    }
    if !filter.messages.is_empty() {
        let mut named = Vec::new();
        for message in &filter.messages {
            named.extend(message_rows(connection, scope.0, message)?);
        }
        found.add(&format!("f.message IN {ROWS}"), [rows(&named)]);
    }
    if let Some(words) = &filter.search {
        match search::query(words) {
            Some(query) => found.add(
                "f.row_id IN (SELECT rowid FROM search WHERE search MATCH ?)",
                [query.into()],
            ),
            None => return Ok(false),
        }
    }
    Ok(true)
}

fn label(connection: &Connection, text: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT row_id FROM labels WHERE text = ?1")?
        .query_row([text], |row| row.get(0))
        .optional()
}

fn option_row(connection: &Connection, answer: AttributeAnswer) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT row_id FROM attribute_options WHERE id = ?1")?
        .query_row([blob(&answer.option.0)], |row| row.get(0))
        .optional()
}

/// A conversation of a project.
pub(super) fn conversation_row(
    connection: &Connection,
    project: i64,
    conversation: &RowRef,
) -> rusqlite::Result<Option<i64>> {
    match conversation {
        RowRef::Id(id) => connection
            .prepare_cached("SELECT row_id FROM conversations WHERE id = ?1 AND project = ?2 AND erased_at IS NULL")?
            .query_row(params![blob(id), project], |row| row.get(0)),
        RowRef::Number(number) => connection
            .prepare_cached("SELECT row_id FROM conversations WHERE row_id = ?1 AND project = ?2 AND erased_at IS NULL")?
            .query_row([*number, project], |row| row.get(0)),
        RowRef::External(name) => {
            let key = external_key(&hash_key(connection)?, Kind::Conversation, project, name);
            connection
                .prepare_cached(
                    "SELECT row_id FROM conversations WHERE external_key = ?1 AND external_id = ?2 AND +project = ?3",
                )?
                .query_row(params![key, name, project], |row| row.get(0))
        }
    }
    .optional()
}

/// The messages of a project that a reference means: names may repeat between conversations. The newest comes first.
pub(super) fn message_rows(
    connection: &Connection,
    project: i64,
    message: &RowRef,
) -> rusqlite::Result<Vec<i64>> {
    match message {
        RowRef::Id(id) => connection
            .prepare_cached(&format!(
                "SELECT row_id FROM messages WHERE id = ?1 AND project = ?2 AND {NOT_ERASED}"
            ))?
            .query_map(params![blob(id), project], |row| row.get(0))?
            .collect(),
        RowRef::Number(number) => connection
            .prepare_cached(&format!(
                "SELECT row_id FROM messages WHERE row_id = ?1 AND project = ?2 AND {NOT_ERASED}"
            ))?
            .query_map([*number, project], |row| row.get(0))?
            .collect(),
        RowRef::External(name) => {
            let key = external_key(&hash_key(connection)?, Kind::Message, project, name);
            connection
                .prepare_cached(
                    // The second half is those whose names are not in the index yet.
                    "SELECT m.row_id FROM message_names n CROSS JOIN messages m ON m.row_id = n.message
                     WHERE n.external_key = ?1 AND m.external_id = ?2 AND m.project = ?3
                     UNION
                     SELECT row_id FROM messages WHERE row_id > (SELECT up_to FROM names_indexed)
                       AND external_key = ?1 AND external_id = ?2 AND +project = ?3
                    ORDER BY row_id DESC",
                )?
                .query_map(params![key, name, project], |row| row.get(0))?
                .collect()
        }
    }
}

/// The rows of projects, for [`ROWS`].
pub(super) fn project_rows(
    connection: &Connection,
    projects: &[ProjectId],
) -> rusqlite::Result<(&'static str, Value)> {
    let mut found = Vec::new();
    for project in projects {
        found.extend(project_row(connection, *project)?.map(|(project, _)| project));
    }
    Ok((ROWS, rows(&found)))
}
