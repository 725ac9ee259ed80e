//! What the dialects share in telling vendors of votes: what a vote must have for any vendor's call.

use crate::app::MirrorTask;
use crate::domain::{Author, DEFAULT_NAME, FeedbackState, Rating};
use crate::error::{Error, ErrorKind, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is in a segment of a path or a value of a query (RFC 3986, 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Why a vote has no call of the vendor's that says it.
pub fn unsaid(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, why)
}

/// A text as a segment of a path or a value of a query.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Refuses votes under a criterion of the project's own, for vendors that know one only.
pub fn only_criterion(task: &MirrorTask) -> Result<()> {
    if task.job.feedback.name == DEFAULT_NAME {
        Ok(())
    } else {
        Err(unsaid(
            "the vendor knows no criteria, and this is not a vote under the usual one",
        ))
    }
}

/// What the application calls the message.
pub fn message(task: &MirrorTask) -> Result<&str> {
    let target = &task.job.feedback.target;
    let message = target.message.as_ref();
    message
        .ok_or_else(|| {
            unsaid("a conversation as a whole is judged, and the vendor takes votes on messages")
        })?
        .external_id
        .as_deref()
        .ok_or_else(|| unsaid("the message has no id of the vendor's"))
}

/// What the application calls the conversation.
pub fn conversation(task: &MirrorTask) -> Result<&str> {
    let conversation = task.job.feedback.target.conversation.as_ref();
    conversation
        .and_then(|conversation| conversation.external_id.as_deref())
        .ok_or_else(|| unsaid("the conversation has no id of the vendor's"))
}

/// What the application calls the person who judges, if it is known.
pub fn person(task: &MirrorTask) -> Option<&str> {
    match &task.job.feedback.author {
        Author::EndUser { external_id, .. } => Some(external_id),
        Author::Anonymous | Author::Reviewer(_) | Author::Model(_) => None,
    }
}

/// Whether the version takes the feedback back.
pub fn is_taken_back(task: &MirrorTask) -> bool {
    task.job.version.state == FeedbackState::Retracted
}

/// The thumb of the version, for vendors that know nothing else and no taking back.
pub fn thumb(task: &MirrorTask) -> Result<Rating> {
    if is_taken_back(task) {
        return Err(unsaid("the vendor knows no taking back"));
    }
    let rating = task.job.version.judgement.rating;
    rating.ok_or_else(|| unsaid("there is no thumb, and the vendor takes no vote without one"))
}
