//! `candor apply`.

use super::data::{Missing, Place};
use super::{Outcome, output};
use crate::app::{Setup, SetupReport};
use crate::error::{Error, Result};
use clap::Args;
use std::path::PathBuf;

/// Make projects, keys, end users, conversations and attributes be as a file says.
///
/// Applying a file again changes nothing. A file with a mistake is refused whole, with the place of the mistake.
#[derive(Debug, Args)]
pub(super) struct Apply {
    /// The file: TOML, YAML or JSON, by its extension.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

impl Apply {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let setup = Setup::read(&self.file)?;
        let report: SetupReport = self.place.with(
            config,
            Missing::Make,
            async |app, operator| app.apply(operator, setup.clone()).await,
            |server| {
                let report = server.post("apply", &setup)?;
                serde_json::from_value(report).map_err(Error::internal)
            },
        )?;
        for warning in &report.warnings {
            output::warning(warning);
        }
        if self.json {
            output::json(&serde_json::json!(report));
            return Ok(Outcome::Done);
        }
        for (kind, counts) in [
            ("projects", report.projects),
            ("attributes", report.attributes),
            ("keys", report.keys),
            ("end users", report.end_users),
            ("conversations", report.conversations),
        ] {
            output::line(format_args!(
                "{kind:13} {:5} created {:5} changed {:5} unchanged",
                counts.created, counts.changed, counts.unchanged
            ));
        }
        Ok(Outcome::Done)
    }
}
