//! Extract, convert, one call on [`App`], convert back.

mod applications;
mod conversations;

pub(super) use applications::{get_application, list_applications};
pub(super) use conversations::{delete_conversation, list_conversations, list_messages};

use super::auth::{Expected, Signed};
use super::constraint::Faults;
use super::convert::{Feedback, Target};
use super::error::Rejection;
use super::settings::Settings;
use super::wire::CONTENT_TYPE;
use crate::app::App;
use crate::dialects::answer;
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;

/// `PutFeedback`. The signature comes first, then everything that is wrong with the request, then what it names.
pub(super) async fn put_feedback(
    State(app): State<Arc<App>>,
    Extension(settings): Extension<Arc<Settings>>,
    request: Request,
) -> Result<StatusCode, Rejection> {
    let signed = Signed::read(&app, &settings, request, Expected::Small).await?;
    let says_other =
        signed.headers.contains_key(header::CONTENT_TYPE) && !answer::is_json(&signed.headers);
    if says_other && !signed.body.is_empty() {
        return Err(Rejection::not_json());
    }
    let mut faults = Faults::default();
    let target = Target {
        application: signed.segment(2),
        conversation: signed.segment(4),
        message: signed.segment(6),
        user: signed.parameter("userId", &mut faults),
    };
    target.check(&mut faults);
    let feedback = Feedback::read(&signed.body, &mut faults)?;
    faults.check()?;
    let project = signed.application(&app, &target.application)?;
    let command = target.command(&signed.caller, &project, feedback);
    app.record_feedback(&signed.caller, command, None)
        .await
        .map_err(|error| Rejection::of_vote(error, &target.message))?;
    Ok(StatusCode::OK)
}

/// A successful answer.
fn found(body: &impl Serialize) -> Response {
    answer::json(StatusCode::OK, CONTENT_TYPE, body)
}
