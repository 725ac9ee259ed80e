//! Giving feedback and changing it.

use super::{Answer, known_project, ok, organization, project, read};
use crate::app::{App, VoteError, Voted};
use crate::dialects::melodi::auth::{MayCreate, Private};
use crate::dialects::melodi::convert::{self, ProjectRef, Said};
use crate::dialects::melodi::error::Rejection;
use crate::domain::vote::{Addressee, Command, Identity, RefusalReason, RowRef};
use crate::domain::{AttributeAnswer, Caller, Dialect, Project, Scope};
use crate::error::Error;
use axum::extract::{Request, State};
use std::sync::Arc;

/// `POST /feedback`: every call is a feedback of its own.
pub(in super::super) async fn create_feedback(
    State(app): State<Arc<App>>,
    MayCreate(caller): MayCreate,
    request: Request,
) -> Answer {
    let said = Said::of(read(&app, request.into_body()).await?)?;
    if !said.is_whole() {
        return Err(Rejection::bad_request(
            "Either feedbackType or at least one attribute is required",
        ));
    }
    give(&app, &caller, &said, Identity::EveryVote).await
}

/// `PUT /feedback`: changes the feedback with an id, or that of a person for a message; one that is not there is created.
pub(in super::super) async fn create_or_update_feedback(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    request: Request,
) -> Answer {
    let said = Said::of(read(&app, request.into_body()).await?)?;
    if let Some(number) = said.id {
        return change(&app, &caller, &said, number).await;
    }
    if said.message.is_none() || said.person.is_none() {
        return Err(Rejection::bad_request(
            "Either id, or externalThreadId, externalMessageId and externalUser.externalId are required",
        ));
    }
    give(&app, &caller, &said, Identity::OneOrRefused).await
}

async fn give(app: &App, caller: &Caller, said: &Said, identity: Identity) -> Answer {
    let addressee = said.addressee()?;
    let told = said.told();
    app.check_bounds(&addressee, &said.asked(Vec::new()), &told)?;
    let project = target_project(app, caller, said).await?;
    let asked = said.asked(answers(app, &project, said)?);
    let command = Command {
        key: caller.who.key(),
        told,
        created_at: said
            .created_at
            .filter(|created_at| *created_at < app.clock().now()),
        ..Command::new(
            &project,
            Dialect::Melodi,
            convert::policy(identity),
            addressee,
            asked,
        )
    };
    record(app, caller, said, command).await
}

/// Changes what a feedback says. What the request names beside its id is not looked at.
async fn change(app: &App, caller: &Caller, said: &Said, number: i64) -> Answer {
    let not_found = || Rejection::bad_request("Feedback not found");
    let feedback = app
        .find_feedback(caller, number)
        .await?
        .ok_or_else(not_found)?;
    let directory = app.directory();
    let project = directory.project(feedback.project).ok_or_else(not_found)?;
    let command = Command {
        key: caller.who.key(),
        ..Command::new(
            project,
            Dialect::Melodi,
            convert::policy(Identity::One),
            Addressee::Feedback(feedback.id),
            said.asked(answers(app, project, said)?),
        )
    };
    record(app, caller, said, command).await
}

/// The options that are named. Whatever is not defined in the project refuses the feedback.
fn answers(app: &App, project: &Project, said: &Said) -> Result<Vec<AttributeAnswer>, Error> {
    said.attributes
        .iter()
        .map(|(attribute, option)| app.attribute_answer(project, attribute, option))
        .collect()
}

/// The project of the thread: the one that is named, else the one that knows the thread, else the key's first.
async fn target_project(
    app: &App,
    caller: &Caller,
    said: &Said,
) -> Result<Arc<Project>, Rejection> {
    if let Some(named) = &said.project {
        let made =
            matches!(named, ProjectRef::Name(_)) && known_project(app, caller, named)?.is_none();
        // A project that is made now has no attributes and no feedback, and is not to be left behind by what is refused.
        if made && let Some((attribute, _)) = said.attributes.first() {
            return Err(Rejection::bad_request(format!(
                "attributes: no attribute \"{attribute}\""
            )));
        }
        if made && said.says_nothing() {
            return Err(VoteError::Refused(RefusalReason::Empty).into());
        }
        return project(app, caller, Some(named.clone())).await;
    }
    if let Some(thread) = &said.thread
        && let Some(project) = app
            .project_of_conversation(caller, &RowRef::External(thread.clone()))
            .await?
    {
        return Ok(project);
    }
    if said.told.is_some() {
        return Err(Rejection::bad_request(
            "projectId or projectName is required with a new thread",
        ));
    }
    app.directory()
        .home_project(caller)
        .ok_or_else(|| Rejection::bad_request("Project not found"))
}

async fn record(app: &App, caller: &Caller, said: &Said, command: Command) -> Answer {
    let voted = app.record_feedback(caller, command, None).await?;
    answer(app, caller, said, &voted).await
}

/// The feedback as it is now. A key that may not read sees of its author what the request itself said.
async fn answer(app: &App, caller: &Caller, said: &Said, voted: &Voted) -> Answer {
    let (feedback, end_user) = app.recorded(caller, voted).await?;
    let directory = app.directory();
    let project = directory
        .project(feedback.project)
        .ok_or_else(|| Error::internal("a recorded feedback has no project"))?;
    let organization = organization(app, caller);
    let user = end_user.map(|user| convert::end_user(organization, user));
    let mut shown = convert::feedback(&directory, organization, project, &feedback, user);
    if App::require(caller, Scope::FeedbackRead).is_err() {
        let at = shown.created_at.clone();
        let told = said.person.as_ref();
        shown.external_user = shown
            .external_user
            .map(|user| convert::receipt(user, told, &at));
    }
    Ok(ok(&shown))
}
