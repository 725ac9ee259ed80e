//! Threads and their messages.

use super::super::error::Rejection;
use super::super::wire::{self, MessageBody, ThreadBody};
use super::{Person, not_empty, time};
use crate::app::{FreeObject, Transcript};
use crate::dialects::answer::milliseconds;
use crate::domain::{
    ConversationDraft, ConversationId, Message, MessageDraft, MessageId, Project, Role, TextFormat,
    Timestamp,
};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::hash::Hash;

/// What a request says of a thread and of the person who talks in it.
pub(in super::super) fn conversation_draft(
    body: ThreadBody,
) -> Result<(ConversationDraft, Option<Person>), Rejection> {
    let person = Person::of(body.external_user)?;
    let created_at = body.created_at.map(|text| time("createdAt", &text));
    let created_at = created_at.transpose()?;
    let messages = body.messages.unwrap_or_default().into_iter();
    let draft = ConversationDraft {
        external_id: not_empty(body.external_id),
        end_user: person.as_ref().map(|person| person.external_id.clone()),
        workspace_end_user: true,
        end_user_draft: person
            .as_ref()
            .map(|person| person.draft.clone())
            .unwrap_or_default(),
        end_user_is_internal: person.as_ref().and_then(|person| person.is_internal),
        metadata: body.metadata.and_then(says_something),
        created_at,
        from_the_start: true,
        messages: messages
            .enumerate()
            .map(|(place, message)| message_draft(place, message, created_at))
            .collect::<Result<_, _>>()?,
        ..ConversationDraft::default()
    };
    Ok((draft, person))
}

/// What is said of a message. A role that is none of Candor's is kept as the application spells it.
///
/// Melodi's messages have no times. Those of a thread that is older than its arrival are as old as it, in their order.
pub(in super::super) fn message_draft(
    place: usize,
    body: MessageBody,
    begun: Option<Timestamp>,
) -> Result<MessageDraft, Rejection> {
    let at = |field: &str| format!("messages[{place}].{field}");
    let (format, content) = match (body.kind.as_deref(), body.content, body.json_content) {
        // Whoever forgets the type of what can only be JSON means JSON.
        (None | Some("json"), None, Some(json)) => (TextFormat::Json, Some(json.to_string())),
        (None | Some("markdown"), text, _) => (TextFormat::Markdown, text),
        (Some("json"), text, json) => {
            (TextFormat::Json, json.map(|json| json.to_string()).or(text))
        }
        (Some(_), ..) => {
            return Err(Rejection::bad_request(format!(
                "{} must be markdown or json",
                at("type")
            )));
        }
    };
    let role = not_empty(body.role);
    let known = role.as_deref().and_then(role_named);
    let created_at = body.created_at.map(|text| time(&at("createdAt"), &text));
    let later = i64::try_from(place).unwrap_or(i64::MAX);
    let of_thread = begun.map(|begun| begun.plus_microseconds(later));
    Ok(MessageDraft {
        external_id: not_empty(body.external_id),
        role: known,
        speaker: role.filter(|role| known.is_none_or(|known| known.name() != role)),
        content,
        format: Some(format),
        metadata: body.metadata.and_then(says_something),
        created_at: created_at.transpose()?.or(of_thread),
        ..MessageDraft::default()
    })
}

/// The role that a word means, in any case.
fn role_named(word: &str) -> Option<Role> {
    match word.to_ascii_lowercase().as_str() {
        "human" => Some(Role::User),
        word => word.parse().ok(),
    }
}

/// An object as text. The Python SDK sends an empty one where nothing is said.
fn says_something(object: FreeObject) -> Option<String> {
    Some(object.into_text()).filter(|text| text != "{}")
}

