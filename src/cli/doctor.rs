//! `candor doctor`.

use super::data::{DataFolder, Missing};
use super::{Outcome, output};
use crate::app::Finding;
use crate::error::Result;
use clap::Args;
use std::path::PathBuf;

/// Check the data, and say what was found.
///
/// Opens the data folder, which no server may have at the same time, and checks that the file is whole and that everything
/// that is kept twice agrees. Exits with 1 if anything is wrong.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    data: DataFolder,
    /// Print what was found as JSON.
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let findings = self
            .data
            .with(config, Missing::Refuse, async |app, _| app.check().await)?;
        let faults = findings.iter().filter(|finding| finding.fault.is_some());
        let faults = faults.count();
        if self.json {
            let findings: Vec<_> = findings
                .iter()
                .map(|finding| {
                    serde_json::json!({"check": finding.check, "fault": finding.fault, "seen": finding.seen})
                })
                .collect();
            output::json(&serde_json::json!({"faults": faults, "findings": findings}));
        } else {
            for Finding { check, seen, fault } in &findings {
                output::line(match fault {
                    None => format!("ok     {check} ({seen})"),
                    Some(fault) => format!("FAULT  {check} ({seen}): {}", output::plain(fault)),
                });
            }
            output::line(match faults {
                0 => "nothing is wrong".to_owned(),
                1 => "1 fault".to_owned(),
                faults => format!("{faults} faults"),
            });
        }
        Ok(if faults == 0 {
            Outcome::Done
        } else {
            Outcome::NotWell
        })
    }
}
