//! Votes as Amazon Q is told of them: `PutFeedback`, signed.

use super::convert::seconds;
use super::credential::sign;
use crate::app::MirrorTask;
use crate::dialects::mirror::{
    conversation, encoded, is_taken_back, message, only_criterion, person, unsaid,
};
use crate::domain::{Rating, Upstream};
use crate::error::Result;
use crate::upstream::{Call, Heard, Reply};
use axum::http::Method;
use serde_json::{Map, Value, json};

/// The failures that pass, whatever their status.
const PASSING: [&str; 2] = ["ThrottlingException", "InternalServerException"];

/// The call. A version replaces the usefulness as a whole; that a message was copied may be all it says.
pub(crate) fn call(task: &MirrorTask, upstream: &Upstream) -> Result<Call> {
    only_criterion(task)?;
    if is_taken_back(task) {
        return Err(unsaid("Amazon Q knows no taking back"));
    }
    let judgement = &task.job.version.judgement;
    let mut body = Map::new();
    if let Some(rating) = judgement.rating {
        let submitted_at = judgement.submitted_at.unwrap_or(task.job.version.at);
        let mut usefulness = Map::new();
        usefulness.insert("usefulness".to_owned(), name(rating).into());
        usefulness.insert("submittedAt".to_owned(), json!(seconds(submitted_at)));
        if let Some(reason) = judgement.reasons.first() {
            usefulness.insert("reason".to_owned(), reason.as_str().into());
        }
        if let Some(comment) = &judgement.comment {
            usefulness.insert("comment".to_owned(), comment.as_str().into());
        }
        body.insert("messageUsefulness".to_owned(), usefulness.into());
    }
    if let Some(copied_at) = judgement.message_copied_at {
        body.insert("messageCopiedAt".to_owned(), json!(seconds(copied_at)));
    }
    if body.is_empty() {
        return Err(unsaid(
            "there is no thumb, and Amazon Q takes no vote without one",
        ));
    }
    let mut path = format!(
        "/applications/{}/conversations/{}/messages/{}/feedback",
        encoded(&task.project.application_id()),
        encoded(conversation(task)?),
        encoded(message(task)?)
    );
    if let Some(user) = person(task) {
        path.push_str("?userId=");
        path.push_str(&encoded(user));
    }
    let body = Value::Object(body);
    let mut call = Call::json(upstream, "/applications", Method::POST, &path, &body)?;
    sign(
        &task.credential,
        &call.method,
        &call.uri,
        &mut call.headers,
        &call.body,
        task.at,
    )?;
    Ok(call)
}

const fn name(rating: Rating) -> &'static str {
    match rating {
        Rating::Positive => "USEFUL",
        Rating::Negative => "NOT_USEFUL",
    }
}

/// What an answer means. AWS's services say that they are busy by other statuses too.
pub(crate) fn heard(reply: &Reply) -> Heard {
    let kind = reply.headers.get("x-amzn-errortype");
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if PASSING.iter().any(|passing| kind.starts_with(passing)) {
        Heard::Later
    } else {
        reply.heard()
    }
}
