//! Sums over feedback.

use super::{Channel, NamedProject, Sentiment, Word};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What to sum, over which time, and what to tell apart.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "metrics": ["votes", "positive_share"], "dimensions": ["name"], "interval": "week",
    "range": {"since": "2026-02-01", "until": "2026-05-01"}, "time_zone": "Europe/Berlin", "filters": {"project": ["support"]},
})))]
pub(crate) struct QueryBody {
    /// What is summed.
    #[schema(min_items = 1, max_items = 11)]
    pub(crate) metrics: Vec<Metric>,
    /// What is told apart; nothing, if there is none.
    #[serde(default)]
    #[schema(max_items = 4)]
    pub(crate) dimensions: Vec<Dimension>,
    /// From when until when.
    pub(crate) range: QueryRange,
    /// How long each stretch of time is that is summed; all of the range is one, if this is absent.
    #[serde(default)]
    pub(crate) interval: Option<Interval>,
    /// Which feedback is summed.
    #[serde(default)]
    pub(crate) filters: QueryFilters,
    /// Whose days and hours these are, by its name in the IANA database, such as `Europe/Berlin`; `UTC`, if this is absent.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub(crate) time_zone: Option<String>,
}

/// From when until when: days in the time zone, such as `2026-05-01`, or times in RFC 3339 that fall on a quarter of an hour.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueryRange {
    /// The first day, or the first moment.
    #[schema(max_length = 40)]
    pub(crate) since: String,
    /// The day after the last one, or the moment after the last one.
    #[schema(max_length = 40)]
    pub(crate) until: String,
}

/// Which feedback. Of each list, one value must be the feedback's; an empty one lets all pass.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueryFilters {
    /// The projects: our ids, their names or their numbers.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub(crate) project: Vec<Word>,
    /// By which interfaces it came.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub(crate) channel: Vec<Channel>,
    /// The criteria.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub(crate) name: Vec<Word>,
    /// What it amounts to.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub(crate) sentiment: Vec<Sentiment>,
}

/// What is summed of the feedback that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Metric {
    /// How many there are.
    Votes,
    /// How many have a comment.
    Comments,
    /// How many are positive.
    Positive,
    /// How many are negative.
    Negative,
    /// How many are neither.
    Neutral,
    /// The positive ones among the positive, negative and neutral ones.
    PositiveShare,
    /// How many say that the question was resolved.
    Resolved,
    /// How many say that it was not.
    Unresolved,
    /// The resolved ones among those that say.
    ResolvedShare,
    /// How many have a score.
    Scored,
    /// The mean of the scores, each brought to 0–1 by its scale.
    MeanScore,
}

/// What is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Dimension {
    /// The project.
    Project,
    /// By which interface it came.
    Channel,
    /// The criterion.
    Name,
    /// What it amounts to.
    Sentiment,
}

/// A stretch of the time zone's time: an hour, a day, a week that begins on Monday, a month of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Interval {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week.
    Week,
    /// A month.
    Month,
}

/// Sums, sorted by time and then by the dimensions. Groups without feedback are left out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueryAnswer {
    /// One for each group.
    pub(crate) rows: Vec<QueryRow>,
}

/// The sums of one group: what was told apart, and what was asked for.
#[expect(
    clippy::option_option,
    reason = "a share is absent where it was not asked for, and null where there is none"
)]
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct QueryRow {
    /// The first day of the interval; of an hour, its first moment in RFC 3339 with the time zone's offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<String>,
    /// The project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) project: Option<NamedProject>,
    /// By which interface it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) channel: Option<Channel>,
    /// The criterion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// What it amounts to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sentiment: Option<Sentiment>,
    /// How many there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) votes: Option<u64>,
    /// How many have a comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) comments: Option<u64>,
    /// How many are positive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) positive: Option<u64>,
    /// How many are negative.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) negative: Option<u64>,
    /// How many are neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) neutral: Option<u64>,
    /// The positive ones among the positive, negative and neutral ones; `null` if there are none of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) positive_share: Option<Option<Share>>,
    /// How many say that the question was resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolved: Option<u64>,
    /// How many say that it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unresolved: Option<u64>,
    /// The resolved ones among those that say; `null` if none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolved_share: Option<Option<Share>>,
    /// How many have a score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scored: Option<u64>,
    /// The mean of the scores; `null` if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mean_score: Option<Option<MeanScore>>,
}

/// The mean of scores.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeanScore {
    /// The mean, from 0 (the lowest of the scales) to 1 (the highest).
    #[schema(minimum = 0, maximum = 1)]
    pub(crate) value: f64,
    /// How many scores there are.
    #[schema(minimum = 1)]
    pub(crate) n: u64,
}

/// A share, and how far it can be trusted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Share {
    /// The share, from 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub(crate) value: f64,
    /// The lower end of Wilson's 95 % confidence interval.
    #[schema(minimum = 0, maximum = 1)]
    pub(crate) lowest: f64,
    /// The upper end of it.
    #[schema(minimum = 0, maximum = 1)]
    pub(crate) highest: f64,
    /// How many it is a share of.
    #[schema(minimum = 1)]
    pub(crate) n: u64,
}
