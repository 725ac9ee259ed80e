//! One of the two stores of a copy, which nobody else may use meanwhile.

use super::tables::Table;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::store::StorePlace;
use crate::store::postgres::{self, Connector, Purpose};
use crate::store::sql::postgres::Session;
use crate::store::sql::{self, Connection, Value, params_from_iter};
use crate::store::sqlite;
use std::fs::File;

/// A row's values, in the order of the table's columns.
pub(super) type Values = Vec<Value>;

/// A store that is open for a copy.
pub(super) enum Side {
    /// A data folder, locked.
    Sqlite(rusqlite::Connection, File),
    /// A database.
    Postgres(Session),
}

impl Side {
    /// Opens a store and brings its schema up to date.
    pub(super) fn open(place: &StorePlace) -> Result<Self> {
        match place {
            StorePlace::Memory => Err(Error::invalid(
                "--from",
                "what is in memory cannot be copied",
            )),
            StorePlace::Folder(folder) => {
                let (connection, lock) = sqlite::open_alone(folder)?;
                Ok(Self::Sqlite(connection, lock))
            }
            StorePlace::Postgres(address) => {
                let connector = Connector::new(address.clone())?;
                let runtime = postgres::runtime()?;
                let client = runtime.block_on(async {
                    let (mut client, _) = connector.connect(Purpose::Upkeep).await?;
                    postgres::migrate(&mut client).await?;
                    Ok::<_, Error>(client)
                })?;
                Ok(Self::Postgres(Session::own(client, runtime)))
            }
        }
    }

    pub(super) const fn connection(&self) -> Connection<'_> {
        match self {
            Self::Sqlite(connection, _) => Connection::Sqlite(connection),
            Self::Postgres(session) => Connection::Postgres(session),
        }
    }

    /// Begins a transaction that reads one state of the data.
    pub(super) fn begin_reading(&self) -> sql::Result<()> {
        let begin = self
            .connection()
            .text("BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
        self.connection().execute_batch(begin)
    }

    /// How many rows a table has.
    pub(super) fn count(&self, table: &Table) -> sql::Result<i64> {
        self.connection()
            .query_row(&table.count(), [], |row| row.get(0))
    }

    /// The rows of a table after one of them.
    pub(super) fn page(&self, table: &Table, after: Option<&Values>) -> sql::Result<Vec<Values>> {
        let collation = self.connection().text("BINARY", "\"C\"");
        let sql = table.page(after.is_some()).replace("{C}", collation);
        let key = after.into_iter().flatten().take(table.key).cloned();
        let most = Value::Integer(i64::try_from(limits::COPY_ROWS).unwrap_or(i64::MAX));
        let columns = table.names().count();
        self.connection()
            .prepare_cached(&sql)?
            .query_map(params_from_iter(key.chain([most])), |row| {
                (0..columns).map(|column| row.get(column)).collect()
            })?
            .collect()
    }

    /// Adds rows, all or none.
    pub(super) fn add(&self, table: &Table, rows: &[Values]) -> sql::Result<()> {
        match self {
            Self::Sqlite(connection, _) => Ok(add_to_sqlite(connection, table, rows)?),
            Self::Postgres(session) => add_to_postgres(session, table, rows),
        }
    }

    /// Takes over what names are hashed with, before there is anything.
    pub(super) fn set_hash_key(&self, key: &[u8; 16]) -> sql::Result<()> {
        let sql = "UPDATE settings SET value = ? WHERE name = 'hash_key'";
        self.connection().execute(sql, [&key[..]]).map(|_| ())
    }

    /// Derives what is not copied, and sees to it that new rows get new numbers.
    pub(super) fn finish(&self) -> sql::Result<()> {
        match self {
            Self::Sqlite(connection, _) => Ok(sqlite::derive(connection)?),
            Self::Postgres(session) => session.execute_batch(NUMBERS),
        }
    }
}

