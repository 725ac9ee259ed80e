//! Puts a backup into a data folder: the folder is as it was until one name is given, and as the backup from then on.
//!
//! The backup is first copied into the folder and checked. Then it gets a name that says what is to be done; that is the
//! moment. What follows is done at once, or by whatever opens the folder next: the database that was there gets a name of
//! its own, with its log, and the backup takes its place.

use super::backup::{Noted, Stage, checked};
use super::contents::{self, Contents, Depth, Marks};
use super::engine;
use super::pages::PageCopy;
use super::part::{Part, sync_folder_of, with_ending};
use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use std::io;
use std::path::{Path, PathBuf};

/// What the name of a checked backup begins with, before what the database that was there will be called by.
const READY: &str = "candor.sqlite3.restore-";

/// What the name of a database begins with that was replaced.
const KEPT: &str = "candor.sqlite3.until-";

/// What a restore came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What the folder holds now.
    pub contents: Contents,
    /// Where the database is that was there before.
    pub kept: Option<PathBuf>,
    /// Whether the search index is damaged, as the backup's is.
    pub search_is_damaged: bool,
    /// The schema that the next start brings it up to, if it is an older one.
    pub migrated_to: Option<usize>,
}

/// Puts the backup `file` into a data folder, which is made if it is not there. Blocks.
///
/// A kill leaves the folder as it was, or as the backup. Fails with [`ErrorKind::Conflict`] if another process has the
/// folder, or a database is in it that may not be replaced; with [`ErrorKind::Invalid`] if the file is no backup, of a later
/// release, or damaged; with [`ErrorKind::Unavailable`] if something cannot be read or written.
pub fn restore(
    folder: &Path,
    file: &Path,
    replace: bool,
    clock: &Clock,
    noted: Noted<'_>,
) -> Result<Restored> {
    drop(contents::open(file)?);
    let lock = engine::lock(folder)?;
    let database = folder.join(engine::FILE);
    refuse_present(folder, &database, file, replace)?;
    let source = contents::open(file)?;
    let part = Part::beside(&database)?;
    let mut copy = PageCopy::new(&source, part.writer()?)?;
    let unreadable = |error: rusqlite::Error| damaged(file, &error);
    let snapshot = source.unchecked_transaction().map_err(unreadable)?;
    let marks = Marks::read(&snapshot).map_err(unreadable)?;
    copy.copy_exactly(&mut |done, all| noted(Stage::Copying, done, all))
        .map_err(|error| damaged(file, &error))?;
    snapshot.commit().map_err(unreadable)?;
    copy.sync()?;
    noted(Stage::Checking, 0, 0);
    let (contents, search) =
        checked(part.path(), Depth::Full, &marks).map_err(|error| damaged(file, &error))?;
    let (ready, kept) = names(folder, clock.now());
    part.finish(&ready)?;
    let kept = is_occupied(&database).then_some(kept);
    finish(folder).map_err(|error| {
        Error::new(
            ErrorKind::Unavailable,
            format!("the restore is not finished, and will be when the folder is opened: {error}"),
        )
    })?;
    drop(lock);
    let latest = super::schema::LATEST;
    Ok(Restored {
        migrated_to: (contents.schema < latest).then_some(latest),
        contents,
        kept,
        search_is_damaged: !search.is_empty(),
    })
}

/// Finishes a restore that was cut off after its moment; does nothing if there is none. The folder must be locked.
pub(super) fn finish(folder: &Path) -> io::Result<()> {
    let Some((ready, kept)) = unfinished(folder)? else {
        return Ok(());
    };
    let database = folder.join(engine::FILE);
    // The log first: the backup must never meet it. Each of these is done once, however often it is cut off.
    if is_occupied(&database) {
        move_if_there(&with_ending(&database, "-wal"), &with_ending(&kept, "-wal"))?;
        move_if_there(&database, &kept)?;
    }
    for ending in ["-wal", "-shm"] {
        remove_if_there(&with_ending(&database, ending))?;
    }
    sync_folder_of(&database)?;
    std::fs::rename(&ready, &database)?;
    sync_folder_of(&database)?;
    tracing::info!(folder = %folder.display(), "a backup was put into the data folder");
    Ok(())
}

/// Whether a restore was cut off after its moment.
pub(super) fn is_unfinished(folder: &Path) -> bool {
    unfinished(folder).is_ok_and(|found| found.is_some())
}

/// The backup that is to take its place, and what the database that is there will be called.
fn unfinished(folder: &Path) -> io::Result<Option<(PathBuf, PathBuf)>> {
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        if let Some(stamp) = name.to_str().and_then(|name| name.strip_prefix(READY)) {
            let kept = folder.join(format!("{KEPT}{stamp}"));
            return Ok(Some((folder.join(&name), kept)));
        }
    }
    Ok(None)
}

