//! What is asked.

use super::Policy;
use crate::domain::{
    ApiKeyId, AttributeAnswer, ConversationDraft, Dialect, EndUserDraft, FeedbackId, Judgement,
    Project, ProjectId, Rating, Score, Timestamp, UnknownTargets,
};
use uuid::Uuid;

/// A vote as it was asked for.
#[derive(Clone, Debug)]
pub struct Command {
    /// The project whose target is judged.
    pub project: ProjectId,
    /// The dialect by which it came.
    pub channel: Dialect,
    /// The key that it came with; none for imports.
    pub key: Option<ApiKeyId>,
    /// The rules that it follows.
    pub policy: Policy,
    /// What a vote for something unknown does.
    pub unknown_targets: UnknownTargets,
    /// Whether it may change what stands; otherwise it may only say something new. The application sets it by the
    /// caller's key, whatever stands here before.
    pub may_change: bool,
    /// Which feedback is meant.
    pub addressee: Addressee,
    /// What is to be done.
    pub verb: Verb,
    /// What it says.
    pub asked: Asked,
    /// What is told beside the vote, and stored with it or not at all.
    pub told: Told,
    /// When the feedback was created, for one that is older than its arrival.
    pub created_at: Option<Timestamp>,
    /// When the current version was made, for imports.
    pub updated_at: Option<Timestamp>,
    /// The id that it had where it was imported from.
    pub external_id: Option<String>,
    /// The vendor behind the project that is to hear of it, if any is. The application sets it, whatever stands here before.
    pub mirror: Option<Dialect>,
}

/// What a request tells beside its vote, before which it counts. A vote that may not change what stands adds what is new
/// and leaves what is known.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The conversation that is judged or whose message is, with its messages. It takes the place of the one that
    /// [`Place`] names.
    pub conversation: Option<ConversationDraft>,
    /// The author, where that is an end user.
    pub end_user: Option<EndUserDraft>,
    /// Whether what is known of the author stays as it is.
    pub end_user_stays: bool,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Judge.
    Say,
    /// Take the judgement back.
    TakeBack,
}

/// Which feedback is meant.
#[derive(Clone, Debug)]
pub enum Addressee {
    /// The feedback with this id, if it is the project's.
    Feedback(FeedbackId),
    /// The feedback of this author for this target under this name.
    Vote {
        /// What is judged.
        place: Place,
        /// Who judges.
        author: AuthorRef,
        /// The criterion.
        name: String,
    },
}

/// What is judged, as a request can name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A message, perhaps with the conversation that it belongs to.
    Message {
        /// The conversation.
        conversation: Option<RowRef>,
        /// The message.
        message: RowRef,
    },
    /// The last message of a conversation.
    LastMessage {
        /// The conversation.
        conversation: RowRef,
    },
    /// A conversation as a whole.
    Conversation {
        /// The conversation.
        conversation: RowRef,
    },
    /// The author's latest conversation.
    LatestConversation,
}

/// How a request names a row: by our id or by another's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RowRef {
    /// By our id.
    Id(Uuid),
    /// By our number.
    Number(i64),
    /// By what the application calls it.
    External(String),
}

/// Who judges, as a request can name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorRef {
    /// Nobody says who. All who do not say count as one.
    Anonymous,
    /// A person, by what the application calls them.
    EndUser {
        /// What the application calls the person.
        external_id: String,
        /// Whether the workspace as a whole knows the person, rather than the project alone.
        of_workspace: bool,
    },
    /// A colleague who reviews answers, by name.
    Reviewer(String),
    /// A model that judges, by name.
    Model(String),
}

/// What a request says of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Ask<T> {
    /// Nothing.
    #[default]
    Absent,
    /// That it be empty.
    Clear,
    /// That it be this.
    Set(T),
}

/// What a request says of a judgement's fields.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Asked {
    /// See [`Judgement::rating`].
    pub rating: Ask<Rating>,
    /// See [`Judgement::score`].
    pub score: Ask<Score>,
    /// See [`Judgement::resolved`].
    pub resolved: Ask<bool>,
    /// See [`Judgement::reasons`].
    pub reasons: Ask<Vec<String>>,
    /// See [`Judgement::comment`].
    pub comment: Ask<String>,
    /// See [`Judgement::correction`].
    pub correction: Ask<String>,
    /// See [`Judgement::attributes`].
    pub attributes: Ask<Vec<AttributeAnswer>>,
    /// See [`Judgement::message_copied_at`].
    pub message_copied_at: Ask<Timestamp>,
    /// See [`Judgement::submitted_at`].
    pub submitted_at: Ask<Timestamp>,
    /// See [`Judgement::metadata`].
    pub metadata: Ask<String>,
}

