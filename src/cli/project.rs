//! `candor project`.

use super::data::{Missing, Place};
use super::table::{self, Column, Width, field, time};
use super::{Outcome, output};
use crate::dialects::native::shown;
use crate::error::Result;
use clap::{Args, Subcommand};
use serde_json::Value;
use std::path::PathBuf;

/// Show projects.
#[derive(Debug, Args)]
pub(super) struct Project {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
}

/// List the projects, by name.
#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    place: Place,
    /// Print them as JSON, as the native API does.
    #[arg(long)]
    json: bool,
}

const COLUMNS: [Column; 6] = [
    ("NAME", Width::Whole, |item| field(item, "/name")),
    ("NUMBER", Width::Whole, |item| field(item, "/number")),
    ("ID", Width::Whole, |item| field(item, "/id")),
    ("UNKNOWN TARGETS", Width::Rest, |item| {
        field(item, "/unknown_targets")
    }),
    ("ENABLED", Width::Rest, |item| field(item, "/enabled")),
    ("CREATED", Width::Rest, |item| time(item, "/created_at")),
];

impl Project {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let Command::List(list) = self.command;
        let projects = list.place.with(
            config,
            Missing::Refuse,
            async |app, operator| {
                let projects = app.directory().projects(operator);
                Ok(projects
                    .iter()
                    .map(|project| shown::project(project))
                    .collect())
            },
            |server| server.list("projects", &[], usize::MAX),
        )?;
        if list.json {
            output::json(&Value::Array(projects));
        } else {
            table::print(&projects, &COLUMNS, "no projects");
        }
        Ok(Outcome::Done)
    }
}
