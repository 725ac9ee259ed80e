//! A file that is being written beside the one that it becomes: whole, or not there at all.

use crate::error::{Error, ErrorKind, Result};
use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// What the name of an unfinished file ends with.
const ENDING: &str = ".part";

/// An unfinished file, which is removed unless it is finished. A kill leaves it; the next one takes its place.
#[derive(Debug)]
pub(super) struct Part {
    path: PathBuf,
    /// Locked for as long as it is written, so that two do not write one file.
    file: File,
    finished: bool,
}

impl Part {
    /// An empty file beside `file`, readable by its owner only.
    pub(super) fn beside(file: &Path) -> Result<Self> {
        let path = with_ending(file, ENDING);
        let cannot = |error: io::Error| unwritable(&path, &error);
        match File::open(&path) {
            Ok(left) => {
                refuse_locked(&left, &path)?;
                std::fs::remove_file(&path).map_err(cannot)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(cannot(error)),
        }
        let mut options = File::options();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let made = options.open(&path).map_err(cannot)?;
        refuse_locked(&made, &path)?;
        Ok(Self {
            path,
            file: made,
            finished: false,
        })
    }

    /// Where it is until it is finished.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Another handle on it, to write with.
    pub(super) fn writer(&self) -> Result<File> {
        self.file
            .try_clone()
            .map_err(|error| unwritable(&self.path, &error))
    }

    /// Gives it its name, in the place of whatever has it, once and for all: the folder is synced.
    pub(super) fn finish(mut self, name: &Path) -> Result<()> {
        self.file
            .sync_all()
            .and_then(|()| std::fs::rename(&self.path, name))
            .map_err(|error| unwritable(name, &error))?;
        self.finished = true;
        sync_folder_of(name).map_err(|error| unwritable(name, &error))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.finished {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The path with more at its end.
pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

/// The folder that a file is in.
pub(super) fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Has the names in a file's folder be on disk.
pub(super) fn sync_folder_of(file: &Path) -> io::Result<()> {
    // Other systems have no such thing as syncing a folder.
    #[cfg(unix)]
    File::open(folder_of(file))?.sync_all()?;
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

fn refuse_locked(file: &File, path: &Path) -> Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Error::new(
            ErrorKind::Conflict,
            format!(
                "{} is being written by another candor process",
                path.display()
            ),
        )),
        // A file system without locks: nothing tells us of another process.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("cannot write {}: {error}", path.display()),
    )
}
