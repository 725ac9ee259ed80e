//! What a command meets.

use crate::domain::{Judgement, Timestamp};

/// What is known when a command is decided. It holds facts, not rows, so that every engine can state it.
#[derive(Clone, Debug, Default)]
pub struct Situation {
    /// Whether the author is known. Authors who are not end users always are.
    pub author_known: bool,
    /// What is known of the target. Not looked at when a feedback is addressed by its id.
    pub target: TargetFacts,
    /// The feedback that the command may mean, standing or retracted, newest first.
    pub standing: Vec<Standing>,
    /// When the author's last vote in this project was accepted. Only needed where the policy has a quiet time.
    pub last_accepted_at: Option<Timestamp>,
}

/// What is known of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TargetFacts {
    /// It is not known, and can be registered.
    #[default]
    Unknown,
    /// It is named by an id of ours that does not exist, so there is nothing that could be registered.
    NoSuchId,
    /// The conversation is known, but it has no message. Where unknown targets are accepted, the conversation as a
    /// whole is judged in its place.
    NoMessage,
    /// It is known.
    Known {
        /// Whose it is.
        owner: Owner,
    },
}

/// Whose a target is, as the author sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Nobody's that we know of.
    Nobody,
    /// The author's own.
    Author,
    /// Another person's.
    Another,
}

/// A feedback that exists.
#[derive(Clone, Debug)]
pub struct Standing {
    /// What it says; empty if it is retracted.
    pub judgement: Judgement,
    /// Whether it was taken back.
    pub retracted: bool,
    /// When this version was accepted.
    pub updated_at: Timestamp,
}
