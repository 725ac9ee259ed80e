//! Conversations and their messages.

use super::{ConversationId, EndUserDraft, EndUserId, MessageId, ProjectId, Timestamp};
use std::fmt;
use std::str::FromStr;

/// Ordered messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Our id.
    pub id: ConversationId,
    /// An integer that stays the same for good, for clients whose ids are integers.
    pub number: i64,
    /// The project.
    pub project: ProjectId,
    /// What the application calls it; none for a conversation that only we know.
    pub external_id: Option<String>,
    /// The person who talks, our id and what the application calls the person.
    pub end_user: Option<(EndUserId, String)>,
    /// A title for people.
    pub title: Option<String>,
    /// Free JSON object, as compact text.
    pub metadata: Option<String>,
    /// Words by which people sort conversations, each of them once.
    pub tags: Vec<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When we last learnt something about it.
    pub updated_at: Timestamp,
}

/// One turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Our id.
    pub id: MessageId,
    /// An integer that stays the same for good, for clients whose ids are integers.
    pub number: i64,
    /// The project.
    pub project: ProjectId,
    /// The conversation, if it is known: a vote may come before its message.
    pub conversation: Option<(ConversationId, Option<String>)>,
    /// What the application calls it.
    pub external_id: Option<String>,
    /// The person who owns it: our id and what the application calls the person.
    pub owner: Option<(EndUserId, String)>,
    /// Who speaks; none for a stub.
    pub role: Option<Role>,
    /// What the application calls the speaker, where that is the name of no role.
    pub speaker: Option<String>,
    /// The turn that this one answers, where the application pairs question and answer in one message.
    pub query: Option<String>,
    /// The text.
    pub content: Option<String>,
    /// How the text is written.
    pub format: TextFormat,
    /// The model that wrote it.
    pub model: Option<String>,
    /// The version of the prompt or application that wrote it.
    pub version: Option<String>,
    /// Free JSON object, as compact text.
    pub metadata: Option<String>,
    /// When it was said.
    pub created_at: Timestamp,
    /// Whether only its id is known, from a vote that came before it.
    pub stub: bool,
}

/// Who speaks in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The person.
    User,
    /// The AI.
    Assistant,
    /// Instructions.
    System,
    /// The answer of a tool.
    Tool,
}

/// How the text of a message is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum TextFormat {
    /// For people, perhaps with Markdown in it.
    #[default]
    Markdown,
    /// As compact JSON.
    Json,
}

/// No role has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRole(pub String);

/// Which texts of messages a project keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum KeepText {
    /// Everything.
    #[default]
    All,
    /// What people asked and what the AI answered; not system texts and tool answers.
    QuestionAndAnswer,
    /// No text at all.
    None,
}

/// What is said of a conversation. An absent field says nothing about what is known already.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ConversationDraft {
    /// Our id, where it is known already and meant by that.
    pub known: Option<ConversationId>,
    /// What the application calls it; without one, the conversation is a new one at every call.
    pub external_id: Option<String>,
    /// What the application calls the person.
    pub end_user: Option<String>,
    /// Whether that person is known to the workspace rather than to the project alone.
    pub workspace_end_user: bool,
    /// What is said of that person.
    pub end_user_draft: EndUserDraft,
    /// Whether what is known of that person stays as it is.
    pub end_user_stays: bool,
    /// Whether that person belongs to the operator rather than to the public.
    pub end_user_is_internal: Option<bool>,
    /// A title for people.
    pub title: Option<String>,
    /// Free JSON object, as compact text.
    pub metadata: Option<String>,
    /// When it began; now, if it is new and this is absent.
    pub created_at: Option<Timestamp>,
    /// Its messages, oldest first; those already known are matched by `external_id`.
    pub messages: Vec<MessageDraft>,
    /// Whether `messages` begins with the first message. Those without a name that are as known ones are these, then, up
    /// to the first that is not.
    pub from_the_start: bool,
}

/// What is said of a message.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct MessageDraft {
    /// What the application calls it; without one, the message is a new one at every call.
    pub external_id: Option<String>,
    /// Who speaks; the AI, if it is absent.
    pub role: Option<Role>,
    /// What the application calls the speaker, where that is the name of no role.
    pub speaker: Option<String>,
    /// The turn that this one answers.
    pub query: Option<String>,
    /// The text.
    pub content: Option<String>,
    /// How the text is written: as Markdown, in a new message.
    pub format: Option<TextFormat>,
    /// The model that wrote it.
    pub model: Option<String>,
    /// The version of the prompt or application.
    pub version: Option<String>,
    /// Free JSON object, as compact text.
    pub metadata: Option<String>,
    /// When it was said; now, if it is new and this is absent.
    pub created_at: Option<Timestamp>,
}

impl Role {
    /// Every role, in the order of their stored codes.
    pub const ALL: [Self; 4] = [Self::User, Self::Assistant, Self::System, Self::Tool];

    /// The name in files and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::System => "system",
            Self::Tool => "tool",
        }
    }
}

impl TextFormat {
    /// Both formats, in the order of their stored codes.
    pub const ALL: [Self; 2] = [Self::Markdown, Self::Json];

    /// The name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Json => "json",
        }
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == name)
            .ok_or_else(|| UnknownRole(name.to_owned()))
    }
}

impl fmt::Display for UnknownRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "\"{}\" is none of user, assistant, system, tool",
            self.0
        )
    }
}

impl std::error::Error for UnknownRole {}

impl KeepText {
    /// Every choice, in the order of their stored codes.
    pub const ALL: [Self; 3] = [Self::All, Self::QuestionAndAnswer, Self::None];

    /// The name in files and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::QuestionAndAnswer => "question_and_answer",
            Self::None => "none",
        }
    }

    /// The conversation with only the texts that may be kept.
    #[must_use]
    pub fn kept_of(self, mut conversation: ConversationDraft) -> ConversationDraft {
        let messages = conversation.messages.into_iter();
        conversation.messages = messages.map(|message| self.redacted(message)).collect();
        conversation
    }

    /// The message with only the texts that may be kept.
    #[must_use]
    pub fn redacted(self, mut message: MessageDraft) -> MessageDraft {
        let spoken = matches!(message.role, None | Some(Role::User | Role::Assistant));
        if self == Self::None || (self == Self::QuestionAndAnswer && !spoken) {
            message.query = None;
            message.content = None;
        }
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn question_and_answer_drops_the_texts_of_tools() {
        let draft = MessageDraft {
            role: Some(Role::Tool),
            content: Some("secret".to_owned()),
            ..MessageDraft::default()
        };
        assert_eq!(KeepText::QuestionAndAnswer.redacted(draft).content, None);
    }

    #[test]
    fn none_drops_the_question_too() {
        let draft = MessageDraft {
            query: Some("why?".to_owned()),
            content: Some("because".to_owned()),
            ..MessageDraft::default()
        };
        let kept = KeepText::None.redacted(draft);
        assert_eq!((kept.query, kept.content), (None, None));
    }
}