/// What belongs to threads and messages beside themselves, where it was asked for. What is shown is taken out.
#[derive(Debug, Default)]
pub(in super::super) struct Included {
    /// Feedback by what it is on.
    pub(in super::super) feedback: Option<HashMap<On, Vec<wire::Feedback>>>,
    /// Issues by the numbers of messages.
    pub(in super::super) issues: Option<HashMap<i64, Vec<wire::IssueAssociation>>>,
    /// Intents by the numbers of messages.
    pub(in super::super) intents: Option<HashMap<i64, Vec<wire::IntentAssociation>>>,
}

/// What a feedback is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) enum On {
    /// A message.
    Message(MessageId),
    /// A thread as a whole.
    Thread(ConversationId),
}

fn taken<Key: Eq + Hash, Item>(
    from: &mut Option<HashMap<Key, Vec<Item>>>,
    key: &Key,
) -> Option<Vec<Item>> {
    from.as_mut().map(|all| all.remove(key).unwrap_or_default())
}

/// A thread as Melodi shows one.
pub(in super::super) fn thread(
    organization: i64,
    project: &Project,
    transcript: Transcript,
    included: &mut Included,
) -> wire::Thread {
    let conversation = transcript.conversation;
    let messages = transcript.messages.into_iter();
    let metadata = scalars(conversation.metadata.as_deref());
    let user = transcript.end_user;
    wire::Thread {
        id: conversation.number,
        organization_id: organization,
        external_id: conversation.external_id,
        project_id: project.number,
        project: wire::ThreadProject {
            id: project.number,
            name: project.name.clone(),
        },
        external_user_id: user.as_ref().map(|user| user.number),
        external_user: user.map(|user| super::end_user(organization, user)),
        messages: messages.map(|one| message(one, included)).collect(),
        outcome: metadata
            .get("outcome")
            .and_then(Value::as_str)
            .map(str::to_owned),
        metadata,
        external_feedback: taken(&mut included.feedback, &On::Thread(conversation.id)),
        created_at: milliseconds(conversation.created_at),
        updated_at: milliseconds(conversation.updated_at),
    }
}

/// What the speaker of a message is called.
pub(in super::super) fn role_name(message: &Message) -> &str {
    let role = message.role.unwrap_or(Role::Assistant);
    message.speaker.as_deref().unwrap_or_else(|| role.name())
}

/// A message as Melodi shows one.
pub(in super::super) fn message(message: Message, included: &mut Included) -> wire::Message {
    let number = message.number;
    let role = role_name(&message).to_owned();
    let (content, json_content) = match message.format {
        TextFormat::Markdown => (message.content, None),
        TextFormat::Json => match message.content.as_deref().map(serde_json::from_str) {
            Some(Ok(json)) => (None, Some(json)),
            _ => (message.content, None),
        },
    };
    let feedback = taken(&mut included.feedback, &On::Message(message.id));
    wire::Message {
        id: number,
        external_id: message.external_id,
        kind: message.format.name(),
        role,
        content,
        json_content,
        metadata: scalars(message.metadata.as_deref()),
        created_at: milliseconds(message.created_at),
        issue_associations: taken(&mut included.issues, &number),
        intent_associations: taken(&mut included.intents, &number),
        external_feedback_associations: feedback.as_ref().map(|all| {
            let associations = all.iter().cloned();
            associations
                .map(|external_feedback| wire::FeedbackAssociation { external_feedback })
                .collect()
        }),
        external_feedback: feedback,
    }
}

/// Metadata as all SDKs can read it: texts and whole numbers. Anything else is shown as text, and nulls are left out.
fn scalars(metadata: Option<&str>) -> Map<String, Value> {
    let metadata: Map<String, Value> = metadata
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let pairs = metadata.into_iter().filter(|(_, value)| !value.is_null());
    pairs
        .map(|(field, value)| {
            let shown = match value {
                Value::String(_) => value,
                Value::Number(number) if number.is_i64() || number.is_u64() => number.into(),
                other => Value::String(other.to_string()),
            };
            (field, shown)
        })
        .collect()
}
