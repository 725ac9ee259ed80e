//! Full-text search over comments, on either engine.

use super::sql::{self, Connection};
use super::{postgres, sqlite};

/// The query that finds a project's comments with all of these words, the last of which may be the beginning of one. None if
/// there is no word in it.
pub(super) fn query(
    connection: Connection<'_>,
    project: i64,
    words: &str,
) -> sql::Result<Option<String>> {
    match connection {
        Connection::Sqlite(connection) => Ok(sqlite::search::query(connection, project, words)?),
        Connection::Postgres(_) => Ok(postgres::search::query(words)),
    }
}

/// That a `feedback f` is found by a query, which is the one value.
pub(super) fn condition(connection: Connection<'_>) -> String {
    match connection {
        Connection::Sqlite(_) => format!(
            "EXISTS (SELECT 1 FROM search s WHERE s.comment MATCH ? AND s.rowid = {})",
            sqlite::search::PLACE
        ),
        Connection::Postgres(_) => "f.words @@ CAST(CAST(? AS TEXT) AS TSQUERY)".to_owned(),
    }
}
