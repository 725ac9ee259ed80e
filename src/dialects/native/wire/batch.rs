//! Many feedbacks in one request.

use super::{FeedbackWritten, NewFeedback, Problem};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// Feedback to be recorded. Each is recorded or refused alone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"items": [
    {"message": {"external_id": "m1"}, "author": {"end_user": "ada"}, "rating": "positive"},
    {"message": {"external_id": "m2"}, "author": {"model": "judge-1"}, "name": "grounded", "score": {"value": 4}},
]})))]
pub(crate) struct FeedbackBatch {
    /// The feedback, recorded in this order. Read one by one, so that a malformed one does not refuse the others.
    #[schema(value_type = Vec<NewFeedback>, max_items = 1000)]
    pub(crate) items: Vec<FeedbackBatchItem>,
}

/// One feedback of a batch, not read yet.
pub(crate) type FeedbackBatchItem = Box<RawValue>;

/// What became of the feedback of a batch, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedbackBatchResults {
    /// One for each feedback.
    pub(crate) items: Vec<BatchResult>,
}

/// What became of one feedback of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchResult {
    /// The status that it would have had alone.
    #[schema(minimum = 200, maximum = 599)]
    pub(crate) status: u16,
    /// The feedback, if it was recorded.
    #[schema(required)]
    pub(crate) feedback: Option<FeedbackWritten>,
    /// Why it was not recorded.
    #[schema(required)]
    pub(crate) problem: Option<Problem>,
}
