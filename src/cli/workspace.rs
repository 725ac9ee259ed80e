//! `candor workspace`.

use super::data::{DataFolder, Missing};
use super::table::{self, Column, Width, field, time};
use super::{Outcome, output};
use crate::app::App;
use crate::domain::Workspace as Row;
use crate::error::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Make and show workspaces.
///
/// Each has projects, keys and people of its own, and no key opens what is another's. The first one is made at the first
/// start.
#[derive(Debug, Args)]
pub(super) struct Workspace {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(Create),
    List(List),
}

/// Make a workspace, with an admin key for it.
///
/// The key's secret is shown once, now. No server may be running on the data folder.
#[derive(Debug, Args)]
struct Create {
    /// What people call it.
    name: String,
    #[command(flatten)]
    data: DataFolder,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

/// List the workspaces, the first one first.
#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    data: DataFolder,
    /// Print them as JSON.
    #[arg(long)]
    json: bool,
}

const COLUMNS: [Column; 4] = [
    ("NAME", Width::Whole, |item| field(item, "/name")),
    ("ID", Width::Whole, |item| field(item, "/id")),
    ("PROJECTS", Width::Rest, |item| field(item, "/projects")),
    ("CREATED", Width::Rest, |item| time(item, "/created_at")),
];

impl Workspace {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        match self.command {
            Command::Create(create) => create.run(config),
            Command::List(list) => list.run(config),
        }
    }
}

fn shown(workspace: &Row) -> Value {
    json!({
        "id": workspace.id.to_string(),
        "name": workspace.name,
        "created_at": workspace.created_at.to_string(),
    })
}

impl Create {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let (workspace, issued) = self.data.with(config, Missing::Make, async |app, _| {
            app.create_workspace(&self.name).await
        })?;
        if self.json {
            let mut made = shown(&workspace);
            made["secret"] = issued.secret.into();
            output::json(&made);
            return Ok(Outcome::Done);
        }
        output::line(format_args!("workspace      {}", workspace.id));
        output::line(format_args!("admin key      {}", issued.secret));
        output::line("The key is shown now and never again.");
        Ok(Outcome::Done)
    }
}

impl List {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let workspaces: Vec<_> = self.data.with(config, Missing::Refuse, async |app, _| {
            let directory = app.directory();
            let with_projects = |workspace: &Row| {
                let operator = App::operator(workspace.id);
                let mut item = shown(workspace);
                item["projects"] = directory.projects(&operator).len().into();
                item
            };
            Ok(directory.workspaces().iter().map(with_projects).collect())
        })?;
        if self.json {
            output::json(&Value::Array(workspaces));
        } else {
            table::print(&workspaces, &COLUMNS, "no workspaces");
        }
        Ok(Outcome::Done)
    }
}
