//! Votes on their way to the vendor behind a project.

use super::{FeedbackId, Timestamp};
use std::fmt;
use std::str::FromStr;

/// Where a vote is that its project's upstream is to hear of. One that arrived is no longer kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MirrorState {
    /// It is still to be sent, perhaps again.
    Waiting,
    /// The vendor refused it.
    Refused,
    /// It could not be sent for so long that it is no longer tried.
    GivenUp,
    /// The vendor's interface has no call that says it.
    NotMirrored,
}

/// No state has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownMirrorState(pub String);

/// A version of a feedback that is not at the vendor, or not yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorEntry {
    /// An integer that later ones are greater than.
    pub number: i64,
    /// The feedback.
    pub feedback: FeedbackId,
    /// Its version.
    pub version: u32,
    /// Where it is.
    pub state: MirrorState,
    /// How often it was sent in vain.
    pub attempts: u32,
    /// When it is tried next, if it waits.
    pub next_try_at: Option<Timestamp>,
    /// The status of the vendor's last answer, if there was one.
    pub status: Option<u16>,
    /// Why it is not there: the vendor's word, or ours.
    pub reason: Option<String>,
    /// When the vote was accepted.
    pub created_at: Timestamp,
}

impl MirrorState {
    /// Every state, in the order of their stored codes.
    pub const ALL: [Self; 4] = [
        Self::Waiting,
        Self::Refused,
        Self::GivenUp,
        Self::NotMirrored,
    ];

    /// The name in options, answers and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Refused => "refused",
            Self::GivenUp => "given_up",
            Self::NotMirrored => "not_mirrored",
        }
    }
}

impl FromStr for MirrorState {
    type Err = UnknownMirrorState;

    fn from_str(name: &str) -> Result<Self, UnknownMirrorState> {
        Self::ALL
            .into_iter()
            .find(|state| state.name() == name)
            .ok_or_else(|| UnknownMirrorState(name.to_owned()))
    }
}

impl fmt::Display for UnknownMirrorState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "\"{}\" is none of waiting, refused, given_up, not_mirrored",
            self.0
        )
    }
}

impl std::error::Error for UnknownMirrorState {}
