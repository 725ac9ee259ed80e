//! What is stored, as this API's answers show it: the command line prints the same with a server and without.

use super::{convert, handlers};
use crate::app::{
    App, Directory, Excerpts, FeedbackDetail, IssuedInvite, LoggedFeedback, MirrorStatus,
};
use crate::domain::{Account, ApiKey, Caller, Feedback, MirrorEntry, Project, Timestamp};
use crate::error::{Error, ErrorKind, Result};
use serde::Serialize;
use serde_json::Value;

/// A project.
pub fn project(project: &Project) -> Value {
    value(&convert::project(project))
}

/// A key, without its secret.
pub fn key(directory: &Directory, key: &ApiKey) -> Value {
    value(&convert::key(directory, key))
}

/// An account.
pub fn account(account: &Account, seen: Option<Timestamp>) -> Value {
    value(&convert::account(account, seen))
}

/// A one-time link, with where it leads on the server at `url`.
pub fn issued_invite(directory: &Directory, issued: &IssuedInvite, url: &str) -> Value {
    value(&convert::issued_invite(directory, issued, url))
}

/// A feedback in a list, with what it judges if that was asked for.
pub fn listed_feedback(
    directory: &Directory,
    feedback: Feedback,
    excerpts: Option<Excerpts>,
) -> Value {
    value(&convert::listed_feedback(directory, feedback, excerpts))
}

/// A feedback with its history and what it judges.
pub fn feedback_detail(directory: &Directory, detail: FeedbackDetail) -> Value {
    value(&convert::detail(directory, detail))
}

/// A record of a feedback, in the shape of Amazon Q's vended logs.
pub fn feedback_record(directory: &Directory, logged: LoggedFeedback) -> Value {
    value(&convert::feedback_record(directory, logged))
}

/// How a project's mirror is.
pub fn mirror(status: MirrorStatus) -> Value {
    value(&convert::mirror(status))
}

/// A vote that is not at the vendor.
pub fn mirrored_vote(entry: MirrorEntry) -> Value {
    value(&convert::mirrored_vote(entry))
}

/// The answer to this body of `POST /query`.
pub async fn query(app: &App, caller: &Caller, body: Value) -> Result<Value> {
    let body = serde_json::from_value(body)
        .map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()))?;
    handlers::query::answer(app, caller, &body)
        .await
        .map(|answer| value(&answer))
}

/// Answers are made of texts, numbers and objects with texts as keys, which are always JSON.
fn value(answer: &impl Serialize) -> Value {
    serde_json::to_value(answer).unwrap_or_default()
}
