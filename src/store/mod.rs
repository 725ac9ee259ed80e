//! What is kept. The only room with SQL.
//!
//! [`Store`] is SQLite in a data folder. Writes go through one [writer](sqlite) that commits many at once; reads run on
//! connections of their own and never wait for it.

mod mirror;
pub mod postgres;
mod query;
mod records;
pub mod sqlite;

pub use mirror::{MirrorCounts, MirrorJob, MirrorPlace, Settlement};
pub use query::{
    ConversationFilter, Counted, Cursor, EndUserFilter, FeedbackFilter, LogFilter, MessageFilter,
    MetadataValue, Page, Paging, PeopleFilter, SumsQuery, SumsRow, TranscriptFeedback,
    TranscriptFilter,
};
pub use records::{
    Concern, Directory, Excerpts, FeedbackDetail, Finding, Idempotency, Ingested, LoggedFeedback,
    Once, Question, Rebuilding, Repaired, Transcript, Voted, VotedOutcome,
};
pub use sqlite::{BackedUp, Contents, Restored, Stage, Store, StoreOptions, back_up, restore};

use crate::domain::vote::RefusalReason;
use crate::error::Error;

/// Why a vote was not stored.
#[derive(Debug)]
pub enum VoteError {
    /// The rules refuse it.
    Refused(RefusalReason),
    /// It could not be stored, or its `Idempotency-Key` was used for something else.
    Failed(Error),
}

impl From<Error> for VoteError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
