//! Sums over feedback.

use super::bounded;
use crate::app::{Directory, SumsQuery, SumsRow};
use crate::dialects::native::wire::{self, Metric, QueryBody};
use crate::domain::{Day, Dialect, Dimension, Interval, ProjectId, Sentiment, Share};
use crate::error::{Error, Result};
use crate::limits;

/// What a query asks for. Projects are looked up by `project`.
pub(in super::super) fn sums_query(
    body: &QueryBody,
    project: impl Fn(&str) -> Result<ProjectId>,
) -> Result<SumsQuery> {
    if body.metrics.is_empty() {
        return Err(Error::invalid("metrics", "must name at least one"));
    }
    if body.time_zone.as_ref().is_some_and(|zone| zone != "UTC") {
        let message = "must be UTC: the sums are kept by days of UTC";
        return Err(Error::invalid("time_zone", message));
    }
    let filters = &body.filters;
    let mut dimensions: Vec<Dimension> = body.dimensions.iter().map(|it| (*it).into()).collect();
    dimensions.dedup();
    let told_apart = dimensions.contains(&Dimension::Sentiment) || !filters.sentiment.is_empty();
    if told_apart && body.metrics.contains(&Metric::PositiveShare) {
        let message = "positive_share is one of all sentiments: it says nothing where they are told apart or left out";
        return Err(Error::invalid("metrics", message));
    }
    for (field, values) in [
        ("filters.project", filters.project.len()),
        ("filters.channel", filters.channel.len()),
        ("filters.name", filters.name.len()),
        ("filters.sentiment", filters.sentiment.len()),
    ] {
        if values > limits::QUERY_VALUES {
            let message = format!("must have at most {} values", limits::QUERY_VALUES);
            return Err(Error::invalid(field, message));
        }
    }
    for name in &filters.name {
        bounded("filters.name", &name.0, limits::NAME_CHARACTERS)?;
    }
    let mut projects = Vec::new();
    for name in &filters.project {
        let found = project(&name.0)?;
        if !projects.contains(&found) {
            projects.push(found);
        }
    }
    Ok(SumsQuery {
        projects,
        since: day("range.since", &body.range.since)?,
        until: day("range.until", &body.range.until)?,
        interval: body.interval.map(Interval::from),
        dimensions,
        channels: filters
            .channel
            .iter()
            .map(|it| Dialect::from(*it))
            .collect(),
        names: filters.name.iter().map(|name| name.0.clone()).collect(),
        sentiments: filters
            .sentiment
            .iter()
            .map(|it| Sentiment::from(*it))
            .collect(),
        most: limits::QUERY_GROUPS,
    })
}

fn day(field: &str, text: &str) -> Result<Day> {
    let refused = || {
        let message = "must be a day of UTC, such as 2026-05-01: the sums are kept by days";
        Error::invalid(field, message)
    };
    // A time of day, which would be read as its day, is not what is summed from.
    if text.len() != "2026-05-01".len() {
        return Err(refused());
    }
    text.parse().map_err(|_| refused())
}

/// Sums as they are answered.
pub(in super::super) fn sums(
    directory: &Directory,
    metrics: &[Metric],
    rows: Vec<SumsRow>,
) -> wire::QueryAnswer {
    let shown = |row: SumsRow| {
        let sums = row.sums;
        let asked = |metric, value| metrics.contains(&metric).then_some(value);
        wire::QueryRow {
            since: row.since.map(|day| day.to_string()),
            project: row.project.map(|id| wire::NamedProject {
                id: wire::Id(id.0),
                name: directory
                    .project(id)
                    .map(|project| project.name.clone())
                    .unwrap_or_default(),
            }),
            channel: row.channel.map(Into::into),
            name: row.name,
            sentiment: row.sentiment.map(Into::into),
            votes: asked(Metric::Votes, sums.votes),
            comments: asked(Metric::Comments, sums.comments),
            positive: asked(Metric::Positive, sums.positive),
            negative: asked(Metric::Negative, sums.negative),
            neutral: asked(Metric::Neutral, sums.neutral),
            positive_share: metrics
                .contains(&Metric::PositiveShare)
                .then(|| sums.positive_share().map(share)),
        }
    };
    wire::QueryAnswer {
        rows: rows.into_iter().map(shown).collect(),
    }
}

fn share(share: Share) -> wire::Share {
    wire::Share {
        value: share.value,
        lowest: share.lowest,
        highest: share.highest,
        n: share.count,
    }
}

impl From<wire::Dimension> for Dimension {
    fn from(dimension: wire::Dimension) -> Self {
        match dimension {
            wire::Dimension::Project => Self::Project,
            wire::Dimension::Channel => Self::Channel,
            wire::Dimension::Name => Self::Name,
            wire::Dimension::Sentiment => Self::Sentiment,
        }
    }
}

impl From<wire::Interval> for Interval {
    fn from(interval: wire::Interval) -> Self {
        match interval {
            wire::Interval::Day => Self::Day,
            wire::Interval::Week => Self::Week,
            wire::Interval::Month => Self::Month,
        }
    }
}
