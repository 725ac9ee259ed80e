//! Adding many rows at once, in each engine's own way.

use super::side::Values;
use super::tables::Table;
use crate::store::postgres;
use crate::store::sql::postgres::Session;
use crate::store::sql::{self, Value};

pub(super) fn add_to_sqlite(
    connection: &rusqlite::Connection,
    table: &Table,
    rows: &[Values],
) -> rusqlite::Result<()> {
    let Table { name, columns, .. } = table;
    let places = vec!["?"; table.names().count()].join(", ");
    let sql = format!("INSERT INTO {name} ({columns}) VALUES ({places})");
    let transaction = connection.unchecked_transaction()?;
    let mut insert = connection.prepare_cached(&sql)?;
    for row in rows {
        insert.execute(rusqlite::params_from_iter(row))?;
    }
    drop(insert);
    transaction.commit()
}

/// Makes the table of this session that rows go into first, and from there to where they belong, with their buckets.
pub(super) fn place(table: &Table) -> String {
    let Table { name, columns, .. } = table;
    let words = if has_words(table) {
        ", CAST(NULL AS TEXT) AS words"
    } else {
        ""
    };
    format!(
        "CREATE TEMP TABLE copied_{name} ON COMMIT DELETE ROWS AS SELECT {columns}{words} FROM {name} WITH NO DATA"
    )
}

/// Adds rows by the table of [`place`].
pub(super) fn add_to_postgres(
    session: &Session,
    table: &Table,
    mut rows: Vec<Values>,
) -> sql::Result<()> {
    let mut columns = table.columns.to_owned();
    if has_words(table) {
        columns.push_str(", words");
        add_words(table, &mut rows);
    }
    session.execute_batch("BEGIN")?;
    let written = session
        .copy_in(&format!("copied_{}", table.name), &columns, &rows)
        .and_then(|()| session.execute_batch(&from_place(table)))
        .and_then(|()| session.execute_batch("COMMIT"));
    if written.is_err() {
        // The error says more than what comes of the connection now.
        let _ = session.execute_batch("ROLLBACK");
    }
    written
}

fn from_place(table: &Table) -> String {
    let Table { name, columns, .. } = table;
    let own: Vec<String> = table.names().map(|column| format!("s.{column}")).collect();
    let (mut columns, mut own) = (columns.to_string(), own.join(", "));
    if has_words(table) {
        columns.push_str(", words");
        own.push_str(", CAST(s.words AS TSVECTOR)");
    }
    match table.bucket {
        None => format!("INSERT INTO {name} ({columns}) SELECT {own} FROM copied_{name} s"),
        Some(bucket) => format!(
            "INSERT INTO {name} (bucket, {columns}) SELECT CAST({bucket} AS SMALLINT), {own} FROM copied_{name} s"
        ),
    }
}

/// Whether rows carry the words of their comments, which SQLite has in an index of its own.
fn has_words(table: &Table) -> bool {
    table.name == "feedback"
}

fn add_words(table: &Table, rows: &mut [Values]) {
    let comment = table.names().position(|name| name == "comment");
    for row in rows {
        let words = match comment.and_then(|place| row.get(place)) {
            Some(Value::Text(comment)) => postgres::search::words(comment),
            _ => None,
        };
        row.push(words.map_or(Value::Null, Value::Text));
    }
}
