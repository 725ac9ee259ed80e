//! Backups of a data folder, and putting them into one. What is sealed in them needs the master key, which is in none.

use super::seal::{self, MasterKey};
use crate::clock::Clock;
use crate::error::Result;
use crate::store::{self, BackedUp, Contents, Restored, Stage};
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

/// A data folder and the master key of its settings, if they have one.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'settings> {
    /// The folder.
    pub folder: &'settings Path,
    /// The key; else it is in the folder.
    pub master_key: Option<&'settings MasterKey>,
}

impl Kept<'_> {
    /// Writes a backup of the folder's database into a file; see [`store::back_up`].
    pub fn back_up(
        &self,
        file: &Path,
        replace: bool,
        noted: &mut dyn FnMut(Stage, u64, u64),
    ) -> Result<(BackedUp, Seals)> {
        let key = self.key()?;
        let done = store::back_up(self.folder, file, replace, noted)?;
        let seals = Seals::of(&done.contents, key);
        Ok((done, seals))
    }

    /// Puts a backup into the folder; see [`store::restore`].
    pub fn restore(
        &self,
        file: &Path,
        replace: bool,
        noted: &mut dyn FnMut(Stage, u64, u64),
    ) -> Result<(Restored, Seals)> {
        let key = self.key()?;
        let done = store::restore(self.folder, file, replace, &Clock::default(), noted)?;
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
