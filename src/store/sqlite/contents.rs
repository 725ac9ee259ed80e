//! What is in the file of a database: whether it is Candor's, whether it is whole, and how much it holds.

use super::schema::LATEST;
use crate::domain::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// What a backup, or the database of a data folder, holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The version of its schema.
    pub schema: usize,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many feedbacks, those taken back included.
    pub votes: u64,
    /// When the last of them was given or changed; none if there is none.
    pub last_vote_at: Option<Timestamp>,
    /// What is sealed of keys that were not revoked, and of upstreams: it opens with the master key only.
    pub sealed: Vec<Vec<u8>>,
}

/// What grows with every write, and is read at once: a copy has the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    pages: i64,
    schema: i64,
    messages: Option<i64>,
    votes: Option<i64>,
    versions: Option<i64>,
}

/// What an integrity check complains of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Damage {
    /// Of the file itself.
    pub(super) file: Vec<String>,
    /// Of the search index, which is derived.
    pub(super) search: Vec<String>,
}

/// How thoroughly to look for damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// At the structure of every page.
    Quick,
    /// Also whether every index names every row.
    Full,
}

impl Marks {
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        connection.query_row(
            "SELECT (SELECT page_count FROM pragma_page_count), (SELECT user_version FROM pragma_user_version),
               (SELECT max(row_id) FROM messages), (SELECT max(row_id) FROM feedback),
               (SELECT max(row_id) FROM feedback_versions)",
            [],
            |row| {
                Ok(Self {
                    pages: row.get(0)?,
                    schema: row.get(1)?,
                    messages: row.get(2)?,
                    votes: row.get(3)?,
                    versions: row.get(4)?,
                })
            },
        )
    }
}

impl Contents {
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let (votes, last_vote_at): (i64, _) = connection.query_row(
            "SELECT count(*), max(updated_at) FROM feedback",
            [],
            |row| {
                let at: Option<i64> = row.get(1)?;
                Ok((row.get(0)?, at.map(Timestamp::from_microseconds)))
            },
        )?;
        let (schema, bytes): (u32, i64) = connection.query_row(
            "SELECT user_version, page_count * page_size
             FROM pragma_user_version, pragma_page_count, pragma_page_size",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok(Self {
            schema: schema as usize,
            bytes: u64::try_from(bytes).unwrap_or(0),
            votes: u64::try_from(votes).unwrap_or(0),
            last_vote_at,
            sealed: sealed(connection)?,
        })
    }
}

/// What is sealed of keys that were not revoked, and of upstreams.
fn sealed(connection: &Connection) -> rusqlite::Result<Vec<Vec<u8>>> {
    let upstreams: bool = connection.query_row(
        "SELECT count(*) > 0 FROM pragma_table_info('projects') WHERE name = 'upstream_credential'",
        [],
        |row| row.get(0),
    )?;
    let mut sql =
        "SELECT sealed_secret FROM api_keys WHERE revoked_at IS NULL AND sealed_secret IS NOT NULL"
            .to_owned();
    if upstreams {
        sql.push_str(
            " UNION ALL SELECT upstream_credential FROM projects WHERE upstream_credential IS NOT NULL",
        );
    }
    connection
        .prepare(&sql)?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// Looks for damage.
pub(super) fn damage(connection: &Connection, depth: Depth) -> rusqlite::Result<Damage> {
    let mut damage = Damage::default();
    let mut select = connection.prepare(match depth {
        Depth::Quick => "PRAGMA quick_check",
        Depth::Full => "PRAGMA integrity_check",
    })?;
    let mut found = select.query([])?;
    while let Some(row) = found.next()? {
        let line: String = row.get(0)?;
        if line.contains("FTS5 table") || line.starts_with("fts5:") {
            damage.search.push(line);
        } else if line != "ok" {
            damage.file.push(line);
        }
    }
    Ok(damage)
}

/// Opens a file that should be a database of Candor's, to read it only; see [`identify`].
pub(super) fn open(file: &Path) -> Result<Connection> {
    let unreadable = |kind, error: &dyn std::fmt::Display| {
        Error::new(kind, format!("cannot read {}: {error}", file.display()))
    };
    let found = std::fs::metadata(file).map_err(|error| unreadable(ErrorKind::NotFound, &error))?;
    if !found.is_file() || found.len() == 0 {
        return Err(no_database(file, &"it is empty, or no file"));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)
        .map_err(|error| unreadable(ErrorKind::Unavailable, &error))?;
    identify(&connection, file)?;
    Ok(connection)
}

/// Refuses a database that is none of Candor's, and one of a later release.
pub(super) fn identify(connection: &Connection, file: &Path) -> Result<()> {
    let (tables, schema): (i64, usize) = connection
        .query_row(
            "SELECT (SELECT count(*) FROM sqlite_schema
                WHERE type = 'table' AND name IN ('settings', 'workspaces', 'projects', 'feedback')),
               (SELECT user_version FROM pragma_user_version)",
            [],
            |row| Ok((row.get(0)?, row.get::<_, u32>(1)? as usize)),
        )
        .map_err(|error| no_database(file, &error))?;
    if tables < 4 || schema == 0 {
        return Err(no_database(file, &"it has other tables"));
    }
    if schema > LATEST {
        let message = format!(
            "{} was written by a later release (schema {schema}; this program knows {LATEST}): use that one",
            file.display()
        );
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    Ok(())
}

fn no_database(file: &Path, why: &dyn std::fmt::Display) -> Error {
    let message = format!("{} is no database of Candor's: {why}", file.display());
    Error::new(ErrorKind::Invalid, message)
}
