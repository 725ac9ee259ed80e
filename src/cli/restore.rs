//! `candor restore`.

use super::backup::{Shown, field, place, print, secrets, told};
use super::data::DataFolder;
use super::{Outcome, load, output};
use crate::app::{Kept, KeyPlace, Seals};
use crate::error::{Error, ErrorKind, Result};
use clap::Args;
use serde_json::json;
use std::cell::RefCell;
use std::path::PathBuf;

/// Put a backup into a data folder that no server has.
///
/// The backup is copied into the folder and checked before anything changes. A database that is there is refused; with --force
/// it is kept beside, under a name that says until when it was the one. An older backup is brought up to date at the next
/// start.
///
/// With `--store` it is put into a PostgreSQL database, which must be empty. It is checked in the data folder first.
///
/// The master key is in no backup: put the `master.key` that belongs to it into the data folder, or set `CANDOR_MASTER_KEY`.
/// Exits with 1 if the backup is in place and the key that opens its secrets is not.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup.
    file: PathBuf,
    /// Put it in the place of the database that is there, which is kept.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    data: DataFolder,
    /// Print what was done as JSON.
    #[arg(long)]
    json: bool,
}

impl Restore {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let config = load(config, self.data.flags()?)?;
        output::log("warn", config.log_format)?;
        let kept = Kept {
            folder: &config.data_dir,
            store: config.store.as_ref(),
            master_key: config.master_key.as_ref(),
        };
        let shown = RefCell::new(Shown::default());
        let (done, seals) = kept
            .restore(&self.file, self.force, &shown)
            .map_err(hint_at_stopping)?;
        drop(shown);
        if self.json {
            let mut told = told(&done.contents, &seals);
            told["data_dir"] = json!(config.data_dir);
            told["kept"] = json!(done.kept);
            told["migrated_to"] = json!(done.migrated_to);
            told["search_is_damaged"] = json!(done.search_is_damaged);
            output::json(&told);
        } else {
            let file = self.file.display();
            output::line(format_args!("restored {file} into {}", place(&config)));
            print(&done.contents);
            if let Some(schema) = done.migrated_to {
                field(
                    "next start",
                    format_args!("brings it up to schema {schema}"),
                );
            }
            if let Some(kept) = &done.kept {
                field("before", kept.display());
            }
            if seals.all_open() && seals.sealed > 0 {
                field(
                    "sealed",
                    format_args!("{}: the master key opens them", secrets(seals.sealed)),
                );
            }
        }
        if done.search_is_damaged {
            output::warning(
                "the backup's search index is damaged: candor doctor --repair rebuilds it",
            );
        }
        if seals.all_open() {
            return Ok(Outcome::Done);
        }
        output::warning(what_to_do(&seals));
        Ok(Outcome::NotWell)
    }
}

/// A folder that a server has is the most likely mistake.
fn hint_at_stopping(error: Error) -> Error {
    if error.kind() == ErrorKind::Conflict && error.message().contains("in use by another") {
        let message = format!("{}: stop that one first", error.message());
        return Error::new(ErrorKind::Conflict, message);
    }
    error
}

/// What to do about a master key that does not open what is sealed.
fn what_to_do(seals: &Seals) -> String {
    let closed = secrets(seals.sealed - seals.opened);
    match &seals.key {
        KeyPlace::Missing(file) => format!(
            "{closed} of the backup cannot be opened: there is no master key. Before the next start, which would make a new \
             one, put the master.key of the server that was backed up to {} (mode 0600), or set CANDOR_MASTER_KEY",
            file.display()
        ),
        KeyPlace::File(file) => format!(
            "{closed} of the backup cannot be opened with {}: it is another server's. Put the master.key of the server that was \
             backed up in its place (mode 0600), or set CANDOR_MASTER_KEY",
            file.display()
        ),
        KeyPlace::Settings => format!(
            "{closed} of the backup cannot be opened with the master key of your settings: set CANDOR_MASTER_KEY (or \
             master_key) to that of the server that was backed up"
        ),
    }
}
