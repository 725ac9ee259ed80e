//! The nouns of feedback and the rules of a vote.
//!
//! Nothing here reads a clock, a socket or a table: everything that a rule needs is handed to it, so every rule can be
//! tested by properties. The room depends on nothing but [`uuid`] and the standard library.

mod account;
mod api_key;
mod attribute;
mod audit;
mod caller;
mod continuation;
mod conversation;
mod dialect;
mod end_user;
mod feedback;
mod id;
mod judgement;
mod mirror;
mod project;
mod public_address;
mod rate_limit;
mod sentiment;
mod sums;
mod tags;
mod timestamp;
mod topic;
pub mod vote;
mod zone;

pub use account::{Account, AccountRefusal, AccountRole, Invite, InviteKind, Session, email_key};
pub use api_key::{ApiKey, Scope, Scopes};
pub use attribute::{Attribute, AttributeAnswer, AttributeOption};
pub use audit::{ActorKind, AuditAction, AuditEntry, Named};
pub use caller::{Caller, Opens, Who};
pub use continuation::Continuation;
pub use conversation::{
    Conversation, ConversationDraft, KeepText, Message, MessageDraft, Role, TextFormat, UnknownRole,
};
pub use dialect::{Dialect, UnknownDialect};
pub use end_user::{EndUser, EndUserDetails, EndUserDraft, KnownSegment, Segment};
pub use feedback::{
    Author, AuthorKind, DEFAULT_NAME, Feedback, FeedbackState, FeedbackVersion, NamedRow, Target,
};
pub use id::{
    AccountId, ApiKeyId, AttributeId, ConversationId, EndUserId, FeedbackId, InviteId, MessageId,
    OptionId, ProjectId, SessionId, WorkspaceId,
};
pub use judgement::{Judgement, Rating, Score, ScoreOutOfScale};
pub use mirror::{MirrorEntry, MirrorState, UnknownMirrorState};
pub use project::{Mode, Project, SealedCredential, UnknownTargets, Upstream, Workspace};
pub use public_address::is_public_address;
pub use rate_limit::RateLimit;
pub use sentiment::Sentiment;
pub use sums::{Dimension, MeanScore, Share, Sums};
pub use tags::TagChange;
pub use timestamp::{Day, Month, Timestamp};
pub use topic::{Topic, TopicDraft, TopicKind, TopicOfMessage};
pub use zone::{Interval, QUARTERS_A_DAY, Quarter, Stretch, Zone};
