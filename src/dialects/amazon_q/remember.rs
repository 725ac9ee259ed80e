//! What is learnt from what passes: questions with their answers, and that conversations were deleted.

use super::sigv4;
use crate::domain::{ConversationDraft, KeepText, MessageDraft, Role};
use crate::limits;
use crate::upstream::{Exchange, Learnt};
use axum::http::Method;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

/// Reads `ChatSync` and `DeleteConversation`.
pub(super) fn read(exchange: &Exchange) -> Vec<Learnt> {
    if !exchange.status.is_success() {
        return Vec::new();
    }
    let segments: Vec<_> = exchange
        .path
        .split('/')
        .skip(2)
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy())
        .collect();
    let segments: Vec<_> = segments.iter().map(AsRef::as_ref).collect();
    let learnt = match (&exchange.method, segments.as_slice()) {
        (&Method::POST, ["conversations"]) => chat(exchange),
        (&Method::DELETE, ["conversations", conversation]) => Some(Learnt::Deleted {
            conversation: (*conversation).to_owned(),
            end_user: user(exchange),
        }),
        _ => None,
    };
    learnt.into_iter().collect()
}

/// A question and its answer, each a message of its own, for each has an id.
fn chat(exchange: &Exchange) -> Option<Learnt> {
    let answer = object(&exchange.answer)?;
    // A body that cannot be read, such as a compressed one, says nothing; the answer still does.
    let request = object(&exchange.request).unwrap_or_default();
    let conversation =
        text(&answer, "conversationId").or_else(|| text(&request, "conversationId"))?;
    let keeps_text = exchange.project.keep_text != KeepText::None;
    let metadata = |name: &str, items: Vec<Value>| {
        let metadata = bounded(name, items);
        metadata.filter(|_| keeps_text)
    };
    let question = text(&answer, "userMessageId").map(|id| MessageDraft {
        external_id: Some(id),
        role: Some(Role::User),
        content: text(&request, "userMessage"),
        metadata: metadata("attachments", attachments(&request)),
        created_at: Some(exchange.asked_at),
        ..MessageDraft::default()
    });
    let said = text(&answer, "systemMessageId").map(|id| MessageDraft {
        external_id: Some(id),
        role: Some(Role::Assistant),
        content: text(&answer, "systemMessage"),
        metadata: metadata("sources", sources(&answer)),
        // After its question, also where a vote made the answer known before.
        created_at: Some(exchange.asked_at.plus_microseconds(1)),
        ..MessageDraft::default()
    });
    let messages: Vec<_> = question.into_iter().chain(said).collect();
    Some(Learnt::Conversation(Box::new(ConversationDraft {
        external_id: Some(conversation),
        end_user: user(exchange),
        messages,
        ..ConversationDraft::default()
    })))
}

/// The person, whom the query names.
fn user(exchange: &Exchange) -> Option<String> {
    let parameters = sigv4::parameters(exchange.query.as_deref()?)?;
    let (_, value) = parameters.into_iter().find(|(name, _)| name == b"userId")?;
    String::from_utf8(value).ok().filter(|user| !user.is_empty())
}

/// What an answer rests on: where it is to be found, not what it says.
fn sources(answer: &Map<String, Value>) -> Vec<Value> {
    list(answer, "sourceAttributions")
        .filter_map(|source| {
            let (title, url) = (text(source, "title"), text(source, "url"));
            let number = source.get("citationNumber").filter(|number| number.is_number());
            (title.is_some() || url.is_some())
                .then(|| json!({"title": title, "url": url, "citation_number": number}))
        })
        .collect()
}

/// The names of the files that came with a question.
fn attachments(request: &Map<String, Value>) -> Vec<Value> {
    list(request, "attachments")
        .filter_map(|attachment| text(attachment, "name"))
        .map(Value::String)
        .collect()
}

/// An object with as many of these items as there is room for.
fn bounded(name: &str, mut items: Vec<Value>) -> Option<String> {
    loop {
        if items.is_empty() {
            return None;
        }
        let mut whole = Map::new();
        whole.insert(name.to_owned(), Value::Array(items.clone()));
        let written = Value::Object(whole).to_string();
        if written.len() <= limits::METADATA_BYTES {
            return Some(written);
        }
        items.truncate(items.len() / 2);
    }
}

fn object(body: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

/// A text that is there and is not empty.
fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    let text = members.get(name)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

fn list<'object>(
    members: &'object Map<String, Value>,
    name: &str,
) -> impl Iterator<Item = &'object Map<String, Value>> {
    members
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
}

#[cfg(test)]
mod tests;
