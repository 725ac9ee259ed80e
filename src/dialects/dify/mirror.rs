//! Votes as Dify is told of them: `POST /messages/{id}/feedbacks`.

use crate::app::MirrorTask;
use crate::dialects::mirror::{encoded, is_taken_back, message, only_criterion, person, unsaid};
use crate::domain::{Judgement, Rating, Upstream};
use crate::error::Result;
use crate::upstream::{Call, Heard, Reply};
use axum::http::{Method, StatusCode, header};
use serde_json::{Map, Value};

/// The call. Dify knows thumbs with a comment; a version without a thumb takes back the one before.
pub(crate) fn call(task: &MirrorTask, upstream: &Upstream) -> Result<Call> {
    only_criterion(task)?;
    let message = message(task)?;
    let user = person(task).ok_or_else(|| unsaid("Dify takes votes of known people only"))?;
    let judgement = &task.job.version.judgement;
    let rating = judgement.rating.filter(|_| !is_taken_back(task));
    if rating.is_none() && !had_thumb(task) {
        return Err(unsaid(
            "there is no thumb, and Dify takes no vote without one",
        ));
    }
    let mut body = Map::new();
    body.insert("rating".to_owned(), rating.map(name).into());
    body.insert("user".to_owned(), user.into());
    if let Judgement {
        comment: Some(comment),
        rating: Some(_),
        ..
    } = judgement
    {
        body.insert("content".to_owned(), comment.as_str().into());
    }
    let path = format!("/v1/messages/{}/feedbacks", encoded(message));
    let mut call = Call::json(upstream, "/v1", Method::POST, &path, &Value::Object(body))?;
    let secret = task.credential.secret.as_deref().unwrap_or_default();
    call.with_secret(header::AUTHORIZATION, &format!("Bearer {secret}"))?;
    Ok(call)
}

const fn name(rating: Rating) -> &'static str {
    match rating {
        Rating::Positive => "like",
        Rating::Negative => "dislike",
    }
}

fn had_thumb(task: &MirrorTask) -> bool {
    let before = task.job.before.as_ref();
    before.is_some_and(|before| before.judgement.rating.is_some())
}

/// What an answer means. That there is nothing to take back is as well as if it had been taken back now.
pub(crate) fn heard(task: &MirrorTask, reply: &Reply) -> Heard {
    let nothing_there =
        reply.status == StatusCode::BAD_REQUEST && reply.word(&[]).contains("feedback not exists");
    let takes_back = is_taken_back(task) || task.job.version.judgement.rating.is_none();
    if nothing_there && takes_back {
        Heard::Arrived
    } else {
        reply.heard()
    }
}
