//! `candor feedback counts`.

use super::data::{Missing, Place};
use super::table::{self, Column, Width, field};
use super::{Outcome, output};
use crate::clock::Clock;
use crate::dialects::native::shown;
use crate::domain::{Day, Dialect, Dimension, Interval, Sentiment};
use crate::error::Result;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

/// How many days are summed where no range is given.
const DAYS: i32 = 90;

/// Count feedback, from sums: how much there is, and what it amounts to. What was taken back is not counted.
#[derive(Debug, Args)]
pub(super) struct Counts {
    /// What to tell apart: project, channel, name (the criterion) or sentiment. May be given several times.
    #[arg(long, value_name = "DIMENSION")]
    by: Vec<Dimension>,
    /// How long each stretch of time is: hour, day, week or month. Without, all of the range is one.
    #[arg(long)]
    interval: Option<Interval>,
    /// The first day, such as 2026-05-01 [default: 90 days before --until]
    #[arg(long, value_name = "DAY")]
    since: Option<Day>,
    /// The day after the last one [default: tomorrow]
    #[arg(long, value_name = "DAY")]
    until: Option<Day>,
    /// Whose days these are, such as Europe/Berlin.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    time_zone: String,
    /// Only this project: its name, number or id. May be given several times.
    #[arg(long)]
    project: Vec<String>,
    #[arg(
        long,
        help = "Only what came by this interface: native, dify, wonderchat, melodi, amazon_q or haptik"
    )]
    channel: Vec<Dialect>,
    /// Only this criterion. May be given several times.
    #[arg(long)]
    name: Vec<String>,
    /// Only what amounts to this: positive, negative, neutral or unknown. May be given several times.
    #[arg(long)]
    sentiment: Vec<Sentiment>,
    #[command(flatten)]
    place: Place,
    /// Print it as JSON, as the native API does.
    #[arg(long)]
    json: bool,
}

const TOLD_APART: [(&str, Column); 5] = [
    (
        "/since",
        ("SINCE", Width::Whole, |row| field(row, "/since")),
    ),
    (
        "/project",
        ("PROJECT", Width::Rest, |row| field(row, "/project/name")),
    ),
    (
        "/channel",
        ("CHANNEL", Width::Rest, |row| field(row, "/channel")),
    ),
    ("/name", ("NAME", Width::Rest, |row| field(row, "/name"))),
    (
        "/sentiment",
        ("SENTIMENT", Width::Rest, |row| field(row, "/sentiment")),
    ),
];

const SUMS: [Column; 5] = [
    ("VOTES", Width::Whole, |row| field(row, "/votes")),
    ("COMMENTS", Width::Whole, |row| field(row, "/comments")),
    ("POSITIVE", Width::Whole, |row| field(row, "/positive")),
    ("NEGATIVE", Width::Whole, |row| field(row, "/negative")),
    ("NEUTRAL", Width::Whole, |row| field(row, "/neutral")),
];

const SHARE: Column = ("POSITIVE SHARE (95 % INTERVAL)", Width::Rest, share);

/// `76.2 % (71.0–80.7 % of 311)`.
fn share(row: &Value) -> String {
    let share = &row["positive_share"];
    let percent = |end: &str| share[end].as_f64().map(|value| value * 100.0);
    match (percent("value"), percent("lowest"), percent("highest")) {
        (Some(value), Some(lowest), Some(highest)) => {
            format!(
                "{value:.1} % ({lowest:.1}–{highest:.1} % of {})",
                share["n"]
            )
        }
        _ => String::new(),
    }
}

impl Counts {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let body = self.body();
        let answer = self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| shown::query(app, operator, body.clone()).await,
            |server| server.post("query", &body),
        )?;
        let rows = answer["rows"].as_array().cloned().unwrap_or_default();
        if self.json {
            output::json(&Value::Array(rows));
            return Ok(Outcome::Done);
        }
        let first = rows.first().cloned().unwrap_or_default();
        let mut columns: Vec<Column> = TOLD_APART
            .into_iter()
            .filter(|(pointer, _)| first.pointer(pointer).is_some())
            .map(|(_, column)| column)
            .collect();
        columns.extend(SUMS);
        columns.extend(self.has_share().then_some(SHARE));
        table::print(&rows, &columns, "no feedback");
        Ok(Outcome::Done)
    }

    /// A share of the positive ones says nothing of one sentiment.
    fn has_share(&self) -> bool {
        self.sentiment.is_empty() && !self.by.contains(&Dimension::Sentiment)
    }

    /// As the native API's body.
    fn body(&self) -> Value {
        let tomorrow = Day(Clock::default().now().day().0 + 1);
        let until = self.until.unwrap_or(tomorrow);
        let since = self.since.unwrap_or(Day(until.0 - DAYS));
        let mut metrics = vec!["votes", "comments", "positive", "negative", "neutral"];
        metrics.extend(self.has_share().then_some("positive_share"));
        let names = |dimension: &Dimension| dimension.name();
        let mut body = json!({
            "metrics": metrics,
            "dimensions": self.by.iter().map(names).collect::<Vec<_>>(),
            "range": {"since": since.to_string(), "until": until.to_string()},
            "time_zone": self.time_zone,
            "filters": {
                "project": self.project,
                "channel": self.channel.iter().map(|channel| channel.name()).collect::<Vec<_>>(),
                "name": self.name,
                "sentiment": self.sentiment.iter().map(|sentiment| sentiment.name()).collect::<Vec<_>>(),
            },
        });
        if let Some(interval) = self.interval {
            body["interval"] = json!(interval.name());
        }
        body
    }
}
