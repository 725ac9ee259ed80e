//! Reading an export: conversations, each with its place, or with what is wrong about it.

use super::super::convert::moment;
use crate::domain::{Rating, Timestamp};
use crate::error::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::path::Path;

/// What names made here begin with.
const NAMES: &str = "wonderchat-";

/// An export that was read, with its conversations in their order.
#[derive(Debug)]
pub struct Export {
    rows: Vec<(u64, Result<Chatlog, String>)>,
}

impl Export {
    /// How many conversations it has, bad ones included.
    pub const fn rows(&self) -> usize {
        self.rows.len()
    }

    /// What the places of conversations count.
    pub const fn places() -> &'static str {
        "chatlog"
    }

    pub(super) fn into_rows(self) -> Vec<(u64, Result<Chatlog, String>)> {
        self.rows
    }
}

/// One conversation of an export.
#[derive(Clone, Debug)]
pub(super) struct Chatlog {
    pub(super) created_at: Timestamp,
    pub(super) rating: Option<Rating>,
    pub(super) user_email: Option<String>,
    pub(super) user_phone_number: Option<String>,
    pub(super) user_name: Option<String>,
    pub(super) exchanges: Vec<Exchange>,
    name: String,
    /// What is kept of it as it came, under the export's own names.
    kept: Map<String, Value>,
}

/// A question with its answer.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) question: Option<String>,
    pub(super) answer: Option<String>,
    pub(super) created_at: Option<Timestamp>,
}

/// A conversation as the vendor writes it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Row {
    created_at: String,
    chatbot_id: Option<String>,
    user_email: Option<String>,
    user_phone_number: Option<String>,
    user_name: Option<String>,
    country_code: Option<String>,
    user_feedback: Option<String>,
    average_confidence: Option<f64>,
    ai_resolution_state: Option<String>,
    initial_page_url: Option<String>,
    messages: Option<Vec<Turn>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Turn {
    user_message: Option<String>,
    bot_message: Option<String>,
    created_at: Option<String>,
}

#[derive(Deserialize)]
struct Whole<'text> {
    #[serde(borrow)]
    chatlogs: Vec<&'text RawValue>,
}

/// Reads a file with the answer of `POST /export-chatlogs`. Fails only if the file as a whole is none.
pub fn read(file: &Path) -> Result<Export> {
    let bytes = std::fs::read(file).map_err(|error| {
        let message = format!("cannot read {}: {error}", file.display());
        Error::new(ErrorKind::Invalid, message).because(error)
    })?;
    parse(&bytes).map_err(|reason| {
        let message = format!(
            "{} is not an export of Wonderchat: {reason}",
            file.display()
        );
        Error::new(ErrorKind::Invalid, message)
    })
}

/// Reads the answer of `POST /export-chatlogs`. What it says in a failure quotes nothing of it.
pub fn parse(bytes: &[u8]) -> Result<Export, String> {
    let fault = |error: serde_json::Error| {
        format!(
            "it is no JSON object with chatlogs (line {}, column {})",
            error.line(),
            error.column()
        )
    };
    let whole: Whole<'_> = serde_json::from_slice(bytes).map_err(fault)?;
    let row = |json: &RawValue| {
        serde_json::from_str::<Row>(json.get())
            .map_err(|error| error.to_string())
            .and_then(chatlog)
    };
    Ok(Export {
        rows: (1..).zip(whole.chatlogs.into_iter().map(row)).collect(),
    })
}

fn chatlog(row: Row) -> Result<Chatlog, String> {
    let (created_at, _) =
        moment(&row.created_at).ok_or_else(|| "createdAt is not a time".to_owned())?;
    let rating = match row.user_feedback.as_deref() {
        None | Some("") => None,
        Some("GOOD") => Some(Rating::Positive),
        Some("BAD") => Some(Rating::Negative),
        Some(_) => return Err("userFeedback is none of GOOD, BAD and null".to_owned()),
    };
    let exchanges: Vec<_> = row
        .messages
        .unwrap_or_default()
        .into_iter()
        .map(exchange)
        .collect::<Result<_, String>>()?;
    let first = exchanges
        .first()
        .and_then(|first| first.question.as_deref().or(first.answer.as_deref()));
    let texts = [
        ("chatbotId", &row.chatbot_id),
        ("countryCode", &row.country_code),
        ("initialPageUrl", &row.initial_page_url),
        ("aiResolutionState", &row.ai_resolution_state),
        ("userName", &row.user_name),
    ];
    let mut kept = Map::new();
    for (name, text) in texts {
        if let Some(text) = text {
            kept.insert(name.to_owned(), Value::String(text.clone()));
        }
    }
    if let Some(confidence) = row.average_confidence {
        kept.insert("averageConfidence".to_owned(), confidence.into());
    }
    Ok(Chatlog {
        created_at,
        rating,
        name: name(row.chatbot_id.as_deref(), created_at, first),
        user_email: text(row.user_email),
        user_phone_number: text(row.user_phone_number),
        user_name: text(row.user_name),
        exchanges,
        kept,
    })
}

