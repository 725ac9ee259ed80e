//! What passed between a client and the app behind Candor, as conversations and messages. Pure.
//!
//! As in Dify, a message is a question with its answer. A completion app's messages stand alone; each is the only one of
//! a conversation that is called after it.

use super::answer::Answer;
use super::convert;
use crate::domain::{ConversationDraft, MessageDraft, Role};
use crate::limits;
use crate::upstream::{Exchange, Learnt, Read};
use axum::http::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;
use uuid::Uuid;

/// What a request is about that teaches something.
enum About {
    /// A question in a conversation.
    Chat,
    /// A question that stands alone.
    Completion,
    /// A conversation that is to be deleted.
    Deleting(String),
    /// A conversation that is to have another name.
    Renaming(String),
}

/// How the exchange of a request is read; none if it teaches nothing.
pub(super) fn reader(method: &Method, path: &str) -> Option<Read> {
    About::of(method, path).map(|_| read as Read)
}

fn read(exchange: &Exchange) -> Vec<Learnt> {
    if !exchange.status.is_success() {
        return Vec::new();
    }
    let Some((about, body)) =
        About::of(&exchange.method, &exchange.path).zip(Body::read(&exchange.request))
    else {
        return Vec::new();
    };
    let learnt = match about {
        About::Chat => chat(exchange, &body),
        About::Completion => completion(exchange, &body),
        About::Deleting(conversation) => Some(Learnt::Deleted {
            conversation,
            end_user: body.user(),
        }),
        About::Renaming(conversation) => renamed(exchange, &body, conversation),
    };
    learnt.into_iter().collect()
}

impl About {
    /// Of a path below Dify's root, as the client wrote it.
    fn of(method: &Method, path: &str) -> Option<Self> {
        match *method {
            Method::POST if path == "/chat-messages" => Some(Self::Chat),
            Method::POST if path == "/completion-messages" => Some(Self::Completion),
            Method::POST => {
                let id = path
                    .strip_prefix("/conversations/")?
                    .strip_suffix("/name")?;
                Some(Self::Renaming(name_of(Uuid::try_parse(id).ok()?)))
            }
            Method::DELETE => {
                let id = path.strip_prefix("/conversations/")?;
                Some(Self::Deleting(name_of(Uuid::try_parse(id).ok()?)))
            }
            _ => None,
        }
    }
}

fn name_of(id: Uuid) -> String {
    id.hyphenated().to_string()
}

fn chat(exchange: &Exchange, body: &Body<'_>) -> Option<Learnt> {
    let answer = Answer::read(exchange)?;
    let conversation = answer.conversation.clone()?;
    let query = body.text("query");
    // Who names no conversation begins one.
    let goes_on = body
        .text("conversation_id")
        .is_some_and(|id| !id.is_empty());
    let begun = (!goes_on).then_some(exchange.asked_at);
    Some(conversation_of(ConversationDraft {
        external_id: Some(conversation),
        end_user: body.user(),
        created_at: begun,
        messages: vec![message(exchange, answer, query)],
        ..ConversationDraft::default()
    }))
}

fn completion(exchange: &Exchange, body: &Body<'_>) -> Option<Learnt> {
    let answer = Answer::read(exchange)?;
    let query = body.text("query").filter(|query| !query.is_empty());
    let query = query.or_else(|| Body::read(body.0.get("inputs")?.get().as_bytes())?.text("query"));
    Some(conversation_of(ConversationDraft {
        external_id: Some(answer.message.clone()),
        end_user: body.user(),
        created_at: Some(exchange.asked_at),
        messages: vec![message(exchange, answer, query)],
        ..ConversationDraft::default()
    }))
}

fn message(exchange: &Exchange, answer: Answer, query: Option<String>) -> MessageDraft {
    let metadata = answer.metadata(exchange.whole);
    MessageDraft {
        external_id: Some(answer.message),
        role: Some(Role::Assistant),
        query: query.map(|text| kept(text, limits::MESSAGE_CHARACTERS)),
        content: answer
            .content
            .map(|text| kept(text, limits::MESSAGE_CHARACTERS)),
        model: answer
            .model
            .map(|model| kept(model, limits::NAME_CHARACTERS)),
        metadata,
        created_at: Some(exchange.asked_at),
        ..MessageDraft::default()
    }
}

/// The name that the app gave it, which may be one that the client left to the app.
fn renamed(exchange: &Exchange, body: &Body<'_>, conversation: String) -> Option<Learnt> {
    #[derive(Deserialize)]
    struct Renamed {
        name: String,
    }
    let renamed: Renamed = serde_json::from_slice(&exchange.answer).ok()?;
    Some(conversation_of(ConversationDraft {
        external_id: Some(conversation),
        end_user: body.user(),
        title: Some(kept(renamed.name, limits::TITLE_CHARACTERS)),
        ..ConversationDraft::default()
    }))
}

fn conversation_of(draft: ConversationDraft) -> Learnt {
    Learnt::Conversation(Box::new(draft))
}

