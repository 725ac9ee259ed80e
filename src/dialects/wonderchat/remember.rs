//! What is learnt from what was handed on. Pure.

use super::streamed::Answered;
use crate::domain::{ConversationDraft, MessageDraft, TagChange, Timestamp};
use crate::limits;
use crate::upstream::{Exchange, Learnt, Read};
use axum::http::{HeaderMap, header};
use serde::Deserialize;
use serde_json::json;

/// What a request to `/chat` says. Without `context`, which may tell of the person and is no message.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    question: String,
    chatlog_id: Option<String>,
    context_url: Option<String>,
}

/// What a change of tags says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tagging {
    chatlog_id: String,
    tags: Vec<String>,
}

/// How an exchange at a path is read, if anything is to be learnt from it.
pub(super) fn of_path(path: &str, root: &str) -> Option<Read> {
    match path.strip_prefix(root)?.trim_matches('/') {
        "chat" => Some(|exchange| learnt(exchange, chat)),
        "add-tags-to-chatlog" => Some(|exchange| {
            learnt(exchange, |exchange| {
                tagging(&exchange.request, TagChange::Add)
            })
        }),
        "delete-tags-from-chatlog" => Some(|exchange| {
            learnt(exchange, |exchange| {
                tagging(&exchange.request, TagChange::Remove)
            })
        }),
        _ => None,
    }
}

fn learnt(exchange: &Exchange, read: fn(&Exchange) -> Option<Learnt>) -> Vec<Learnt> {
    if !exchange.status.is_success() {
        return Vec::new();
    }
    read(exchange).into_iter().collect()
}

fn chat(exchange: &Exchange) -> Option<Learnt> {
    let asked = serde_json::from_slice(&exchange.request).ok()?;
    let answered = if is_stream(&exchange.headers) {
        Answered::streamed(&exchange.answer)?
    } else {
        Answered::at_once(&exchange.answer)?
    };
    let said = conversation(asked, answered, exchange.asked_at, exchange.whole);
    Some(Learnt::Conversation(Box::new(said)))
}

fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

/// A question with its answer, as one message: the vendor has one id for both.
fn conversation(asked: Asked, answered: Answered, at: Timestamp, whole: bool) -> ConversationDraft {
    // Where a conversation began is known from its first question.
    let began_at = asked
        .context_url
        .filter(|url| asked.chatlog_id.is_none() && limits::fits(url, limits::TITLE_CHARACTERS));
    let mut kept = serde_json::Map::new();
    if let Some(sources) = answered.sources {
        kept.insert("sources".to_owned(), sources);
    }
    if !whole {
        kept.insert("cut_off".to_owned(), json!(true));
    }
    let kept = (!kept.is_empty()).then(|| serde_json::Value::Object(kept).to_string());
    ConversationDraft {
        external_id: answered.chatlog.or(asked.chatlog_id),
        metadata: began_at.map(|url| json!({"initialPageUrl": url}).to_string()),
        messages: vec![MessageDraft {
            external_id: answered.id,
            query: Some(asked.question),
            content: Some(answered.response),
            metadata: kept.filter(|kept| kept.len() <= limits::METADATA_BYTES),
            created_at: Some(at),
            ..MessageDraft::default()
        }],
        ..ConversationDraft::default()
    }
}

fn tagging(request: &[u8], change: fn(Vec<String>) -> TagChange) -> Option<Learnt> {
    let said: Tagging = serde_json::from_slice(request).ok()?;
    Some(Learnt::Tags {
        conversation: said.chatlog_id,
        change: change(said.tags),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(question: serde_json::Value, whole: bool) -> ConversationDraft {
        let asked = serde_json::from_value(question).unwrap();
        let answered = Answered {
            id: Some("m1".to_owned()),
            chatlog: Some("c1".to_owned()),
            response: "Hello!".to_owned(),
            sources: None,
        };
        conversation(asked, answered, Timestamp::MIN, whole)
    }

    #[test]
    fn question_and_answer_are_one_message() {
        let said = said(
            json!({"question": "Hello?", "chatbotId": "b", "chatlogId": "c0"}),
            true,
        );
        assert_eq!(said.external_id.as_deref(), Some("c1"));
        assert_eq!(said.metadata, None);
        let [message] = said.messages.as_slice() else {
            panic!("{said:?}")
        };
        assert_eq!(message.external_id.as_deref(), Some("m1"));
        assert_eq!(message.query.as_deref(), Some("Hello?"));
        assert_eq!(message.content.as_deref(), Some("Hello!"));
        assert_eq!(message.metadata, None);
    }

    #[test]
    fn the_page_of_the_first_question_is_kept_and_its_context_is_not() {
        let first =
            json!({"question": "?", "contextUrl": "https://a.example/x", "context": "Ada, 28"});
        let said = said(first, true);
        let kept = r#"{"initialPageUrl":"https://a.example/x"}"#;
        assert_eq!(said.metadata.as_deref(), Some(kept));
        assert!(!format!("{said:?}").contains("28"));
    }

    #[test]
    fn an_answer_that_was_cut_off_says_so() {
        let said = said(json!({"question": "?"}), false);
        let kept = said.messages[0].metadata.as_deref();
        assert_eq!(kept, Some(r#"{"cut_off":true}"#));
    }
}
