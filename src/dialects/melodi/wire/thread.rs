//! Threads and their messages.

use super::{ExternalUser, ExternalUserBody, Feedback, IntentAssociation, IssueAssociation};
use crate::app::FreeObject;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A thread as a request tells it, alone or with a feedback.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ThreadBody {
    /// The Python SDK has it; it means a thread that is known.
    pub(in super::super) id: Option<i64>,
    pub(in super::super) external_id: Option<String>,
    pub(in super::super) project_id: Option<i64>,
    pub(in super::super) project_name: Option<String>,
    pub(in super::super) messages: Option<Vec<MessageBody>>,
    pub(in super::super) metadata: Option<FreeObject>,
    pub(in super::super) external_user: Option<ExternalUserBody>,
    pub(in super::super) created_at: Option<String>,
}

/// A message as a request tells it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct MessageBody {
    pub(in super::super) external_id: Option<String>,
    /// `markdown`, which is also meant where nothing is said, or `json`.
    #[serde(rename = "type")]
    pub(in super::super) kind: Option<String>,
    /// Any word.
    pub(in super::super) role: Option<String>,
    pub(in super::super) content: Option<String>,
    pub(in super::super) json_content: Option<Value>,
    pub(in super::super) metadata: Option<FreeObject>,
    pub(in super::super) created_at: Option<String>,
}

/// A thread: a conversation with its messages.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Thread {
    pub(in super::super) id: i64,
    pub(in super::super) organization_id: i64,
    pub(in super::super) external_id: Option<String>,
    pub(in super::super) project_id: u32,
    pub(in super::super) project: ThreadProject,
    pub(in super::super) external_user_id: Option<i64>,
    pub(in super::super) external_user: Option<ExternalUser>,
    pub(in super::super) messages: Vec<Message>,
    pub(in super::super) outcome: Option<String>,
    pub(in super::super) metadata: Map<String, Value>,
    /// Feedback on the thread as a whole; only where it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) external_feedback: Option<Vec<Feedback>>,
    pub(in super::super) created_at: String,
    pub(in super::super) updated_at: String,
}

/// A project, as a thread names it.
#[derive(Clone, Debug, Serialize)]
pub(in super::super) struct ThreadProject {
    pub(in super::super) id: u32,
    pub(in super::super) name: String,
}

/// A message of a thread. What was not asked for is left out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Message {
    pub(in super::super) id: i64,
    pub(in super::super) external_id: Option<String>,
    #[serde(rename = "type")]
    pub(in super::super) kind: &'static str,
    pub(in super::super) role: String,
    pub(in super::super) content: Option<String>,
    pub(in super::super) json_content: Option<Value>,
    pub(in super::super) metadata: Map<String, Value>,
    pub(in super::super) created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) issue_associations: Option<Vec<IssueAssociation>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) intent_associations: Option<Vec<IntentAssociation>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) external_feedback: Option<Vec<Feedback>>,
    /// The same for SDKs older than 0.1.27.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) external_feedback_associations: Option<Vec<FeedbackAssociation>>,
}

/// A feedback, as old SDKs read it from a message.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct FeedbackAssociation {
    pub(in super::super) external_feedback: Feedback,
}
