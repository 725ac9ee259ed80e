//! `candor mirror`.

use super::data::{Missing, Place};
use super::server::{Server, segment};
use super::table::{self, Column, Width, field, time};
use super::{Outcome, output};
use crate::app::{App, Paging};
use crate::dialects::native::shown;
use crate::domain::{Caller, MirrorState, Project};
use crate::error::Result;
use crate::limits;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

/// Show and steer what vendors are told of votes.
///
/// A project whose upstream has a mirror has the vendor hear of every vote that it accepts.
#[derive(Debug, Args)]
pub(super) struct Mirror {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Status(Status),
    Votes(Votes),
    Retry(Retry),
    Drop(Drop),
}

/// Show how many votes vendors have not heard of yet, or did not take.
#[derive(Debug, Args)]
struct Status {
    /// The only project: its id, name or number.
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    #[command(flatten)]
    place: Place,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

/// List votes that a vendor did not take, or has not heard of yet, the latest first.
#[derive(Debug, Args)]
struct Votes {
    /// The project: its id, name or number.
    project: String,
    /// Where they are.
    #[arg(long, value_name = "STATE", default_value = "refused", value_parser = states())]
    state: MirrorState,
    /// The most votes.
    #[arg(long, value_name = "NUMBER", default_value_t = limits::PAGE_ITEMS_DEFAULT)]
    limit: usize,
    #[command(flatten)]
    place: Place,
    /// Print them as JSON, as the native API does.
    #[arg(long)]
    json: bool,
}

/// Send votes again that were refused, given up or without a call of the vendor's.
///
/// One stays as it is if the vendor has heard a later word on the same since, or is about to.
#[derive(Debug, Args)]
struct Retry {
    /// The project: its id, name or number.
    project: String,
    #[command(flatten)]
    place: Place,
}

/// Forget votes that the vendor is not to hear of any more. The feedback itself stays.
#[derive(Debug, Args)]
struct Drop {
    /// The project: its id, name or number.
    project: String,
    /// Where they are; all, if it is not given.
    #[arg(long, value_name = "STATE", value_parser = states())]
    state: Option<MirrorState>,
    #[command(flatten)]
    place: Place,
}

const STATUS: [Column; 7] = [
    ("PROJECT", Width::Whole, |item| field(item, "/project")),
    ("ACTIVE", Width::Whole, |item| field(item, "/active")),
    ("WAITING", Width::Whole, |item| field(item, "/waiting")),
    ("REFUSED", Width::Whole, |item| field(item, "/refused")),
    ("GIVEN UP", Width::Whole, |item| field(item, "/given_up")),
    ("NOT MIRRORED", Width::Rest, |item| {
        field(item, "/not_mirrored")
    }),
    ("OLDEST", Width::Rest, |item| {
        time(item, "/oldest_waiting_at")
    }),
];

const VOTES: [Column; 6] = [
    ("FEEDBACK", Width::Whole, |item| field(item, "/feedback_id")),
    ("VERSION", Width::Whole, |item| field(item, "/version")),
    ("ATTEMPTS", Width::Whole, |item| field(item, "/attempts")),
    ("STATUS", Width::Whole, |item| field(item, "/status")),
    ("REASON", Width::Rest, |item| field(item, "/reason")),
    ("CREATED", Width::Rest, |item| time(item, "/created_at")),
];

impl Mirror {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        match self.command {
            Command::Status(command) => command.run(config),
            Command::Votes(command) => command.run(config),
            Command::Retry(command) => command.run(config),
            Command::Drop(command) => command.run(config),
        }
    }
}

fn project(app: &App, operator: &Caller, named: &str) -> Result<Arc<Project>> {
    app.directory().project_named(operator, named)
}

fn states() -> impl TypedValueParser<Value = MirrorState> {
    PossibleValuesParser::new(MirrorState::ALL.map(MirrorState::name))
        .try_map(|name| name.parse::<MirrorState>())
}

/// The path of a project's mirror in the native API.
fn path(project: &str) -> String {
    format!("projects/{}/mirror", segment(project))
}

impl Status {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let only = self.project.as_deref();
        let found = self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| in_folder(app, operator, only).await,
            |server| at_server(server, only),
        )?;
        if self.json {
            output::json(&Value::Array(found));
        } else {
            table::print(&found, &STATUS, "no project has a mirror");
        }
        Ok(Outcome::Done)
    }
}

async fn in_folder(app: &App, operator: &Caller, only: Option<&str>) -> Result<Vec<Value>> {
    let projects = match only {
        Some(named) => vec![project(app, operator, named)?],
        None => app.directory().projects(operator),
    };
    let mut found = Vec::new();
    for project in projects {
        let mirror = shown::mirror(app.mirror_status(operator, &project).await?);
        found.extend(of_project(&project.name, mirror, only.is_some()));
    }
    Ok(found)
}

fn at_server(server: &Server, only: Option<&str>) -> Result<Vec<Value>> {
    let projects = match only {
        Some(named) => vec![server.get(&format!("projects/{}", segment(named)), &[])?],
        None => server.list("projects", &[], usize::MAX)?,
    };
    let mut found = Vec::new();
    for project in projects {
        let name = project["name"].as_str().unwrap_or_default();
        let mirror = server.get(&path(name), &[])?;
        found.extend(of_project(name, mirror, only.is_some()));
    }
    Ok(found)
}

/// A mirror with its project's name; none that has nothing to say, unless it was asked for.
fn of_project(name: &str, mirror: Value, asked_for: bool) -> Option<Value> {
    let mut item = json!({"project": name});
    let says_something = mirror["active"] == true
        || ["waiting", "refused", "given_up", "not_mirrored"]
            .iter()
            .any(|state| mirror[state] != 0);
    if let (Some(item), Value::Object(fields)) = (item.as_object_mut(), mirror) {
        item.extend(fields);
    }
    (asked_for || says_something).then_some(item)
}

impl Votes {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let found = self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| {
                let project = project(app, operator, &self.project)?;
                let paging = Paging::first(self.limit);
                let page = app
                    .mirror_entries(operator, &project, self.state, paging)
                    .await?;
                Ok(page.items.into_iter().map(shown::mirrored_vote).collect())
            },
            |server| {
                let query = [("state", self.state.name().to_owned())];
                let path = format!("{}/votes", path(&self.project));
                server.list(&path, &query, self.limit)
            },
        )?;
        if self.json {
            output::json(&Value::Array(found));
        } else {
            table::print(&found, &VOTES, "no votes");
        }
        Ok(Outcome::Done)
    }
}

impl Retry {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let retried = self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| {
                let project = project(app, operator, &self.project)?;
                app.retry_mirror(operator, &project).await
            },
            |server| {
                let answer = server.post(&format!("{}/retry", path(&self.project)), &json!({}))?;
                Ok(answer["retried"].as_u64().unwrap_or_default())
            },
        )?;
        output::line(format_args!("{retried} to be sent again"));
        Ok(Outcome::Done)
    }
}

impl Drop {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let dropped = self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| {
                let project = project(app, operator, &self.project)?;
                app.drop_mirror(operator, &project, self.state).await
            },
            |server| {
                let state = self.state.map(|state| format!("?state={}", state.name()));
                let path = format!("{}/votes{}", path(&self.project), state.unwrap_or_default());
                Ok(server.delete(&path)?["dropped"]
                    .as_u64()
                    .unwrap_or_default())
            },
        )?;
        output::line(format_args!("{dropped} dropped"));
        Ok(Outcome::Done)
    }
}
