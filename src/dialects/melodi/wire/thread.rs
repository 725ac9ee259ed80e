//! Threads and their messages.

use super::ExternalUserBody;
use crate::app::FreeObject;
use serde::Deserialize;
use serde_json::Value;

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
