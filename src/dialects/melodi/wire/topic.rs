//! Issues and intents: what messages are about.

use serde::{Deserialize, Serialize};

/// The body of `PUT /issues` and `PUT /intents`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct TopicBody {
    pub(in super::super) project_id: Option<i64>,
    pub(in super::super) project_name: Option<String>,
    pub(in super::super) name: Option<String>,
    pub(in super::super) description: Option<String>,
    pub(in super::super) created_at: Option<String>,
}

/// An issue or an intent.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Topic {
    pub(in super::super) id: i64,
    pub(in super::super) project_id: u32,
    pub(in super::super) name: String,
    pub(in super::super) description: Option<String>,
    pub(in super::super) created_at: String,
}

/// The body of `POST /issue-message-associations` and `POST /intent-message-associations`.
#[derive(Clone, Debug, Deserialize)]
pub(in super::super) struct AssociationBody {
    #[serde(rename = "issueId")]
    pub(in super::super) issue: Option<i64>,
    #[serde(rename = "intentId")]
    pub(in super::super) intent: Option<i64>,
    #[serde(rename = "messageId")]
    pub(in super::super) message: Option<i64>,
}

/// That a message is about an issue.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct IssueAssociation {
    pub(in super::super) id: i64,
    pub(in super::super) issue_id: i64,
    pub(in super::super) message_id: i64,
    pub(in super::super) user_id: Option<i64>,
    pub(in super::super) issue: Topic,
}

/// That a message is about an intent.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct IntentAssociation {
    pub(in super::super) id: i64,
    pub(in super::super) intent_id: i64,
    pub(in super::super) message_id: i64,
    pub(in super::super) user_id: Option<i64>,
    pub(in super::super) intent: Topic,
}

/// The body of `POST` and `DELETE /user-internal-for-project/bulk`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct InternalUsersBody {
    pub(in super::super) project_id: Option<i64>,
    pub(in super::super) external_user_ids: Option<Vec<i64>>,
}

/// How many rows a request changed.
#[derive(Clone, Copy, Debug, Serialize)]
pub(in super::super) struct Changed {
    pub(in super::super) count: usize,
}

/// An answer that has nothing to tell.
#[derive(Clone, Copy, Debug, Serialize)]
pub(in super::super) struct Done {}
