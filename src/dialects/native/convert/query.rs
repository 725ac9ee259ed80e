//! Sums over feedback.

use super::bounded;
use crate::app::{Directory, SumsQuery, SumsRow};
use crate::dialects::native::wire::{self, Metric, QueryBody};
use crate::domain::{
    Day, Dialect, Dimension, Interval, ProjectId, Quarter, Sentiment, Share, Timestamp, Zone,
};
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
    let zone = zone(body)?;
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
        since: quarter("range.since", &body.range.since, &zone)?,
        until: quarter("range.until", &body.range.until, &zone)?,
        interval: body.interval.map(Interval::from),
        zone,
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

/// The time zone of a query.
fn zone(body: &QueryBody) -> Result<Zone> {
    match &body.time_zone {
        None => Ok(Zone::UTC),
        Some(name) => name
            .parse()
            .map_err(|message: String| Error::invalid("time_zone", message)),
    }
}

/// The quarter of an hour with which a day of the zone begins, or that begins at a time.
fn quarter(field: &str, text: &str, zone: &Zone) -> Result<Quarter> {
    let refused = || {
        let message = "must be a day, such as 2026-05-01, or a time in RFC 3339 that falls on a quarter of an hour, such as \
             2026-05-01T14:15:00+02:00: the sums are kept by quarters";
        Error::invalid(field, message)
    };
    if text.len() == "2026-05-01".len() {
        let day: Day = text.parse().map_err(|_| refused())?;
        return Ok(Quarter::of(zone.start_of(day)));
    }
    let time: Timestamp = text.parse().map_err(|_| refused())?;
    let quarter = Quarter::of(time);
    if quarter.start() == time {
        Ok(quarter)
    } else {
        Err(refused())
    }
}

/// Sums as they are answered.
pub(in super::super) fn sums(
    directory: &Directory,
    body: &QueryBody,
    zone: &Zone,
    rows: Vec<SumsRow>,
) -> wire::QueryAnswer {
    let metrics = &body.metrics;
    let shown = |row: SumsRow| {
        let sums = row.sums;
        let asked = |metric, value| metrics.contains(&metric).then_some(value);
        wire::QueryRow {
            since: row.since.map(|since| match body.interval {
                Some(wire::Interval::Hour) => zone.shown(since),
                _ => zone.day_of(since).to_string(),
            }),
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
            resolved: asked(Metric::Resolved, sums.resolved),
            unresolved: asked(Metric::Unresolved, sums.unresolved),
            resolved_share: metrics
                .contains(&Metric::ResolvedShare)
                .then(|| sums.resolved_share().map(share)),
            scored: asked(Metric::Scored, sums.scored),
            mean_score: metrics.contains(&Metric::MeanScore).then(|| {
                sums.mean_score().map(|mean| wire::MeanScore {
                    value: mean.value,
                    n: mean.count,
                })
            }),
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
            wire::Interval::Hour => Self::Hour,
            wire::Interval::Day => Self::Day,
            wire::Interval::Week => Self::Week,
            wire::Interval::Month => Self::Month,
        }
    }
}
