//! A prepared statement, and the rows that it gives.

use super::postgres::{Prepared, Session};
use super::{Error, Parameters, Result, Row};

/// A prepared statement of either engine.
pub(in crate::store) enum Statement<'c> {
    /// SQLite's.
    Sqlite(rusqlite::CachedStatement<'c>),
    /// PostgreSQL's.
    Postgres {
        /// Where it was prepared.
        session: &'c Session,
        /// What the server knows it by.
        statement: Prepared,
    },
}

/// The rows of a query, one after the other.
pub(in crate::store) enum Rows<'s> {
    /// Read as the query goes on.
    Sqlite(rusqlite::Rows<'s>),
    /// Here as a whole; the one that is lent, and those that come.
    Postgres(
        Option<tokio_postgres::Row>,
        std::vec::IntoIter<tokio_postgres::Row>,
    ),
}

/// What is made of each row of a query.
pub(in crate::store) struct Mapped<'s, F> {
    rows: Rows<'s>,
    read: F,
}

impl Statement<'_> {
    /// Runs the statement; returns how many rows it changed.
    pub(in crate::store) fn execute(&mut self, parameters: impl Parameters) -> Result<usize> {
        parameters.lend(|values| match self {
            Self::Sqlite(statement) => Ok(statement.execute(values)?),
            Self::Postgres { session, statement } => session.execute(statement, values),
        })
    }

    /// Reads the first row; fails with [`Error::NoRows`] if there is none.
    pub(in crate::store) fn query_row<T>(
        &mut self,
        parameters: impl Parameters,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut rows = self.query(parameters)?;
        match rows.next()? {
            Some(row) => read(&row),
            None => Err(Error::NoRows),
        }
    }

    /// Makes something of each row.
    pub(in crate::store) fn query_map<T, F>(
        &mut self,
        parameters: impl Parameters,
        read: F,
    ) -> Result<Mapped<'_, F>>
    where
        F: FnMut(&Row<'_>) -> Result<T>,
    {
        let rows = self.query(parameters)?;
        Ok(Mapped { rows, read })
    }

    /// The rows of a query.
    pub(in crate::store) fn query(&mut self, parameters: impl Parameters) -> Result<Rows<'_>> {
        parameters.lend(|values| match self {
            Self::Sqlite(statement) => Ok(Rows::Sqlite(statement.query(values)?)),
            Self::Postgres { session, statement } => {
                let rows = session.query(statement, values)?;
                Ok(Rows::Postgres(None, rows.into_iter()))
            }
        })
    }
}

impl Rows<'_> {
    /// The next row.
    pub(in crate::store) fn next(&mut self) -> Result<Option<Row<'_>>> {
        match self {
            Self::Sqlite(rows) => Ok(rows.next()?.map(Row::Sqlite)),
            Self::Postgres(lent, rows) => {
                *lent = rows.next();
                Ok(lent.as_ref().map(Row::Postgres))
            }
        }
    }
}

impl<T, F> Iterator for Mapped<'_, F>
where
    F: FnMut(&Row<'_>) -> Result<T>,
{
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.rows.next() {
            Ok(row) => row.map(|row| (self.read)(&row)),
            Err(error) => Some(Err(error)),
        }
    }
}
