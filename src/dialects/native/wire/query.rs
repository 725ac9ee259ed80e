//! Sums over feedback.

use super::{Channel, NamedProject, Sentiment, Word};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What to sum, over which days, and what to tell apart.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "metrics": ["votes", "positive_share"], "dimensions": ["name"], "interval": "week",
    "range": {"since": "2026-02-01", "until": "2026-05-01"}, "filters": {"project": ["support"]},
})))]
pub(crate) struct QueryBody {
    /// What is summed.
    #[schema(min_items = 1, max_items = 6)]
    pub(crate) metrics: Vec<Metric>,
    /// What is told apart; nothing, if there is none.
    #[serde(default)]
    #[schema(max_items = 4)]
    pub(crate) dimensions: Vec<Dimension>,
    /// The days.
    pub(crate) range: QueryRange,
    /// How long each stretch of time is that is summed; all of the range is one, if this is absent.
    #[serde(default)]
    pub(crate) interval: Option<Interval>,
    /// Which feedback is summed.
    #[serde(default)]
    pub(crate) filters: QueryFilters,
    /// Only `UTC`: the sums are kept by days of it.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub(crate) time_zone: Option<String>,
}

/// Days, in UTC.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueryRange {
    /// The first day.
    #[schema(format = Date)]
    pub(crate) since: String,
    /// The day after the last one.
    #[schema(format = Date)]
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

/// A stretch of time, in UTC: a day, a week that begins on Monday, a month of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Interval {
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
    /// The first day of the interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
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
