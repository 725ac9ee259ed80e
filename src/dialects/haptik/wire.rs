//! What goes over the wire, spelled as Haptik spells it.
//!
//! Fields of requests are read as any JSON value, for each of them has a text of its own for what is wrong with it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The `Content-Type` of every answer.
pub(super) const CONTENT_TYPE: &str = "application/json";

/// `POST /log_feedback_from_user/`
#[derive(Debug, Deserialize)]
pub(super) struct FeedbackBody {
    pub(super) auth_id: Option<Value>,
    pub(super) business_id: Option<Value>,
    pub(super) query_resolved: Option<Value>,
    pub(super) query_rating: Option<Value>,
    pub(super) feedback: Option<Value>,
}

/// `POST /user/` and `PUT /user/`
#[derive(Debug, Deserialize)]
pub(super) struct UserBody {
    pub(super) auth_id: Option<Value>,
    /// A secret of the application's own, which is not kept.
    #[serde(rename = "auth_code")]
    pub(super) _auth_code: Option<Value>,
    pub(super) mobile_no: Option<Value>,
    pub(super) email: Option<Value>,
    pub(super) name: Option<Value>,
    pub(super) language_code: Option<Value>,
    pub(super) custom_data: Option<Value>,
    /// What the documentation describes without a name: the device, its system, the application.
    #[serde(flatten)]
    pub(super) device: Map<String, Value>,
}

/// `POST /update_user_language/`
#[derive(Debug, Deserialize)]
pub(super) struct LanguageBody {
    pub(super) auth_id: Option<Value>,
    pub(super) language_code: Option<Value>,
}

/// `POST /log_message_from_user/`
#[derive(Debug, Deserialize)]
pub(super) struct LogBody {
    pub(super) user: Option<Value>,
    pub(super) business_id: Option<Value>,
    pub(super) message_body: Option<Value>,
    pub(super) message_type: Option<Value>,
}

/// The text parts of `POST /log_file_from_user/`
#[derive(Debug, Default)]
pub(super) struct FileForm {
    pub(super) auth_id: Option<Value>,
    pub(super) business_id: Option<Value>,
    pub(super) message_body: Option<Value>,
    pub(super) message_type: Option<Value>,
    pub(super) file: Option<Attachment>,
}

/// What is kept of a file.
#[derive(Debug, Serialize)]
pub(super) struct Attachment {
    pub(super) name: String,
    pub(super) size: usize,
    #[serde(rename = "type")]
    pub(super) content_type: String,
}

/// `POST /webhook/`
#[derive(Debug, Deserialize)]
pub(super) struct WebhookBody {
    pub(super) enabled: Option<Value>,
    pub(super) business_id: Option<Value>,
    pub(super) device_platform: Option<Value>,
}

/// A feedback was taken.
#[derive(Debug, Serialize)]
pub(super) struct Success {
    pub(super) success: bool,
}

/// A person as registered, with `""` for what was not said.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct User {
    pub(super) auth_id: String,
    pub(super) mobile_no: String,
    pub(super) email: String,
    pub(super) name: String,
}

/// A person's language as updated.
#[derive(Debug, Serialize)]
pub(super) struct Language {
    pub(super) auth_id: String,
    pub(super) language_code: String,
}

/// A message as logged.
#[derive(Debug, Serialize)]
pub(super) struct LoggedMessage {
    pub(super) message_id: i64,
    pub(super) message_body: String,
    pub(super) created_at: String,
    pub(super) message_type: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file_url: Option<&'static str>,
}

/// The webhook as set.
#[derive(Debug, Serialize)]
pub(super) struct Webhook {
    pub(super) enabled: bool,
}

/// What is read of the vendor's answer to a message or a file.
#[derive(Debug, Deserialize)]
pub(super) struct Logged {
    pub(super) message_id: Option<Value>,
    pub(super) created_at: Option<Value>,
    pub(super) file_url: Option<Value>,
}

/// What is read of an event that the vendor reports.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    #[serde(rename = "event_name")]
    pub(super) kind: Option<Value>,
    pub(super) timestamp: Option<Value>,
    pub(super) business_id: Option<Value>,
    pub(super) user: Option<Value>,
    pub(super) agent: Option<Value>,
    pub(super) message: Option<Value>,
}

/// An event was received.
#[derive(Debug, Serialize)]
pub(super) struct Received {
    pub(super) success: bool,
}

/// A failure.
#[derive(Debug, Serialize)]
pub(super) struct Failure<'error> {
    pub(super) error_message: &'error str,
}
