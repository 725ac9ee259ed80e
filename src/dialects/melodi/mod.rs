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
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use error::Rejection;
use std::sync::Arc;

/// The paths under `/api/external`, and the answers to all others there.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/feedback",
            only(
                "POST,PUT",
                post(handlers::create_feedback).put(handlers::create_or_update_feedback),
            ),
        )
        .route(
            "/threads",
            only(
                "GET,HEAD,POST,PUT",
                get(handlers::list_threads)
                    .post(handlers::create_thread)
                    .put(handlers::create_or_update_thread),
            ),
        )
        .route(
            "/messages/{id}",
            only("GET,HEAD", get(handlers::get_message)),
        )
        .merge(topics())
        .route(
            "/user-internal-for-project/bulk",
            only(
                "POST,DELETE",
                post(handlers::set_internal).delete(handlers::set_not_internal),
            ),
        )
        .route(
            "/users",
            only(
                "GET,HEAD,PUT",
                get(handlers::list_users).put(handlers::create_or_update_user),
            ),
        )
        .route(
            "/users/segment-types",
            only("GET,HEAD", get(handlers::list_segment_types)),
        )
        .route(
            "/users/{external_id}",
            only("PATCH", patch(handlers::update_user)),
        )
        .route(
            "/projects",
            only(
                "GET,HEAD,POST",
                get(handlers::list_projects).post(handlers::create_project),
            ),
        )
        .route(
            "/attributes",
            only("POST", post(handlers::define_attribute)),
        )
        .route("/memory", only("GET,HEAD", get(handlers::memory)))
        .fallback(pass_on::elsewhere)
        .layer(answer::open_to_pages())
        .layer(map_response(answer::keep_the_upstreams_word))
}

/// What messages are about.
fn topics() -> Router<Arc<App>> {
    Router::new()
        .route("/issues", only("PUT", put(handlers::put_issue)))
        .route("/intents", only("PUT", put(handlers::put_intent)))
        .route(
            "/issue-message-associations",
            only("POST", post(handlers::associate_issue)),
        )
        .route(
            "/issue-message-associations/{id}",
            only("DELETE", delete(handlers::dissociate_issue)),
        )
        .route(
            "/intent-message-associations",
            only("POST", post(handlers::associate_intent)),
        )
        .route(
            "/intent-message-associations/{id}",
            only("DELETE", delete(handlers::dissociate_intent)),
        )
}

fn only(methods: &'static str, route: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    answer::only(methods, route, pass_on::wrong_method)
}

/// The answer to a path that is not Melodi's, made outside of its routes.
pub async fn fallback() -> Response {
    answer::opened(Rejection::not_answered(StatusCode::NOT_FOUND).into_response())
}

/// A failure that happened outside the handlers, in Melodi's shape.
pub fn rejection(error: Error) -> Response {
    answer::opened(Rejection::from(error).into_response())
}
