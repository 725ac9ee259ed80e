//! Backups of a data folder or a database, and putting them into one. What is sealed in them needs the master key, which is in none.

use super::seal::{self, MasterKey};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::store::postgres::DatabaseAddress;
use crate::store::{self, BackedUp, Contents, CopyStage, Restored, Stage};
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// The sealed secrets of a backup, and the master key that is there to open them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seals {
    /// How many secrets are sealed.
    pub sealed: usize,
    /// How many of them open with the key.
    pub opened: usize,
    /// Where the key is.
    pub key: KeyPlace,
}

/// Where a master key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// In the settings.
    Settings,
    /// In this file of the data folder.
    File(PathBuf),
    /// Nowhere; this is the file of the data folder where it would be looked for.
    Missing(PathBuf),
}

/// Where the data is of these settings, and their master key, if they have one.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'settings> {
    /// The folder.
    pub folder: &'settings Path,
    /// The database, if the data is in one.
    pub store: Option<&'settings DatabaseAddress>,
    /// The key; else it is in the folder.
    pub master_key: Option<&'settings MasterKey>,
}

/// Who hears how far a backup or a restore has come.
pub trait Hearing {
    /// So many bytes of a file, of so many.
    fn note(&mut self, stage: Stage, done: u64, all: u64);

    /// So many rows of a table, of so many.
    fn note_rows(&mut self, stage: CopyStage, done: u64, all: u64);
}

impl Kept<'_> {
    /// Writes a backup into a file; see [`store::back_up`] and [`store::back_up_database`].
    pub fn back_up(
        &self,
        file: &Path,
        replace: bool,
        hearing: &RefCell<impl Hearing>,
    ) -> Result<(BackedUp, Seals)> {
        let key = self.key()?;
        let (rows, bytes) = (&mut rows_to(hearing), &mut bytes_to(hearing));
        let done = match self.store {
            None => store::back_up(self.folder, file, replace, bytes)?,
            Some(address) => store::back_up_database(address, file, replace, rows, bytes)?,
        };
        let seals = Seals::of(&done.contents, key);
        Ok((done, seals))
    }

    /// Puts a backup into the folder or the database; see [`store::restore`] and [`store::restore_into_database`].
    pub fn restore(
        &self,
        file: &Path,
        replace: bool,
        hearing: &RefCell<impl Hearing>,
    ) -> Result<(Restored, Seals)> {
        let key = self.key()?;
        let (rows, bytes) = (&mut rows_to(hearing), &mut bytes_to(hearing));
        let done = match self.store {
            None => store::restore(self.folder, file, replace, &Clock::default(), bytes)?,
            Some(_) if replace => {
                let message = "a database is never replaced: restore into an empty one (createdb)";
                return Err(Error::invalid("--force", message));
            }
            Some(address) => store::restore_into_database(address, self.folder, file, rows, bytes)?,
        };
        let seals = Seals::of(&done.contents, key);
        Ok((done, seals))
    }

    fn key(&self) -> Result<(Option<MasterKey>, KeyPlace)> {
        if let Some(key) = self.master_key {
            return Ok((Some(key.clone()), KeyPlace::Settings));
        }
        let file = self.folder.join(seal::FILE);
        Ok(match MasterKey::found_in(self.folder)? {
            Some(key) => (Some(key), KeyPlace::File(file)),
            None => (None, KeyPlace::Missing(file)),
        })
    }
}

fn rows_to(hearing: &RefCell<impl Hearing>) -> impl FnMut(CopyStage, u64, u64) {
    |stage, done, all| hearing.borrow_mut().note_rows(stage, done, all)
}

fn bytes_to(hearing: &RefCell<impl Hearing>) -> impl FnMut(Stage, u64, u64) {
    |stage, done, all| hearing.borrow_mut().note(stage, done, all)
}

impl Seals {
    fn of(contents: &Contents, (key, place): (Option<MasterKey>, KeyPlace)) -> Self {
        let opens =
            |sealed: &&Vec<u8>| key.as_ref().is_some_and(|key| key.unseal(sealed).is_some());
        Self {
            sealed: contents.sealed.len(),
            opened: contents.sealed.iter().filter(opens).count(),
            key: place,
        }
    }

    /// Whether everything that is sealed opens.
    pub const fn all_open(&self) -> bool {
        self.sealed == self.opened
    }
}
