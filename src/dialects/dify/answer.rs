//! What an app answered, whole or streamed. Pure.
//!
//! A stream is a row of events, each an object that names itself in `event`; an answer that is not streamed is one such
//! object (`api/core/app/apps/*/generate_response_converter.py`).

use crate::dialects::events::events;
use crate::limits;
use crate::upstream::Exchange;
use axum::http::{HeaderMap, header};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What is known of an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// The message's id.
    pub(super) message: String,
    /// The conversation's id, where the app has conversations.
    pub(super) conversation: Option<String>,
    /// The text, as far as it came; none if nothing of it did.
    pub(super) content: Option<String>,
    /// The model, where it is told.
    pub(super) model: Option<String>,
    usage: Option<Value>,
    /// The `code` of the failure that ended it.
    failure: Option<String>,
    ended: bool,
}

impl Answer {
    /// The answer of an exchange; none if it names no message.
    pub(super) fn read(exchange: &Exchange) -> Option<Self> {
        let mut answer = Self::default();
        if is_stream(&exchange.headers) {
            for event in events(&exchange.answer) {
                if let Ok(Value::Object(event)) = serde_json::from_str(&event.data) {
                    answer.add(&event);
                }
            }
        } else if let Ok(whole) = serde_json::from_slice(&exchange.answer) {
            answer.add(&whole);
            answer.ended = true;
        }
        (!answer.message.is_empty()).then_some(answer)
    }

    fn add(&mut self, event: &Map<String, Value>) {
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        let kind = text("event").unwrap_or_default();
        // Early versions name the message in `id` alone, where other events have ids of their own.
        let says_it = matches!(kind, "message" | "agent_message");
        let message = text("message_id").or_else(|| text("id").filter(|_| says_it));
        if let Some(message) = message.filter(|_| self.message.is_empty()) {
            self.message = id(message);
        }
        if let Some(conversation) = text("conversation_id").filter(|id| !id.is_empty()) {
            self.conversation = Some(id(conversation));
        }
        match kind {
            "message" | "agent_message" => {
                let chunk = text("answer").unwrap_or_default();
                self.content.get_or_insert_default().push_str(chunk);
            }
            "message_replace" => self.content = text("answer").map(str::to_owned),
            "message_end" => self.ended = true,
            "error" => self.failure = text("code").map(str::to_owned),
            // A flow's answer that was not streamed is told where the flow ends.
            "workflow_finished" if self.content.is_none() => {
                let outputs = event.get("data").and_then(|data| data.get("outputs"));
                let whole = outputs.and_then(|outputs| outputs.get("answer"));
                self.content = whole.and_then(Value::as_str).map(str::to_owned);
            }
            _ => {}
        }
        let usage = event.get("metadata").and_then(|told| told.get("usage"));
        if let Some(usage) = usage.filter(|usage| usage.is_object()) {
            self.usage = Some(usage.clone());
        }
        if let Some(model) = model(event) {
            self.model = Some(model.to_owned());
        }
    }

    /// What else is kept of the message, as compact JSON: what it cost, and why it is not whole if it is not.
    pub(super) fn metadata(&self, exchange_whole: bool) -> Option<String> {
        let mut kept = Map::new();
        if let Some(usage) = &self.usage {
            kept.insert("usage".to_owned(), usage.clone());
        }
        if let Some(code) = &self.failure {
            kept.insert("error".to_owned(), json!(code));
        } else if !exchange_whole || !self.ended {
            kept.insert("cut_off".to_owned(), json!(true));
        }
        let text = Value::Object(kept).to_string();
        (text.len() > 2 && text.len() <= limits::METADATA_BYTES).then_some(text)
    }
}

/// The model, which apps tell in several places or, mostly, not.
fn model(event: &Map<String, Value>) -> Option<&str> {
    let metadata = event.get("metadata");
    let of_node = event.get("data").and_then(|data| data.get("process_data"));
    let told = [
        event.get("model"),
        metadata.and_then(|told| told.get("model")),
        metadata.and_then(|told| told.get("usage")?.get("model")),
        of_node.and_then(|node| node.get("model_name")),
    ];
    told.into_iter()
        .flatten()
        .find_map(Value::as_str)
        .filter(|model| !model.is_empty())
}

/// An id, as votes will name it.
fn id(text: &str) -> String {
    Uuid::try_parse(text).map_or_else(
        |_| super::remember::kept(text.to_owned(), limits::EXTERNAL_ID_CHARACTERS),
        |id| id.hyphenated().to_string(),
    )
}

fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("text/event-stream")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(events: &[Value]) -> Answer {
        let mut answer = Answer::default();
        for event in events {
            answer.add(event.as_object().unwrap());
        }
        answer
    }

    fn chunk(kind: &str, text: &str) -> Value {
        json!({"event": kind, "message_id": "m", "conversation_id": "c", "answer": text})
    }

    #[test]
    fn chunks_make_the_whole_answer() {
        for kind in ["message", "agent_message"] {
            let answer = answer(&[chunk(kind, "Be"), chunk(kind, "cause"), chunk(kind, "")]);
            assert_eq!(answer.content.as_deref(), Some("Because"));
        }
    }

    #[test]
    fn a_replacement_replaces_what_came_before_it() {
        let answer = answer(&[
            chunk("message", "secret"),
            chunk("message_replace", "No."),
            chunk("message", " Sorry."),
        ]);
        assert_eq!(answer.content.as_deref(), Some("No. Sorry."));
    }

    #[test]
    fn a_failure_keeps_what_came_before_it() {
        let failure = json!({
            "event": "error", "message_id": "m", "status": 400, "code": "completion_request_error", "message": "no",
        });
        let answer = answer(&[chunk("message", "Be"), failure]);
        assert_eq!(answer.content.as_deref(), Some("Be"));
        assert_eq!(
            answer.metadata(true).as_deref(),
            Some(r#"{"error":"completion_request_error"}"#)
        );
    }

    #[test]
    fn an_answer_without_its_end_is_said_to_be_cut_off() {
        let mut answer = answer(&[chunk("message", "Be")]);
        let cut_off = Some(r#"{"cut_off":true}"#.to_owned());
        assert_eq!(answer.metadata(true), cut_off);
        answer.ended = true;
        assert_eq!(answer.metadata(false), cut_off);
        assert_eq!(answer.metadata(true), None);
    }

    #[test]
    fn what_flows_and_thoughts_are_about_is_not_the_answer() {
        let flow = |kind: &str| json!({"event": kind, "message_id": "m", "data": {"outputs": {"answer": "x"}}});
        let answer = answer(&[
            flow("workflow_started"),
            json!({"event": "agent_thought", "id": "t", "message_id": "m", "thought": "hm"}),
            json!({"event": "node_finished", "data": {"process_data": {"model_name": "large"}}}),
            chunk("message", "Because."),
            flow("workflow_finished"),
        ]);
        assert_eq!(answer.content.as_deref(), Some("Because."));
        assert_eq!(answer.model.as_deref(), Some("large"));
    }

    #[test]
    fn a_flow_that_streams_nothing_tells_its_answer_at_its_end() {
        let finished =
            json!({"event": "workflow_finished", "data": {"outputs": {"answer": "Because."}}});
        assert_eq!(answer(&[finished]).content.as_deref(), Some("Because."));
    }

    #[test]
    fn other_events_have_ids_of_their_own() {
        let end = json!({"event": "message_end", "id": "other"});
        assert_eq!(answer(&[end]).message, "");
        let message = json!({"event": "message", "id": "m", "answer": "x"});
        assert_eq!(answer(&[message]).message, "m");
    }
}
