//! Feedback.

use super::{Attribute, AttributeOption, ExternalUser, ExternalUserBody, ThreadBody};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The body of `POST` and `PUT /feedback`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct FeedbackBody {
    /// `PUT` alone.
    pub(in super::super) id: Option<i64>,
    pub(in super::super) feedback_type: Option<String>,
    pub(in super::super) feedback_text: Option<String>,
    pub(in super::super) project_id: Option<i64>,
    pub(in super::super) project_name: Option<String>,
    pub(in super::super) external_thread_id: Option<String>,
    pub(in super::super) external_message_id: Option<String>,
    pub(in super::super) external_user: Option<ExternalUserBody>,
    /// Options by the names of attributes; documents also show numbers.
    pub(in super::super) attributes: Option<Map<String, Value>>,
    pub(in super::super) created_at: Option<String>,
    /// The thread that is judged, told together with the feedback.
    pub(in super::super) thread: Option<ThreadBody>,
}

/// A feedback: what any version of any SDK reads of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Feedback {
    pub(in super::super) id: i64,
    pub(in super::super) project_id: u32,
    #[serde(rename = "feedbackType")]
    pub(in super::super) kind: Option<&'static str>,
    #[serde(rename = "feedbackText")]
    pub(in super::super) text: Option<String>,
    pub(in super::super) is_read: bool,
    pub(in super::super) is_deleted: bool,
    pub(in super::super) user_id: Option<i64>,
    pub(in super::super) external_user_id: Option<i64>,
    pub(in super::super) external_user: Option<ExternalUser>,
    pub(in super::super) attribute_options: Vec<AnsweredOption>,
    pub(in super::super) created_at: String,
    pub(in super::super) updated_at: String,
}

/// An option that a feedback names, with its attribute.
#[derive(Clone, Debug, Serialize)]
pub(in super::super) struct AnsweredOption {
    #[serde(flatten)]
    pub(in super::super) option: AttributeOption,
    pub(in super::super) attribute: Attribute,
}
