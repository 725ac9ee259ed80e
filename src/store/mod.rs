//! What is kept. The only room with SQL.
//!
//! [`Store`] is [SQLite](sqlite) in a data folder, or a database of [PostgreSQL](postgres). The statements of most files here are
//! for both. Writes go through a writer that commits many at once; reads run on connections of their own and never wait for it.

mod accounts;
mod administer;
mod audit;
mod batch;
mod check;
mod codes;
mod continuation;
mod conversations;
mod copy;
mod counted;
mod end_users;
mod engines;
mod erase;
mod feedback;
mod feedback_list;
mod feedback_log;
mod filter;
mod find;
mod history;
mod idempotency;
mod imports;
mod ingest;
mod internal_end_users;
mod invites;
mod judgement;
mod look;
mod mirror;
mod mirror_jobs;
mod people;
pub mod postgres;
mod query;
mod queue;
mod records;
mod search;
mod segments;
mod sessions;
mod situation;
mod sql;
mod sqlite;
mod standing;
mod sums;
mod tags;
mod tell;
mod topics;
mod transcript_filter;
mod transcripts;
mod vote;
mod words;
mod writer;

pub use accounts::SeenAccount;
pub use audit::AuditFilter;
pub use copy::{CopiedTable, CopyNoted, CopyStage, back_up_database, copy, restore_into_database};
pub use engines::{HeldLock, Store, StoreLock, StoreOptions, StorePlace};
pub use history::{History, HistoryPart};
pub use invites::{Acceptance, NewInvite};
pub use mirror_jobs::{MirrorCounts, MirrorJob, MirrorPlace, Settlement};
pub use query::{
    ConversationFilter, Counted, Cursor, EndUserFilter, FeedbackFilter, LogFilter, MessageFilter,
    MetadataValue, Page, Paging, PeopleFilter, SumsQuery, SumsRow, TranscriptFeedback,
    TranscriptFilter,
};
pub use records::{
    Concern, Directory, Excerpts, FeedbackDetail, Finding, Idempotency, Ingested, LoggedFeedback,
    Once, Question, Rebuilding, Repaired, Transcript, Voted, VotedOutcome,
};
pub use sessions::NewSession;
pub use sqlite::{BackedUp, Contents, Restored, Stage, back_up, restore};

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

/// One more item than a page may hold, which tells whether the list goes on.
fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1
}
