//! Copies a whole store into another, on either engine: from SQLite to PostgreSQL, back, or to a second of the same.
//!
//! Rows keep their numbers and ids, so that nothing that a client remembers changes. Tables are copied in the order of their
//! keys, some rows in a transaction, so a copy that was cut off goes on where it stopped; and in the end both sides are read
//! again and compared, row by row.

mod backup;
mod many;
mod side;
mod tables;

pub use backup::{back_up_database, restore_into_database};

use super::sql::{self, Value};
use super::{StorePlace, history};
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

/// The setting of a store that is being copied into. Nothing serves such a store: what it holds is a part.
pub(super) const MARK: &str = "copying";

/// Copies everything that is kept in `from` into `to`, which must be empty or hold a part of the same. Blocks.
///
/// No server may use either: a data folder is locked, a database is read as it was when the copy began. Fails with
/// [`ErrorKind::Conflict`] if there is something else in `to`, which stays as it is, or if the two differ in the end.
pub fn copy(from: &StorePlace, to: &StorePlace, noted: CopyNoted<'_>) -> Result<Vec<CopiedTable>> {
    let source = Side::source(from)?;
    let target = Side::target(to)?;
    prepare(&source, &target)?;
    let mut before = Vec::with_capacity(TABLES.len());
    for table in &TABLES {
        before.push(copy_table(&source, &target, table, noted)?);
    }
    let last_given = source.last_given().map_err(|error| unread(&error))?;
    target
        .derive(last_given)
        .map_err(|error| unwritten(&error))?;
    let mut copied = Vec::with_capacity(TABLES.len());
    for (table, before) in TABLES.iter().zip(before) {
        copied.push(compare(&source, &target, table, before, noted)?);
    }
    let begins = history::begins(source.connection()).map_err(|error| unread(&error))?;
    if let Some(begins) = begins {
        history::remember(target.connection(), begins).map_err(|error| unwritten(&error))?;
    }
    target.finish().map_err(|error| unwritten(&error))?;
    Ok(copied)
}

/// Why a store that holds a part of another is not opened.
pub(super) fn unfinished() -> Error {
    let message = "a copy into this store was not finished: run candor copy again, which goes on, or copy into an empty one";
    Error::new(ErrorKind::Unavailable, message)
}

/// Has an empty target hash names as the source does. One that holds something must be a part of a copy of the same.
fn prepare(source: &Side, target: &Side) -> Result<()> {
    let theirs = super::batch::hash_key(source.connection()).map_err(|error| unread(&error))?;
    match target.mark().map_err(|error| unread(&error))? {
        Some(mark) if mark == theirs => return Ok(()),
        Some(_) => {
            let message = "a copy of another store into this one was not finished: copy into a new folder or an empty database";
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        None => {}
    }
    for table in &TABLES {
        if !target.is_empty(table).map_err(|error| unread(&error))? {
            let message = format!(
                "there is data where the copy is to go (in \"{}\"): copy into a new folder or an empty database",
                table.name
            );
            return Err(Error::new(ErrorKind::Conflict, message));
        }
    }
    target.adopt(&theirs).map_err(|error| unwritten(&error))
}

/// Copies what is not there yet. Returns how much was.
fn copy_table(source: &Side, target: &Side, table: &Table, noted: CopyNoted<'_>) -> Result<u64> {
    let count = |side: &Side| {
        side.count(table)
            .map(i64::unsigned_abs)
            .map_err(|error| unread(&error))
    };
    let (all, before) = (count(source)?, count(target)?);
    let mut done = before;
    let mut last = target.last(table).map_err(|error| unread(&error))?;
    if table.name == tables::HISTORY {
        let first = source.first_replaced().map_err(|error| unread(&error))?;
        target
            .make_months(first)
            .map_err(|error| unwritten(&error))?;
    }
    target.begin(table).map_err(|error| unwritten(&error))?;
    noted(CopyStage::Copying(table.name), done, all);
    loop {
        let rows = source
            .page(table, last.as_ref())
            .map_err(|error| unread(&error))?;
        let Some(end) = rows.last() else {
            return Ok(before);
        };
        refuse_what_does_not_fit(target, table, &rows)?;
        done += rows.len() as u64;
        last = Some(end.iter().take(table.key).cloned().collect());
        target.add(table, rows).map_err(|error| unwritten(&error))?;
        noted(CopyStage::Copying(table.name), done, all);
    }
}

/// SQLite's search knows feedback by numbers of 31 bits, and PostgreSQL's texts hold no U+0000.
fn refuse_what_does_not_fit(target: &Side, table: &Table, rows: &[Values]) -> Result<()> {
    let is_sqlite = matches!(target, Side::Sqlite { .. });
    for row in rows {
        let refused = |why: &str| {
            let message = format!(
                "the row of \"{}\" with {} {why}",
                table.name,
                named(table, row)
            );
            Err(Error::new(ErrorKind::Invalid, message))
        };
        if is_sqlite {
            let too_large = |value: &Value| matches!(value, Value::Integer(number) if *number > super::sqlite::search::ROW_MASK);
            if table.name == "feedback" && row.first().is_some_and(too_large) {
                return refused("has a number too large for SQLite");
            }
            continue;
        }
        let has_nul = |value: &Value| matches!(value, Value::Text(text) if text.contains('\0'));
        if let Some(place) = row.iter().position(has_nul) {
            let column = table.names().nth(place).unwrap_or_default();
            return refused(&format!(
                "has the character U+0000 in its {column}, which PostgreSQL cannot hold: take it out there and copy again"
            ));
        }
    }
    Ok(())
}

/// What tells a row from others, for people.
fn named(table: &Table, row: &Values) -> String {
    let key = table.names().zip(row).take(table.key);
    let key = key.map(|(name, value)| match value {
        Value::Integer(number) => format!("{name} {number}"),
        Value::Text(text) => format!("{name} {text:?}"),
        _ => name.to_owned(),
    });
    key.collect::<Vec<_>>().join(", ")
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
    let all = source.count(table).map_err(|error| unread(&error))?;
    loop {
        let theirs = source
            .page(table, last.as_ref())
            .map_err(|error| unread(&error))?;
        let ours = target
            .page(table, last.as_ref())
            .map_err(|error| unread(&error))?;
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
    let named = row.map(|row| named(table, row)).unwrap_or_default();
    let message = format!(
        "the two differ in \"{}\" at {named}: copy again into an empty place, while no server uses either",
        table.name
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

fn unread(error: &sql::Error) -> Error {
    failed("read", error)
}

fn unwritten(error: &sql::Error) -> Error {
    failed("written", error)
}

fn failed(what: &str, error: &sql::Error) -> Error {
    let message = format!("the data could not be {what}: {error}");
    Error::new(ErrorKind::Unavailable, message)
}
