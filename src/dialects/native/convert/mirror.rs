//! Votes on their way to the vendor behind a project.

use super::filter::chosen;
use crate::app::MirrorStatus;
use crate::dialects::native::wire::{self, Id, Time};
use crate::domain::{MirrorEntry, MirrorState};
use crate::error::Result;

/// How a project's mirror is.
pub(in super::super) fn mirror(status: MirrorStatus) -> wire::Mirror {
    let counts = status.counts;
    wire::Mirror {
        active: status.active,
        waiting: counts.waiting,
        refused: counts.refused,
        given_up: counts.given_up,
        not_mirrored: counts.not_mirrored,
        oldest_waiting_at: counts.oldest_waiting_at.map(Time),
        next_try_at: counts.next_try_at.map(Time),
    }
}

/// A vote that is not at the vendor.
pub(in super::super) fn mirrored_vote(entry: MirrorEntry) -> wire::MirroredVote {
    wire::MirroredVote {
        feedback_id: Id(entry.feedback.0),
        version: entry.version,
        state: entry.state.into(),
        attempts: entry.attempts,
        next_try_at: entry.next_try_at.map(Time),
        status: entry.status,
        reason: entry.reason,
        created_at: Time(entry.created_at),
    }
}

/// Where votes are that are asked for.
pub(in super::super) fn mirror_state(state: Option<&str>) -> Result<Option<MirrorState>> {
    chosen::<wire::MirrorState, _>("state", state)
}
