//! Melodi's external API, as its last SDKs speak it. See the folder's README.

mod auth;
mod convert;
mod error;
mod handlers;
mod query;
mod wire;

use crate::app::App;
use crate::dialects::answer;
use crate::error::Error;
use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, patch, post};
use error::Rejection;
use std::sync::Arc;

/// The paths under `/api/external`, and the answers to all others there.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/feedback",
            post(handlers::create_feedback).put(handlers::create_or_update_feedback),
        )
        .route(
            "/users",
            get(handlers::list_users).put(handlers::create_or_update_user),
        )
        .route("/users/segment-types", get(handlers::list_segment_types))
        .route("/users/{external_id}", patch(handlers::update_user))
        .route(
            "/projects",
            get(handlers::list_projects).post(handlers::create_project),
        )
        .route("/attributes", post(handlers::define_attribute))
        .route("/memory", get(handlers::memory))
        .fallback(fallback)
        .method_not_allowed_fallback(wrong_method)
        .layer(answer::open_to_pages())
}

/// The answer to a path that is not Melodi's.
pub async fn fallback() -> Response {
    answer::opened(Rejection::no_such_path().into_response())
}

async fn wrong_method() -> Response {
    Rejection::wrong_method().into_response()
}

/// A failure that happened outside the handlers, in Melodi's shape.
pub fn rejection(error: Error) -> Response {
    answer::opened(Rejection::from(error).into_response())
}
