//! What the store answers beside the domain's nouns.

use crate::domain::{
    Account, ApiKey, Attribute, Conversation, ConversationId, EndUser, EndUserId, Feedback,
    FeedbackId, FeedbackVersion, Message, MessageId, MirrorEntry, NamedRow, Project, Timestamp,
    Workspace,
};
use uuid::Uuid;

/// What became of an accepted vote. It is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voted {
    /// What became of it.
    pub outcome: VotedOutcome,
    /// The feedback; none for a vote that said nothing.
    pub feedback: Option<FeedbackId>,
    /// Its version.
    pub version: u32,
    /// When its first version was accepted.
    pub created_at: Timestamp,
    /// When its current version was accepted.
    pub updated_at: Timestamp,
    /// The author, where it is an end user.
    pub end_user: Option<EndUserId>,
    /// Whether this is the answer to an earlier request with the same `Idempotency-Key`.
    pub replayed: bool,
}

/// What became of an accepted vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VotedOutcome {
    /// A new feedback.
    Created,
    /// A new version of a feedback.
    Changed,
    /// A feedback was taken back.
    TakenBack,
    /// Nothing new was said.
    Unchanged,
    /// Nothing was said at all.
    Nothing,
}

/// A client's word that a request is the same as an earlier one with the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// The client's key, made unique among callers by the caller's own id.
    pub key: String,
    /// SHA-256 of what is asked, by which a different request under the same key is found out.
    pub request_sha256: [u8; 32],
}

/// The answer to a write that may carry an [`Idempotency`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Once {
    /// The row that the write made, or had made.
    pub id: Uuid,
    /// Whether it had been made before.
    pub replayed: bool,
}

/// A feedback with its history and what it judges.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedbackDetail {
    /// The feedback as it stands.
    pub feedback: Feedback,
    /// Every version, oldest first, but those that were dropped; the last is the current one.
    pub history: Vec<FeedbackVersion>,
    /// How many versions before the first in `history` were dropped.
    pub dropped_versions: u32,
    /// The message that is judged.
    pub message: Option<Message>,
    /// What the message answers: its own query, else the user's last message before it.
    pub question: Option<String>,
    /// Versions that are not at the vendor behind the project though they are to be there, or not yet; oldest first.
    pub mirror: Vec<MirrorEntry>,
}

/// What a vote judges, as lists show it: the beginning of each text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpts {
    /// What was asked: the message's own query, else the user's last message before it.
    pub question: Option<String>,
    /// What was answered.
    pub answer: Option<String>,
}

/// A version of a feedback in the log of what was accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedFeedback {
    /// Where it is in the log: later ones are greater.
    pub position: i64,
    /// What was said with it.
    pub version: FeedbackVersion,
    /// The feedback as it stands now.
    pub feedback: Feedback,
    /// The message that is judged.
    pub message: Option<Message>,
    /// What the message answers.
    pub question: Option<Question>,
    /// The e-mail address of the person who judges.
    pub email: Option<String>,
}

/// What a message answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The message that asked it; none where the answer itself says what it answers.
    pub message: Option<NamedRow<MessageId>>,
    /// Its text.
    pub text: String,
}

/// A conversation with everything that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    /// The conversation.
    pub conversation: Conversation,
    /// The person who talks.
    pub end_user: Option<EndUser>,
    /// Its messages, oldest first; of a very long one the latest.
    pub messages: Vec<Message>,
    /// The standing feedback on it and on its messages, oldest first; of very many the latest.
    pub feedback: Vec<Feedback>,
}

/// What became of an ingested conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ingested {
    /// The conversation.
    pub conversation: ConversationId,
    /// Its messages, in the order of the draft.
    pub messages: Vec<MessageId>,
    /// Whether the conversation was new.
    pub created: bool,
    /// Whether an earlier request with the same `Idempotency-Key` told of it, and this one was not carried out.
    pub replayed: bool,
}

/// Everything small that requests are checked against; the application holds it in memory.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// The workspaces.
    pub workspaces: Vec<Workspace>,
    /// The projects, deleted ones included.
    pub projects: Vec<Project>,
    /// The keys, revoked ones included.
    pub keys: Vec<ApiKey>,
    /// The attributes.
    pub attributes: Vec<Attribute>,
    /// The accounts, disabled ones included.
    pub accounts: Vec<Account>,
}

/// Something that a check of the data found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was checked.
    pub check: &'static str,
    /// What is wrong; none if all is well.
    pub fault: Option<String>,
    /// What was seen, in a few words.
    pub seen: String,
    /// What it is of.
    pub concern: Concern,
}

/// What a check is of, which decides what can be done about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// The file: if it is damaged, nothing in it is sure.
    File,
    /// What was stored.
    Rows,
    /// What is derived from the rows, and can be rebuilt from them.
    Derived,
    /// The master key.
    MasterKey,
}

/// What is being rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rebuilding {
    /// Sums, by going through all feedback.
    Sums,
    /// The index of messages' names, by going through all messages.
    Names,
    /// The search index, by indexing all comments.
    Search,
}

/// What was rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// How many sums there are.
    pub sums: usize,
    /// How many sums were wrong.
    pub sums_mended: usize,
    /// How many names of messages were wrong or missing in their index.
    pub names_mended: usize,
    /// How many comments were indexed anew.
    pub comments: usize,
}

impl VotedOutcome {
    /// The name in answers and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::TakenBack => "taken_back",
            Self::Unchanged => "unchanged",
            Self::Nothing => "nothing",
        }
    }
}
