//! Votes on their way to the vendor behind a project.

use super::{Id, MirrorState, Time};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How the mirror of a project is: the accepted votes that the vendor behind it is to hear of, and has not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Mirror {
    /// Whether what waits is sent. Otherwise it waits until the project's upstream has `mirror` again, or is dropped.
    pub(crate) active: bool,
    /// Votes that are still to be sent.
    pub(crate) waiting: u64,
    /// Votes that the vendor refused.
    pub(crate) refused: u64,
    /// Votes that could not be sent for so long that they are no longer tried.
    pub(crate) given_up: u64,
    /// Votes that no call of the vendor's says.
    pub(crate) not_mirrored: u64,
    /// When the oldest vote that waits was accepted.
    #[schema(required)]
    pub(crate) oldest_waiting_at: Option<Time>,
    /// When the next vote is tried.
    #[schema(required)]
    pub(crate) next_try_at: Option<Time>,
}

/// A version of a feedback that is not at the vendor, or not yet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MirroredVote {
    /// The feedback.
    pub(crate) feedback_id: Id,
    /// The version.
    #[schema(minimum = 1)]
    pub(crate) version: u32,
    /// Where it is.
    pub(crate) state: MirrorState,
    /// How often it was sent in vain.
    pub(crate) attempts: u32,
    /// When it is tried next, if it waits.
    #[schema(required)]
    pub(crate) next_try_at: Option<Time>,
    /// The status of the vendor's last answer, if there was one.
    #[schema(required)]
    pub(crate) status: Option<u16>,
    /// Why it is not there: the vendor's word, or Candor's.
    #[schema(required)]
    pub(crate) reason: Option<String>,
    /// When the vote was accepted.
    pub(crate) created_at: Time,
}

/// Which votes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MirrorQuery {
    /// Where they are.
    #[param(value_type = Option<MirrorState>, inline, default = "refused")]
    pub(crate) state: Option<String>,
    /// Where to read on: the `next_cursor` of the part before.
    #[param(max_length = 64)]
    pub(crate) cursor: Option<String>,
    /// The most items.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<String>,
}

/// Which votes are to be forgotten.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MirrorDropQuery {
    /// Where they are; all, if it is not given.
    #[param(value_type = Option<MirrorState>, inline)]
    pub(crate) state: Option<String>,
}

/// How many votes are sent again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MirrorRetried {
    /// How many.
    pub(crate) retried: u64,
}

/// How many votes were forgotten.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MirrorDropped {
    /// How many.
    pub(crate) dropped: u64,
}
