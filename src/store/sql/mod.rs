//! One way to speak SQL with both engines, in the shape of `rusqlite`.
//!
//! Statements are written once, in what SQLite and PostgreSQL share, with places `?1` or `?`; where the engines must differ,
//! both texts stand side by side ([`Connection::text`]). Values go in by [`ToSql`] and come out by
//! [`FromSql`](rusqlite::types::FromSql) on either; [`postgres`] translates them by the columns' types.

mod error;
mod parameters;
pub(in crate::store) mod postgres;
mod row;
mod statement;

pub(in crate::store) use error::{Error, OptionalExtension, Result};
pub(in crate::store) use parameters::{Parameters, params_from_iter};
pub(in crate::store) use row::Row;
pub(in crate::store) use rusqlite::types::Value;
pub(in crate::store) use rusqlite::{ToSql, params};
pub(in crate::store) use statement::Statement;

use postgres::Session;

/// A connection to either engine, lent.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) enum Connection<'c> {
    /// To a file or to memory.
    Sqlite(&'c rusqlite::Connection),
    /// To a server.
    Postgres(&'c Session),
}

/// How a new row is numbered and where it lies. SQLite numbers all rows itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Seat {
    /// A row that all buckets share.
    Shared,
    /// A row of a bucket.
    Bucket(i16),
    /// A row in the bucket of what it belongs to.
    Beside(Owner),
    /// The same without a number of its own.
    Unnumbered(Owner),
    /// The same numbered by the transaction: a position for those who follow.
    Log(Owner),
}

/// What a row belongs to, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Owner {
    /// A message.
    Message(i64),
    /// A conversation.
    Conversation(i64),
    /// A feedback.
    Feedback(i64),
    /// A person.
    EndUser(i64),
}

impl Seat {
    /// Of a row with this hash of a name, over so many buckets.
    pub(in crate::store) fn spread(key: i64, buckets: u8) -> Self {
        let bucket = key.cast_unsigned() % u64::from(buckets.max(1));
        Self::Bucket(i16::try_from(bucket).unwrap_or(0))
    }
}

impl<'c> Connection<'c> {
    /// Prepares a statement, or takes it from those that the connection keeps prepared.
    pub(in crate::store) fn prepare_cached(self, sql: &str) -> Result<Statement<'c>> {
        match self {
            Self::Sqlite(connection) => Ok(Statement::Sqlite(connection.prepare_cached(sql)?)),
            Self::Postgres(session) => {
                let statement = session.prepare(sql)?;
                Ok(Statement::Postgres { session, statement })
            }
        }
    }

    /// Runs statements that take no values and give none.
    pub(in crate::store) fn execute_batch(self, sql: &str) -> Result<()> {
        match self {
            Self::Sqlite(connection) => Ok(connection.execute_batch(sql)?),
            Self::Postgres(session) => session.execute_batch(sql),
        }
    }

    /// Runs a statement; returns how many rows it changed.
    pub(in crate::store) fn execute(self, sql: &str, parameters: impl Parameters) -> Result<usize> {
        self.prepare_cached(sql)?.execute(parameters)
    }

    /// Reads the first row that a query gives.
    pub(in crate::store) fn query_row<T>(
        self,
        sql: &str,
        parameters: impl Parameters,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.prepare_cached(sql)?.query_row(parameters, read)
    }

    /// Inserts one row with `INSERT INTO table (columns) VALUES (values)`, neither with its number nor with its bucket: they
    /// are given by `seat`. Returns the row's number; of a row without one, zero.
    pub(in crate::store) fn insert(
        self,
        sql: &str,
        seat: Seat,
        parameters: impl Parameters,
    ) -> Result<i64> {
        match self {
            Self::Sqlite(connection) => {
                parameters.lend(|values| connection.prepare_cached(sql)?.execute(values))?;
                Ok(connection.last_insert_rowid())
            }
            Self::Postgres(session) => parameters.lend(|values| session.insert(sql, seat, values)),
        }
    }

    /// Whether several machines keep the rows.
    pub(in crate::store) const fn is_spread(self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(session) => session.is_spread(),
        }
    }

    /// The one of two texts that this engine speaks.
    pub(in crate::store) const fn text(
        self,
        sqlite: &'static str,
        postgres: &'static str,
    ) -> &'static str {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }
}

impl<'c> From<&'c rusqlite::Connection> for Connection<'c> {
    fn from(connection: &'c rusqlite::Connection) -> Self {
        Self::Sqlite(connection)
    }
}
