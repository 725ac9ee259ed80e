//! Threads and their messages.

use super::super::error::Rejection;
use super::super::wire::{MessageBody, ThreadBody};
use super::{Person, not_empty, time};
use crate::domain::{ConversationDraft, MessageDraft, Role, TextFormat};
use serde_json::Value;

/// What a request says of a thread and of the person who talks in it.
pub(in super::super) fn conversation_draft(
    body: ThreadBody,
) -> Result<(ConversationDraft, Option<Person>), Rejection> {
    let person = Person::of(body.external_user)?;
    let created_at = body.created_at.map(|text| time("createdAt", &text));
    let messages = body.messages.unwrap_or_default().into_iter();
    let draft = ConversationDraft {
        external_id: not_empty(body.external_id),
        end_user: person.as_ref().map(|person| person.external_id.clone()),
        workspace_end_user: true,
        end_user_draft: person
            .as_ref()
            .map(|person| person.draft.clone())
            .unwrap_or_default(),
        metadata: body.metadata.map(|object| object.0),
        created_at: created_at.transpose()?,
        messages: messages
            .enumerate()
            .map(|(place, message)| message_draft(place, message))
            .collect::<Result<_, _>>()?,
        ..ConversationDraft::default()
    };
    Ok((draft, person))
}

/// What is said of a message. A role that is none of Candor's is kept as the application spells it.
fn message_draft(place: usize, body: MessageBody) -> Result<MessageDraft, Rejection> {
    let at = |field: &str| format!("messages[{place}].{field}");
    let (format, content) = match body.kind.as_deref() {
        None | Some("markdown") => (TextFormat::Markdown, body.content),
        Some("json") => (TextFormat::Json, json_text(body.json_content, body.content)),
        Some(_) => {
            return Err(Rejection::bad_request(format!(
                "{} must be markdown or json",
                at("type")
            )));
        }
    };
    let role: Option<Role> = body.role.as_deref().and_then(|role| role.parse().ok());
    let created_at = body.created_at.map(|text| time(&at("createdAt"), &text));
    Ok(MessageDraft {
        external_id: not_empty(body.external_id),
        role,
        speaker: body.role.filter(|_| role.is_none()),
        content,
        format: Some(format),
        metadata: body.metadata.map(|object| object.0),
        created_at: created_at.transpose()?,
        ..MessageDraft::default()
    })
}

fn json_text(json: Option<Value>, text: Option<String>) -> Option<String> {
    json.map(|json| json.to_string()).or(text)
}
