//! Identifiers. Every noun has its own type, so that one cannot be passed where another is meant.

use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

identifiers! {
    /// An account: owns projects, keys and settings.
    WorkspaceId,
    /// One application whose messages are judged.
    ProjectId,
    /// Ordered messages.
    ConversationId,
    /// One turn of a conversation.
    MessageId,
    /// A person who talks to the application.
    EndUserId,
    /// One judgement of one target by one author.
    FeedbackId,
    /// A question with fixed answers that a project defines.
    AttributeId,
    /// One of an attribute's answers.
    OptionId,
    /// A credential.
    ApiKeyId,
    /// Somebody who signs in.
    AccountId,
    /// That somebody is signed in.
    SessionId,
    /// A one-time link.
    InviteId,
}
