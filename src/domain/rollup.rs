//! Sums over feedback that charts read instead of the rows.

use super::{Day, Dialect, ProjectId, Sentiment};

/// The sums over all standing feedback of one project, day, channel, name and sentiment. The day is that of
/// `created_at` in UTC.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollup {
    /// The project.
    pub project: ProjectId,
    /// The day on which the feedback was created.
    pub day: Day,
    /// The dialect by which the current version came.
    pub channel: Dialect,
    /// The criterion.
    pub name: String,
    /// What the judgements amount to.
    pub sentiment: Sentiment,
    /// How many feedbacks stand.
    pub votes: i64,
    /// How many of them have a comment.
    pub comments: i64,
}
