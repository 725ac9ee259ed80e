//! An answer that was streamed (`stream: true`).
//!
//! The vendor's documentation says that it comes as server-sent events, and not what is in them. So whatever chats are
//! streamed with elsewhere is read: pieces of the text one by one, the text so far again and again, the text as a whole at
//! the end, or several of these; in JSON with one of the usual names, or as they are.

use crate::dialects::events::events;
use serde_json::{Map, Value};

/// How a piece of the answer's text is called that comes after those before it.
const PIECES: [&str; 8] = [
    "token",
    "delta",
    "textDelta",
    "text_delta",
    "chunk",
    "text",
    "content",
    "value",
];
/// How a text is called that may be a piece, all so far, or the whole.
const WHOLES: [&str; 3] = ["response", "answer", "message"];
/// Where more of an event may be.
const INSIDE: [&str; 4] = ["data", "message", "result", "payload"];
/// What ends a stream of pieces, by a custom of others.
const DONE: &str = "[DONE]";

/// What an answer said, as the one that is not streamed says it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Answered {
    pub(super) id: Option<String>,
    pub(super) chatlog: Option<String>,
    pub(super) response: String,
    pub(super) sources: Option<Value>,
}

impl Answered {
    /// An answer that came at once.
    pub(super) fn at_once(answer: &[u8]) -> Option<Self> {
        let fields: Map<String, Value> = serde_json::from_slice(answer).ok()?;
        let mut answered = Self::default();
        answered.note_fields(&fields);
        let response = fields.get("response")?.as_str()?;
        response.clone_into(&mut answered.response);
        Some(answered)
    }

    /// An answer that came as a stream, or as much of it as came.
    pub(super) fn streamed(stream: &[u8]) -> Option<Self> {
        let mut answered = Self::default();
        for event in events(stream) {
            match serde_json::from_str::<Value>(&event.data) {
                Ok(Value::Object(fields)) => answered.note(&fields),
                Ok(Value::String(piece)) => answered.response.push_str(&piece),
                // Texts as they are. What looks like a number was meant as a text.
                _ if event.data != DONE => answered.response.push_str(&event.data),
                _ => {}
            }
        }
        (!answered.response.is_empty()).then_some(answered)
    }

    fn note(&mut self, fields: &Map<String, Value>) {
        self.note_fields(fields);
        self.note_text(fields);
        for inside in INSIDE {
            if let Some(Value::Object(fields)) = fields.get(inside) {
                self.note_fields(fields);
                self.note_text(fields);
            }
        }
        let choices = fields.get("choices").and_then(Value::as_array);
        for choice in choices.into_iter().flatten() {
            let said = choice.get("delta").and_then(|delta| delta.get("content"));
            self.response
                .push_str(said.and_then(Value::as_str).unwrap_or_default());
        }
    }

    fn note_fields(&mut self, fields: &Map<String, Value>) {
        let text = |names: &[&str]| {
            let found = names.iter().find_map(|name| fields.get(*name)?.as_str());
            found.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        // The message's own name is better than one that may be the event's.
        self.id = text(&["messageId", "message_id"])
            .or(self.id.take())
            .or_else(|| text(&["id"]));
        let chatlog = text(&["chatlogId", "chatLogId", "chatlog_id"]);
        self.chatlog = chatlog.or(self.chatlog.take());
        if let Some(sources @ Value::Array(_)) = fields.get("sources") {
            self.sources = Some(sources.clone());
        }
    }

    fn note_text(&mut self, fields: &Map<String, Value>) {
        let text = |name: &&str| fields.get(*name)?.as_str();
        if let Some(piece) = PIECES.iter().find_map(text) {
            self.response.push_str(piece);
        } else if let Some(whole) = WHOLES.iter().find_map(text) {
            let so_far = self.response.trim_end();
            if !so_far.is_empty() && whole.starts_with(so_far) {
                whole.clone_into(&mut self.response);
            } else {
                self.response.push_str(whole);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn streamed(events: &[&str]) -> Option<Answered> {
        let stream = events.join("\n\ndata: ");
        Answered::streamed(format!("data: {stream}\n\n").as_bytes())
    }

    #[test]
    fn an_answer_is_put_together_from_what_streams_it() {
        for events in [
            // Pieces, and what they are of.
            &[
                r#"{"id": "m1", "chatlogId": "c1"}"#,
                r#"{"token": "Hello"}"#,
                r#"{"token": " there"}"#,
                DONE,
            ][..],
            // Pieces, and the whole at the end.
            &[
                r#"{"response": "Hello"}"#,
                r#"{"response": " there"}"#,
                r#"{"id": "m1", "chatlogId": "c1", "response": "Hello there", "sources": []}"#,
            ],
            // All so far, again and again.
            &[
                r#"{"id": "m1", "chatlogId": "c1", "response": "Hello"}"#,
                r#"{"id": "m1", "chatlogId": "c1", "response": "Hello there"}"#,
            ],
            // The customs of others.
            &[
                r#"{"type": "text-delta", "id": "part-0", "delta": "Hello"}"#,
                r#"{"type": "text-delta", "id": "part-0", "delta": " there"}"#,
                r#"{"type": "data", "data": {"messageId": "m1", "chatlogId": "c1"}}"#,
            ],
            &[
                r#"{"choices": [{"delta": {"content": "Hello"}}]}"#,
                r#"{"choices": [{"delta": {"content": " there"}}]}"#,
                r#"{"id": "m1", "chatlogId": "c1"}"#,
            ],
            // Texts as they are.
            &[
                r#"{"id": "m1", "chatlogId": "c1"}"#,
                "Hello",
                " there",
                DONE,
            ],
        ] {
            let answered = streamed(events).unwrap();
            assert_eq!(answered.response, "Hello there", "{events:?}");
            assert_eq!(answered.id.as_deref(), Some("m1"), "{events:?}");
            assert_eq!(answered.chatlog.as_deref(), Some("c1"), "{events:?}");
        }
    }

    #[test]
    fn a_stream_without_text_is_no_answer() {
        assert_eq!(streamed(&[r#"{"id": "m1"}"#, DONE]), None);
        assert_eq!(Answered::streamed(b""), None);
    }

    #[test]
    fn an_answer_at_once_is_read_as_documented() {
        let sources = json!([{"url": "https://a.example", "title": "A"}]);
        let answer = json!({"id": "m1", "response": "", "chatlogId": "c1", "sources": sources});
        let answered = Answered::at_once(answer.to_string().as_bytes());
        let expected = Answered {
            id: Some("m1".to_owned()),
            chatlog: Some("c1".to_owned()),
            response: String::new(),
            sources: Some(sources),
        };
        assert_eq!(answered, Some(expected));
        for other in ["", "[]", r#"{"status": "error", "error": "no"}"#] {
            assert_eq!(Answered::at_once(other.as_bytes()), None, "{other}");
        }
    }
}
