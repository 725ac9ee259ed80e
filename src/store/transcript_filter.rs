//! Which conversations, as SQL.

use super::administer::project_row;
use super::codes::Coded as _;
use super::end_users::end_user_row;
use super::filter::{Conditions, ROWS, conversation_row, rows};
use super::sql::Value;
use super::sql::{self, Connection};
use crate::domain::vote::RowRef;
use crate::domain::{ProjectId, Timestamp};
use crate::store::{MetadataValue, TranscriptFeedback, TranscriptFilter};

/// Standing feedback on the conversation as a whole, and that on its messages. Each is found by its index.
const FEEDBACK: [&str; 2] = [
    "SELECT 1 FROM feedback f WHERE f.conversation = c.row_id AND f.retracted = 0",
    "SELECT 1 FROM messages m JOIN feedback f ON f.message = m.row_id /*+ AND f.bucket = m.bucket +*/ WHERE m.conversation = c.row_id AND f.retracted = 0",
];

/// The same two where machines keep messages by other buckets than conversations: they are gathered first, of the whole
/// project.
const SPREAD_FEEDBACK: [&str; 2] = [
    "SELECT f.conversation FROM feedback f WHERE f.conversation IS NOT NULL AND f.retracted = 0",
    "SELECT m.conversation FROM messages m JOIN feedback f ON f.message = m.row_id AND f.bucket = m.bucket \
     WHERE m.conversation IS NOT NULL AND f.retracted = 0",
];

/// A value of a metadata object as text.
const VALUE: &str = "CASE pair.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(pair.atom AS TEXT) END";

/// Conditions on the `conversations c` of one project. None if nothing can match.
pub(super) fn conditions(
    connection: Connection<'_>,
    project: ProjectId,
    filter: &TranscriptFilter,
) -> sql::Result<Option<Conditions>> {
    let Some(scope) = project_row(connection, project)? else {
        return Ok(None);
    };
    let mut found = Conditions::default();
    let few = !filter.numbers.is_empty()
        || !filter.external_ids.is_empty()
        || !filter.end_users.is_empty();
    // Where rows are named, a plus sign keeps the planner from walking the whole project in order of time.
    let of_project = if few {
        "+c.project = ?"
    } else {
        "c.project = ?"
    };
    found.add(of_project, [scope.0.into()]);
    found.add("c.erased_at IS NULL", []);
    named(connection, scope, filter, &mut found)?;
    times(filter, &mut found);
    // SQLite's LIKE takes no notice of case.
    let like = connection.text("LIKE", "ILIKE");
    people(filter, like, &mut found);
    if let Some(search) = &filter.search {
        let says = format!("(m.content {like} ? ESCAPE '\\' OR m.query {like} ? ESCAPE '\\')");
        let condition = if connection.is_spread() {
            let project = scope.0;
            format!(
                "c.row_id IN (SELECT m.conversation FROM messages m WHERE m.project = {project} AND {says})"
            )
        } else {
            format!("EXISTS (SELECT 1 FROM messages m WHERE m.conversation = c.row_id AND {says})")
        };
        found.add(&condition, [part(search), part(search)]);
    }
    for (kind, topics) in &filter.topics {
        found.add(
            &format!(
                "c.row_id IN (SELECT m.conversation FROM topics t JOIN topic_messages l ON l.topic = t.row_id
                 JOIN messages m ON m.row_id = l.message /*+ AND m.bucket = l.bucket +*/ WHERE t.row_id IN {ROWS} AND t.kind = ? AND t.project = ?)"
            ),
            [rows(topics), kind.code().into(), scope.0.into()],
        );
    }
    for feedback in &filter.feedback {
        add_feedback(connection, scope.0, feedback, &mut found);
    }
    for wanted in &filter.metadata {
        metadata(connection, wanted, &mut found);
    }
    Ok(Some(found))
}