/// Names that nothing has: of the checked backup, and of the database that it replaces.
fn names(folder: &Path, now: Timestamp) -> (PathBuf, PathBuf) {
    let mut stamp = Timestamp::from_microseconds(now.seconds() * 1_000_000);
    loop {
        let text = stamp.to_string().replace(':', "");
        let kept = folder.join(format!("{KEPT}{text}"));
        if !kept.exists() {
            return (folder.join(format!("{READY}{text}")), kept);
        }
        stamp = stamp.plus_microseconds(1_000_000);
    }
}

fn refuse_present(folder: &Path, database: &Path, file: &Path, replace: bool) -> Result<()> {
    if let (Ok(file), Ok(database)) = (file.canonicalize(), database.canonicalize())
        && file == database
    {
        let message = "that is the data folder's own database, and no backup";
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    if is_occupied(database) && !replace {
        return Err(Error::new(
            ErrorKind::Conflict,
            format!(
                "there is a database in {} already: --force puts the backup in its place, and keeps it beside",
                folder.display()
            ),
        ));
    }
    Ok(())
}

/// Whether there is more than the empty file that opening a folder makes.
fn is_occupied(database: &Path) -> bool {
    let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
    bytes(database) + bytes(&with_ending(database, "-wal")) > 0
}

fn move_if_there(from: &Path, to: &Path) -> io::Result<()> {
    ignoring_absence(std::fs::rename(from, to))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    ignoring_absence(std::fs::remove_file(path))
}

fn ignoring_absence(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

fn damaged(file: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::Invalid,
        format!("{} cannot be restored: {error}", file.display()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const STAMP: &str = "2026-11-21T174512Z";

    /// A folder with an old database and its log, and a backup that is ready to take its place.
    fn ready() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("candor.sqlite3", "old"),
            ("candor.sqlite3-wal", "old log"),
            ("candor.sqlite3-shm", "old index of the log"),
            (&format!("{READY}{STAMP}"), "new"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn content(folder: &tempfile::TempDir, name: &str) -> Option<String> {
        fs::read_to_string(folder.path().join(name)).ok()
    }

    fn assert_finished(folder: &tempfile::TempDir) {
        let kept = format!("{KEPT}{STAMP}");
        let kept_log = format!("{kept}-wal");
        assert_eq!(content(folder, "candor.sqlite3").as_deref(), Some("new"));
        assert_eq!(content(folder, "candor.sqlite3-wal"), None);
        assert_eq!(content(folder, "candor.sqlite3-shm"), None);
        assert_eq!(content(folder, &kept).as_deref(), Some("old"));
        assert_eq!(content(folder, &kept_log).as_deref(), Some("old log"));
        assert!(!is_unfinished(folder.path()));
    }

    #[test]
    fn what_was_cut_off_after_its_moment_is_finished_from_every_step() {
        let name = |folder: &tempfile::TempDir, name: &str| folder.path().join(name);
        let moved_log = |folder: &tempfile::TempDir| {
            let kept = format!("{KEPT}{STAMP}-wal");
            fs::rename(name(folder, "candor.sqlite3-wal"), name(folder, &kept)).unwrap();
        };
        let moved_database = |folder: &tempfile::TempDir| {
            moved_log(folder);
            let kept = format!("{KEPT}{STAMP}");
            fs::rename(name(folder, "candor.sqlite3"), name(folder, &kept)).unwrap();
        };
        let removed_index = |folder: &tempfile::TempDir| {
            moved_database(folder);
            fs::remove_file(name(folder, "candor.sqlite3-shm")).unwrap();
        };
        let steps: [&dyn Fn(&tempfile::TempDir); 4] =
            [&|_| {}, &moved_log, &moved_database, &removed_index];
        for cut_off_after in steps {
            let folder = ready();
            cut_off_after(&folder);
            assert!(is_unfinished(folder.path()));
            finish(folder.path()).unwrap();
            assert_finished(&folder);
        }
    }

    #[test]
    fn opening_a_folder_finishes_what_was_cut_off() {
        let folder = ready();
        drop(engine::lock(folder.path()).unwrap());
        assert_finished(&folder);
    }

    #[test]
    fn what_is_finished_is_not_done_again() {
        let folder = ready();
        finish(folder.path()).unwrap();
        fs::write(folder.path().join("candor.sqlite3-wal"), "of the new one").unwrap();
        finish(folder.path()).unwrap();
        let log = content(&folder, "candor.sqlite3-wal");
        assert_eq!(log.as_deref(), Some("of the new one"));
    }

    #[test]
    fn no_database_that_was_kept_is_overwritten() {
        let folder = ready();
        let now: Timestamp = "2026-11-21T17:45:12.5Z".parse().unwrap();
        assert!(
            names(folder.path(), now)
                .1
                .ends_with(format!("{KEPT}{STAMP}"))
        );
        finish(folder.path()).unwrap();
        let later = names(folder.path(), now).1;
        assert!(later.ends_with("candor.sqlite3.until-2026-11-21T174513Z"));
    }
}
