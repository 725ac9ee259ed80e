//! Backs the database up, beside a server that goes on.

use super::contents::{self, Contents, Damage, Depth, Marks};
use super::engine::{self, Location};
use super::pages::PageCopy;
use super::part::{self, Part};
use super::restore;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What a backup or a restore is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Copying, of so many bytes.
    Copying,
    /// Copying anew what has changed meanwhile, of so many bytes.
    CatchingUp,
    /// Checking the copy; how far it has come is not known.
    Checking,
}

/// Hears how far it has come: bytes done, and all bytes.
pub(super) type Noted<'caller> = &'caller mut dyn FnMut(Stage, u64, u64);

/// What a backup came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackedUp {
    /// What it holds.
    pub contents: Contents,
    /// How long its snapshot was held, which keeps the log from being emptied.
    pub held: Duration,
    /// Whether its search index is damaged, as the database's is.
    pub search_is_damaged: bool,
}

/// Writes a backup of a data folder's database into `file`, which holds every vote that was acknowledged before. Blocks.
///
/// A server that has the folder goes on. The file is whole and checked, or it is as it was. Fails with
/// [`ErrorKind::Conflict`] if it is there and may not be replaced, with [`ErrorKind::NotFound`] if there is no data, and
/// with [`ErrorKind::Unavailable`] if something cannot be read or written, or is damaged.
pub fn back_up(folder: &Path, file: &Path, replace: bool, noted: Noted<'_>) -> Result<BackedUp> {
    let began = Instant::now();
    let database = existing(folder)?;
    refuse_place(folder, file)?;
    refuse_present(file, replace)?;
    let source = Location::File(database.clone())
        .open_beside()
        .map_err(|error| unreadable(&database, error))?;
    contents::identify(&source, &database)?;
    let part = Part::beside(file)?;
    let (marks, held) = copy(&source, &database, &part, began, noted)?;
    // The log is free again; the rest is between us and the copy.
    drop(source);
    noted(Stage::Checking, 0, 0);
    let (contents, search) = checked(part.path(), Depth::Quick, &marks)?;
    refuse_present(file, replace)?;
    part.finish(file)?;
    Ok(BackedUp {
        contents,
        held,
        search_is_damaged: !search.is_empty(),
    })
}

fn copy(
    source: &Connection,
    database: &Path,
    part: &Part,
    began: Instant,
    noted: &mut dyn FnMut(Stage, u64, u64),
) -> Result<(Marks, Duration)> {
    let mut copy = PageCopy::new(source, part.writer()?)?;
    copy.copy_roughly(&mut |done, all| noted(Stage::Copying, done, all))?;
    std::thread::sleep(limits::BACKUP_SETTLE.saturating_sub(began.elapsed()));
    let read = |error| unreadable(database, error);
    let held = Instant::now();
    let snapshot = source.unchecked_transaction().map_err(read)?;
    let marks = Marks::read(&snapshot).map_err(read)?;
    copy.copy_exactly(&mut |done, all| noted(Stage::CatchingUp, done, all))?;
    snapshot.commit().map_err(read)?;
    let held = held.elapsed();
    copy.sync()?;
    Ok((marks, held))
}

/// Refuses a copy that is damaged or not the same as what it is of. Returns what it holds, and what is wrong with its search
/// index.
pub(super) fn checked(copy: &Path, depth: Depth, marks: &Marks) -> Result<(Contents, Vec<String>)> {
    let connection = contents::open(copy)?;
    let read = |error| unreadable(copy, error);
    let not_whole = |what: &dyn std::fmt::Display| {
        let message = format!("the copy is not whole, and so is what it was made of: {what}");
        Error::new(ErrorKind::Unavailable, message)
    };
    // Where the damage is bad the check itself fails.
    let found = contents::damage(&connection, depth).map_err(|error| not_whole(&error))?;
    let Damage { file, search } = found;
    if let Some(first) = file.first() {
        return Err(not_whole(first));
    }
    if Marks::read(&connection).map_err(read)? != *marks {
        return Err(Error::new(
            ErrorKind::Unavailable,
            "the copy is not the same as what it was made of",
        ));
    }
    Ok((Contents::read(&connection).map_err(read)?, search))
}

/// The database of a folder, which must be there.
fn existing(folder: &Path) -> Result<PathBuf> {
    if restore::is_unfinished(folder) {
        return Err(Error::new(
            ErrorKind::Conflict,
            format!(
                "a restore into {} was cut off: start the server, which finishes it, or wait for the one that runs",
                folder.display()
            ),
        ));
    }
    let database = folder.join(engine::FILE);
    match std::fs::metadata(&database) {
        Ok(found) if found.len() > 0 => Ok(database),
        _ => Err(Error::new(
            ErrorKind::NotFound,
            format!(
                "there is no data in {}: name another folder with --data-dir",
                folder.display()
            ),
        )),
    }
}

/// In the data folder a backup would be lost with it, and could take the place of what it is made of.
fn refuse_place(folder: &Path, file: &Path) -> Result<()> {
    let place = part::folder_of(file);
    let same = match (place.canonicalize(), folder.canonicalize()) {
        (Ok(place), Ok(folder)) => place == folder,
        (Err(error), _) => {
            let message = format!("cannot write into {}: {error}", place.display());
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        (Ok(_), Err(_)) => false,
    };
    if same {
        let message = "a backup belongs outside of the data folder, with which it would be lost";
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    Ok(())
}

/// Refuses a file that is there and may not be replaced, or cannot be.
pub(in crate::store) fn refuse_present(file: &Path, replace: bool) -> Result<()> {
    if file.is_dir() {
        let message = format!("{} is a folder: name a file in it", file.display());
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    if !replace && file.symlink_metadata().is_ok() {
        let message = format!("{} is there already: --force replaces it", file.display());
        return Err(Error::new(ErrorKind::Conflict, message));
    }
    // Such as /dev/null, which would be gone: a backup is not written into what is there but takes its name.
    if file.metadata().is_ok_and(|found| !found.is_file()) {
        let message = format!("{} is no file that can be replaced", file.display());
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    Ok(())
}

fn unreadable(file: &Path, error: rusqlite::Error) -> Error {
    let advice = engine::advice(&error).map_or_else(String::new, |advice| format!("; {advice}"));
    Error::new(
        ErrorKind::Unavailable,
        format!("cannot read {}: {error}{advice}", file.display()),
    )
    .because(error)
}
