//! What is learnt from what passes: questions with their answers, and that conversations were deleted.

use super::sigv4;
use crate::domain::{ConversationDraft, KeepText, MessageDraft, Role, Timestamp};
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
            end_user: user(exchange.query.as_deref()),
        }),
        _ => None,
    };
    learnt.into_iter().collect()
}

fn chat(exchange: &Exchange) -> Option<Learnt> {
    let answer = object(&exchange.answer)?;
    // A body that cannot be read, such as a compressed one, says nothing; the answer still does.
    let request = object(&exchange.request).unwrap_or_default();
    let keep_text = exchange.project.keep_text;
    let draft = conversation(&request, &answer, exchange.asked_at, keep_text)?;
    Some(Learnt::Conversation(Box::new(ConversationDraft {
        end_user: user(exchange.query.as_deref()),
        ..draft
    })))
}

/// A question and its answer, each a message of its own, for each has an id.
fn conversation(
    request: &Map<String, Value>,
    answer: &Map<String, Value>,
    asked_at: Timestamp,
    keep_text: KeepText,
) -> Option<ConversationDraft> {
    let external_id = text(answer, "conversationId").or_else(|| text(request, "conversationId"))?;
    // Titles and names of files are texts too.
    let metadata = |name: &str, items: Vec<Value>| {
        bounded(name, items).filter(|_| keep_text != KeepText::None)
    };
    let question = text(answer, "userMessageId").map(|id| MessageDraft {
        external_id: Some(id),
        role: Some(Role::User),
        content: text(request, "userMessage"),
        metadata: metadata("attachments", attachments(request)),
        created_at: Some(asked_at),
        ..MessageDraft::default()
    });
    let said = text(answer, "systemMessageId").map(|id| MessageDraft {
        external_id: Some(id),
        role: Some(Role::Assistant),
        content: text(answer, "systemMessage"),
        metadata: metadata("sources", sources(answer)),
        // After its question, also where a vote made the answer known before.
        created_at: Some(asked_at.plus_microseconds(1)),
        ..MessageDraft::default()
    });
    Some(ConversationDraft {
        external_id: Some(external_id),
        messages: question.into_iter().chain(said).collect(),
        ..ConversationDraft::default()
    })
}

/// The person, whom the query names.
fn user(query: Option<&str>) -> Option<String> {
    let parameters = sigv4::parameters(query?)?;
    let (_, value) = parameters.into_iter().find(|(name, _)| name == b"userId")?;
    String::from_utf8(value)
        .ok()
        .filter(|user| !user.is_empty())
}

/// What an answer rests on: where it is to be found, not what it says.
fn sources(answer: &Map<String, Value>) -> Vec<Value> {
    list(answer, "sourceAttributions")
        .filter_map(|source| {
            let (title, url) = (text(source, "title"), text(source, "url"));
            let number = source
                .get("citationNumber")
                .filter(|number| number.is_number());
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
mod tests {
    use super::*;

    fn members(value: Value) -> Map<String, Value> {
        let Value::Object(members) = value else {
            panic!("{value}")
        };
        members
    }

    fn learnt(request: Value, answer: Value, keep_text: KeepText) -> Option<ConversationDraft> {
        let (request, answer) = (members(request), members(answer));
        conversation(&request, &answer, Timestamp::MIN, keep_text)
    }

    fn answer() -> Value {
        json!({
            "conversationId": "c", "systemMessage": "Money back.", "systemMessageId": "s", "userMessageId": "u",
            "sourceAttributions": [
                {"title": "Terms", "url": "https://a.example/terms", "citationNumber": 1, "snippet": "within 30 days"},
                {"snippet": "no title"},
            ],
        })
    }

    fn question() -> Value {
        json!({"userMessage": "Refund?", "attachments": [{"name": "bill.pdf", "data": "AAAA"}]})
    }

    #[test]
    fn question_and_answer_are_messages_of_their_own_in_order() {
        let draft = learnt(question(), answer(), KeepText::All).unwrap();
        assert_eq!(draft.external_id.as_deref(), Some("c"));
        let said: Vec<_> = draft
            .messages
            .iter()
            .map(|it| (it.external_id.as_deref(), it.role, it.content.as_deref()))
            .collect();
        assert_eq!(
            said,
            [
                (Some("u"), Some(Role::User), Some("Refund?")),
                (Some("s"), Some(Role::Assistant), Some("Money back.")),
            ]
        );
        assert!(draft.messages[0].created_at < draft.messages[1].created_at);
    }

    #[test]
    fn sources_and_files_are_named_and_not_copied() {
        let draft = learnt(question(), answer(), KeepText::All).unwrap();
        let metadata = |place: usize| draft.messages[place].metadata.as_deref();
        assert_eq!(metadata(0), Some(r#"{"attachments":["bill.pdf"]}"#));
        assert_eq!(
            metadata(1),
            Some(
                r#"{"sources":[{"title":"Terms","url":"https://a.example/terms","citation_number":1}]}"#
            )
        );
    }

    #[test]
    fn where_no_text_is_kept_nothing_is_named() {
        let draft = learnt(question(), answer(), KeepText::None).unwrap();
        assert!(
            draft
                .messages
                .iter()
                .all(|message| message.metadata.is_none())
        );
    }

    #[test]
    fn many_sources_stay_within_the_bound_of_metadata() {
        let mut answer = answer();
        let source = json!({"title": "x".repeat(1000)});
        answer["sourceAttributions"] = json!(vec![source; 100]);
        let draft = learnt(question(), answer, KeepText::All).unwrap();
        let metadata = draft.messages[1].metadata.as_deref().unwrap();
        assert!((4_000..=limits::METADATA_BYTES).contains(&metadata.len()));
    }

    #[test]
    fn an_answer_without_ids_teaches_nothing_of_messages() {
        let draft = learnt(
            json!({"conversationId": "c"}),
            json!({"systemMessage": "?"}),
            KeepText::All,
        );
        assert_eq!(draft.unwrap().messages, []);
        assert_eq!(learnt(question(), json!({}), KeepText::All), None);
    }

    #[test]
    fn members_of_other_types_are_left_out() {
        let odd = json!({"conversationId": "c", "systemMessageId": "s", "systemMessage": [1], "sourceAttributions": "?"});
        let draft = learnt(json!({"userMessage": 1}), odd, KeepText::All).unwrap();
        let [said] = draft.messages.as_slice() else {
            panic!("{draft:?}")
        };
        assert_eq!(
            (said.content.as_ref(), said.metadata.as_ref()),
            (None, None)
        );
    }

    #[test]
    fn the_query_names_the_person() {
        assert_eq!(
            user(Some("sync&userId=ada%20b%2Fc")),
            Some("ada b/c".to_owned())
        );
        for nobody in [None, Some("sync"), Some("userId="), Some("userId=%FF")] {
            assert_eq!(user(nobody), None, "{nobody:?}");
        }
    }
}
