//! A filter as SQL: conditions and what is bound to them, always in step.

use super::batch::{Kind, external_key, hash_key};
use super::codes::{Coded as _, blob};
use super::end_users::end_user_row;
use super::find::NOT_ERASED;
use super::look::{Days, Sought};
use super::sql::Value;
use super::sql::{self, Connection, OptionalExtension as _, params};
use super::{search, segments};
use crate::domain::vote::RowRef;
use crate::domain::{AttributeAnswer, AuthorKind, Rating, Sentiment};
use crate::store::FeedbackFilter;

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

/// The rows of the feedback on a conversation and on its messages, each part by its own index. Takes the conversation twice.
pub(super) const OF_CONVERSATION: &str = "SELECT row_id FROM feedback WHERE conversation = ? UNION ALL \
     SELECT v.row_id FROM messages m JOIN feedback v ON v.message = m.row_id /*+ AND v.bucket = m.bucket +*/ \
     WHERE m.conversation = ?";

/// Rows as one value, for `IN`: there may be more of them than an SQL text may have places.
pub(super) const ROWS: &str = "(SELECT CAST(value AS BIGINT) FROM json_each(?))";

pub(super) fn rows(rows: &[i64]) -> Value {
    let texts: Vec<String> = rows.iter().map(i64::to_string).collect();
    Value::Text(format!("[{}]", texts.join(",")))
}

/// Where the rows are read from that may match.
#[derive(Debug)]
pub(super) enum Source {
    /// All of the project, in the order of time.
    Time,
    /// Those with a comment.
    Commented,
    /// Those with a comment that are negative.
    Complaints,
    /// A query of the search index.
    Words(String),
    /// Few, by a query that gives their rows, and its values.
    Few { rows: String, values: Vec<Value> },
}

/// What a filter seeks in one project, by its row and its workspace's. None if nothing can match: the filter names something
/// that does not exist.
pub(super) fn sought(
    connection: Connection<'_>,
    filter: &FeedbackFilter,
    scope: (i64, i64),
) -> sql::Result<Option<Sought>> {
    let mut found = Conditions::default();
    simple(&mut found, filter);
    let mut name = None;
    if let Some(text) = &filter.name {
        name = label(connection, text)?;
        match name {
            Some(row) => found.add("f.name = ?", [row.into()]),
            None => return Ok(None),
        }
    }
    if let Some(answer) = filter.attribute {
        match option_row(connection, answer)? {
            Some(row) => found.add(
                "EXISTS (SELECT 1 FROM json_each(f.attributes) answer WHERE CAST(answer.value AS BIGINT) = ?)",
                [row.into()],
            ),
            None => return Ok(None),
        }
    }
    if !people(connection, filter, scope, &mut found)? {
        return Ok(None);
    }
    let Some(source) = source(connection, filter, scope.0, &mut found)? else {
        return Ok(None);
    };
    Ok(days(filter, name).map(|days| Sought {
        project: scope.0,
        source,
        conditions: found,
        days,
        since: filter.since,
        until: filter.until,
    }))
}

/// The sums that the rows are counted in; the inner none if they tell nothing, the outer one if no row is in any.
#[expect(clippy::option_option, reason = "nothing to know, and nothing to find")]
fn days(filter: &FeedbackFilter, name: Option<i64>) -> Option<Option<Days>> {
    let mut sentiments: Vec<Sentiment> = Sentiment::ALL.into();
    if let Some(sentiment) = filter.sentiment {
        sentiments.retain(|one| *one == sentiment);
    }
    // The thumb goes before all else.
    if let Some(rating) = filter.rating {
        let only = Sentiment::of(Some(rating), None, None);
        sentiments.retain(|one| *one == only);
    }
    if filter.has_rating == Some(true) {
        sentiments.retain(|one| matches!(one, Sentiment::Positive | Sentiment::Negative));
    }
    if sentiments.is_empty() {
        return None;
    }
    if sentiments.len() == Sentiment::ALL.len() {
        sentiments.clear();
    }
    let days = Days {
        channel: filter.channel.map(super::codes::Coded::code),
        name,
        sentiments,
        commented: filter.has_comment == Some(true),
        rated: filter.has_rating == Some(true) || filter.rating.is_some(),
    };
    // What was taken back is in no sum.
    let tells = !filter.with_retracted && days != Days::default();
    Some(tells.then_some(days))
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
}

