//! Issues and intents, and the messages that are about them.

use super::{Answer, ok, project, read};
use crate::app::App;
use crate::dialects::melodi::auth::Private;
use crate::dialects::melodi::convert::{self, ProjectRef};
use crate::dialects::melodi::error::Rejection;
use crate::dialects::melodi::wire;
use crate::domain::{Caller, Project, TopicKind, TopicOfMessage};
use crate::error::Error;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use std::sync::Arc;

/// `PUT /issues`: one of the same name stays as it is.
pub(in super::super) async fn put_issue(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    request: Request,
) -> Answer {
    put(&app, &caller, TopicKind::Issue, request).await
}

/// `PUT /intents`: one of the same name stays as it is.
pub(in super::super) async fn put_intent(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    request: Request,
) -> Answer {
    put(&app, &caller, TopicKind::Intent, request).await
}

async fn put(app: &App, caller: &Caller, kind: TopicKind, request: Request) -> Answer {
    let body: wire::TopicBody = read(app, request.into_body()).await?;
    let named = ProjectRef::of(body.project_id, body.project_name.clone());
    let draft = convert::topic_draft(kind, body)?;
    App::check_topic(&draft)?;
    let project = project(app, caller, named).await?;
    let topic = app.put_topic(caller, &project, draft).await?;
    Ok(ok(&convert::topic(&project, topic)))
}

/// `POST /issue-message-associations`
pub(in super::super) async fn associate_issue(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    request: Request,
) -> Answer {
    let body: wire::AssociationBody = read(&app, request.into_body()).await?;
    let issue = required("issueId", body.issue)?;
    let message = required("messageId", body.message)?;
    let (project, of) = attach(&app, &caller, TopicKind::Issue, issue, message).await?;
    Ok(ok(&convert::issue_association(&project, of)))
}

/// `POST /intent-message-associations`
pub(in super::super) async fn associate_intent(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    request: Request,
) -> Answer {
    let body: wire::AssociationBody = read(&app, request.into_body()).await?;
    let intent = required("intentId", body.intent)?;
    let message = required("messageId", body.message)?;
    let (project, of) = attach(&app, &caller, TopicKind::Intent, intent, message).await?;
    Ok(ok(&convert::intent_association(&project, of)))
}

fn required(name: &str, number: Option<i64>) -> Result<i64, Rejection> {
    number.ok_or_else(|| Rejection::bad_request(format!("{name} is required")))
}

async fn attach(
    app: &App,
    caller: &Caller,
    kind: TopicKind,
    topic: i64,
    message: i64,
) -> Result<(Arc<Project>, TopicOfMessage), Rejection> {
    let of = app.attach_topic(caller, kind, topic, message).await?;
    let directory = app.directory();
    let project = directory
        .project(of.topic.project)
        .ok_or_else(|| Error::internal("a topic has no project"))?;
    Ok((Arc::clone(project), of))
}

/// `DELETE /issue-message-associations/{id}`
pub(in super::super) async fn dissociate_issue(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    path: Result<Path<i64>, PathRejection>,
) -> Answer {
    detach(&app, &caller, TopicKind::Issue, path).await
}

/// `DELETE /intent-message-associations/{id}`
pub(in super::super) async fn dissociate_intent(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    path: Result<Path<i64>, PathRejection>,
) -> Answer {
    detach(&app, &caller, TopicKind::Intent, path).await
}

async fn detach(
    app: &App,
    caller: &Caller,
    kind: TopicKind,
    path: Result<Path<i64>, PathRejection>,
) -> Answer {
    let Ok(Path(number)) = path else {
        return Err(Rejection::bad_request("Association not found"));
    };
    app.detach_topic(caller, kind, number).await?;
    Ok(ok(&wire::Done {}))
}
