//! Votes on their way to the vendors behind projects, as the store gives and takes them.

use crate::domain::{Dialect, EndUser, Feedback, FeedbackVersion, Message, Timestamp};

/// A vote that is due to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct MirrorJob {
    /// By which it is named.
    pub place: MirrorPlace,
    /// The vendor that is to hear of it.
    pub vendor: Dialect,
    /// How often it was sent in vain.
    pub attempts: u32,
    /// When it was first sent in vain.
    pub tried_since: Option<Timestamp>,
    /// The feedback as it stands now.
    pub feedback: Feedback,
    /// The version that is to be sent.
    pub version: FeedbackVersion,
    /// The version before it.
    pub before: Option<FeedbackVersion>,
    /// The conversation's messages, oldest first; only where they were asked for, and none of a very long one.
    pub messages: Vec<Message>,
    /// The author, where that is a person; only where that was asked for.
    pub end_user: Option<EndUser>,
}

/// By which a job is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MirrorPlace {
    pub(super) row: i64,
    // A row's number is given anew when the last row is gone; a feedback's version comes once.
    pub(super) feedback: i64,
    pub(super) version: u32,
}

/// What became of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The vendor has it.
    Arrived,
    /// It is to be tried again.
    Again {
        /// When.
        at: Timestamp,
        /// The status of the answer, if there was one.
        status: Option<u16>,
        /// Why it did not arrive.
        reason: String,
    },
    /// The vendor refused it.
    Refused {
        /// The status of the answer.
        status: u16,
        /// The vendor's word.
        reason: String,
    },
    /// It was tried for too long.
    GivenUp {
        /// The status of the last answer, if there was one.
        status: Option<u16>,
        /// Why it did not arrive.
        reason: String,
    },
    /// The vendor's interface has no call that says it.
    NotMirrored {
        /// Why not.
        reason: String,
    },
}

/// How many votes are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MirrorCounts {
    /// Still to be sent.
    pub waiting: u64,
    /// Refused by the vendor.
    pub refused: u64,
    /// No longer tried.
    pub given_up: u64,
    /// Without a call of the vendor's that says them.
    pub not_mirrored: u64,
    /// When the oldest of those that wait was accepted.
    pub oldest_waiting_at: Option<Timestamp>,
    /// When one of those that wait is tried next.
    pub next_try_at: Option<Timestamp>,
}