/// As much of a text as is kept. What is too long is better known in part than not at all.
pub(super) fn kept(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
    }
    text.retain(|character| character != '\0');
    // What was cut off would stay in memory until the text is written.
    text.shrink_to_fit();
    text
}

/// A request's body: an object whose values are still JSON. Of a field that is given twice the last counts.
struct Body<'body>(HashMap<String, &'body RawValue>);

impl<'body> Body<'body> {
    fn read(bytes: &'body [u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().map(Self)
    }

    fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.0.get(name)?.get()).ok()
    }

    /// Who asks, called as votes call them.
    fn user(&self) -> Option<String> {
        let user = convert::user(self.0.get("user").copied()).ok()??;
        convert::checked_user(user).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        KeepText, Mode, Project, ProjectId, Timestamp, UnknownTargets, WorkspaceId,
    };
    use axum::body::Bytes;
    use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use std::sync::Arc;

    const CHAT: &str = "45701982-8118-4bc5-8e9b-64562b4555f2";
    const MESSAGE: &str = "5ad4cb98-f0c7-4085-b384-88c403be6290";

    fn project() -> Project {
        Project {
            id: ProjectId(Uuid::nil()),
            workspace: WorkspaceId(Uuid::nil()),
            name: String::new(),
            description: None,
            number: 1,
            amazon_q_application_id: None,
            haptik_business_id: None,
            wonderchat_chatbot_id: None,
            unknown_targets: UnknownTargets::Accept,
            enabled: true,
            keep_text: KeepText::All,
            mode: Mode::Chat,
            upstream: None,
            rate_limit: None,
            client_settings: None,
            created_at: Timestamp::MIN,
            updated_at: Timestamp::MIN,
            deleted_at: None,
        }
    }

    fn exchange(method: Method, path: &str, request: &Value, answer: &str) -> Exchange {
        Exchange {
            project: Arc::new(project()),
            method,
            path: path.to_owned(),
            query: None,
            request: Bytes::from(request.to_string()),
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            answer: Bytes::from(answer.to_owned()),
            whole: true,
            asked_at: Timestamp::from_microseconds(7),
        }
    }

    fn asked(path: &str, request: &Value, answer: &str) -> Exchange {
        exchange(Method::POST, path, request, answer)
    }

    fn draft(exchange: &Exchange) -> Option<ConversationDraft> {
        match read(exchange).pop() {
            Some(Learnt::Conversation(draft)) => Some(*draft),
            _ => None,
        }
    }

    fn question() -> Value {
        json!({"inputs": {}, "query": "Why?", "user": "ada", "response_mode": "blocking"})
    }

    fn blocking() -> String {
        let usage = json!({"total_tokens": 7, "currency": "USD"});
        json!({
            "event": "message", "id": MESSAGE, "message_id": MESSAGE, "conversation_id": CHAT, "mode": "chat",
            "answer": "Because.", "metadata": {"usage": usage, "retriever_resources": []}, "created_at": 1_705_407_629,
        })
        .to_string()
    }

    #[test]
    fn question_and_answer_are_one_message() {
        let draft = draft(&asked("/chat-messages", &question(), &blocking())).unwrap();
        assert_eq!(draft.external_id.as_deref(), Some(CHAT));
        assert_eq!(draft.end_user.as_deref(), Some("ada"));
        let message = &draft.messages[0];
        assert_eq!(message.external_id.as_deref(), Some(MESSAGE));
        assert_eq!(message.query.as_deref(), Some("Why?"));
        assert_eq!(message.content.as_deref(), Some("Because."));
        assert_eq!(
            message.metadata.as_deref(),
            Some(r#"{"usage":{"total_tokens":7,"currency":"USD"}}"#)
        );
    }

    #[test]
    fn a_conversation_begins_with_the_question_that_names_none() {
        let mut question = question();
        let begun = |question: &Value| {
            let draft = draft(&asked("/chat-messages", question, &blocking())).unwrap();
            draft.created_at.is_some()
        };
        assert!(begun(&question));
        question["conversation_id"] = json!("");
        assert!(begun(&question));
        question["conversation_id"] = json!(CHAT);
        assert!(!begun(&question));
    }

    #[test]
    fn a_user_that_is_no_text_is_called_as_votes_call_them() {
        let mut question = question();
        question["user"] = json!(["a", true]);
        let draft = draft(&asked("/chat-messages", &question, &blocking())).unwrap();
        assert_eq!(draft.end_user.as_deref(), Some("['a', True]"));
    }

    #[test]
    fn a_completion_is_a_conversation_of_its_own() {
        let question = json!({"inputs": {"query": "Why?"}, "user": "ada"});
        let answer = json!({"event": "message", "message_id": MESSAGE, "answer": "Because."});
        let draft = draft(&asked(
            "/completion-messages",
            &question,
            &answer.to_string(),
        ))
        .unwrap();
        assert_eq!(draft.external_id.as_deref(), Some(MESSAGE));
        assert_eq!(draft.messages[0].query.as_deref(), Some("Why?"));
    }

    fn stream() -> String {
        format!(
            "data: {{\"event\":\"message\",\"message_id\":\"{MESSAGE}\",\"conversation_id\":\"{CHAT}\",\"answer\":\"Be\"}}\n\n\
             event: ping\n\n\
             data:{{\"event\":\"message\",\"message_id\":\"{MESSAGE}\",\"conversation_id\":\"{CHAT}\",\"answer\":\"cause.\"}}\r\n\r\n\
             data: {{\"event\":\"message_end\",\"message_id\":\"{MESSAGE}\",\"metadata\":{{\"usage\":{{\"latency\":0.5}}}}}}\n\n"
        )
    }

    fn streamed(stream: &[u8]) -> Exchange {
        let mut exchange = asked("/chat-messages", &question(), "");
        let kind = HeaderValue::from_static("text/event-stream; charset=utf-8");
        exchange.headers.insert(header::CONTENT_TYPE, kind);
        exchange.answer = Bytes::copy_from_slice(stream);
        exchange
    }

    #[test]
    fn a_stream_is_read_by_its_events() {
        let message = draft(&streamed(stream().as_bytes()))
            .unwrap()
            .messages
            .remove(0);
        assert_eq!(message.content.as_deref(), Some("Because."));
        let metadata = r#"{"usage":{"latency":0.5}}"#;
        assert_eq!(message.metadata.as_deref(), Some(metadata));
    }

    #[test]
    fn a_stream_that_is_cut_off_anywhere_teaches_what_came_before() {
        let stream = stream();
        for end in 0..stream.len() - 1 {
            let Some(mut draft) = draft(&streamed(&stream.as_bytes()[..end])) else {
                assert!(end < stream.find("event: ping").unwrap(), "{end}");
                continue;
            };
            let message = draft.messages.remove(0);
            let whole = end > stream.find("data: {\"event\":\"message_end\"").unwrap();
            let content = message.content.unwrap();
            assert!(
                content == "Because." || (!whole && content == "Be"),
                "{end}"
            );
            assert_eq!(message.metadata.as_deref(), Some(r#"{"cut_off":true}"#));
        }
    }

    #[test]
    fn what_is_deleted_is_named_with_who_deletes_it() {
        let path = format!("/conversations/{}", CHAT.to_uppercase());
        let mut exchange = exchange(Method::DELETE, &path, &json!({"user": "ada"}), "");
        exchange.status = StatusCode::NO_CONTENT;
        let deleted = Learnt::Deleted {
            conversation: CHAT.to_owned(),
            end_user: Some("ada".to_owned()),
        };
        assert_eq!(read(&exchange), [deleted]);
    }

    #[test]
    fn a_conversation_has_the_name_that_the_app_gave_it() {
        let path = format!("/conversations/{CHAT}/name");
        let request = json!({"auto_generate": true, "user": "ada"});
        let answer = json!({"id": CHAT, "name": "Reasons"});
        let draft = draft(&asked(&path, &request, &answer.to_string())).unwrap();
        assert_eq!(draft.title.as_deref(), Some("Reasons"));
        assert_eq!(draft.messages, []);
    }

    #[test]
    fn what_failed_teaches_nothing() {
        let mut exchange = asked("/chat-messages", &question(), &blocking());
        exchange.status = StatusCode::BAD_REQUEST;
        assert_eq!(read(&exchange), []);
    }

    #[test]
    fn what_cannot_be_read_teaches_nothing() {
        for (request, answer) in [
            ("[]", blocking()),
            ("{}", "{}".to_owned()),
            ("{}", "data: {".to_owned()),
            ("{}", json!({"event": "error", "message": "no"}).to_string()),
        ] {
            let mut exchange = asked("/chat-messages", &question(), &answer);
            exchange.request = Bytes::from(request);
            assert_eq!(read(&exchange), [], "{request} {answer}");
        }
    }

    #[test]
    fn other_requests_are_not_read() {
        for (method, path) in [
            (Method::GET, "/chat-messages"),
            (Method::POST, "/chat-messages/5/stop"),
            (Method::POST, "/workflows/run"),
            (Method::DELETE, "/conversations/x"),
            (Method::POST, "/conversations/x/name"),
        ] {
            assert!(reader(&method, path).is_none(), "{method} {path}");
        }
    }

    proptest! {
        #[test]
        fn no_exchange_makes_the_reader_fall_over(request in any::<Vec<u8>>(), answer in any::<Vec<u8>>()) {
            let mut exchange = streamed(&answer);
            exchange.request = Bytes::from(request);
            let _ = read(&exchange);
        }
    }

    #[test]
    fn a_text_is_kept_as_far_as_it_may_be() {
        assert_eq!(kept("äöü".to_owned(), 2), "äö");
        assert_eq!(kept("a\0b".to_owned(), 5), "ab");
    }
}
