//! What Amazon Q Business writes, spelled as its model spells it.

use serde::Serialize;

/// The type of every body.
pub(super) const CONTENT_TYPE: &str = "application/json";

/// The body of a failure. Its type stands in a header.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Failure<'failure> {
    pub(super) message: &'failure str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) fields: &'failure [Field],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resource_id: Option<&'failure str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resource_type: Option<&'static str>,
}

/// What is wrong with one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) message: String,
}

/// The answer to `ListConversations`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Conversations {
    pub(super) conversations: Vec<Conversation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_token: Option<String>,
}

/// A conversation in a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Conversation {
    #[serde(rename = "conversationId")]
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    pub(super) start_time: f64,
}

/// The answer to `ListMessages`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Messages {
    pub(super) messages: Vec<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_token: Option<String>,
}

/// A message in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message {
    #[serde(rename = "messageId")]
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
    pub(super) time: f64,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
}

/// The answer to `ListApplications`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Applications {
    pub(super) applications: Vec<Application>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_token: Option<String>,
}

/// An application, in a list and as the answer to `GetApplication`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Application {
    #[serde(rename = "applicationId")]
    pub(super) id: String,
    pub(super) display_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    pub(super) status: &'static str,
    pub(super) created_at: f64,
    pub(super) updated_at: f64,
}
