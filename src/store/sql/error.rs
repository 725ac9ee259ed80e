//! What can go wrong between a statement and its rows.

use std::fmt;

/// Either engine's failure, or data that cannot be what it should be.
#[derive(Debug)]
pub(in crate::store) enum Error {
    /// SQLite's.
    Sqlite(rusqlite::Error),
    /// PostgreSQL's, or the way's to it.
    Postgres(tokio_postgres::Error),
    /// A query gave no row where there must be one.
    NoRows,
    /// A column does not hold what this program writes.
    Unexpected {
        /// The column, from zero.
        column: usize,
        /// What is wrong.
        what: String,
    },
    /// A value cannot be stored.
    Value(String),
}

/// What a statement gives.
pub(in crate::store) type Result<T, E = Error> = std::result::Result<T, E>;

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(error) => error.fmt(formatter),
            Self::Postgres(error) => match error.as_db_error() {
                Some(told) => write!(formatter, "{} ({})", told.message(), told.code().code()),
                None => error.fmt(formatter),
            },
            Self::NoRows => formatter.write_str("a row that must be there is not"),
            Self::Unexpected { column, what } => write!(formatter, "column {column}: {what}"),
            Self::Value(what) => formatter.write_str(what),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Sqlite(error) => Some(error),
            Self::Postgres(error) => Some(error),
            Self::NoRows | Self::Unexpected { .. } | Self::Value(_) => None,
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::QueryReturnedNoRows => Self::NoRows,
            error => Self::Sqlite(error),
        }
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

/// A query that may give no row.
pub(in crate::store) trait OptionalExtension<T> {
    /// None where there was no row.
    fn optional(self) -> Result<Option<T>>;
}

impl<T> OptionalExtension<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(Error::NoRows) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
