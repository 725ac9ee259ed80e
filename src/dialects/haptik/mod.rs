//! Haptik's channel API, as its documentation describes it. See the folder's README.

mod auth;
mod convert;
mod error;
mod file;
mod form;
mod handlers;
pub(super) mod mirror;
mod pass_on;
mod remember;
mod settings;
mod webhook;
mod wire;

pub use pass_on::fallback;
pub use settings::Settings;
pub use webhook::webhook;

use crate::app::App;
use crate::dialects::answer;
use crate::error::Error;
use crate::limits;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, post};
use axum::{Extension, Router};
use error::Rejection;
use std::sync::Arc;

/// The paths under `/v1.0`, each with and without a slash at its end, and the answers to all others there.
pub fn routes(settings: Settings) -> Router<Arc<App>> {
    let feedback = post(handlers::log_feedback);
    let user = only(
        "POST,PUT",
        post(handlers::register_user).put(handlers::register_user),
    );
    let message = only("POST", post(handlers::log_message));
    let file =
        post(handlers::log_file).layer(DefaultBodyLimit::max(limits::HAPTIK_FILE_BODY_BYTES));
    let file = only("POST", file);
    let language = only("POST", post(handlers::update_language));
    let webhook = only("POST", post(handlers::set_webhook));
    Router::new()
        .route("/log_feedback_from_user", feedback.clone())
        .route("/log_feedback_from_user/", feedback)
        .route("/user", user.clone())
        .route("/user/", user)
        .route("/log_message_from_user", message.clone())
        .route("/log_message_from_user/", message)
        .route("/log_file_from_user", file.clone())
        .route("/log_file_from_user/", file)
        .route("/update_user_language", language.clone())
        .route("/update_user_language/", language)
        .route("/webhook", webhook.clone())
        .route("/webhook/", webhook)
        .fallback(fallback)
        .method_not_allowed_fallback(wrong_method)
        .layer(Extension(Arc::new(settings)))
}

/// A path of which the vendor may know other methods.
fn only(methods: &'static str, route: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    answer::only(methods, route, pass_on::other_method)
}

/// The answer to another method of a path that is never handed on.
pub async fn wrong_method() -> Response {
    Rejection::wrong_method().into_response()
}

/// A failure that happened outside the handlers, in Haptik's shape.
pub fn rejection(error: Error) -> Response {
    Rejection::from(error).into_response()
}
