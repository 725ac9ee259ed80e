//! A row of an answer.

use super::postgres::column;
use super::{Error, Result};
use rusqlite::types::{FromSql, FromSqlError, ValueRef};

/// A row of either engine.
#[derive(Debug)]
pub(in crate::store) enum Row<'r> {
    /// Of a query that goes on as it is read.
    Sqlite(&'r rusqlite::Row<'r>),
    /// Of an answer that is here as a whole.
    Postgres(&'r tokio_postgres::Row),
}

/// How a column is named: by its place or by its name.
pub(in crate::store) trait Column: Copy {
    /// The place, from zero.
    fn place(self, row: &Row<'_>) -> Result<usize>;
}

impl Column for usize {
    fn place(self, _: &Row<'_>) -> Result<usize> {
        Ok(self)
    }
}

impl Column for &str {
    fn place(self, row: &Row<'_>) -> Result<usize> {
        match row {
            Row::Sqlite(row) => Ok(row.as_ref().column_index(self)?),
            Row::Postgres(row) => row
                .columns()
                .iter()
                .position(|column| column.name() == self)
                .ok_or(Error::NoRows),
        }
    }
}

impl Row<'_> {
    /// The value of a column.
    pub(in crate::store) fn get<C: Column, T: FromSql>(&self, column: C) -> Result<T> {
        let column = column.place(self)?;
        match self {
            Self::Sqlite(row) => Ok(row.get(column)?),
            Self::Postgres(_) => T::column_result(self.get_ref(column)?).map_err(|error| {
                let what = match error {
                    FromSqlError::InvalidType => "a value of another type".to_owned(),
                    error => error.to_string(),
                };
                Error::Unexpected { column, what }
            }),
        }
    }

    /// The text of a column, or nothing.
    pub(in crate::store) fn text(&self, column: usize) -> Result<Option<&str>> {
        self.get_ref(column)?
            .as_str_or_null()
            .map_err(|error| Error::Unexpected {
                column,
                what: error.to_string(),
            })
    }

    /// The value of a column as it lies there.
    fn get_ref(&self, column: usize) -> Result<ValueRef<'_>> {
        match self {
            Self::Sqlite(row) => Ok(row.get_ref(column)?),
            Self::Postgres(row) => column::value(row, column),
        }
    }
}
