//! Votes as Wonderchat is told of them: `POST /update-message-feedback`.

use crate::app::MirrorTask;
use crate::dialects::mirror::{message, only_criterion, thumb};
use crate::domain::{Rating, Upstream};
use crate::error::Result;
use crate::upstream::{Call, Heard, Reply};
use axum::http::Method;
use serde_json::{Map, Value};

/// The call. Wonderchat keeps a comment that is not mentioned, so one that is gone is told as an empty one.
pub(crate) fn call(task: &MirrorTask, upstream: &Upstream) -> Result<Call> {
    only_criterion(task)?;
    let feedback = match thumb(task)? {
        Rating::Positive => "HELPFUL",
        Rating::Negative => "NOT_HELPFUL",
    };
    let mut body = Map::new();
    body.insert("apiKey".to_owned(), task.credential.secret.clone().into());
    body.insert("messageId".to_owned(), message(task)?.into());
    body.insert("feedback".to_owned(), feedback.into());
    let comment = task.job.version.judgement.comment.as_deref();
    let before = task.job.before.as_ref();
    let is_gone = before.is_some_and(|before| before.judgement.comment.is_some());
    if let Some(comment) = comment.or_else(|| is_gone.then_some("")) {
        body.insert("userComment".to_owned(), comment.into());
    }
    let path = "/api/v1/update-message-feedback";
    Call::json(
        upstream,
        "/api/v1",
        Method::POST,
        path,
        &Value::Object(body),
    )
}

/// What an answer means: Wonderchat also says in the body whether it is a refusal.
pub(crate) fn heard(reply: &Reply) -> Heard {
    let refuses = reply.json().is_some_and(|body| body["status"] == "error");
    match reply.heard() {
        Heard::Arrived if refuses => Heard::Refused,
        heard => heard,
    }
}
