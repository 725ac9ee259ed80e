//! Melodi's external API, as its last SDKs speak it. See the folder's README.

mod auth;
mod convert;
mod error;
mod handlers;
pub mod import;
pub(super) mod mirror;
mod pass_on;
mod query;
mod wire;

use crate::app::App;
use crate::dialects::answer;
use crate::error::Error;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, patch, post, put};
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
            "/threads",
            get(handlers::list_threads)
                .post(handlers::create_thread)
                .put(handlers::create_or_update_thread),
        )
        .route("/messages/{id}", get(handlers::get_message))
        .route("/issues", put(handlers::put_issue))
        .route("/intents", put(handlers::put_intent))
        .route(
            "/issue-message-associations",
            post(handlers::associate_issue),
        )
        .route(
            "/issue-message-associations/{id}",
            delete(handlers::dissociate_issue),
        )
        .route(
            "/intent-message-associations",
            post(handlers::associate_intent),
        )
        .route(
            "/intent-message-associations/{id}",
            delete(handlers::dissociate_intent),
        )
        .route(
            "/user-internal-for-project/bulk",
            post(handlers::set_internal).delete(handlers::set_not_internal),
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
        .fallback(pass_on::elsewhere)
        .method_not_allowed_fallback(pass_on::wrong_method)
        .layer(answer::open_to_pages())
        .layer(map_response(answer::keep_the_upstreams_word))
}

/// The answer to a path that is not Melodi's, made outside of its routes.
pub async fn fallback() -> Response {
    answer::opened(Rejection::not_answered(StatusCode::NOT_FOUND).into_response())
}

/// A failure that happened outside the handlers, in Melodi's shape.
pub fn rejection(error: Error) -> Response {
    answer::opened(Rejection::from(error).into_response())
}
