//! Requests and answers, spelled as Wonderchat spells them.

use super::error::Rejection;
use crate::limits;
use serde::Serialize;
use serde_json::{Map, Value};

pub(super) const CONTENT_TYPE: &str = "application/json";
/// `status` of what went well.
pub(super) const SUCCESS: &str = "success";
/// `status` of what did not.
pub(super) const ERROR: &str = "error";

/// The body of a request. Fields that nobody asks for are passed over.
#[derive(Debug)]
pub(super) struct Body(Map<String, Value>);

impl Body {
    pub(super) fn of(json: Value) -> Result<Self, Rejection> {
        match json {
            Value::Object(fields) => Ok(Self(fields)),
            _ => Err(Rejection::invalid("the body must be a JSON object")),
        }
    }

    /// A field's value; none if it is absent.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A field's text; none if it is absent or no text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }

    /// A text that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, Rejection> {
        match self.value(name) {
            None => Err(Rejection::invalid(format!("{name} is required"))),
            Some(Value::String(text)) if text.is_empty() => {
                Err(Rejection::invalid(format!("{name} must not be empty")))
            }
            Some(Value::String(text)) if text.contains('\0') => Err(nul_in(name)),
            Some(Value::String(text)) if !limits::fits(text, limits::EXTERNAL_ID_CHARACTERS) => {
                Err(Rejection::invalid(format!(
                    "{name} must have at most {} characters",
                    limits::EXTERNAL_ID_CHARACTERS
                )))
            }
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(Rejection::invalid(format!("{name} must be a string"))),
        }
    }

    /// A text that may be absent or null.
    pub(super) fn optional(&self, name: &str) -> Result<Option<&str>, Rejection> {
        match self.value(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.contains('\0') => Err(nul_in(name)),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Rejection::invalid(format!("{name} must be a string"))),
        }
    }
}

fn nul_in(name: &str) -> Rejection {
    Rejection::invalid(format!("{name} must not contain NUL (0x00) characters"))
}

/// Any failure.
#[derive(Debug, Serialize)]
pub(super) struct Failure<'text> {
    pub(super) status: &'static str,
    pub(super) error: &'text str,
    pub(super) message: &'text str,
}

/// The answer to `POST /update-message-feedback`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FeedbackUpdated {
    pub(super) status: &'static str,
    pub(super) feedback: &'static str,
    pub(super) was_updated: bool,
    pub(super) message_feedback: MessageFeedback,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageFeedback {
    pub(super) id: String,
    pub(super) feedback_type: &'static str,
    pub(super) submitted_at: String,
}

/// The answer to `POST /messages`.
#[derive(Debug, Serialize)]
pub(super) struct Messages {
    pub(super) messages: Vec<Entry>,
}

/// One turn.
#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    pub(super) content: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) created_at: String,
}

/// A row of `POST /export-chatlogs`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Chatlog {
    pub(super) created_at: String,
    pub(super) chatbot_id: String,
    pub(super) user_email: Option<String>,
    pub(super) user_phone_number: Option<String>,
    pub(super) user_name: Option<String>,
    pub(super) country_code: Option<String>,
    pub(super) user_feedback: Option<&'static str>,
    pub(super) average_confidence: Option<f64>,
    pub(super) ai_resolution_state: Option<String>,
    pub(super) initial_page_url: Option<String>,
    pub(super) messages: Vec<Exchange>,
}

/// A question with its answer.
#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) struct Exchange {
    pub(super) user_message: Option<String>,
    pub(super) bot_message: Option<String>,
    pub(super) created_at: String,
}

/// The answer to a change of tags.
#[derive(Debug, Serialize)]
pub(super) struct Tags {
    pub(super) status: &'static str,
    pub(super) tags: Vec<String>,
}
