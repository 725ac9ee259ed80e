//! What conversations are about, by a project's own words.

use super::{ProjectId, Timestamp};

/// Something that messages of a project are about. Its name is unique in its project and kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// An integer that stays the same for good.
    pub number: i64,
    /// The project.
    pub project: ProjectId,
    /// What kind of topic it is.
    pub kind: TopicKind,
    /// The project's word for it.
    pub name: String,
    /// What it means, for people.
    pub description: Option<String>,
    /// When it was first heard of.
    pub created_at: Timestamp,
}

/// What kind of topic it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TopicKind {
    /// Something that goes wrong for people.
    Issue,
    /// Something that people want.
    Intent,
}

/// What is said of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicDraft {
    /// What kind of topic it is.
    pub kind: TopicKind,
    /// The project's word for it.
    pub name: String,
    /// What it means, for people.
    pub description: Option<String>,
    /// When it was first heard of; now, if this is absent.
    pub created_at: Option<Timestamp>,
}

/// That a message is about a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicOfMessage {
    /// An integer that no other such row has or will have.
    pub number: i64,
    /// The message's number.
    pub message: i64,
    /// The topic.
    pub topic: Topic,
}

impl TopicKind {
    /// Both kinds, in the order of their stored codes.
    pub const ALL: [Self; 2] = [Self::Issue, Self::Intent];

    /// The name in messages for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Intent => "intent",
        }
    }
}
