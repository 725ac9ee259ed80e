//! Conversations and their messages.

use super::{FreeObject, Id, Identified, Object, Role, ShownObject, TextFormat, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Ordered messages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Conversation {
    /// Our id.
    pub(crate) id: Id,
    /// What the application calls it; `null` for one that only we know.
    #[schema(required)]
    pub(crate) external_id: Option<String>,
    /// The person who talks.
    #[schema(required)]
    pub(crate) end_user: Option<Identified>,
    /// A title for people.
    #[schema(required)]
    pub(crate) title: Option<String>,
    /// A free object.
    #[schema(required, value_type = Option<Object>)]
    pub(crate) metadata: Option<ShownObject>,
    /// Words by which people sort conversations.
    pub(crate) tags: Vec<String>,
    /// When it began.
    pub(crate) created_at: Time,
    /// When something was last learnt about it.
    pub(crate) updated_at: Time,
}

/// One turn of a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Message {
    /// Our id.
    pub(crate) id: Id,
    /// What the application calls it.
    #[schema(required)]
    pub(crate) external_id: Option<String>,
    /// The conversation; `null` if a vote came before it.
    #[schema(required)]
    pub(crate) conversation: Option<Identified>,
    /// The person whose conversation it is.
    #[schema(required)]
    pub(crate) end_user: Option<Identified>,
    /// Who speaks; `null` for a stub.
    #[schema(required)]
    pub(crate) role: Option<Role>,
    /// What the application calls the speaker, where that is the name of no role.
    #[schema(required)]
    pub(crate) speaker: Option<String>,
    /// The turn that this one answers.
    #[schema(required)]
    pub(crate) query: Option<String>,
    /// The text.
    #[schema(required)]
    pub(crate) content: Option<String>,
    /// How the text is written: for people, or as JSON.
    pub(crate) format: TextFormat,
    /// The model that wrote it.
    #[schema(required)]
    pub(crate) model: Option<String>,
    /// The version of the prompt or application that wrote it.
    #[schema(required)]
    pub(crate) version: Option<String>,
    /// A free object.
    #[schema(required, value_type = Option<Object>)]
    pub(crate) metadata: Option<ShownObject>,
    /// When it was said.
    pub(crate) created_at: Time,
    /// Whether only its id is known, from a vote that came before it.
    pub(crate) stub: bool,
}

/// What is said of a message. What is absent stays as it is known.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageBody {
    /// What the application calls it; without this, the message is a new one at every call.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1024)]
    pub(crate) external_id: Option<String>,
    /// Who speaks: `assistant` in a new message.
    #[serde(default)]
    pub(crate) role: Option<Role>,
    /// What the application calls the speaker, where that is the name of no role.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub(crate) speaker: Option<String>,
    /// The turn that this one answers, where the application pairs question and answer in one message.
    #[serde(default)]
    #[schema(max_length = 400_000)]
    pub(crate) query: Option<String>,
    /// The text.
    #[serde(default)]
    #[schema(max_length = 400_000)]
    pub(crate) content: Option<String>,
    /// How the text is written: `markdown` in a new message.
    #[serde(default)]
    pub(crate) format: Option<TextFormat>,
    /// The model that wrote it.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub(crate) model: Option<String>,
    /// The version of the prompt or application that wrote it.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub(crate) version: Option<String>,
    /// A free object of at most 16 KiB, whose numbers are below 2^64.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub(crate) metadata: Option<FreeObject>,
    /// When it was said: now, in a new message.
    #[serde(default)]
    pub(crate) created_at: Option<Time>,
}

/// What is said of a conversation. What is absent stays as it is known.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"end_user": "ada", "messages": [
    {"external_id": "m1", "role": "user", "content": "What is a refund?"},
    {"external_id": "m2", "role": "assistant", "content": "Money back.", "model": "gpt-4o"},
]})))]
pub(crate) struct ConversationBody {
    /// What the application calls the person who talks.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1024)]
    pub(crate) end_user: Option<String>,
    /// A title for people.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub(crate) title: Option<String>,
    /// A free object of at most 16 KiB, whose numbers are below 2^64.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub(crate) metadata: Option<FreeObject>,
    /// When it began: now, for a new conversation.
    #[serde(default)]
    pub(crate) created_at: Option<Time>,
    /// Its messages, oldest first; those already known are matched by `external_id`.
    #[serde(default)]
    #[schema(value_type = Vec<MessageBody>, max_items = 2000)]
    pub(crate) messages: Vec<Object<MessageBody>>,
}

/// What is said of a conversation among others. What is absent stays as it is known.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewConversation {
    /// What the application calls it.
    #[schema(min_length = 1, max_length = 1024)]
    pub(crate) external_id: String,
    /// What the application calls the person who talks.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1024)]
    pub(crate) end_user: Option<String>,
    /// A title for people.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub(crate) title: Option<String>,
    /// A free object of at most 16 KiB, whose numbers are below 2^64.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub(crate) metadata: Option<FreeObject>,
    /// When it began: now, for a new conversation.
    #[serde(default)]
    pub(crate) created_at: Option<Time>,
    /// Its messages, oldest first; those already known are matched by `external_id`.
    #[serde(default)]
    #[schema(value_type = Vec<MessageBody>, max_items = 2000)]
    pub(crate) messages: Vec<Object<MessageBody>>,
}

/// Conversations, of which all are stored or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"conversations": [{"external_id": "c1", "end_user": "ada", "messages": [
    {"external_id": "m1", "role": "user", "content": "What is a refund?"},
    {"external_id": "m2", "role": "assistant", "content": "Money back.", "model": "gpt-4o"},
]}]})))]
pub(crate) struct ConversationBatch {
    /// The conversations.
    #[schema(value_type = Vec<NewConversation>, max_items = 1000)]
    pub(crate) conversations: Vec<Object<NewConversation>>,
}

/// What became of a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConversationWritten {
    /// Our id.
    pub(crate) id: Id,
    /// What the application calls it.
    pub(crate) external_id: String,
    /// Whether it is new.
    pub(crate) created: bool,
    /// Its messages of the request, in the same order.
    pub(crate) messages: Vec<Identified>,
}

/// What became of conversations, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConversationsWritten {
    /// One for each conversation.
    pub(crate) items: Vec<ConversationWritten>,
}
