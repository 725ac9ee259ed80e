//! Feedback.

use super::{Answer, json, ok, project, with_replayed};
use crate::app::{App, Idempotency, Voted, VotedOutcome};
use crate::dialects::native::auth::{MayCreate, MayRead, MayWrite};
use crate::dialects::native::convert;
use crate::dialects::native::error::Rejection;
use crate::dialects::native::request::{At, FeedbackBody, IdempotencyKey, Parameters};
use crate::dialects::native::wire::{
    self, FeedbackChange, FeedbackIdPath, FeedbackPath, FeedbackQuery, FeedbackWritten, List,
    NewFeedback, ProjectPath,
};
use crate::domain::vote::Command;
use crate::domain::{Caller, FeedbackId, Project};
use crate::error::{Error, ErrorKind, Result};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// Lists the feedback of all projects that the key opens, newest first.
#[utoipa::path(get, path = "/feedback", tag = "feedback",
    params(
        ("project" = Option<String>, Query, description = "The only project: our id, its name or its number.",
            min_length = 1, max_length = 255),
        FeedbackQuery,
    ),
    responses((status = 200, description = "A part of the list.", body = List<wire::ListedFeedback>)),
)]
pub(in super::super) async fn list_all_feedback(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    Parameters(query): Parameters<FeedbackQuery>,
) -> Answer {
    let project = match &query.project {
        Some(name) => Some(project(&app, &caller, name)?),
        None => None,
    };
    list(&app, &caller, project.as_deref(), &query).await
}

/// Lists the feedback of a project, newest first.
#[utoipa::path(get, path = "/projects/{project}/feedback", tag = "feedback", params(ProjectPath, FeedbackQuery),
    responses((status = 200, description = "A part of the list.", body = List<wire::ListedFeedback>)),
)]
pub(in super::super) async fn list_feedback(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    At(place): At<ProjectPath>,
    Parameters(query): Parameters<FeedbackQuery>,
) -> Answer {
    let project = project(&app, &caller, &place.project)?;
    if query.project.is_some() {
        return Err(Error::invalid("project", "the path names the project").into());
    }
    list(&app, &caller, Some(&project), &query).await
}

async fn list(
    app: &App,
    caller: &Caller,
    project: Option<&Project>,
    query: &FeedbackQuery,
) -> Answer {
    let paging = convert::paging(query.cursor.as_deref(), query.limit.as_deref())?;
    let attribute = match (&query.attribute, &query.option, project) {
        (None, None, _) => None,
        (Some(attribute), Some(option), Some(project)) => {
            Some(app.attribute_answer(project, attribute, option)?)
        }
        (Some(_), Some(_), None) => {
            let message = "attributes are a project's: name the project too";
            return Err(Error::invalid("attribute", message).into());
        }
        _ => {
            let message = "attribute and option are given together";
            return Err(Error::invalid("option", message).into());
        }
    };
    let mut filter = convert::feedback_filter(query, attribute)?;
    filter.projects = project.map(|project| project.id).into_iter().collect();
    let with_texts = convert::with_texts(query)?;
    let page = app.list_feedback(caller, filter, paging).await?;
    let mut excerpts = if with_texts {
        app.excerpts(caller, &page.items).await?
    } else {
        Vec::new()
    }
    .into_iter();
    let directory = app.directory();
    Ok(ok(&convert::shown(page, |it| {
        convert::listed_feedback(&directory, it, excerpts.next())
    })))
}

/// Records a feedback.
///
/// One author's judgement of one target under one name is one feedback. Said again it is unchanged; said differently it
/// is changed, and its history keeps what was said before. A key that may not read gets a receipt.
#[utoipa::path(post, path = "/projects/{project}/feedback", tag = "feedback", params(ProjectPath, IdempotencyKey),
    request_body = NewFeedback,
    responses(
        (status = 200, description = "There was such a feedback; it was changed, or already said the same.",
            body = FeedbackWritten),
        (status = 201, description = "The feedback is new.", body = FeedbackWritten),
    )
)]
pub(in super::super) async fn create_feedback(
    State(app): State<Arc<App>>,
    MayCreate(caller): MayCreate,
    At(place): At<ProjectPath>,
    key: IdempotencyKey,
    body: FeedbackBody<NewFeedback>,
) -> Answer {
    let project = project(&app, &caller, &place.project)?;
    let idempotency = key.of(&caller, &body.bytes);
    let command = command(&app, &caller, &project, body.value)?;
    record(&app, &caller, command, idempotency).await
}

/// The command of a request to record a feedback.
pub(super) fn command(
    app: &App,
    caller: &Caller,
    project: &Project,
    body: NewFeedback,
) -> Result<Command> {
    convert::new_feedback(caller, project, body, &|attribute, option| {
        app.attribute_answer(project, attribute, option)
    })
}

