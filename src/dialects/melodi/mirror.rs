//! Votes as Melodi is told of them: `PUT /feedback`, with the thread, for Melodi knows threads from its clients alone.

use super::convert::{role_name, type_name};
use crate::app::MirrorTask;
use crate::dialects::answer::milliseconds;
use crate::dialects::mirror::{conversation, is_taken_back, only_criterion, person, unsaid};
use crate::domain::{EndUser, Message, TextFormat, Upstream};
use crate::error::Result;
use crate::upstream::Call;
use axum::http::{HeaderName, Method};
use serde_json::{Map, Value, json};

/// The call. `PUT` finds the feedback by thread, message and person, and so may be repeated; where one of them has no
/// name there, a first version is told by `POST`.
pub(crate) fn call(task: &MirrorTask, upstream: &Upstream) -> Result<Call> {
    only_criterion(task)?;
    if is_taken_back(task) {
        return Err(unsaid("Melodi knows no taking back"));
    }
    let judgement = &task.job.version.judgement;
    if judgement.rating.is_none() && task.attributes.is_empty() {
        return Err(unsaid(
            "there is neither a thumb nor an answer to an attribute, and Melodi takes no vote without either",
        ));
    }
    let thread = conversation(task)?;
    let message = task.job.feedback.target.message.as_ref();
    let message = message.and_then(|message| message.external_id.as_deref());
    let method = match (message, person(task), task.job.version.version) {
        (Some(_), Some(_), _) => Method::PUT,
        (_, _, 1) => Method::POST,
        _ => {
            return Err(unsaid(
                "a vote is changed at Melodi by its thread, message and person, and one of them has no id there",
            ));
        }
    };
    let mut body = Map::new();
    let mut says = |name: &str, value: Value| body.insert(name.to_owned(), value);
    if let Some(rating) = judgement.rating {
        says("feedbackType", type_name(rating).into());
    }
    if let Some(comment) = &judgement.comment {
        says("feedbackText", comment.as_str().into());
    }
    says("projectId", task.project.number.into());
    says("externalThreadId", thread.into());
    if let Some(message) = message {
        says("externalMessageId", message.into());
    }
    if let Some(user) = &task.job.end_user {
        says("externalUser", end_user(user));
    }
    if !task.attributes.is_empty() {
        let answers = task.attributes.iter();
        let answers = answers.map(|(name, option)| (name.clone(), option.as_str().into()));
        says("attributes", Value::Object(answers.collect()));
    }
    says(
        "createdAt",
        milliseconds(task.job.feedback.created_at).into(),
    );
    if let Some(told) = told_thread(task, thread) {
        says("thread", told);
    }
    let path = "/api/external/feedback";
    let body = Value::Object(body);
    let mut call = Call::json(upstream, "/api/external", method, path, &body)?;
    let secret = task.credential.secret.as_deref().unwrap_or_default();
    call.with_secret(HeaderName::from_static("api-key"), secret)?;
    Ok(call)
}

/// The whole thread, or none: a part of it would take the place of the whole at Melodi.
fn told_thread(task: &MirrorTask, thread: &str) -> Option<Value> {
    let messages = &task.job.messages;
    if messages.is_empty() || messages.iter().any(|message| message.content.is_none()) {
        return None;
    }
    let messages: Vec<_> = messages.iter().flat_map(turns).collect();
    Some(json!({
        "externalId": thread,
        "projectId": task.project.number,
        "messages": messages,
    }))
}

/// A message; one that holds its question, as two.
fn turns(message: &Message) -> Vec<Value> {
    let mut turns = Vec::new();
    if let Some(query) = &message.query {
        turns.push(json!({"type": "markdown", "role": "user", "content": query}));
    }
    let mut turn = Map::new();
    let mut says = |name: &str, value: Value| turn.insert(name.to_owned(), value);
    if let Some(id) = &message.external_id {
        says("externalId", id.as_str().into());
    }
    says("type", message.format.name().into());
    says("role", role_name(message).into());
    let content = message.content.as_deref().unwrap_or_default();
    match (message.format, serde_json::from_str::<Value>(content)) {
        (TextFormat::Json, Ok(json)) => says("jsonContent", json),
        _ => says("content", content.into()),
    };
    turns.push(Value::Object(turn));
    turns
}

/// The person, with what is known of them.
fn end_user(user: &EndUser) -> Value {
    let mut told = Map::new();
    told.insert("externalId".to_owned(), user.external_id.as_str().into());
    let details = &user.details;
    for (name, detail) in [
        ("name", &details.name),
        ("email", &details.email),
        ("username", &details.username),
    ] {
        if let Some(detail) = detail {
            told.insert(name.to_owned(), detail.as_str().into());
        }
    }
    let mut segments = Map::new();
    for known in &user.segments {
        let kind = segments
            .entry(known.segment.kind.clone())
            .or_insert_with(|| json!([]));
        if let Value::Array(values) = kind {
            values.push(known.segment.value.as_str().into());
        }
    }
    if !segments.is_empty() {
        told.insert("segments".to_owned(), Value::Object(segments));
    }
    Value::Object(told)
}
