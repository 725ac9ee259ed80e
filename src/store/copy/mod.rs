//! Copies a whole store into another, on either engine: from SQLite to PostgreSQL, back, or to a second of the same.
//!
//! Rows keep their numbers and ids, so that nothing that a client remembers changes. Tables are copied in the order of their
//! keys, some rows in a transaction, so a copy that was cut off goes on where it stopped; and in the end both sides are read
//! again and compared, row by row.

mod side;
mod tables;

use super::StorePlace;
use super::sql::{self, Value};
use crate::error::{Error, ErrorKind, Result};
use sha2::{Digest as _, Sha256};
use side::{Side, Values};
use tables::{TABLES, Table};

/// How far a copy has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyStage {
    /// Copying the rows of a table.
    Copying(&'static str),
    /// Reading both sides again.
    Comparing(&'static str),
}

/// What was copied of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedTable {
    /// What it is called.
    pub table: &'static str,
    /// How many rows it has.
    pub rows: u64,
    /// How many of them were there already, from a copy that was cut off.
    pub before: u64,
    /// The digest of all of its rows in the order of their keys, the same on both sides.
    pub sha256: String,
}

/// Hears how many rows of how many are done.
pub type CopyNoted<'caller> = &'caller mut dyn FnMut(CopyStage, u64, u64);

/// Copies everything that is kept in `from` into `to`, which must be empty or hold a part of the same. Blocks.
///
/// No server may use either: a data folder is locked, a database is read as it was when the copy began. Fails with
/// [`ErrorKind::Conflict`] if there is something else in `to`, and with [`ErrorKind::Internal`] if the two differ in the end.
pub fn copy(from: &StorePlace, to: &StorePlace, noted: CopyNoted<'_>) -> Result<Vec<CopiedTable>> {
    let (source, target) = (Side::open(from)?, Side::open(to)?);
    source
        .begin_reading()
        .map_err(|error| failed("read", &error))?;
    adopt(&source, &target)?;
    let mut before = Vec::with_capacity(TABLES.len());
    for table in &TABLES {
        before.push(copy_table(&source, &target, table, noted)?);
    }
    target.finish().map_err(|error| failed("written", &error))?;
    let mut copied = Vec::with_capacity(TABLES.len());
    for (table, before) in TABLES.iter().zip(before) {
        copied.push(compare(&source, &target, table, before, noted)?);
    }
    Ok(copied)
}

/// Has an empty target hash names as the source does. One that holds something must do so already: it is a part of the same.
fn adopt(source: &Side, target: &Side) -> Result<()> {
    let key = |side: &Side| super::batch::hash_key(side.connection());
    let theirs = key(source).map_err(|error| failed("read", &error))?;
    let ours = key(target).map_err(|error| failed("read", &error))?;
    if theirs == ours {
        return Ok(());
    }
    for table in &TABLES {
        if target
            .count(table)
            .map_err(|error| failed("read", &error))?
            > 0
        {
            return Err(side::refuse_full(table));
        }
    }
    target
        .set_hash_key(&theirs)
        .map_err(|error| failed("written", &error))
}

/// Copies what is not there yet. Returns how much was.
fn copy_table(source: &Side, target: &Side, table: &Table, noted: CopyNoted<'_>) -> Result<u64> {
    let count = |side: &Side| side.count(table).map(i64::unsigned_abs);
    let all = count(source).map_err(|error| failed("read", &error))?;
    let before = count(target).map_err(|error| failed("read", &error))?;
    let mut done = before;
    let mut last = last_of(target, table)?;
    noted(CopyStage::Copying(table.name), done, all);
    loop {
        let rows = source
            .page(table, last.as_ref())
            .map_err(|error| failed("read", &error))?;
        if rows.is_empty() {
            return Ok(before);
        }
        refuse_what_does_not_fit(target, table, &rows)?;
        target
            .add(table, &rows)
            .map_err(|error| failed("written", &error))?;
        done += rows.len() as u64;
        last = rows.into_iter().next_back();
        noted(CopyStage::Copying(table.name), done, all);
    }
}