async fn record(
    app: &App,
    caller: &Caller,
    command: Command,
    idempotency: Option<Idempotency>,
) -> Answer {
    let voted = app.record_feedback(caller, command, idempotency).await?;
    let (status, answer) = after(app, caller, &voted).await?;
    let response: Response = json(status, &answer);
    Ok(with_replayed(voted.replayed, response))
}

/// What is answered to a vote that is on disk. The feedback is shown to keys that may read; a failure to read it does not
/// make the vote one.
pub(super) async fn after(
    app: &App,
    caller: &Caller,
    voted: &Voted,
) -> Result<(StatusCode, FeedbackWritten)> {
    let read = match voted.feedback {
        None => None,
        Some(id) => match app.current_feedback(caller, id).await {
            Ok(feedback) => Some(feedback),
            Err(error) => {
                if error.kind() != ErrorKind::Forbidden {
                    tracing::warn!(%error, "a recorded feedback could not be read");
                }
                None
            }
        },
    };
    let status = match voted.outcome {
        VotedOutcome::Created => StatusCode::CREATED,
        _ => StatusCode::OK,
    };
    convert::outcome(&app.directory(), voted, read)
        .map(|answer| (status, answer))
        .ok_or_else(|| Error::internal("a vote that said nothing was accepted"))
}

/// Shows a feedback with its history, its message and the question that the message answers.
#[utoipa::path(get, path = "/projects/{project}/feedback/{id}", tag = "feedback", params(FeedbackPath),
    responses((status = 200, description = "The feedback.", body = wire::FeedbackDetail))
)]
pub(in super::super) async fn get_feedback(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    At(place): At<FeedbackPath>,
) -> Answer {
    let project = project(&app, &caller, &place.project)?;
    let detail = app.feedback(&caller, feedback_id(&place.id)?).await?;
    if detail.feedback.project != project.id {
        return Err(no_such_feedback().into());
    }
    Ok(ok(&convert::detail(&app.directory(), detail)))
}

/// Shows a feedback of any project that the key opens, as the project's own path does.
#[utoipa::path(get, path = "/feedback/{id}", tag = "feedback", params(FeedbackIdPath),
    responses((status = 200, description = "The feedback.", body = wire::FeedbackDetail))
)]
pub(in super::super) async fn get_any_feedback(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    At(place): At<FeedbackIdPath>,
) -> Answer {
    let detail = app.feedback(&caller, feedback_id(&place.id)?).await?;
    Ok(ok(&convert::detail(&app.directory(), detail)))
}

/// Changes a feedback: an absent field stays, `null` clears.
#[utoipa::path(patch, path = "/projects/{project}/feedback/{id}", tag = "feedback",
    params(FeedbackPath, IdempotencyKey), request_body = FeedbackChange,
    responses(
        (status = 200, description = "The feedback as it is now.", body = FeedbackWritten),
        (status = 409, description = "The feedback was taken back, or the `Idempotency-Key` was used for a different \
            request.", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(in super::super) async fn change_feedback(
    State(app): State<Arc<App>>,
    MayWrite(caller): MayWrite,
    At(place): At<FeedbackPath>,
    key: IdempotencyKey,
    body: FeedbackBody<FeedbackChange>,
) -> Answer {
    let idempotency = key.of(&caller, &body.bytes);
    write_by_id(&app, &caller, &place, Some(body.value), idempotency).await
}

/// Takes a feedback back. It is counted nowhere any more, but its history stays. Taking it back again changes nothing.
#[utoipa::path(delete, path = "/projects/{project}/feedback/{id}", tag = "feedback",
    params(FeedbackPath, IdempotencyKey),
    responses((status = 200, description = "The feedback, which is retracted.", body = FeedbackWritten))
)]
pub(in super::super) async fn retract_feedback(
    State(app): State<Arc<App>>,
    MayWrite(caller): MayWrite,
    At(place): At<FeedbackPath>,
    key: IdempotencyKey,
) -> Answer {
    let idempotency = key.of(&caller, b"");
    write_by_id(&app, &caller, &place, None, idempotency).await
}

async fn write_by_id(
    app: &App,
    caller: &Caller,
    place: &FeedbackPath,
    body: Option<FeedbackChange>,
    idempotency: Option<Idempotency>,
) -> Result<Response, Rejection> {
    let project = project(app, caller, &place.project)?;
    let id = feedback_id(&place.id)?;
    let command = convert::change(caller, &project, id, body, &|attribute, option| {
        app.attribute_answer(&project, attribute, option)
    })?;
    record(app, caller, command, idempotency).await
}

/// What is no id of ours is nobody's.
fn feedback_id(id: &str) -> Result<FeedbackId> {
    id.parse().map_err(|_| no_such_feedback())
}

fn no_such_feedback() -> Error {
    Error::not_found("no such feedback")
}