/// The people who judge. False if one of them does not exist.
fn people(
    connection: Connection<'_>,
    filter: &FeedbackFilter,
    scope: (i64, i64),
    found: &mut Conditions,
) -> sql::Result<bool> {
    let kind = AuthorKind::EndUser.code();
    if let Some(end_user) = &filter.end_user {
        let Some(row) = end_user_row(connection, scope, end_user)? else {
            return Ok(false);
        };
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
            "f.author_kind = ? AND EXISTS (SELECT 1 FROM end_user_segments g WHERE g.end_user = f.author AND g.segment = ?)",
            [kind.into(), row.into()],
        );
    }
    Ok(true)
}

/// Where rows are read from, the fewest first: messages, a conversation, words, comments. None if what the filter names does
/// not exist.
fn source(
    connection: Connection<'_>,
    filter: &FeedbackFilter,
    project: i64,
    found: &mut Conditions,
) -> sql::Result<Option<Source>> {
    let words = match &filter.search {
        None => None,
        Some(words) => match search::query(connection, project, words)? {
            None => return Ok(None),
            query => query,
        },
    };
    let conversation = match &filter.conversation {
        None => None,
        Some(conversation) => match conversation_row(connection, project, conversation)? {
            None => return Ok(None),
            row => row,
        },
    };
    let few = if filter.messages.is_empty() {
        conversation.map(|row| Source::Few {
            rows: OF_CONVERSATION.to_owned(),
            values: vec![row.into(), row.into()],
        })
    } else {
        let mut named = Vec::new();
        for message in &filter.messages {
            named.extend(message_rows(connection, project, message)?);
        }
        if let Some(row) = conversation {
            found.add(
                "(SELECT m.conversation FROM messages m WHERE m.row_id = f.message /*+ AND m.bucket = f.bucket +*/) = ?",
                [row.into()],
            );
        }
        Some(Source::Few {
            rows: format!("SELECT v.row_id FROM feedback v WHERE v.message IN {ROWS}"),
            values: vec![rows(&named)],
        })
    };
    Ok(Some(match (few, words) {
        (Some(few), None) => few,
        (Some(few), Some(query)) => {
            found.add(&search::condition(connection), [query.into()]);
            few
        }
        (None, Some(query)) => Source::Words(query),
        (None, None) if filter.has_comment == Some(true) => {
            if filter.sentiment == Some(Sentiment::Negative)
                || filter.rating == Some(Rating::Negative)
            {
                Source::Complaints
            } else {
                Source::Commented
            }
        }
        (None, None) => Source::Time,
    }))
}

fn label(connection: Connection<'_>, text: &str) -> sql::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT row_id FROM labels WHERE text = ?1")?
        .query_row([text], |row| row.get(0))
        .optional()
}

fn option_row(connection: Connection<'_>, answer: AttributeAnswer) -> sql::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT row_id FROM attribute_options WHERE id = ?1")?
        .query_row([blob(&answer.option.0)], |row| row.get(0))
        .optional()
}

/// A conversation of a project.
pub(super) fn conversation_row(
    connection: Connection<'_>,
    project: i64,
    conversation: &RowRef,
) -> sql::Result<Option<i64>> {
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
    connection: Connection<'_>,
    project: i64,
    message: &RowRef,
) -> sql::Result<Vec<i64>> {
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
                .prepare_cached(connection.text(
                    // The second half is those whose names are not in the index yet.
                    "SELECT m.row_id FROM message_names n CROSS JOIN messages m ON m.row_id = n.message
                     WHERE n.external_key = ?1 AND m.external_id = ?2 AND m.project = ?3
                     UNION
                     SELECT row_id FROM messages WHERE row_id > (SELECT up_to FROM names_indexed)
                       AND external_key = ?1 AND external_id = ?2 AND +project = ?3
                    ORDER BY row_id DESC",
                    "SELECT row_id FROM messages WHERE external_key = ?1 AND external_id = ?2 AND project = ?3
                     ORDER BY id DESC",
                ))?
                .query_map(params![key, name, project], |row| row.get(0))?
                .collect()
        }
    }
}
