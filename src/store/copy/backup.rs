//! Backups of a database, which are SQLite files as those of a folder are, and putting them into an empty database.

use super::{CopyNoted, copy};
use crate::clock::{self, Clock};
use crate::error::{Error, ErrorKind, Result};
use crate::store::postgres::DatabaseAddress;
use crate::store::{BackedUp, Restored, Stage, StorePlace, sqlite};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Writes a backup of a database into `file`, as it was when the command began. Blocks.
///
/// Servers go on. The rows are copied into a folder beside `file` first, which is backed up as any other. `held` of what
/// is returned is how long one state of the database was read, which keeps it from being tidied.
pub fn back_up_database(
    address: &DatabaseAddress,
    file: &Path,
    replace: bool,
    copied: CopyNoted<'_>,
    noted: &mut dyn FnMut(Stage, u64, u64),
) -> Result<BackedUp> {
    sqlite::refuse_present(file, replace)?;
    let beside = Beside::new(file.to_owned(), "copying")?;
    let began = Instant::now();
    let database = StorePlace::Postgres(address.clone());
    copy(&database, &beside.place(), copied)?;
    let held = began.elapsed();
    let done = sqlite::back_up(&beside.folder, file, replace, noted)?;
    Ok(BackedUp { held, ..done })
}

/// Puts the backup `file` into a database, which must be empty. Blocks.
///
/// The backup is first put into a folder in `folder`, where it is checked, and copied from there.
pub fn restore_into_database(
    address: &DatabaseAddress,
    folder: &Path,
    file: &Path,
    copied: CopyNoted<'_>,
    noted: &mut dyn FnMut(Stage, u64, u64),
) -> Result<Restored> {
    let beside = Beside::new(folder.join("restore"), "copying")?;
    let restored = sqlite::restore(&beside.folder, file, false, &Clock::default(), noted)?;
    let database = StorePlace::Postgres(address.clone());
    copy(&beside.place(), &database, copied)?;
    // The copy has brought it up to date.
    let migrated_to = None;
    Ok(Restored {
        migrated_to,
        ..restored
    })
}

/// A folder of this process alone, which goes with it.
struct Beside {
    folder: PathBuf,
}

impl Beside {
    fn new(path: PathBuf, what: &str) -> Result<Self> {
        let mut name = path.into_os_string();
        name.push(format!(".{what}-{}", clock::new_id().simple()));
        let folder = PathBuf::from(name);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(|error| {
            let place = folder.parent().unwrap_or(&folder).display();
            let message = format!("cannot write into {place}: {error}");
            Error::new(ErrorKind::Unavailable, message).because(error)
        })?;
        Ok(Self { folder })
    }

    fn place(&self) -> StorePlace {
        StorePlace::Folder(self.folder.clone())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            let folder = self.folder.display();
            tracing::warn!(%folder, %error, "what was copied on the way could not be removed");
        }
    }
}
