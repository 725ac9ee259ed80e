//! `candor history`.

use super::data::{DataFolder, Missing};
use super::table::{self, Column, Width, field};
use super::{Outcome, output};
use crate::app::{History as Kept, HistoryPart};
use crate::domain::Month;
use crate::error::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::OnceLock;

/// Show how much is kept of what votes said before they were changed, and drop what is old of it.
///
/// Every change of a vote keeps the version that it replaces. Here they are counted by the months in which they were given.
/// It opens the data folder, which no server may have at the same time, or the database, which servers may go on using.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct History {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    show: Show,
}

#[derive(Debug, Subcommand)]
enum Command {
    Drop(Drop),
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    data: DataFolder,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

/// Drop the versions that were given before a month and were replaced since.
///
/// What votes say now stays, and so do all sums. Who reads a vote is told how many of its versions were dropped. They are
/// gone for good: make a backup first if you may want them.
#[derive(Debug, Args)]
struct Drop {
    /// The first month to keep, such as 2026-01; this one at the latest.
    #[arg(long, value_name = "MONTH", value_parser = month)]
    before: Month,
    /// Do it. Without it, what would be dropped is shown, and nothing is.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    data: DataFolder,
    /// Print what was dropped as JSON.
    #[arg(long)]
    json: bool,
}

const COLUMNS: [Column; 3] = [
    ("MONTH", Width::Whole, |item| field(item, "/month")),
    ("VERSIONS", Width::Whole, |item| field(item, "/versions")),
    ("BYTES", Width::Whole, |item| field(item, "/bytes")),
];

fn month(text: &str) -> std::result::Result<Month, String> {
    let month = text.parse();
    month.map_err(|_| format!("\"{text}\" is no month: write it as 2026-01"))
}

impl History {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        match self.command {
            None => self.show.run(config),
            Some(Command::Drop(command)) => command.run(config),
        }
    }
}

impl Show {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let kept = self.data.with(config, Missing::Refuse, async |app, _| {
            let _waiting = output::Waiting::until("counting the history");
            app.history().await
        })?;
        if self.json {
            output::json(&json!({"begins": begins(&kept), "parts": told(&kept.parts)}));
            return Ok(Outcome::Done);
        }
        if let Some(begins) = begins(&kept) {
            output::line(format_args!("versions from before {begins} were dropped"));
        }
        table::print(&told(&kept.parts), &COLUMNS, "no vote was changed");
        Ok(Outcome::Done)
    }
}

impl Drop {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let (parts, dropped) = self.data.with(config, Missing::Refuse, async |app, _| {
            let parts = app.history_before(self.before).await?;
            let dropped = if self.yes {
                app.drop_history(self.before, &noted()).await?
            } else {
                0
            };
            Ok((parts, dropped))
        })?;
        if self.json {
            let before = self.before.to_string();
            output::json(&json!({"before": before, "parts": told(&parts), "dropped": dropped}));
        } else {
            let none = format!("there is no history from before {}", self.before);
            table::print(&told(&parts), &COLUMNS, &none);
            if self.yes {
                output::line(format_args!("dropped {}", versions(dropped)));
            }
        }
        if self.yes {
            return Ok(Outcome::Done);
        }
        let all = parts.iter().map(|part| part.versions).sum();
        output::warning(format_args!(
            "nothing was dropped: add --yes to drop {} for good",
            versions(all)
        ));
        Ok(Outcome::NotWell)
    }
}

/// Tells how far the dropping has come.
fn noted() -> impl Fn(usize, usize) + Sync {
    let shown: OnceLock<output::Progress> = OnceLock::new();
    move |done, all| {
        let shown =
            shown.get_or_init(|| output::Progress::counting(all, "versions looked through"));
        shown.note(done);
    }
}

fn versions(count: u64) -> String {
    match count {
        1 => "1 version".to_owned(),
        count => format!("{count} versions"),
    }
}

/// The first month of which nothing was dropped, if something was.
fn begins(kept: &Kept) -> Option<String> {
    kept.begins.map(|begins| begins.month().to_string())
}

fn told(parts: &[HistoryPart]) -> Vec<Value> {
    let told = |part: &HistoryPart| {
        let month = match (part.since, part.until) {
            (None, Some(until)) => format!("before {until}"),
            (Some(since), None) => format!("{since} and later"),
            (Some(month), Some(_)) => month.to_string(),
            (None, None) => String::new(),
        };
        json!({"month": month, "versions": part.versions, "bytes": part.bytes})
    };
    parts.iter().map(told).collect()
}
