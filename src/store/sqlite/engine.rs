//! Opening connections, and the statements that frame a transaction.

use super::restore;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The database's file in the data folder.
pub(super) const FILE: &str = "candor.sqlite3";

/// The file that a process holds locked while it has the data folder open.
const LOCK: &str = "candor.lock";

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 128;

/// Where a database is.
#[derive(Clone, Debug)]
pub(super) enum Location {
    /// A file.
    File(PathBuf),
    /// In memory, shared by the connections of this process under a name.
    Memory(String),
}

impl Location {
    /// Opens the connection that writes.
    ///
    /// WAL with `synchronous=FULL`: a commit returns when its frames are synced. Checkpoints run on a thread of their own,
    /// so that no commit waits for one.
    pub(super) fn open_writer(&self) -> rusqlite::Result<Connection> {
        let connection = self.open(OpenFlags::default())?;
        if matches!(self, Self::File(_)) {
            connection.pragma_update(None, "journal_mode", "WAL")?;
        }
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
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

/// Undoes a transaction, if one is open.
pub(super) fn roll_back(connection: &Connection) -> rusqlite::Result<()> {
    if !connection.is_autocommit() {
        connection.prepare_cached("ROLLBACK")?.execute([])?;
    }
    Ok(())
}
