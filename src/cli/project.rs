//! `candor project`.

use super::data::{Missing, Place};
use super::rate::{self, Rate};
use super::server::segment;
use super::table::{self, Column, Width, field, time};
use super::{Outcome, output};
use crate::app::ProjectDraft;
use crate::dialects::native::shown;
use crate::domain::vote::Ask;
use crate::error::Result;
use clap::{Args, Subcommand};
use serde_json::Value;
use std::path::PathBuf;

/// Show projects, and say how many requests are taken for them.
#[derive(Debug, Args)]
pub(super) struct Project {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Limit(Limit),
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

/// Say how many requests are taken for a project, of all its keys together, from now on.
#[derive(Debug, Args)]
struct Limit {
    /// The project: its name, number or id.
    project: String,
    #[command(flatten)]
    rate: Rate,
    #[command(flatten)]
    place: Place,
}

const COLUMNS: [Column; 7] = [
    ("NAME", Width::Whole, |item| field(item, "/name")),
    ("NUMBER", Width::Whole, |item| field(item, "/number")),
    ("ID", Width::Whole, |item| field(item, "/id")),
    ("UNKNOWN TARGETS", Width::Rest, |item| {
        field(item, "/unknown_targets")
    }),
    ("ENABLED", Width::Rest, |item| field(item, "/enabled")),
    ("REQUESTS", Width::Rest, rate::shown),
    ("CREATED", Width::Rest, |item| time(item, "/created_at")),
];

impl Project {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        match self.command {
            Command::List(list) => list.run(config),
            Command::Limit(limit) => limit.run(config),
        }
    }
}

impl List {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let projects = self.place.with(
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
        if self.json {
            output::json(&Value::Array(projects));
        } else {
            table::print(&projects, &COLUMNS, "no projects");
        }
        Ok(Outcome::Done)
    }
}

impl Limit {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let project = self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| {
                let project = app.directory().project_named(operator, &self.project)?;
                let draft = ProjectDraft {
                    rate_limit: self.rate.limit().map_or(Ask::Clear, Ask::Set),
                    ..ProjectDraft::default()
                };
                let project = app.change_project(operator, &project, draft).await?;
                Ok(shown::project(&project))
            },
            |server| {
                let path = format!("projects/{}", segment(&self.project));
                server.patch(&path, &self.rate.body())
            },
        )?;
        let name = output::plain(&field(&project, "/name"));
        output::line(format_args!("{name}: {}", rate::shown(&project)));
        Ok(Outcome::Done)
    }
}
