//! What a thread of a page says, in Candor's nouns.

use super::page::{Message, Thread, User};
use crate::app::Transcript;
use crate::dialects::melodi::convert;
use crate::dialects::melodi::error::Rejection;
use crate::dialects::melodi::wire;
use crate::domain::{
    ConversationDraft, EndUser, EndUserDetails, EndUserDraft, MessageDraft, Segment, Timestamp,
};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// What the application calls something, or where it has no name what it is called from now on.
pub(super) fn name(external_id: Option<&String>, id: u64) -> String {
    match external_id.filter(|name| !name.is_empty()) {
        Some(name) => name.clone(),
        None => format!("melodi:{id}"),
    }
}

/// A time of a page.
pub(super) fn time(field: &str, text: &str) -> Result<Timestamp, String> {
    convert::time(field, text).map_err(reason)
}

/// Why something of a page cannot be taken, in words.
#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
pub(super) fn reason(rejection: Rejection) -> String {
    rejection.message().to_owned()
}

/// What a page tells of a thread that is not known yet; what is known is known better than from a page that is older.
pub(super) fn conversation(
    thread: &Thread,
    known: Option<&Transcript>,
) -> Result<ConversationDraft, String> {
    let begun = time("createdAt", &thread.created_at)?;
    let external_id = name(thread.external_id.as_ref(), thread.id);
    let messages = messages(thread, known, begun)?;
    let person = thread
        .external_user
        .as_ref()
        .map(|user| name(user.external_id.as_ref(), user.id));
    let mut metadata = thread.metadata.clone().unwrap_or_default();
    if let Some(outcome) = &thread.outcome {
        metadata
            .entry("outcome")
            .or_insert_with(|| Value::String(outcome.clone()));
    }
    let conversation = known.map(|known| &known.conversation);
    let nobody = conversation.is_none_or(|known| known.end_user.is_none());
    let untold = conversation.is_none_or(|known| known.metadata.is_none());
    let later = conversation.is_none_or(|known| begun < known.created_at);
    Ok(ConversationDraft {
        external_id: Some(external_id),
        end_user: person.filter(|_| nobody),
        workspace_end_user: true,
        metadata: text(metadata).filter(|_| untold),
        created_at: later.then_some(begun),
        messages,
        ..ConversationDraft::default()
    })
}

/// Whether a draft of a known thread tells anything new.
pub(super) fn says_something(draft: &ConversationDraft) -> bool {
    let nothing = ConversationDraft {
        external_id: draft.external_id.clone(),
        workspace_end_user: draft.workspace_end_user,
        ..ConversationDraft::default()
    };
    *draft != nothing
}

fn messages(
    thread: &Thread,
    known: Option<&Transcript>,
    begun: Timestamp,
) -> Result<Vec<MessageDraft>, String> {
    let told: HashSet<_> = known
        .iter()
        .flat_map(|known| &known.messages)
        .filter(|message| !message.stub)
        .filter_map(|message| message.external_id.as_deref())
        .collect();
    let mut messages = Vec::new();
    for (place, message) in thread.messages.iter().enumerate() {
        let external_id = name(message.external_id.as_ref(), message.id);
        if !told.contains(external_id.as_str()) {
            messages.push(self::message(place, message, external_id, begun)?);
        }
    }
    Ok(messages)
}

fn message(
    place: usize,
    message: &Message,
    external_id: String,
    begun: Timestamp,
) -> Result<MessageDraft, String> {
    let body = wire::MessageBody {
        external_id: Some(external_id),
        kind: message.kind.clone(),
        role: message.role.clone(),
        content: message.content.clone(),
        json_content: message.json_content.clone(),
        metadata: None,
        created_at: message.created_at.clone(),
    };
    let draft = convert::message_draft(place, body, Some(begun)).map_err(reason)?;
    Ok(MessageDraft {
        metadata: text(message.metadata.clone().unwrap_or_default()),
        ..draft
    })
}

fn text(metadata: Map<String, Value>) -> Option<String> {
    (!metadata.is_empty()).then(|| Value::Object(metadata).to_string())
}

/// What a page tells of a person that is not known yet; none if that is nothing.
pub(super) fn person(user: &User, known: Option<&EndUser>) -> Option<EndUserDraft> {
    let new = |told: &Option<String>, known: Option<&Option<String>>| {
        let unknown = known.is_none_or(Option::is_none);
        told.clone().filter(|_| unknown)
    };
    let details = known.map(|known| &known.details);
    let kinds: HashSet<_> = known
        .iter()
        .flat_map(|known| &known.segments)
        .map(|known| known.segment.kind.as_str())
        .collect();
    let segments = user.segments.iter();
    let segments = segments.filter(|segment| !kinds.contains(segment.kind.name.as_str()));
    let draft = EndUserDraft {
        details: EndUserDetails {
            name: new(&user.name, details.map(|known| &known.name)),
            email: new(&user.email, details.map(|known| &known.email)),
            username: new(&user.username, details.map(|known| &known.username)),
            ..EndUserDetails::default()
        },
        segments: segments
            .map(|segment| Segment {
                kind: segment.kind.name.clone(),
                value: segment.name.clone(),
            })
            .collect(),
        ..EndUserDraft::default()
    };
    (known.is_none() || draft != EndUserDraft::default()).then_some(draft)
}

/// People of a thread and its feedback, each of them once, by name.
pub(super) fn people<'page>(
    users: impl Iterator<Item = &'page User>,
) -> HashMap<String, &'page User> {
    users
        .map(|user| (name(user.external_id.as_ref(), user.id), user))
        .collect()
}
