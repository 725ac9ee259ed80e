//! `candor backup`, and what it has in common with `candor restore`.

use super::data::DataFolder;
use super::{Outcome, copy, load, output};
use crate::app::{CopyStage, Hearing, Kept, KeyPlace, Seals, Stage};
use crate::config::Config;
use crate::error::Result;
use crate::store::Contents;
use clap::Args;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::fmt::Display;
use std::path::PathBuf;

/// Write everything that is stored into one file, while the server goes on.
///
/// The backup holds every vote that was acknowledged before it began. It is written beside FILE, checked, and only then given
/// its name: FILE is a whole backup or what it was before. It works while a server has the data folder, and without one.
///
/// Of a PostgreSQL database (`--store`) it is the same: a file that `candor restore` puts into a folder or into an empty
/// database. Its rows are copied into a folder beside FILE first, which needs as much room again.
///
/// The master key is not in it. Secrets that are sealed (what upstreams are called with, Amazon Q's signing keys) open only
/// with that key: keep the data folder's `master.key`, or your `CANDOR_MASTER_KEY`, in another place than the backups.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write, outside of the data folder.
    file: PathBuf,
    /// Replace the file, if it is there.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    data: DataFolder,
    /// Print what was done as JSON.
    #[arg(long)]
    json: bool,
}

impl Backup {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let config = load(config, self.data.flags()?)?;
        output::log("warn", config.log_format)?;
        let kept = Kept {
            folder: &config.data_dir,
            store: config.store.as_ref(),
            master_key: config.master_key.as_ref(),
        };
        let shown = RefCell::new(Shown::default());
        let (done, seals) = kept.back_up(&self.file, self.force, &shown)?;
        drop(shown);
        if self.json {
            let mut told = told(&done.contents, &seals);
            told["file"] = json!(self.file);
            told["snapshot_held_ms"] = json!(done.held.as_millis());
            told["search_is_damaged"] = json!(done.search_is_damaged);
            output::json(&told);
        } else {
            let file = self.file.display();
            output::line(format_args!("backed up {} into {file}", place(&config)));
            print(&done.contents);
            field(
                "snapshot",
                format_args!("held for {} ms", done.held.as_millis()),
            );
            print_seals_of_backup(&seals);
        }
        if done.search_is_damaged {
            output::warning(
                "the search index is damaged, here and in the backup: candor doctor --repair rebuilds it",
            );
        }
        Ok(Outcome::Done)
    }
}

/// Where the data is.
pub(super) fn place(config: &Config) -> String {
    let folder = || config.data_dir.display().to_string();
    config
        .store
        .as_ref()
        .map_or_else(folder, ToString::to_string)
}

/// Of the key that is not in the backup, and what needs it.
fn print_seals_of_backup(seals: &Seals) {
    let sealed = secrets(seals.sealed);
    if seals.sealed > 0 {
        field(
            "sealed",
            format_args!("{sealed}, opened by the master key only"),
        );
    }
    let key = match &seals.key {
        KeyPlace::Settings => "that of your settings".to_owned(),
        KeyPlace::File(file) => file.display().to_string(),
        KeyPlace::Missing(_) => String::new(),
    };
    if !key.is_empty() {
        field(
            "not in it",
            format_args!("the master key, {key}: keep a copy apart from the backups"),
        );
    }
    if !seals.all_open() {
        let closed = secrets(seals.sealed - seals.opened);
        output::warning(format_args!(
            "{closed} do not open with the master key that is here"
        ));
    }
}

/// The lines of what a backup holds.
pub(super) fn print(contents: &Contents) {
    let votes = match contents.last_vote_at {
        Some(last) => format!("{}, the last at {last}", contents.votes),
        None => contents.votes.to_string(),
    };
    field("votes", votes);
    field("size", format_args!("{} MiB", mebibytes(contents.bytes)));
    field("schema", contents.schema);
}

/// What a backup holds, as JSON.
pub(super) fn told(contents: &Contents, seals: &Seals) -> Value {
    let (place, file) = match &seals.key {
        KeyPlace::Settings => ("settings", None),
        KeyPlace::File(file) => ("file", Some(file)),
        KeyPlace::Missing(file) => ("missing", Some(file)),
    };
    json!({
        "votes": contents.votes,
        "last_vote_at": contents.last_vote_at.map(|time| time.to_string()),
        "bytes": contents.bytes,
        "schema": contents.schema,
        "sealed_secrets": seals.sealed,
        "sealed_secrets_opened": seals.opened,
        "master_key": {"place": place, "file": file},
    })
}

/// A line of a report: what it is of, and what there is to say.
pub(super) fn field(name: &str, value: impl Display) {
    output::line(format_args!("  {name:<10}  {value}"));
}

/// So many secrets, in words.
pub(super) fn secrets(count: usize) -> String {
    match count {
        1 => "1 secret".to_owned(),
        count => format!("{count} secrets"),
    }
}

/// Rounded up, so that there is something of everything.
fn mebibytes(bytes: u64) -> u64 {
    bytes.div_ceil(1024 * 1024)
}

/// How far a backup or a restore has come, on standard error.
#[derive(Default)]
pub(super) struct Shown {
    stage: Option<Stage>,
    progress: Option<output::Progress>,
    waiting: Option<output::Waiting>,
    rows: copy::Shown,
}

impl Hearing for Shown {
    fn note_rows(&mut self, stage: CopyStage, done: u64, all: u64) {
        self.progress = None;
        self.waiting = None;
        self.rows.note(stage, done, all);
    }

    fn note(&mut self, stage: Stage, done: u64, all: u64) {
        let count = |bytes| usize::try_from(mebibytes(bytes)).unwrap_or(usize::MAX);
        if self.stage != Some(stage) {
            self.rows = copy::Shown::default();
            self.stage = Some(stage);
            self.progress = None;
            let what = match stage {
                Stage::Copying => Some("MiB copied"),
                Stage::CatchingUp => Some("MiB compared"),
                Stage::Checking => None,
            };
            self.progress = what.map(|what| output::Progress::counting(count(all), what));
            self.waiting = what
                .is_none()
                .then(|| output::Waiting::until("checking the copy"));
        }
        if let Some(progress) = &self.progress {
            progress.note(count(done));
        }
    }
}
