//! `candor doctor`.

use super::data::{DataFolder, Missing};
use super::{Outcome, output};
use crate::app::{App, Concern, Finding, Rebuilding, Repaired};
use crate::error::Result;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Mutex;

/// What to do about a file that is damaged.
const RESTORE: &str = "the file itself is damaged, and nothing was changed: restore a backup (candor restore FILE --force, \
                       which keeps the damaged database beside)";

/// Check the data, and say what was found.
///
/// Opens the data folder, which no server may have at the same time, and checks that the file is whole and that everything
/// that is kept twice agrees. Exits with 1 if anything is wrong.
///
/// With --repair, what is derived from the rows is rebuilt from them: the sums that charts read, and the indexes of names and
/// words. Votes and their histories are not touched. Then everything is checked again, and the exit code is that of the second check.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Rebuild sums and indexes from the rows.
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    data: DataFolder,
    /// Print what was found as JSON.
    #[arg(long)]
    json: bool,
}

/// What was found, what was done about it, and what was found after.
struct Visit {
    before: Vec<Finding>,
    repaired: Option<(Repaired, Vec<Finding>)>,
}

impl Doctor {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let visit = self.data.with(config, Missing::Refuse, async |app, _| {
            let before = checked(app).await?;
            let repaired = if self.repair && is_readable(&before) {
                let repaired = app.repair(&noted()).await?;
                Some((repaired, checked(app).await?))
            } else {
                None
            };
            Ok(Visit { before, repaired })
        })?;
        let left = faults(visit.last());
        if self.json {
            output::json(&visit.told());
        } else {
            visit.print(self.repair);
        }
        if !is_readable(visit.last()) {
            output::warning(RESTORE);
        }
        Ok(if left == 0 {
            Outcome::Done
        } else {
            Outcome::NotWell
        })
    }
}

impl Visit {
    /// What was found last.
    fn last(&self) -> &[Finding] {
        self.repaired
            .as_ref()
            .map_or(&self.before, |(_, after)| after)
    }

    fn told(&self) -> Value {
        let findings = self.last();
        let mut told = json!({"faults": faults(findings), "findings": as_json(findings)});
        if let Some((repaired, _)) = &self.repaired {
            told["before"] = as_json(&self.before);
            told["repaired"] = json!({
                "sums": repaired.sums, "sums_mended": repaired.sums_mended, "names_mended": repaired.names_mended, "comments_indexed": repaired.comments,
            });
        }
        told
    }

    fn print(&self, repair: bool) {
        if let Some((repaired, _)) = &self.repaired {
            let wrong = self.before.iter().filter(|finding| finding.fault.is_some());
            wrong.for_each(|finding| print("found", finding));
            output::line(format_args!(
                "rebuilt {} sums, of which {} were wrong",
                repaired.sums, repaired.sums_mended
            ));
            output::line(format_args!(
                "mended {} names of messages",
                repaired.names_mended
            ));
            output::line(format_args!(
                "rebuilt the search index, of {} comments",
                repaired.comments
            ));
        }
        for finding in self.last() {
            let verdict = if finding.fault.is_some() {
                "FAULT"
            } else {
                "ok"
            };
            print(verdict, finding);
        }
        let mendable =
            |finding: &&Finding| finding.concern == Concern::Derived && finding.fault.is_some();
        let mendable = self.last().iter().filter(mendable).count();
        output::line(match faults(self.last()) {
            0 => "nothing is wrong".to_owned(),
            1 => "1 fault".to_owned(),
            faults => format!("{faults} faults"),
        });
        if mendable > 0 && !repair && is_readable(self.last()) {
            output::line(
                "candor doctor --repair rebuilds sums, names and search index from the rows",
            );
        }
    }
}

fn print(verdict: &str, finding: &Finding) {
    let Finding {
        check, seen, fault, ..
    } = finding;
    output::line(match fault {
        None => format!("{verdict:<5}  {check} ({seen})"),
        Some(fault) => format!("{verdict:<5}  {check} ({seen}): {}", output::plain(fault)),
    });
}

async fn checked(app: &App) -> Result<Vec<Finding>> {
    let _waiting = output::Waiting::until("checking everything");
    app.check().await
}

/// Tells how far the rebuilding has come.
fn noted() -> impl Fn(Rebuilding, usize, usize) + Sync {
    let shown: Mutex<Option<(Rebuilding, output::Progress)>> = Mutex::default();
    move |what, done, all| {
        let mut shown = shown
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if shown.as_ref().is_none_or(|(before, _)| *before != what) {
            let unit = match what {
                Rebuilding::Sums => "votes summed up",
                Rebuilding::Names => "messages looked up by name",
                Rebuilding::Search => "comments indexed",
            };
            *shown = None;
            *shown = Some((what, output::Progress::counting(all, unit)));
        }
        if let Some((_, progress)) = shown.as_ref() {
            progress.note(done);
        }
    }
}

/// Whether the rows can be trusted to be read: the file is whole.
fn is_readable(findings: &[Finding]) -> bool {
    let damaged = |finding: &Finding| finding.concern == Concern::File && finding.fault.is_some();
    !findings.iter().any(damaged)
}

fn faults(findings: &[Finding]) -> usize {
    let wrong = findings.iter().filter(|finding| finding.fault.is_some());
    wrong.count()
}

fn as_json(findings: &[Finding]) -> Value {
    let told = |finding: &Finding| {
        json!({
            "check": finding.check, "fault": finding.fault, "seen": finding.seen, "mendable": finding.concern == Concern::Derived,
        })
    };
    findings.iter().map(told).collect()
}
