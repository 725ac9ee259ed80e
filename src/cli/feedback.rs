//! `candor feedback`.

use super::data::{Missing, Place};
use super::server::{Server, segment};
use super::table::{self, Column, Width, field, list, time};
use super::{Outcome, feedback_counts, feedback_filter, feedback_tail, output};
use crate::app::{App, Paging};
use crate::dialects::native::shown;
use crate::domain::{Caller, FeedbackId};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use clap::{Args, Subcommand};
use serde_json::Value;
use std::path::PathBuf;

/// Show feedback.
#[derive(Debug, Args)]
pub(super) struct Feedback {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(Box<List>),
    Show(Show),
    Counts(feedback_counts::Counts),
    Tail(feedback_tail::Tail),
}

/// List feedback, the newest first. Every filter narrows the list.
#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    filter: feedback_filter::Filter,
    /// Show the question and the answer that are judged beside each feedback.
    #[arg(long)]
    with_texts: bool,
    /// The most feedback to list.
    #[arg(long, default_value_t = limits::PAGE_ITEMS_DEFAULT, value_name = "NUMBER")]
    limit: usize,
    #[command(flatten)]
    place: Place,
    /// Print it as JSON, as the native API does.
    #[arg(long)]
    json: bool,
}

/// Show one feedback with its history, and the message that it judges.
#[derive(Debug, Args)]
struct Show {
    /// The feedback's id, as `candor feedback list` shows it.
    id: FeedbackId,
    /// Its project, where a server is asked that has many: its name, number or id.
    #[arg(long)]
    project: Option<String>,
    #[command(flatten)]
    place: Place,
    /// Print it as JSON, as the native API does.
    #[arg(long)]
    json: bool,
}

const COLUMNS: [Column; 6] = [
    ("ID", Width::Whole, |item| field(item, "/id")),
    ("CREATED", Width::Whole, |item| time(item, "/created_at")),
    ("BY", Width::Rest, author),
    ("ABOUT", Width::Rest, about),
    ("SAYS", Width::Rest, says),
    ("COMMENT", Width::Rest, |item| field(item, "/comment")),
];

const TEXTS: [Column; 2] = [
    ("QUESTION", Width::Rest, |item| {
        field(item, "/texts/question")
    }),
    ("ANSWER", Width::Rest, |item| field(item, "/texts/answer")),
];

const VERSIONS: [Column; 5] = [
    ("VERSION", Width::Whole, |item| field(item, "/version")),
    ("AT", Width::Rest, |item| field(item, "/at")),
    ("CHANNEL", Width::Rest, |item| field(item, "/channel")),
    ("SAYS", Width::Rest, says),
    ("COMMENT", Width::Rest, |item| field(item, "/comment")),
];

/// What the application calls something, else our id.
fn named(item: &Value, pointer: &str) -> String {
    let external_id = field(item, &format!("{pointer}/external_id"));
    if external_id.is_empty() {
        field(item, &format!("{pointer}/id"))
    } else {
        external_id
    }
}

fn author(item: &Value) -> String {
    match field(item, "/author/kind").as_str() {
        "end_user" => field(item, "/author/external_id"),
        "anonymous" => "nobody named".to_owned(),
        kind => format!("{kind} {}", field(item, "/author/name")),
    }
}

fn about(item: &Value) -> String {
    if item["target"]["message"].is_null() {
        format!("conversation {}", named(item, "/target/conversation"))
    } else {
        named(item, "/target/message")
    }
}

/// Everything that is judged, but for texts.
fn says(item: &Value) -> String {
    let mut said = Vec::new();
    if item["state"] == "retracted" {
        said.push("taken back".to_owned());
    }
    said.push(field(item, "/rating"));
    if !item["score"].is_null() {
        let value = field(item, "/score/value");
        said.push(format!("{value} of {}", field(item, "/score/highest")));
    }
    match item["resolved"].as_bool() {
        Some(true) => said.push("resolved".to_owned()),
        Some(false) => said.push("not resolved".to_owned()),
        None => {}
    }
    said.push(list(item, "/reasons"));
    let attributes = item["attributes"].as_object().into_iter().flatten();
    said.extend(
        attributes.map(|(name, option)| format!("{name}: {}", option.as_str().unwrap_or(""))),
    );
    said.retain(|text| !text.is_empty());
    said.join(", ")
}