/// Conversations and people that the filter names.
fn named(
    connection: Connection<'_>,
    scope: (i64, i64),
    filter: &TranscriptFilter,
    found: &mut Conditions,
) -> sql::Result<()> {
    if !filter.numbers.is_empty() {
        found.add(&format!("c.row_id IN {ROWS}"), [rows(&filter.numbers)]);
    }
    if !filter.external_ids.is_empty() {
        let mut known = Vec::new();
        for name in &filter.external_ids {
            let name = RowRef::External(name.clone());
            known.extend(conversation_row(connection, scope.0, &name)?);
        }
        found.add(&format!("c.row_id IN {ROWS}"), [rows(&known)]);
    }
    if !filter.end_users.is_empty() {
        let mut known = Vec::new();
        for person in &filter.end_users {
            known.extend(end_user_row(connection, scope, person)?);
        }
        found.add(&format!("c.end_user IN {ROWS}"), [rows(&known)]);
    }
    Ok(())
}

fn times(filter: &TranscriptFilter, found: &mut Conditions) {
    let time = |time: Timestamp| Value::Integer(time.microseconds());
    if let Some(since) = filter.since {
        found.add("c.created_at >= ?", [time(since)]);
    }
    if let Some(until) = filter.until {
        found.add("c.created_at < ?", [time(until)]);
    }
}

/// Who talks.
fn people(filter: &TranscriptFilter, like: &str, found: &mut Conditions) {
    if let Some(search) = &filter.end_user_search {
        found.add(
            &format!(
                "EXISTS (SELECT 1 FROM end_users u WHERE u.row_id = c.end_user AND (u.external_id {like} ? ESCAPE '\\'
                 OR u.name {like} ? ESCAPE '\\' OR u.username {like} ? ESCAPE '\\' OR u.email {like} ? ESCAPE '\\'))"
            ),
            [part(search), part(search), part(search), part(search)],
        );
    }
    if !filter.segments.is_empty() {
        found.add(
            &format!(
                "EXISTS (SELECT 1 FROM end_user_segments s WHERE s.end_user = c.end_user AND s.segment IN {ROWS})"
            ),
            [rows(&filter.segments)],
        );
    }
    if filter.without_internal {
        found.add(
            "NOT EXISTS (SELECT 1 FROM internal_end_users i WHERE i.project = c.project AND i.end_user = c.end_user)",
            [],
        );
    }
    if filter.without_anonymous {
        found.add("c.end_user IS NOT NULL", []);
    }
}

fn add_feedback(
    connection: Connection<'_>,
    project: i64,
    wanted: &TranscriptFeedback,
    found: &mut Conditions,
) {
    let mut narrower = Conditions::default();
    if let Some(rating) = wanted.rating {
        narrower.add("f.rating = ?", [rating.code().into()]);
    }
    if !wanted.options.is_empty() {
        // Machines take no list of values within a list of values.
        let (list, values) = if connection.is_spread() {
            let options: Vec<_> = wanted.options.iter().map(i64::to_string).collect();
            (format!("({})", options.join(", ")), None)
        } else {
            (ROWS.to_owned(), Some(rows(&wanted.options)))
        };
        narrower.add(
            &format!(
                "EXISTS (SELECT 1 FROM json_each(f.attributes) answer WHERE CAST(answer.value AS BIGINT) IN {list})"
            ),
            values,
        );
    }
    let [whole, messages] = if connection.is_spread() {
        SPREAD_FEEDBACK.map(|select| {
            let narrower = narrower.sql();
            format!("c.row_id IN ({select} AND f.project = {project} AND {narrower})")
        })
    } else {
        FEEDBACK.map(|select| format!("EXISTS ({select} AND {})", narrower.sql()))
    };
    let not = if wanted.none { "NOT " } else { "" };
    let twice: Vec<_> = [narrower.values.clone(), narrower.values].concat();
    found.add(&format!("{not}({whole} OR {messages})"), twice);
}

fn metadata(connection: Connection<'_>, wanted: &MetadataValue, found: &mut Conditions) {
    let text = |text: &String| match connection {
        Connection::Sqlite(_) => text.clone(),
        // As the function `readable_json` reads it.
        Connection::Postgres(_) => text.replace('\0', "\\u0000"),
    };
    let mut pair = Conditions::default();
    if let Some(field) = &wanted.field {
        pair.add("pair.key = ?", [text(field).into()]);
    }
    if let Some(value) = &wanted.value {
        pair.add(&format!("{VALUE} = ?"), [text(value).into()]);
    }
    found.add(
        &format!(
            "EXISTS (SELECT 1 FROM json_each(c.metadata) pair WHERE {})",
            pair.sql()
        ),
        pair.values,
    );
}

