//! Votes, messages and tags. Which project a request means follows from its key, else from what it names.

use super::auth;
use super::convert::{self, Change, Vote};
use super::error::Rejection;
use super::export;
use super::pass_on::Call;
use super::wire::{CONTENT_TYPE, Messages, SUCCESS, Tags};
use crate::app::{App, MessageFilter, TranscriptFilter};
use crate::dialects::answer;
use crate::domain::vote::RowRef;
use crate::domain::{Caller, Project, Scope, TagChange};
use crate::error::Result;
use crate::limits;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;

/// What is answered, or why not.
type Answer = Result<Response, Rejection>;

/// `POST /update-message-feedback`
pub(super) async fn update_message_feedback(
    State(app): State<Arc<App>>,
    request: Request,
) -> Answer {
    let (caller, Call { body, .. }) = opened(&app, request).await?;
    let vote = Vote::of(&body)?;
    let (project, message) = place_of_message(&app, &caller, &vote.message)
        .await?
        .ok_or_else(Rejection::no_such_message)?;
    let rating = vote.rating();
    let command = vote.command(&caller, &project, message);
    let voted = app.record_feedback(&caller, command, None).await?;
    Ok(found(&Vote::answer(rating, &voted)?))
}

/// `POST /messages`
pub(super) async fn messages(State(app): State<Arc<App>>, request: Request) -> Answer {
    let (caller, call) = opened(&app, request).await?;
    let here = call.unless_handed_on(&app, &caller, &[Scope::FeedbackRead]);
    let body = match here.await {
        Ok(Call { body, .. }) => body,
        Err(answer) => return answer,
    };
    let (named, ours) = convert::meanings(body.required("chatlogId")?);
    let mut known = app.find_conversation(&caller, &named).await?;
    if let (None, Some(ours)) = (&known, ours) {
        known = app.find_conversation(&caller, &ours).await?;
    }
    let (_, conversation) = known.ok_or_else(Rejection::no_such_chatlog)?;
    let filter = MessageFilter {
        conversation: conversation.id,
        before: None,
        limit: limits::TRANSCRIPT_MESSAGES,
    };
    let page = app.list_messages(&caller, filter).await?;
    Ok(found(&Messages {
        messages: convert::entries(page.items),
    }))
}

/// `POST /export-chatlogs`
pub(super) async fn export_chatlogs(State(app): State<Arc<App>>, request: Request) -> Answer {
    let (caller, call) = opened(&app, request).await?;
    let here = call.unless_handed_on(&app, &caller, &[Scope::FeedbackRead]);
    let body = match here.await {
        Ok(Call { body, .. }) => body,
        Err(answer) => return answer,
    };
    let (since, until) = convert::span(&body)?;
    let projects = match body.optional("chatbotId")? {
        None => Vec::new(),
        Some(id) => {
            let chatbot = |project: &Project| convert::is_chatbot(project, id);
            let project = app.directory().find_project(&caller, chatbot);
            vec![project.ok_or_else(Rejection::no_such_chatbot)?.id]
        }
    };
    let filter = TranscriptFilter {
        projects,
        since,
        until,
        ..TranscriptFilter::default()
    };
    export::answer(app, caller, filter).await
}

/// `POST /add-tags-to-chatlog`
pub(super) async fn add_tags(State(app): State<Arc<App>>, request: Request) -> Answer {
    change_tags(&app, request, TagChange::Add).await
}

/// `POST /delete-tags-from-chatlog`
pub(super) async fn delete_tags(State(app): State<Arc<App>>, request: Request) -> Answer {
    change_tags(&app, request, TagChange::Remove).await
}

async fn change_tags(app: &App, request: Request, change: Change) -> Answer {
    let (caller, call) = opened(app, request).await?;
    let here = call.unless_handed_on(app, &caller, &[Scope::FeedbackWrite]);
    let body = match here.await {
        Ok(Call { body, .. }) => body,
        Err(answer) => return answer,
    };
    let chatlog = body.required("chatlogId")?;
    let change = change(convert::tags(&body)?);
    let (project, conversation) = place_of_chatlog(app, &caller, chatlog)
        .await?
        .ok_or_else(Rejection::no_such_chatlog)?;
    let tags = app
        .change_tags(&caller, &project, conversation, change)
        .await?
        .ok_or_else(Rejection::no_such_chatlog)?;
    Ok(found(&Tags {
        status: SUCCESS,
        tags,
    }))
}

/// Reads a body, whatever its type, and who sent it.
async fn opened(app: &App, request: Request) -> Result<(Caller, Call), Rejection> {
    let call = Call::read(app, request).await?;
    Ok((auth::caller(app, &call.body)?, call))
}

/// Where something is, or is to be where it is not known: the project and how the row is named in it.
type Place = Option<(Arc<Project>, RowRef)>;

async fn place_of_message(app: &App, caller: &Caller, id: &str) -> Result<Place> {
    let (named, ours) = convert::meanings(id);
    if ours.is_some() || several(app, caller) {
        for row in [Some(&named), ours.as_ref()].into_iter().flatten() {
            if let Some(project) = app.project_of_message(caller, row).await? {
                return Ok(Some((project, row.clone())));
            }
        }
    }
    Ok(home(app, caller, named))
}

async fn place_of_chatlog(app: &App, caller: &Caller, id: &str) -> Result<Place> {
    let (named, ours) = convert::meanings(id);
    if ours.is_some() || several(app, caller) {
        for row in [Some(&named), ours.as_ref()].into_iter().flatten() {
            if let Some(project) = app.project_of_conversation(caller, row).await? {
                return Ok(Some((project, row.clone())));
            }
        }
    }
    Ok(home(app, caller, named))
}

/// Whether a key opens more than one project, so that what a request names has to be looked for.
fn several(app: &App, caller: &Caller) -> bool {
    caller.only_project().is_none() && app.directory().projects(caller).len() > 1
}

fn home(app: &App, caller: &Caller, named: RowRef) -> Place {
    let project = app.directory().home_project(caller)?;
    Some((project, named))
}

/// A successful answer.
fn found(body: &impl Serialize) -> Response {
    answer::json(StatusCode::OK, CONTENT_TYPE, body)
}