/// The greatest numbers that were copied: those of buckets are counts times 64 and more.
const NUMBERS: &str = "UPDATE buckets SET last_row = greatest(last_row, 1 + (SELECT max(last) FROM (
       SELECT coalesce(max(row_id), 0) AS last FROM end_users UNION ALL SELECT coalesce(max(row_id), 0) FROM conversations
       UNION ALL SELECT coalesce(max(row_id), 0) FROM messages UNION ALL SELECT coalesce(max(row_id), 0) FROM feedback
       UNION ALL SELECT coalesce(max(row_id), 0) FROM topic_messages
       UNION ALL SELECT coalesce(max(row_id), 0) FROM mirror_jobs) AS tables) / 64);
     UPDATE shared_rows SET directory = directory + 1,
       log_base = (SELECT coalesce(max(row_id), 0) FROM feedback_log),
       last_row = greatest(last_row, (SELECT max(last) FROM (
         SELECT coalesce(max(row_id), 0) AS last FROM workspaces UNION ALL SELECT coalesce(max(row_id), 0) FROM projects
         UNION ALL SELECT coalesce(max(row_id), 0) FROM api_keys UNION ALL SELECT coalesce(max(row_id), 0) FROM attributes
         UNION ALL SELECT coalesce(max(row_id), 0) FROM attribute_options
         UNION ALL SELECT coalesce(max(row_id), 0) FROM labels UNION ALL SELECT coalesce(max(row_id), 0) FROM segment_kinds
         UNION ALL SELECT coalesce(max(row_id), 0) FROM segments
         UNION ALL SELECT coalesce(max(row_id), 0) FROM topics) AS tables));
     ANALYZE";

fn add_to_sqlite(
    connection: &rusqlite::Connection,
    table: &Table,
    rows: &[Values],
) -> rusqlite::Result<()> {
    let places = vec!["?"; table.names().count()].join(", ");
    let sql = format!(
        "INSERT INTO {} ({}) VALUES ({places})",
        table.name, table.columns
    );
    let transaction = connection.unchecked_transaction()?;
    let mut insert = connection.prepare_cached(&sql)?;
    for row in rows {
        insert.execute(rusqlite::params_from_iter(row))?;
    }
    drop(insert);
    transaction.commit()
}

/// Rows go into a table of this session first, and from there to where they belong, with their buckets.
fn add_to_postgres(session: &Session, table: &Table, rows: &[Values]) -> sql::Result<()> {
    let Table { name, columns, .. } = table;
    session.execute_batch(&format!(
        "BEGIN; CREATE TEMP TABLE copied ON COMMIT DROP AS SELECT {columns} FROM {name} WITH NO DATA"
    ))?;
    let written = session
        .copy_in("copied", columns, rows)
        .and_then(|()| session.execute_batch(&from_copied(table)))
        .and_then(|()| words(session, table, rows))
        .and_then(|()| session.execute_batch("COMMIT"));
    if written.is_err() {
        // The error says more than what comes of the connection now.
        let _ = session.execute_batch("ROLLBACK");
    }
    written
}

fn from_copied(table: &Table) -> String {
    let Table { name, columns, .. } = table;
    let own: Vec<String> = table.names().map(|column| format!("s.{column}")).collect();
    let own = own.join(", ");
    match table.bucket {
        None => format!("INSERT INTO {name} ({columns}) SELECT {own} FROM copied s"),
        Some(bucket) => format!(
            "INSERT INTO {name} (bucket, {columns}) SELECT CAST({bucket} AS SMALLINT), {own} FROM copied s"
        ),
    }
}

/// Puts the words of comments beside them.
fn words(session: &Session, table: &Table, rows: &[Values]) -> sql::Result<()> {
    if table.name != "feedback" {
        return Ok(());
    }
    let Some(comment) = table.names().position(|name| name == "comment") else {
        return Ok(());
    };
    let sql = "UPDATE feedback SET words = CAST(CAST(?2 AS TEXT) AS TSVECTOR) WHERE row_id = ?1";
    let mut update = Connection::Postgres(session).prepare_cached(sql)?;
    for row in rows {
        if let (Some(Value::Integer(number)), Some(Value::Text(comment))) =
            (row.first(), row.get(comment))
        {
            let words = postgres::search::words(comment);
            update.execute(rusqlite::params![number, words])?;
        }
    }
    Ok(())
}

/// Why a store cannot be copied into: it holds something.
pub(super) fn refuse_full(table: &Table) -> Error {
    let message = format!(
        "there is data where the copy is to go (in \"{}\"): copy into a new folder or an empty database",
        table.name
    );
    Error::new(ErrorKind::Conflict, message)
}
