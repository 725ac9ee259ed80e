//! Feedback as records, one on a line, for those who follow it.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A feedback as Amazon Q's vended logs tell of it, field for field. What is not known is `null`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedbackRecord {
    /// The project's application id: the one that it was given for Amazon Q, else our id.
    pub(crate) application_id: String,
    /// When it was accepted, in whole seconds.
    #[schema(format = DateTime)]
    pub(crate) event_timestamp: String,
    /// Always `Feedback`.
    pub(crate) log_type: &'static str,
    /// The workspace, by our id: AWS's accounts are Candor's workspaces.
    pub(crate) account_id: String,
    /// The conversation: the application's id, else ours.
    #[schema(required)]
    pub(crate) conversation_id: Option<String>,
    /// The message that is judged: the application's id, else ours.
    #[schema(required)]
    pub(crate) system_message_id: Option<String>,
    /// The message that it answers.
    #[schema(required)]
    pub(crate) user_message_id: Option<String>,
    /// What that says.
    #[schema(required)]
    pub(crate) user_message: Option<String>,
    /// What the message that is judged says.
    #[schema(required)]
    pub(crate) system_message: Option<String>,
    /// Why: one of Amazon Q's reasons.
    #[schema(required)]
    pub(crate) usefulness_reason: Option<String>,
    /// `USEFUL` or `NOT_USEFUL`.
    #[schema(required)]
    pub(crate) usefulness: Option<&'static str>,
    /// Why, in the person's own words.
    #[schema(required)]
    pub(crate) comment: Option<String>,
    /// The person's e-mail address.
    #[schema(required)]
    pub(crate) user_email: Option<String>,
}

/// A record and where to read on after it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlacedRecord {
    /// Give this as `after` to read on.
    pub(crate) position: String,
    /// The record.
    pub(crate) record: FeedbackRecord,
}

/// How records are written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RecordFormat {
    /// As Amazon Q's vended logs.
    AmazonQ,
}

/// Which records.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecordQuery {
    /// How records are written.
    #[param(value_type = RecordFormat, inline, required)]
    pub(crate) format: Option<String>,
    /// The only project: our id, its name or its number.
    #[param(min_length = 1, max_length = 255)]
    pub(crate) project: Option<String>,
    /// Accepted at this time or later.
    #[param(format = DateTime)]
    pub(crate) since: Option<String>,
    /// Only records after this position.
    #[param(max_length = 19, pattern = "^[0-9]+$")]
    pub(crate) after: Option<String>,
    /// Whether each line is an object with the record's `position` and the `record`, for those who mean to read on later.
    #[param(value_type = Option<bool>, default = false)]
    pub(crate) positions: Option<String>,
    /// Whether the answer goes on with what is accepted from now on, until either side ends it. Empty lines tell that it
    /// lives.
    #[param(value_type = Option<bool>, default = false)]
    pub(crate) follow: Option<String>,
}
