//! Requests and answers, spelled as Melodi spells them.
//!
//! Melodi's clients send an absent field as `null`, so the two are the same everywhere.

mod attribute;
mod feedback;
mod project;
mod thread;
mod topic;
mod user;

pub(super) use attribute::{Attribute, AttributeBody, AttributeOption, OptionBody};
pub(super) use feedback::{AnsweredOption, Feedback, FeedbackBody};
pub(super) use project::{Project, ProjectBody};
pub(super) use thread::{
    FeedbackAssociation, Message, MessageBody, Thread, ThreadBody, ThreadProject,
};
pub(super) use topic::{
    AssociationBody, Changed, Done, IntentAssociation, InternalUsersBody, IssueAssociation, Topic,
    TopicBody,
};
pub(super) use user::{ExternalUser, ExternalUserBody, Segment, SegmentKind, SegmentType};

use serde::Serialize;

/// Melodi's JSON answers.
pub(super) const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// Every failure. The Python SDK logs the list, all others read the text.
#[derive(Debug, Serialize)]
pub(super) struct Failure<'answer> {
    pub(super) error: &'answer str,
    pub(super) errors: [&'answer str; 1],
}

/// A page of a list, with the number of all items.
#[derive(Debug, Serialize)]
pub(super) struct Counted<T> {
    pub(super) count: u64,
    pub(super) rows: Vec<T>,
}
