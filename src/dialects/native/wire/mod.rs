//! The native API's JSON: what requests say, and what answers hold.
//!
//! Bounds stand as numbers, for that is what the derive macros read; a test in `openapi.rs` holds them to
//! [`limits`](crate::limits).

mod account;
mod attribute;
mod audit;
mod basics;
mod batch;
mod conversation;
mod end_user;
mod feedback;
mod feedback_answer;
mod feedback_record;
mod key;
mod list;
mod mirror;
mod place;
mod problem;
mod project;
mod query;
mod rate_limit;
mod shown_object;

pub(super) use account::{
    Accepting, Account, AccountChange, AccountPath, Invite, InviteLook, InvitePath, InviteToken,
    IssuedInvite, Me, MyAccount, NamedWorkspace, NewAccount, NewInvite, PasswordChange, SignIn,
    SignOutQuery,
};
pub(super) use attribute::{Attribute, AttributeBody, AttributeOption};
pub(super) use audit::{AuditActor, AuditEntry, AuditQuery, AuditSubject};
pub(super) use basics::{
    Channel, ExternalId, Field, Id, Identified, KeepText, MirrorState, Mode, NamedProject, Object,
    Rating, Role, Scope, Sentiment, State, TextFormat, Time, UniqueMap, UnknownTargets, Word,
};
pub(super) use batch::{BatchResult, FeedbackBatch, FeedbackBatchItem, FeedbackBatchResults};
pub(super) use conversation::{
    Conversation, ConversationBatch, ConversationBody, ConversationWritten, ConversationsWritten,
    Message, MessageBody, NewConversation,
};
pub(super) use end_user::{EndUser, EndUserBody};
pub(super) use feedback::{AuthorBody, FeedbackChange, NewFeedback, Reference, Saying, TargetKind};
pub(super) use feedback_answer::{
    Author, Excerpts, Feedback, FeedbackDetail, FeedbackReceipt, FeedbackVersion, FeedbackWritten,
    Judgement, ListedFeedback, Outcome, Score, Target, WrittenFeedback,
};
pub(super) use feedback_record::{FeedbackRecord, PlacedRecord, RecordFormat, RecordQuery};
pub(super) use key::{IssuedKey, Key, KeyChange, NewKey};
pub(super) use list::{ConversationQuery, FeedbackQuery, List, PageQuery};
pub(super) use mirror::{
    Mirror, MirrorDropQuery, MirrorDropped, MirrorQuery, MirrorRetried, MirroredVote,
};
pub(super) use place::{
    ConversationPath, EndUserPath, FeedbackIdPath, FeedbackPath, KeyPath, ProjectPath,
    WorkspaceEndUserPath,
};
pub(super) use problem::Problem;
pub(super) use project::{
    CredentialHint, NewProject, Project, ProjectChange, Settings, Upstream, VendorCredential,
};
pub(super) use query::{
    Dimension, Interval, MeanScore, Metric, QueryAnswer, QueryBody, QueryRow, Share,
};
pub(super) use rate_limit::RateLimit;
pub(super) use shown_object::ShownObject;

pub(super) use crate::app::FreeObject;
