//! `candor import`.

mod dify_upstream;
mod melodi;
mod wonderchat;

use super::data::{DataFolder, Missing};
use super::{Outcome, output};
use crate::app::App;
use crate::dialects::dify::import::{self, history};
use crate::dialects::import::ImportReport;
use crate::domain::{Caller, Project};
use crate::error::Result;
use clap::{Args, Subcommand};
use dify_upstream::Backfill;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// Bring along what Dify's console exports, with its ids and times: JSON or CSV. Or, with --upstream, the conversations of
/// the people that the project knows, fetched from its upstream.
///
/// Doing it again changes nothing, and what is fetched goes on where it stopped. What cannot be taken is listed with the
/// reason while the rest goes in; then the exit code is 1.
#[derive(Debug, Args)]
struct Dify {
    /// The export.
    #[arg(required_unless_present = "upstream", conflicts_with = "upstream")]
    file: Option<PathBuf>,
    /// Fetch what was said from the project's upstream.
    #[arg(long)]
    upstream: bool,
    /// A person whose conversations to fetch too, though the project does not know them. May be given several times.
    #[arg(long = "user", value_name = "NAME", requires = "upstream")]
    users: Vec<String>,
    /// The key to use there; else the upstream's own credential.
    #[arg(
        long,
        env = "CANDOR_VENDOR_KEY",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    vendor_key: Option<String>,
    /// Fetch everything anew, rather than go on where the last import stopped.
    #[arg(long, requires = "upstream")]
    again: bool,
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
        let (report, places) = match &self.file {
            Some(file) => self.read(file, config)?,
            None => (self.fetch(config)?, history::PLACES),
        };
        Ok(told(&report, places, self.json))
    }

    fn read(&self, file: &Path, config: Option<PathBuf>) -> Result<(ImportReport, &'static str)> {
        let export = import::read(file)?;
        let places = export.places();
        let report = self
            .data
            .with(config, Missing::Refuse, async |app, operator| {
                let project = self.project(app, operator)?;
                let progress = output::Progress::of(export.rows());
                let noted = |done| progress.note(done);
                import::import(app, operator, &project, export, &noted).await
            })?;
        Ok((report, places))
    }

    fn fetch(&self, config: Option<PathBuf>) -> Result<ImportReport> {
        let backfill = Backfill {
            users: &self.users,
            key: self.vendor_key.as_deref(),
            again: self.again,
        };
        self.data
            .with(config, Missing::Refuse, async |app, operator| {
                let project = self.project(app, operator)?;
                backfill.bring(app, operator, &project).await
            })
    }

    fn project(&self, app: &App, operator: &Caller) -> Result<Arc<Project>> {
        app.directory()
            .project_named(operator, &self.project)
            .map_err(|error| error.at("--project"))
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
