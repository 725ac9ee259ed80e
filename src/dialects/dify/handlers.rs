//! Votes, and what Dify tells of votes, people and the app.

use super::auth::{Access, access};
use super::convert::{self, Sent};
use super::cors;
use super::error::{Rejection, UuidInPath};
use super::pass_on::{Here, has_upstream, pass_on};
use super::query::{Faults, Parameters};
use super::wire::{AppInfo, CONTENT_TYPE, FeedbackList, SUCCESS};
use crate::app::App;
use crate::dialects::answer;
use crate::domain::EndUserDraft;
use crate::domain::vote::RowRef;
use crate::error::{Error, ErrorKind};
use crate::limits;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use std::sync::Arc;
use uuid::Uuid;

/// The most items on a page of feedback (`FeedbackListQuery` in `api/controllers/service_api/app/message.py`).
const FEEDBACK_LIMIT: u64 = 101;
/// The highest page: beyond it the number of items to leave out has no place in a database.
const PAGE: u64 = i64::MAX as u64 / FEEDBACK_LIMIT;

/// `POST /messages/{message_id}/feedbacks`
pub(super) async fn give_feedback(
    State(app): State<Arc<App>>,
    UuidInPath(message): UuidInPath,
    request: Request,
) -> Response {
    let origin = cors::origin(request.headers());
    cors::opened(origin, record(&app, message, request).await)
}

/// The steps stand in Dify's order, so that of several faults the same one is told.
async fn record(app: &App, message: Uuid, request: Request) -> Result<Response, Rejection> {
    let Access { caller, project } = access(app, request.headers())?;
    if !answer::is_json(request.headers()) {
        return Err(Rejection::not_json());
    }
    let most = body_bytes(app.comment_characters());
    let body = answer::read_body(request.into_body(), most)
        .await
        .map_err(unreadable)?;
    let mut sent = Sent::read(&body)?;
    let user = sent
        .user
        .take()
        .ok_or_else(|| Rejection::invalid("Arg user must be provided."))
        .and_then(convert::checked_user)?;
    let vote = match sent.vote(app.comment_characters()) {
        Ok(vote) => vote,
        Err(rejection) => {
            // Dify has registered the user before it looks at the vote. A key that may not do so loses nothing.
            let registered = app
                .put_end_user(&caller, &project, &user, EndUserDraft::default())
                .await;
            return match registered {
                Err(error) if error.kind() != ErrorKind::Forbidden => Err(error.into()),
                _ => Err(rejection),
            };
        }
    };
    let command = convert::command(&caller, &project, message, user, vote);
    app.record_feedback(&caller, command, None).await?;
    let content_type = HeaderValue::from_static(CONTENT_TYPE);
    Ok(([(header::CONTENT_TYPE, content_type)], SUCCESS).into_response())
}

/// Content that is too long is to be told from a body that is too large, however it is escaped.
fn body_bytes(content_characters: usize) -> usize {
    limits::json_bytes(content_characters).max(limits::DIFY_BODY_BYTES)
}

fn unreadable(error: Error) -> Rejection {
    match error.kind() {
        ErrorKind::Invalid => Rejection::bad_body(),
        _ => error.into(),
    }
}

/// `GET /app/feedbacks`
pub(super) async fn list_feedback(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let answer = async {
        let Access { caller, project } = access(&app, &headers)?;
        let parameters = Parameters::of(&uri);
        let mut faults = Faults::default();
        let page = parameters.number("page", 1, PAGE, &mut faults);
        let limit = parameters.number("limit", 20, FEEDBACK_LIMIT, &mut faults);
        faults.check()?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let rated = app
            .rated_feedback(&caller, &project, (page - 1) * limit, most)
            .await?;
        Ok(found(&FeedbackList {
            data: rated
                .into_iter()
                .filter_map(convert::feedback_item)
                .collect(),
        }))
    };
    cors::opened(cors::origin(&headers), answer.await)
}

/// `GET /end-users/{end_user_id}`
pub(super) async fn end_user(
    State(app): State<Arc<App>>,
    UuidInPath(id): UuidInPath,
    request: Request,
) -> Response {
    let origin = cors::origin(request.headers());
    let access = match access(&app, request.headers()) {
        Ok(access) => access,
        Err(rejection) => return cors::opened(origin, Err(rejection)),
    };
    let known = app.end_user(&access.caller, &access.project, RowRef::Id(id));
    let answer = match known.await {
        Ok(Some(end_user)) => Ok(found(&convert::end_user_detail(end_user, &access.project))),
        // The ids that were told before the project came here are the upstream's.
        Ok(None) if has_upstream(&access) => return pass_on(&app, &access, request).await,
        Ok(None) => Err(Rejection::new(
            StatusCode::NOT_FOUND,
            "end_user_not_found",
            "End user not found.",
        )),
        Err(error) => Err(error.into()),
    };
    cors::opened(origin, answer)
}

/// `GET /info`
pub(super) async fn info(State(app): State<Arc<App>>, Here(request): Here) -> Response {
    let answer = access(&app, request.headers()).map(|Access { project, .. }| {
        let directory = app.directory();
        found(&AppInfo {
            name: &project.name,
            description: project.description.as_deref().unwrap_or_default(),
            tags: [],
            mode: project.mode.name(),
            author_name: directory
                .workspace()
                .map_or("", |workspace| workspace.name.as_str()),
        })
    });
    cors::opened(cors::origin(request.headers()), answer)
}

/// A successful answer.
pub(super) fn found(body: &impl Serialize) -> Response {
    answer::json(StatusCode::OK, CONTENT_TYPE, body)
}