impl Feedback {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        match self.command {
            Command::List(list) => list.run(config),
            Command::Show(show) => show.run(config),
            Command::Counts(counts) => counts.run(config),
            Command::Tail(tail) => tail.run(config),
        }
    }
}

impl List {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let feedback = self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| self.in_folder(app, operator).await,
            |server| self.at_server(server),
        )?;
        if self.json {
            output::json(&Value::Array(feedback));
        } else {
            let columns = if self.with_texts {
                [&COLUMNS[..], &TEXTS[..]].concat()
            } else {
                COLUMNS.to_vec()
            };
            table::print(&feedback, &columns, "no feedback");
        }
        Ok(Outcome::Done)
    }

    fn at_server(&self, server: &Server) -> Result<Vec<Value>> {
        let mut query = self.filter.query();
        if self.with_texts {
            query.push(("with_texts", "true".to_owned()));
        }
        server.list("feedback", &query, self.limit)
    }

    async fn in_folder(&self, app: &App, operator: &Caller) -> Result<Vec<Value>> {
        let filter = self.filter.in_folder(app, operator)?;
        let directory = app.directory();
        let mut feedback = Vec::new();
        let mut after = None;
        while feedback.len() < self.limit {
            let paging = Paging {
                after,
                ..Paging::first(limits::PAGE_ITEMS.min(self.limit - feedback.len()))
            };
            let page = app.list_feedback(operator, filter.clone(), paging).await?;
            let mut excerpts = if self.with_texts {
                app.excerpts(operator, &page.items).await?
            } else {
                Vec::new()
            }
            .into_iter();
            let items = page.items.into_iter();
            feedback.extend(
                items.map(|item| shown::listed_feedback(&directory, item, excerpts.next())),
            );
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(feedback)
    }
}

impl Show {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let feedback = self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| {
                let detail = app.feedback(operator, self.id).await?;
                Ok(shown::feedback_detail(&app.directory(), detail))
            },
            |server| self.at_server(server),
        )?;
        if self.json {
            output::json(&feedback);
        } else {
            print(&feedback);
        }
        Ok(Outcome::Done)
    }
}

impl Show {
    /// The native API finds feedback in its project, which a person who has an id need not know.
    fn at_server(&self, server: &Server) -> Result<Value> {
        let projects = if let Some(project) = &self.project {
            vec![project.clone()]
        } else {
            let projects = server.list("projects", &[], usize::MAX)?;
            projects.iter().map(|item| field(item, "/id")).collect()
        };
        for project in projects {
            let path = format!("projects/{}/feedback/{}", segment(&project), self.id);
            match server.get(&path, &[]) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                found => return found,
            }
        }
        Err(Error::not_found("no such feedback"))
    }
}

fn print(feedback: &Value) {
    let lines = [
        ("feedback", field(feedback, "/id")),
        ("project", field(feedback, "/project/name")),
        ("name", field(feedback, "/name")),
        ("by", author(feedback)),
        ("about", about(feedback)),
        ("conversation", named(feedback, "/target/conversation")),
        ("says", says(feedback)),
        ("comment", field(feedback, "/comment")),
        ("correction", field(feedback, "/correction")),
        ("channel", field(feedback, "/channel")),
        ("created", field(feedback, "/created_at")),
        ("updated", field(feedback, "/updated_at")),
        ("question", field(feedback, "/question")),
        ("message", field(feedback, "/message/content")),
        ("model", field(feedback, "/message/model")),
    ];
    for (title, value) in lines {
        if !value.is_empty() {
            output::line(format_args!("{title:13} {}", output::plain(&value)));
        }
    }
    if let Some(history) = feedback["history"].as_array() {
        output::line("");
        if let Some(dropped) = feedback["dropped_versions"]
            .as_u64()
            .filter(|some| *some > 0)
        {
            output::line(format_args!("versions 1 to {dropped} were dropped"));
        }
        table::print(history, &VERSIONS, "");
    }
}
