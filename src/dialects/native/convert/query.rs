//! Sums over feedback.

use super::bounded;
use crate::app::{Directory, FacetFilters, SumsQuery, SumsRow};
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
    let mut seen = Vec::new();
    dimensions.retain(|one| {
        !seen.contains(one) && {
            seen.push(*one);
            true
        }
    });
    let told_apart = dimensions.contains(&Dimension::Sentiment) || !filters.sentiment.is_empty();
    if told_apart && body.metrics.contains(&Metric::PositiveShare) {
        let message = "positive_share is one of all sentiments: it says nothing where they are told apart or left out";
        return Err(Error::invalid("metrics", message));
    }
    one_facet(&dimensions)?;
    bounded_lists(filters)?;
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
        names: words(&filters.name),
        sentiments: filters
            .sentiment
            .iter()
            .map(|it| Sentiment::from(*it))
            .collect(),
        facets: FacetFilters {
            models: words(&filters.model),
            versions: words(&filters.version),
            reasons: words(&filters.reason),
            attributes: words(&filters.attribute),
            options: words(&filters.option),
            segment_kinds: words(&filters.segment_kind),
            segments: words(&filters.segment),
        },
        most: limits::QUERY_GROUPS,
    })
}

fn words(words: &[wire::Word]) -> Vec<String> {
    words.iter().map(|word| word.0.clone()).collect()
}

/// Refuses to tell apart what sums are not kept by together.
fn one_facet(dimensions: &[Dimension]) -> Result<()> {
    let mut facets = dimensions.iter().filter_map(|one| one.facet());
    let first = facets.next();
    if facets.any(|other| Some(other) != first) {
        let message = "of model and version, reason, attribute and option, and segment, only one can be told apart at a time";
        return Err(Error::invalid("dimensions", message));
    }
    if dimensions.contains(&Dimension::SegmentKind) && !dimensions.contains(&Dimension::Segment) {
        let message = "segment_kind goes with segment: a person may belong to several groups of a kind, which would count twice";
        return Err(Error::invalid("dimensions", message));
    }
    Ok(())
}

fn bounded_lists(filters: &wire::QueryFilters) -> Result<()> {
    let count = |field: &str, values: usize| {
        if values <= limits::QUERY_VALUES {
            return Ok(());
        }
        let message = format!("must have at most {} values", limits::QUERY_VALUES);
        Err(Error::invalid(field, message))
    };
    count("filters.project", filters.project.len())?;
    count("filters.channel", filters.channel.len())?;
    count("filters.sentiment", filters.sentiment.len())?;
    for (field, words, most) in [
        ("filters.name", &filters.name, limits::NAME_CHARACTERS),
        (
            "filters.model",
            &filters.model,
            limits::QUERY_WORD_CHARACTERS,
        ),
        (
            "filters.version",
            &filters.version,
            limits::QUERY_WORD_CHARACTERS,
        ),
        (
            "filters.reason",
            &filters.reason,
            limits::QUERY_WORD_CHARACTERS,
        ),
        (
            "filters.attribute",
            &filters.attribute,
            limits::QUERY_WORD_CHARACTERS,
        ),
        (
            "filters.option",
            &filters.option,
            limits::QUERY_WORD_CHARACTERS,
        ),
        (
            "filters.segment_kind",
            &filters.segment_kind,
            limits::QUERY_WORD_CHARACTERS,
        ),
        (
            "filters.segment",
            &filters.segment,
            limits::QUERY_WORD_CHARACTERS,
        ),
    ] {
        count(field, words.len())?;
        for word in words {
            bounded(field, &word.0, most)?;
        }
    }
    Ok(())
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
        let (sums, facet) = (row.sums, row.facet);
        let (kind, segment) = facet
            .segment
            .map(|segment| (segment.kind, segment.value))
            .unzip();
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
            model: facet.model,
            version: body
                .dimensions
                .contains(&wire::Dimension::Version)
                .then_some(facet.version),
            reason: facet.reason,
            attribute: facet.attribute.map(|(id, name)| named_part(id.0, name)),
            option: facet.option.map(|(id, name)| named_part(id.0, name)),
            segment_kind: kind.filter(|_| {
                let asked = wire::Dimension::SegmentKind;
                body.dimensions.contains(&asked)
            }),
            segment,
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

const fn named_part(id: uuid::Uuid, name: String) -> wire::NamedPart {
    wire::NamedPart {
        id: wire::Id(id),
        name,
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
            wire::Dimension::Model => Self::Model,
            wire::Dimension::Version => Self::Version,
            wire::Dimension::Reason => Self::Reason,
            wire::Dimension::Attribute => Self::Attribute,
            wire::Dimension::Option => Self::Option,
            wire::Dimension::SegmentKind => Self::SegmentKind,
            wire::Dimension::Segment => Self::Segment,
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
