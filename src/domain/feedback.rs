//! A feedback with its history.

use super::{
    ApiKeyId, ConversationId, Dialect, EndUserId, FeedbackId, Judgement, MessageId, ProjectId,
    Segment, Timestamp,
};

/// The criterion of a feedback that names none.
pub const DEFAULT_NAME: &str = "user_feedback";

/// One judgement of one target by one author under one name, as it stands now.
#[derive(Clone, Debug, PartialEq)]
pub struct Feedback {
    /// Our id.
    pub id: FeedbackId,
    /// An integer that stays the same for good, for clients whose ids are integers.
    pub number: i64,
    /// The id that it had where it was imported from.
    pub external_id: Option<String>,
    /// The project.
    pub project: ProjectId,
    /// The criterion.
    pub name: String,
    /// What is judged.
    pub target: Target,
    /// Who judges.
    pub author: Author,
    /// What is said. Empty when the feedback is retracted.
    pub judgement: Judgement,
    /// Whether it stands.
    pub state: FeedbackState,
    /// The dialect by which the current version came.
    pub channel: Dialect,
    /// The key that the current version came with.
    pub key: Option<ApiKeyId>,
    /// 1 for the first version; one more for every accepted change.
    pub version: u32,
    /// When the first version was accepted (or made, where it was imported or backdated).
    pub created_at: Timestamp,
    /// When the current version was accepted.
    pub updated_at: Timestamp,
}

/// What is judged: a message, or a conversation as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The conversation, if it is known.
    pub conversation: Option<NamedRow<ConversationId>>,
    /// The message; none where the conversation as a whole is judged.
    pub message: Option<NamedRow<MessageId>>,
}

/// Something with our id and perhaps another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRow<Id> {
    /// Our id.
    pub id: Id,
    /// What the application calls it.
    pub external_id: Option<String>,
}

/// Who judges.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Author {
    /// Nobody says who.
    Anonymous,
    /// A person who talks to the application.
    EndUser {
        /// Our id.
        id: EndUserId,
        /// What the application calls the person.
        external_id: String,
        /// Groups that the person belongs to now.
        segments: Vec<Segment>,
    },
    /// A colleague who reviews answers, by name.
    Reviewer(String),
    /// A model that judges, by name.
    Model(String),
}

/// The kinds of [`Author`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthorKind {
    /// Nobody says who.
    Anonymous,
    /// A person who talks to the application.
    EndUser,
    /// A colleague who reviews answers.
    Reviewer,
    /// A model that judges.
    Model,
}

/// Whether a feedback stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeedbackState {
    /// It counts.
    Standing,
    /// It was taken back: it is counted nowhere, but its history stays.
    Retracted,
}

/// One version of a feedback, the current one included.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedbackVersion {
    /// 1 for the first.
    pub version: u32,
    /// What was said; empty in a version that took the feedback back.
    pub judgement: Judgement,
    /// Whether this version stands or took the feedback back.
    pub state: FeedbackState,
    /// The dialect by which it came.
    pub channel: Dialect,
    /// The key that it came with.
    pub key: Option<ApiKeyId>,
    /// When it was accepted.
    pub at: Timestamp,
}

impl Author {
    /// The author's kind.
    pub const fn kind(&self) -> AuthorKind {
        match self {
            Self::Anonymous => AuthorKind::Anonymous,
            Self::EndUser { .. } => AuthorKind::EndUser,
            Self::Reviewer(_) => AuthorKind::Reviewer,
            Self::Model(_) => AuthorKind::Model,
        }
    }
}

impl AuthorKind {
    /// Every kind, in the order of their stored codes.
    pub const ALL: [Self; 4] = [Self::Anonymous, Self::EndUser, Self::Reviewer, Self::Model];

    /// The name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::EndUser => "end_user",
            Self::Reviewer => "reviewer",
            Self::Model => "model",
        }
    }
}
