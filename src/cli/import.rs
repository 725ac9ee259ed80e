//! `candor import`.

mod melodi;
mod wonderchat;

use super::data::{DataFolder, Missing};
use super::{Outcome, output};
use crate::dialects::dify::import;
use crate::dialects::import::ImportReport;
use crate::error::Result;
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::PathBuf;

/// Bring feedback along from where it was given before.
#[derive(Debug, Args)]
pub(super) struct Import {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Dify(Dify),
    Melodi(melodi::Melodi),
    Wonderchat(wonderchat::Wonderchat),
}

/// Bring along what Dify's console exports, with its ids and times: JSON or CSV.
///
/// Doing it again changes nothing. Rows that cannot be taken are listed with the reason while the others go in; then the
/// exit code is 1.
#[derive(Debug, Args)]
struct Dify {
    /// The export.
    file: PathBuf,
    /// The project that it goes into: its name, number or id.
    #[arg(long)]
    project: String,
    #[command(flatten)]
    data: DataFolder,
    /// Print what became of it as JSON.
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        match self.command {
            Command::Dify(dify) => dify.run(config),
            Command::Melodi(melodi) => melodi.run(config),
            Command::Wonderchat(wonderchat) => wonderchat.run(config),
        }
    }
}

impl Dify {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let export = import::read(&self.file)?;
        let places = export.places();
        let report = self
            .data
            .with(config, Missing::Refuse, async |app, operator| {
                let directory = app.directory();
                let project = directory
                    .project_named(operator, &self.project)
                    .map_err(|error| error.at("--project"))?;
                let progress = output::Progress::of(export.rows());
                let noted = |done| progress.note(done);
                import::import(app, operator, &project, export, &noted).await
            })?;
        Ok(told(&report, places, self.json))
    }
}

/// Prints what became of an import. Rows are told by their places, which count `places`.
fn told(report: &ImportReport, places: &str, as_json: bool) -> Outcome {
    if as_json {
        let refused: Vec<_> = report
            .refused
            .iter()
            .map(|(place, reason)| json!({places: place, "reason": reason}))
            .collect();
        output::json(&json!({
            "imported": report.imported, "unchanged": report.unchanged, "refused": refused,
        }));
    } else {
        for (place, reason) in &report.refused {
            output::line(format_args!(
                "refused   {places} {place}: {}",
                output::plain(reason)
            ));
        }
        output::line(format_args!(
            "{} imported, {} unchanged, {} refused",
            report.imported,
            report.unchanged,
            report.refused.len()
        ));
    }
    if report.refused.is_empty() {
        Outcome::Done
    } else {
        Outcome::NotWell
    }
}
