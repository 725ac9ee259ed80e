//! Opening connections, and the statements that frame a transaction.

use super::restore;
use crate::clock;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::store::sql;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The database's file in the data folder.
pub(super) const FILE: &str = "candor.sqlite3";

/// The file that a process holds locked while it has the data folder open.
const LOCK: &str = "candor.lock";

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 128;

/// Syncs the database's file. It stays open until the process ends: when a process closes a file, the system takes away all
/// locks that it has on it, and with them those of SQLite's connections.
#[derive(Debug)]
pub(super) struct Syncer(ManuallyDrop<Option<File>>);

/// Where a database is.
#[derive(Clone, Debug)]
pub(in crate::store) enum Location {
    /// A file.
    File(PathBuf),
    /// In memory, shared by the connections of this process under a name.
    Memory(String),
}

impl Location {
    /// Opens the connection that writes.
    ///
    /// WAL with `synchronous=FULL`: a commit returns when its frames are synced. Checkpoints are the
    /// [`checkpointer`](super::checkpointer)'s.
    pub(super) fn open_writer(&self) -> rusqlite::Result<Connection> {
        let connection = self.open(OpenFlags::default())?;
        if matches!(self, Self::File(_)) {
            connection.pragma_update(None, "journal_mode", "WAL")?;
        }
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(None, "cache_size", -limits::WRITER_CACHE_KIBIBYTES)?;
        connection.pragma_update(None, "journal_size_limit", limits::LOG_BYTES_KEPT)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(connection)
    }

    /// Opens a connection that only reads.
    pub(super) fn open_reader(&self) -> rusqlite::Result<Connection> {
        let connection = self.open(OpenFlags::default())?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }

    /// Opens the connection that moves committed pages from the log into the database.
    pub(super) fn open_checkpointer(&self) -> rusqlite::Result<Connection> {
        let connection = self.open(OpenFlags::default())?;
        connection.busy_timeout(limits::CHECKPOINT_WAIT)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        Ok(connection)
    }

    /// Opens what syncs the database's file beside the connections.
    pub(super) fn open_syncer(&self) -> std::io::Result<Syncer> {
        let file = match self {
            Self::File(path) => Some(File::options().write(true).open(path)?),
            Self::Memory(_) => None,
        };
        Ok(Syncer(ManuallyDrop::new(file)))
    }

    /// Opens a connection beside a server's, from another process: to a database that must be there.
    pub(super) fn open_beside(&self) -> rusqlite::Result<Connection> {
        let connection = self.open(OpenFlags::default() - OpenFlags::SQLITE_OPEN_CREATE)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }

    fn open(&self, flags: OpenFlags) -> rusqlite::Result<Connection> {
        let connection = match self {
            Self::File(path) => Connection::open_with_flags(path, flags)?,
            Self::Memory(name) => {
                Connection::open_with_flags(format!("file:/{name}?vfs=memdb"), flags)?
            }
        };
        connection.busy_timeout(Duration::from_secs(10))?;
        // Plans do not depend on parameters. Otherwise SQLite prepares some statements again at every call, which was a
        // quarter of the writer's time.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // Negative means kibibytes.
        connection.pragma_update(None, "cache_size", -limits::PAGE_CACHE_KIBIBYTES)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        Ok(connection)
    }
}

impl Syncer {
    pub(super) fn sync(&self) -> std::io::Result<()> {
        self.0.as_ref().map_or(Ok(()), File::sync_data)
    }
}

/// Makes the data folder if it is not there, readable by its owner only, and locks it against other processes for as long
/// as the returned file lives. A restore that was cut off is finished first.
pub(super) fn lock(folder: &Path) -> Result<File> {
    let unusable = |error: std::io::Error| {
        Error::new(
            ErrorKind::Unavailable,
            format!("cannot use the data folder {}: {error}", folder.display()),
        )
        .because(error)
    };
    if !folder.exists() {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(unusable)?;
    }
    let file = private_file(&folder.join(LOCK)).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "the data folder {} is in use by another candor process",
                    folder.display()
                ),
            ));
        }
        Err(std::fs::TryLockError::Error(error)) => return Err(unusable(error)),
    }
    restore::finish(folder).map_err(unusable)?;
    // SQLite gives its log the mode of the database, so the database is made before SQLite would make it for everybody.
    private_file(&folder.join(FILE)).map_err(unusable)?;
    Ok(file)
}

/// Opens a file, which its owner only may read if it is new.
pub(super) fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Has a connection keep what a transaction changes in memory until it commits. Batches are small; what is done to all of the
/// data at once, before, may be larger than the memory.
pub(super) fn hold_changes(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "cache_spill", false)
}

/// Begins a transaction that may write.
pub(super) fn begin(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    Ok(())
}

/// Commits; returns when the transaction is synced to disk.
pub(super) fn commit(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

/// What to do about an engine's failure, if that is more than to try again.
pub(super) fn advice(error: &rusqlite::Error) -> Option<&'static str> {
    use rusqlite::ErrorCode::{DatabaseCorrupt, DiskFull, NotADatabase};
    match error.sqlite_error_code()? {
        DatabaseCorrupt | NotADatabase => {
            Some("the file is damaged: restore a backup (candor restore FILE --force)")
        }
        DiskFull => Some("make room on the disk"),
        _ => None,
    }
}

/// Undoes a transaction that failed with `error`, if it is still open.
///
/// `Ok` means that nothing of it is stored, now or after a crash.
pub(super) fn undo(connection: &Connection, error: &sql::Error) -> rusqlite::Result<()> {
    roll_back(connection)?;
    if is_unsynced(error) {
        write_over(connection)?;
    }
    Ok(())
}

fn roll_back(connection: &Connection) -> rusqlite::Result<()> {
    if !connection.is_autocommit() {
        connection.prepare_cached("ROLLBACK")?.execute([])?;
    }
    Ok(())
}

/// Whether a commit wrote everything and could not sync it.
fn is_unsynced(error: &sql::Error) -> bool {
    let sql::Error::Sqlite(error) = error else {
        return false;
    };
    let code = error.sqlite_error().map(|error| error.extended_code);
    code == Some(rusqlite::ffi::SQLITE_IOERR_FSYNC)
}

/// Writes a transaction that says nothing over one that was written and not synced.
///
/// SQLite has forgotten that one, but the log holds it as far as its mark of a commit, and a start after a crash would find
/// it. What is written next takes its place.
fn write_over(connection: &Connection) -> rusqlite::Result<()> {
    let written = begin(connection)
        .and_then(|()| {
            // A value that was not there before, for SQLite writes no page that stays the same.
            let mark = "INSERT INTO settings (name, value) VALUES ('written_over', ?1)
                        ON CONFLICT DO UPDATE SET value = excluded.value";
            let value = clock::random_bytes::<16>();
            connection.prepare_cached(mark)?.execute([value])
        })
        .and_then(|_| commit(connection));
    roll_back(connection)?;
    written
}
