//! Records of feedback.

use super::filter::{time, yes_or_no};
use crate::app::{Directory, LogFilter, LoggedFeedback};
use crate::dialects::native::wire::{FeedbackRecord, PlacedRecord, RecordFormat, RecordQuery};
use crate::domain::{NamedRow, Project, Rating};
use crate::error::{Error, Result};
use crate::limits;
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value;
use std::fmt::Display;

/// Which records; whether with their positions; whether to follow. The project is looked up before.
pub(in super::super) fn log_filter(
    query: &RecordQuery,
    project: Option<&Project>,
) -> Result<(LogFilter, bool, bool)> {
    let format = query.format.as_deref().unwrap_or_default();
    let known: Result<RecordFormat, value::Error> =
        RecordFormat::deserialize(format.into_deserializer());
    if known.is_err() {
        return Err(Error::invalid("format", "must be amazon-q"));
    }
    let after = query.after.as_deref().map(str::parse).transpose();
    let after = after
        .ok()
        .filter(|after| after.is_none_or(|after: i64| after >= 0))
        .ok_or_else(|| Error::invalid("after", "this is not a position that a record gave"))?;
    let filter = LogFilter {
        projects: project.map(|project| project.id).into_iter().collect(),
        since: time("since", query.since.as_deref())?,
        after: after.unwrap_or(0),
        limit: limits::LOG_ITEMS,
    };
    let asked = |name, text: &Option<String>| {
        yes_or_no(name, text.as_deref()).map(Option::unwrap_or_default)
    };
    Ok((
        filter,
        asked("positions", &query.positions)?,
        asked("follow", &query.follow)?,
    ))
}

/// A record, with where to read on after it.
pub(in super::super) fn placed_record(
    directory: &Directory,
    logged: LoggedFeedback,
) -> PlacedRecord {
    PlacedRecord {
        position: logged.position.to_string(),
        record: feedback_record(directory, logged),
    }
}

/// A record in the shape of Amazon Q's vended logs.
pub(in super::super) fn feedback_record(
    directory: &Directory,
    logged: LoggedFeedback,
) -> FeedbackRecord {
    let LoggedFeedback {
        version,
        feedback,
        message,
        question,
        email,
        ..
    } = logged;
    let project = directory.project(feedback.project);
    let (asked, user_message) = question.map_or((None, None), |question| {
        (question.message, Some(question.text))
    });
    FeedbackRecord {
        application_id: project.map_or_else(
            || feedback.project.to_string(),
            |project| project.application_id(),
        ),
        event_timestamp: format!("{:.0}", version.at),
        log_type: "Feedback",
        account_id: project.map_or_else(String::new, |project| project.workspace.to_string()),
        conversation_id: feedback.target.conversation.map(name),
        system_message_id: feedback.target.message.map(name),
        user_message_id: asked.map(name),
        user_message,
        system_message: message.and_then(|message| message.content),
        usefulness_reason: version.judgement.reasons.into_iter().next(),
        usefulness: version.judgement.rating.map(|rating| match rating {
            Rating::Positive => "USEFUL",
            Rating::Negative => "NOT_USEFUL",
        }),
        comment: version.judgement.comment,
        user_email: email,
    }
}

/// What the application calls it, else our id.
fn name<Id: Display>(row: NamedRow<Id>) -> String {
    let NamedRow { id, external_id } = row;
    external_id.unwrap_or_else(|| id.to_string())
}
