//! Votes as Haptik is told of them: `POST /v1.0/log_feedback_from_user/`.

use crate::app::MirrorTask;
use crate::dialects::mirror::{is_taken_back, only_criterion, person, unsaid};
use crate::domain::Upstream;
use crate::error::{Error, Result};
use crate::upstream::{Call, Heard, Reply};
use axum::http::{HeaderName, HeaderValue, Method, header};
use serde_json::{Map, Value};

/// The call. At Haptik a vote is for the person's latest conversation, and once said it stays.
pub(crate) fn call(task: &MirrorTask, upstream: &Upstream) -> Result<Call> {
    only_criterion(task)?;
    if task.job.version.version > 1 || is_taken_back(task) {
        return Err(unsaid(
            "at Haptik a vote that was said cannot be changed or taken back",
        ));
    }
    let user = person(task).ok_or_else(|| unsaid("Haptik takes votes of known people only"))?;
    let business = task.project.haptik_business_id;
    let business = business.ok_or_else(|| unsaid("the project has no haptik_business_id"))?;
    let judgement = &task.job.version.judgement;
    let (Some(resolved), Some(rating)) = (judgement.resolved, stars(task)) else {
        return Err(unsaid(
            "Haptik's vote says whether the question was resolved and gives one to five stars; this one does not",
        ));
    };
    let mut body = Map::new();
    body.insert("auth_id".to_owned(), user.into());
    body.insert("business_id".to_owned(), business.into());
    body.insert("query_resolved".to_owned(), resolved.into());
    body.insert("query_rating".to_owned(), rating.into());
    if let Some(comment) = &judgement.comment {
        body.insert("feedback".to_owned(), comment.as_str().into());
    }
    let path = "/v1.0/log_feedback_from_user/";
    let mut call = Call::json(upstream, "/v1.0", Method::POST, path, &Value::Object(body))?;
    let secret = task.credential.secret.as_deref().unwrap_or_default();
    call.with_secret(header::AUTHORIZATION, &format!("Bearer {secret}"))?;
    let client = task.credential.client_id.as_deref().unwrap_or_default();
    let client = HeaderValue::from_str(client).map_err(Error::internal)?;
    call.headers
        .insert(HeaderName::from_static("client-id"), client);
    Ok(call)
}

/// The score, if it is one of one to five stars.
fn stars(task: &MirrorTask) -> Option<u8> {
    let score = task.job.version.judgement.score?;
    let scale = (score.lowest().to_bits(), score.highest().to_bits());
    if scale != (1f64.to_bits(), 5f64.to_bits()) {
        return None;
    }
    (1..=5).find(|stars| f64::from(*stars).to_bits() == score.value().to_bits())
}

/// What an answer means. One that could have arrived before is there if Haptik finds it twice.
pub(crate) fn heard(task: &MirrorTask, reply: &Reply) -> Heard {
    let is_there = task.job.attempts > 0 && reply.word(&[]) == "duplicate feedback";
    if is_there {
        Heard::Arrived
    } else {
        reply.heard()
    }
}
