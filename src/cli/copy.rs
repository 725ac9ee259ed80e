//! `candor copy`.

use super::{Outcome, load, output};
use crate::error::Result;
use crate::store::{CopiedTable, CopyStage, StorePlace, copy};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Copy everything that is stored into another store: a data folder or a PostgreSQL database.
///
/// It is how a server moves from SQLite to PostgreSQL when one machine is outgrown, and back. Rows keep their ids and numbers, so
/// clients notice nothing. Stop the servers first: what is voted meanwhile is not copied. A copy that was cut off goes on where
/// it stopped; in the end both sides are read again and compared, row by row.
///
/// The master key is not copied. Take the data folder's `master.key` along, or set `CANDOR_MASTER_KEY`.
#[derive(Debug, Args)]
pub(super) struct Copy {
    /// A data folder, or postgres://user:password@host:port/database.
    #[arg(long, value_name = "STORE")]
    from: String,
    /// An empty or new data folder, or an empty database.
    #[arg(long, value_name = "STORE")]
    to: String,
    /// Print what was copied as JSON.
    #[arg(long)]
    json: bool,
}

impl Copy {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let config = load(config, [])?;
        output::log("warn", config.log_format)?;
        let (from, to) = (place(&self.from)?, place(&self.to)?);
        let mut shown = Shown::default();
        let copied = copy(&from, &to, &mut |stage, done, all| {
            shown.note(stage, done, all);
        })?;
        drop(shown);
        if self.json {
            let tables = copied.iter().map(|table| {
                json!({"table": table.table, "rows": table.rows, "before": table.before, "sha256": table.sha256})
            });
            output::json(&json!({"tables": tables.collect::<Vec<_>>()}));
        } else {
            print(&copied);
        }
        Ok(Outcome::Done)
    }
}

fn place(text: &str) -> Result<StorePlace> {
    if text.contains("://") {
        text.parse().map(StorePlace::Postgres)
    } else {
        Ok(StorePlace::Folder(PathBuf::from(text)))
    }
}

fn print(copied: &[CopiedTable]) {
    let rows: u64 = copied.iter().map(|table| table.rows).sum();
    let unit = if rows == 1 { "row" } else { "rows" };
    output::line(format_args!(
        "copied {rows} {unit}; both sides are the same"
    ));
    for table in copied.iter().filter(|table| table.rows > 0) {
        let digest = table.sha256.get(..16).unwrap_or_default();
        output::line(format_args!(
            "  {:<18}  {:>10}  {digest}",
            table.table, table.rows
        ));
    }
}

/// How far it has come, on standard error.
#[derive(Default)]
pub(super) struct Shown {
    stage: Option<CopyStage>,
    progress: Option<output::Progress>,
}

impl Shown {
    pub(super) fn note(&mut self, stage: CopyStage, done: u64, all: u64) {
        let count = |rows| usize::try_from(rows).unwrap_or(usize::MAX);
        if self.stage != Some(stage) {
            self.stage = Some(stage);
            let what = match stage {
                CopyStage::Copying(table) => format!("rows of {table} copied"),
                CopyStage::Comparing(table) => format!("rows of {table} compared"),
            };
            self.progress = None;
            self.progress = (all > 0).then(|| output::Progress::counting(count(all), what));
        }
        if let Some(progress) = &self.progress {
            progress.note(count(done));
        }
    }
}