/// A pattern of texts with this part.
fn part(text: &str) -> Value {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    Value::Text(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use crate::domain::{Rating, TopicKind};
    use crate::store::sqlite::schema;
    use rusqlite::{Connection, params, params_from_iter};

    fn database() -> (Connection, ProjectId) {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        let project = ProjectId(clock::new_id());
        let workspace = clock::new_id();
        connection
            .execute(
                "INSERT INTO workspaces (id, name, created_at) VALUES (?1, 'w', 0)",
                [workspace.as_bytes()],
            )
            .unwrap();
        connection
            .execute(
                "INSERT INTO projects (id, workspace, name, number, unknown_targets, enabled, keep_text, mode, created_at,
                 updated_at) VALUES (?1, 1, 'p', 1, 0, 1, 0, 0, 0, 0)",
                params![project.0.as_bytes()],
            )
            .unwrap();
        connection
            .execute(
                "INSERT INTO settings (name, value) VALUES ('hash_key', ?1)",
                [[0_u8; 16]],
            )
            .unwrap();
        (connection, project)
    }

    /// How the engine goes about it, step by step.
    fn plan(filter: &TranscriptFilter) -> Vec<String> {
        let (connection, project) = database();
        let conditions = conditions((&connection).into(), project, filter)
            .unwrap()
            .unwrap();
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT c.created_at, c.row_id FROM conversations c WHERE {}
             ORDER BY c.created_at DESC, c.row_id DESC LIMIT 51",
            conditions.sql()
        );
        let mut explain = connection.prepare(&sql).unwrap();
        explain
            .query_map(params_from_iter(conditions.values), |row| row.get("detail"))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap()
    }

    fn filters() -> Vec<TranscriptFilter> {
        let nothing = TranscriptFilter::default;
        let feedback = |none| TranscriptFeedback {
            none,
            rating: Some(Rating::Negative),
            options: vec![1],
        };
        vec![
            nothing(),
            TranscriptFilter {
                numbers: vec![1],
                ..nothing()
            },
            TranscriptFilter {
                external_ids: vec!["t".to_owned()],
                ..nothing()
            },
            TranscriptFilter {
                end_users: vec![RowRef::Number(1)],
                ..nothing()
            },
            TranscriptFilter {
                search: Some("x".to_owned()),
                end_user_search: Some("x".to_owned()),
                segments: vec![1],
                without_internal: true,
                without_anonymous: true,
                ..nothing()
            },
            TranscriptFilter {
                topics: vec![(TopicKind::Issue, vec![1]), (TopicKind::Intent, vec![1])],
                ..nothing()
            },
            TranscriptFilter {
                feedback: vec![feedback(true), feedback(false)],
                metadata: vec![MetadataValue {
                    field: Some("x".to_owned()),
                    value: Some("y".to_owned()),
                }],
                ..nothing()
            },
        ]
    }

    #[test]
    fn no_table_is_walked_from_end_to_end() {
        let of_json = ["pair", "answer", "json_each"];
        for filter in filters() {
            let plan = plan(&filter);
            let walks = plan.iter().filter(|step| {
                let walked = step.strip_prefix("SCAN ").unwrap_or_default();
                !walked.is_empty() && !of_json.iter().any(|name| walked.starts_with(name))
            });
            assert_eq!(walks.count(), 0, "{plan:#?}");
        }
    }

    #[test]
    fn named_rows_are_looked_up_rather_than_searched_for() {
        for filter in &filters()[1..4] {
            let plan = plan(filter);
            let found = plan.iter().any(|step| {
                step.starts_with("SEARCH c USING INTEGER PRIMARY KEY")
                    || step.contains("conversations_by_end_user")
            });
            assert!(found, "{plan:#?}");
        }
    }

    #[test]
    fn a_part_of_a_text_is_no_pattern() {
        assert_eq!(part(r"a%b_c\"), Value::Text(r"%a\%b\_c\\%".to_owned()));
    }
}