impl Command {
    /// A vote that says something in a project, and nothing beside it.
    pub fn new(
        project: &Project,
        channel: Dialect,
        policy: Policy,
        addressee: Addressee,
        asked: Asked,
    ) -> Self {
        Self {
            project: project.id,
            channel,
            key: None,
            policy,
            unknown_targets: project.unknown_targets,
            may_change: true,
            addressee,
            verb: Verb::Say,
            asked,
            told: Told::default(),
            created_at: None,
            updated_at: None,
            external_id: None,
            mirror: None,
        }
    }
}

impl Told {
    /// Whether nothing is told.
    pub const fn is_empty(&self) -> bool {
        self.conversation.is_none() && self.end_user.is_none()
    }
}

impl Place {
    /// The same place in another conversation. One that names no conversation stays.
    #[must_use]
    pub fn within(self, conversation: RowRef) -> Self {
        match self {
            Self::Message { message, .. } => Self::Message {
                conversation: Some(conversation),
                message,
            },
            Self::LastMessage { .. } => Self::LastMessage { conversation },
            Self::Conversation { .. } => Self::Conversation { conversation },
            Self::LatestConversation => Self::LatestConversation,
        }
    }
}

impl<T> Ask<T> {
    /// Nothing was said of the field.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// [`Ask::Set`] for a value, [`Ask::Clear`] for none.
    pub fn set_or_clear(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }

    /// [`Ask::Set`] for a value, [`Ask::Absent`] for none.
    pub fn set_or_absent(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Set)
    }

    /// This, or [`Ask::Clear`] where nothing was said.
    fn or_clear(self) -> Self {
        if self.is_absent() { Self::Clear } else { self }
    }

    fn over(self, old: Option<T>) -> Option<T> {
        match self {
            Self::Absent => old,
            Self::Clear => None,
            Self::Set(new) => Some(new),
        }
    }
}

impl Asked {
    /// Whether any part of the judgement proper is mentioned, that is all but the times and the metadata.
    pub(super) const fn judges(&self) -> bool {
        !(self.rating.is_absent()
            && self.score.is_absent()
            && self.resolved.is_absent()
            && self.reasons.is_absent()
            && self.comment.is_absent()
            && self.correction.is_absent()
            && self.attributes.is_absent())
    }

    /// The same, with every part of the judgement that it does not mention cleared.
    pub(super) fn replacing_judgement(self) -> Self {
        Self {
            rating: self.rating.or_clear(),
            score: self.score.or_clear(),
            resolved: self.resolved.or_clear(),
            reasons: self.reasons.or_clear(),
            comment: self.comment.or_clear(),
            correction: self.correction.or_clear(),
            attributes: self.attributes.or_clear(),
            submitted_at: self.submitted_at.or_clear(),
            ..self
        }
    }

    /// The same, with the comment cleared if it is not mentioned.
    pub(super) fn clearing_comment(self) -> Self {
        Self {
            comment: self.comment.or_clear(),
            ..self
        }
    }

    /// What a judgement becomes by it.
    pub(super) fn over(self, old: Judgement) -> Judgement {
        let list = |asked: Ask<Vec<_>>, old: Vec<_>| asked.over(Some(old)).unwrap_or_default();
        Judgement {
            rating: self.rating.over(old.rating),
            score: self.score.over(old.score),
            resolved: self.resolved.over(old.resolved),
            reasons: list(self.reasons, old.reasons),
            comment: self.comment.over(old.comment),
            correction: self.correction.over(old.correction),
            attributes: self
                .attributes
                .over(Some(old.attributes))
                .unwrap_or_default(),
            message_copied_at: self.message_copied_at.over(old.message_copied_at),
            submitted_at: self.submitted_at.over(old.submitted_at),
            metadata: self.metadata.over(old.metadata),
        }
    }
}