/// The last row of a table that an earlier copy left.
fn last_of(target: &Side, table: &Table) -> Result<Option<Values>> {
    let key: Vec<&str> = table.names().take(table.key).collect();
    let (columns, order) = (key.join(", "), key.join(" DESC, "));
    let name = table.name;
    let connection = target.connection();
    let collation = connection.text("BINARY", "\"C\"");
    let order = order
        .replace("key", &format!("key COLLATE {collation}"))
        .replace("source", &format!("source COLLATE {collation}"));
    let sql = format!("SELECT {columns} FROM {name} ORDER BY {order} DESC LIMIT 1");
    let last = connection.query_row(&sql, [], |row| {
        (0..key.len()).map(|column| row.get(column)).collect()
    });
    match last {
        Ok(last) => Ok(Some(last)),
        Err(sql::Error::NoRows) => Ok(None),
        Err(error) => Err(failed("read", &error)),
    }
}

/// SQLite's search knows feedback by numbers of 31 bits, and PostgreSQL's texts hold no U+0000.
fn refuse_what_does_not_fit(target: &Side, table: &Table, rows: &[Values]) -> Result<()> {
    let small = matches!(target, Side::Sqlite(..)) && table.name == "feedback";
    let bare = matches!(target, Side::Postgres(_));
    for row in rows {
        let number = match row.first() {
            Some(Value::Integer(number)) => *number,
            _ => 0,
        };
        if small && number > super::sqlite::search::ROW_MASK {
            let message = format!("feedback {number} has a number too large for SQLite");
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let nul = |value: &Value| matches!(value, Value::Text(text) if text.contains('\0'));
        if bare && let Some(place) = row.iter().position(nul) {
            let column = table.names().nth(place).unwrap_or_default();
            let message = format!(
                "row {number} of \"{}\" has the character U+0000 in its {column}, which PostgreSQL cannot hold",
                table.name
            );
            return Err(Error::new(ErrorKind::Invalid, message));
        }
    }
    Ok(())
}

/// Reads both sides again.
fn compare(
    source: &Side,
    target: &Side,
    table: &Table,
    before: u64,
    noted: CopyNoted<'_>,
) -> Result<CopiedTable> {
    let mut digest = Sha256::new();
    let mut rows = 0;
    let mut last: Option<Values> = None;
    let all = source
        .count(table)
        .map_err(|error| failed("read", &error))?;
    loop {
        let theirs = source
            .page(table, last.as_ref())
            .map_err(|error| failed("read", &error))?;
        let ours = target
            .page(table, last.as_ref())
            .map_err(|error| failed("read", &error))?;
        if let Some(place) = differing(&theirs, &ours) {
            return Err(differ(table, theirs.get(place).or_else(|| ours.get(place))));
        }
        if theirs.is_empty() {
            break;
        }
        for value in theirs.iter().flatten() {
            add_to(&mut digest, value);
        }
        rows += theirs.len() as u64;
        last = theirs.into_iter().next_back();
        noted(CopyStage::Comparing(table.name), rows, all.unsigned_abs());
    }
    Ok(CopiedTable {
        table: table.name,
        rows,
        before,
        sha256: hex::encode(digest.finalize()),
    })
}

/// The first place at which two pages differ.
fn differing(theirs: &[Values], ours: &[Values]) -> Option<usize> {
    let same = theirs
        .iter()
        .zip(ours)
        .take_while(|(one, other)| one == other);
    let same = same.count();
    (same < theirs.len().max(ours.len())).then_some(same)
}

fn differ(table: &Table, row: Option<&Values>) -> Error {
    let key: Vec<String> = row
        .into_iter()
        .flatten()
        .take(table.key)
        .map(|value| format!("{value:?}"))
        .collect();
    let message = format!(
        "the two differ in \"{}\" at {}: copy again into an empty place, while no server uses either",
        table.name,
        key.join(", ")
    );
    Error::new(ErrorKind::Conflict, message)
}

/// A value's type and length before its bytes, so that no two rows are the same by accident.
fn add_to(digest: &mut Sha256, value: &Value) {
    let (kind, bytes): (u8, &[u8]) = match value {
        Value::Null => (0, &[]),
        Value::Integer(number) => (1, &number.to_be_bytes()),
        Value::Real(number) => (2, &number.to_be_bytes()),
        Value::Text(text) => (3, text.as_bytes()),
        Value::Blob(bytes) => (4, bytes),
    };
    digest.update([kind]);
    digest.update((bytes.len() as u64).to_be_bytes());
    digest.update(bytes);
}

fn failed(what: &str, error: &sql::Error) -> Error {
    let message = format!("the data could not be {what}: {error}");
    Error::new(ErrorKind::Unavailable, message)
}
