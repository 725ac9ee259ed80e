//! Feedback, and the calls that Haptik's clients make before it.

use super::auth::caller;
use super::convert::{self, Person, Said, Vote, WebhookSetting};
use super::error::Rejection;
use super::file;
use super::pass_on::unless_handed_on;
use super::settings::Settings;
use super::wire::{CONTENT_TYPE, Language, Success, Webhook};
use crate::app::App;
use crate::dialects::answer;
use crate::domain::vote::RowRef;
use crate::domain::{Caller, Dialect, Project, UnknownTargets};
use crate::limits;
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// `POST /log_feedback_from_user/`
///
/// The steps stand in the contract's order, so that of several faults the same one is told.
pub(super) async fn log_feedback(
    State(app): State<Arc<App>>,
    Extension(settings): Extension<Arc<Settings>>,
    request: Request,
) -> Result<Response, Rejection> {
    let caller = caller(&app, request.headers())?;
    let most = limits::json_bytes(app.comment_characters()).max(limits::HAPTIK_BODY_BYTES);
    let vote = Vote::read(read(request, most).await?, app.comment_characters())?;
    let Some(project) = business(&app, &caller, vote.business) else {
        let registered = registered_if_need_be(&app, &caller, &vote.auth_id).await?;
        return Err(if registered {
            Rejection::no_conversation()
        } else {
            Rejection::unregistered_author(&settings)
        });
    };
    let command = vote.command(&caller, &project);
    app.record_feedback(&caller, command, None)
        .await
        .map_err(|error| Rejection::of_vote(error, &settings))?;
    let success = Success { success: true };
    Ok(answer::json(StatusCode::CREATED, CONTENT_TYPE, &success))
}

/// `POST /user/` and `PUT /user/`
pub(super) async fn register_user(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Response, Rejection> {
    let caller = caller(&app, request.headers())?;
    let request = match unless_handed_on(&app, &caller, request).await {
        Ok(request) => request,
        Err(answer) => return answer,
    };
    let person = Person::read(read(request, limits::HAPTIK_BODY_BYTES).await?)?;
    let echo = person.echo();
    app.put_workspace_end_user(&caller, caller.workspace, &person.auth_id, person.draft)
        .await?;
    Ok(found(&echo))
}

/// `POST /update_user_language/`
pub(super) async fn update_language(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Response, Rejection> {
    let caller = caller(&app, request.headers())?;
    let request = match unless_handed_on(&app, &caller, request).await {
        Ok(request) => request,
        Err(answer) => return answer,
    };
    let person = Person::of_language(read(request, limits::HAPTIK_BODY_BYTES).await?)?;
    if !registered_if_need_be(&app, &caller, &person.auth_id).await? {
        return Err(Rejection::unregistered());
    }
    let echo = Language {
        auth_id: person.auth_id.clone(),
        language_code: person.draft.details.language.clone().unwrap_or_default(),
    };
    app.put_workspace_end_user(&caller, caller.workspace, &person.auth_id, person.draft)
        .await?;
    Ok(found(&echo))
}

/// `POST /log_message_from_user/`
pub(super) async fn log_message(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Response, Rejection> {
    let caller = caller(&app, request.headers())?;
    let request = match unless_handed_on(&app, &caller, request).await {
        Ok(request) => request,
        Err(answer) => return answer,
    };
    let said = Said::read(read(request, limits::HAPTIK_BODY_BYTES).await?)?;
    log(&app, &caller, said).await
}

/// `POST /log_file_from_user/`
pub(super) async fn log_file(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Response, Rejection> {
    let caller = caller(&app, request.headers())?;
    let request = match unless_handed_on(&app, &caller, request).await {
        Ok(request) => request,
        Err(answer) => return answer,
    };
    let said = Said::of_file(file::read(request).await?)?;
    log(&app, &caller, said).await
}

async fn log(app: &App, caller: &Caller, said: Said) -> Result<Response, Rejection> {
    let project =
        business(app, caller, said.business).ok_or_else(|| Rejection::invalid("business_id"))?;
    let message = app
        .continue_conversation(caller, &project, said.continuation())
        .await?
        .ok_or_else(Rejection::unregistered)?;
    Ok(found(&said.logged(&message)))
}

/// `POST /webhook/`
pub(super) async fn set_webhook(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Response, Rejection> {
    let caller = caller(&app, request.headers())?;
    let request = match unless_handed_on(&app, &caller, request).await {
        Ok(request) => request,
        Err(answer) => return answer,
    };
    let setting = WebhookSetting::read(read(request, limits::HAPTIK_BODY_BYTES).await?)?;
    let project = match setting.business {
        Some(id) => business(&app, &caller, id),
        None => app.directory().home_project(&caller),
    };
    let project = project.ok_or_else(|| Rejection::invalid("business_id"))?;
    app.keep_client_settings(&caller, &project, Dialect::Haptik, &setting.kept)
        .await?;
    let enabled = setting.enabled;
    Ok(found(&Webhook { enabled }))
}

async fn read<T: DeserializeOwned>(request: Request, most: usize) -> Result<T, Rejection> {
    let sent = answer::read_json(request.into_body(), most).await?;
    convert::body(sent)
}

/// The project that a business is, if the caller's key opens it.
fn business(app: &App, caller: &Caller, id: i64) -> Option<Arc<Project>> {
    app.directory()
        .find_project(caller, |project| project.haptik_business_id == Some(id))
}

/// Whether a person is registered, or needs not be, where no business says whether they need.
async fn registered_if_need_be(
    app: &App,
    caller: &Caller,
    auth_id: &str,
) -> Result<bool, Rejection> {
    let home = app.directory().home_project(caller);
    if home.is_some_and(|home| home.unknown_targets == UnknownTargets::Accept) {
        return Ok(true);
    }
    let person = RowRef::External(auth_id.to_owned());
    Ok(app.workspace_end_user(caller, &person).await?.is_some())
}

fn found(body: &impl Serialize) -> Response {
    answer::json(StatusCode::OK, CONTENT_TYPE, body)
}
