//! `candor apply`.

use super::data::{DataFolder, Missing};
use super::{Outcome, output};
use crate::app::{App, Setup};
use crate::error::Result;
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
    data: DataFolder,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

impl Apply {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let setup = Setup::read(&self.file)?;
        let report = self.data.with(config, Missing::Make, async |app| {
            let operator = App::operator(app.ensure_workspace().await?);
            app.apply(&operator, setup).await
        })?;
        for warning in &report.warnings {
            output::warning(warning);
        }
        if self.json {
            output::line(serde_json::json!(report));
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