fn text(value: Option<String>) -> Option<String> {
    value.filter(|text| !text.is_empty())
}

fn exchange(turn: Turn) -> Result<Exchange, String> {
    let created_at = match turn.created_at {
        None => None,
        Some(text) => {
            let (at, _) =
                moment(&text).ok_or_else(|| "a message's createdAt is not a time".to_owned())?;
            Some(at)
        }
    };
    Ok(Exchange {
        question: text(turn.user_message),
        answer: text(turn.bot_message),
        created_at,
    })
}

/// What a conversation is called: the same whenever it is exported, however much was added to it since.
fn name(chatbot: Option<&str>, created_at: Timestamp, first: Option<&str>) -> String {
    let mut digest = Sha256::new();
    for part in [
        chatbot.unwrap_or_default(),
        &created_at.to_string(),
        first.unwrap_or_default(),
    ] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    format!("{NAMES}{}", hex::encode(digest.finalize()))
}

impl Chatlog {
    /// What the conversation is called here.
    pub(super) fn name(&self) -> String {
        self.name.clone()
    }

    /// What one of its exchanges is called here.
    pub(super) fn name_of(&self, place: usize) -> String {
        format!("{}-{}", self.name, place + 1)
    }

    /// What the person is called here, where the export tells of one.
    pub(super) fn person(&self) -> Option<&str> {
        let mail = self.user_email.as_deref();
        mail.or(self.user_phone_number.as_deref())
    }

    /// What the conversation's metadata keeps of it; none where there is nothing.
    pub(super) fn metadata(&self) -> Option<String> {
        (!self.kept.is_empty()).then(|| Value::Object(self.kept.clone()).to_string())
    }

    /// When its last message was said.
    pub(super) fn last_at(&self) -> Timestamp {
        let times = self.exchanges.iter().filter_map(|one| one.created_at);
        times.max().unwrap_or(self.created_at).max(self.created_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read_one(row: &Value) -> Result<Chatlog, String> {
        let text = json!({"chatlogs": [row]}).to_string();
        let mut rows = parse(text.as_bytes())?.into_rows();
        rows.pop().map_or(Err("none".to_owned()), |(_, row)| row)
    }

    fn row() -> Value {
        json!({
            "createdAt": "2024-05-01T12:00:00.000Z", "chatbotId": "bot", "userFeedback": "BAD",
            "messages": [{"userMessage": "why?", "botMessage": "because", "createdAt": "2024-05-01T12:00:01.000Z"}],
        })
    }

    #[test]
    fn a_name_stays_when_the_conversation_goes_on() {
        let short = read_one(&row()).map(|one| one.name());
        let mut long = row();
        long["messages"] = json!([long["messages"][0], {"userMessage": "how?"}]);
        long["userFeedback"] = json!(null);
        assert_eq!(read_one(&long).map(|one| one.name()), short);
        long["messages"][0]["userMessage"] = json!("what?");
        assert_ne!(read_one(&long).map(|one| one.name()), short);
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (field, value) in [
            ("createdAt", json!("yesterday")),
            ("createdAt", json!(null)),
            ("userFeedback", json!("HELPFUL")),
            ("messages", json!("none")),
            ("averageConfidence", json!("high")),
        ] {
            let mut row = row();
            row[field] = value;
            assert!(read_one(&row).is_err(), "{field}");
        }
        assert!(parse(b"[]").is_err());
        assert!(parse(b"{}").is_err());
    }

    #[test]
    fn the_last_message_is_the_latest() {
        let last = read_one(&row()).map(|one| one.last_at().to_string());
        assert_eq!(last.as_deref(), Ok("2024-05-01T12:00:01Z"));
    }

    proptest! {
        #[test]
        fn no_file_makes_the_reader_fall_over(file in any::<Vec<u8>>()) {
            let _ = parse(&file);
        }
    }
}
