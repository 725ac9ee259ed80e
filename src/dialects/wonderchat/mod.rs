//! Wonderchat's API, as its documentation tells it. See the folder's README.

mod auth;
mod convert;
mod cuid;
mod error;
mod export;
mod handlers;
pub mod import;
pub(super) mod mirror;
mod pass_on;
mod remember;
mod streamed;
mod wire;

use crate::app::App;
use crate::dialects::answer;
use crate::error::Error;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, post};
use error::Rejection;
use std::sync::Arc;

/// The paths under `/api/v1`, and the answers to all others there.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/update-message-feedback",
            only(post(handlers::update_message_feedback)),
        )
        .route("/messages", only(post(handlers::messages)))
        .route("/export-chatlogs", only(post(handlers::export_chatlogs)))
        .route("/add-tags-to-chatlog", only(post(handlers::add_tags)))
        .route(
            "/delete-tags-from-chatlog",
            only(post(handlers::delete_tags)),
        )
        .route("/chat", post(pass_on::chat).fallback(pass_on::elsewhere))
        .fallback(pass_on::elsewhere)
        .layer(answer::open_to_pages())
        .layer(map_response(answer::keep_the_upstreams_word))
}

/// The answer to a path that is not Wonderchat's, made outside of its routes.
pub async fn fallback(State(app): State<Arc<App>>, request: Request) -> Response {
    answer::opened(pass_on::elsewhere(State(app), request).await)
}

/// A failure that happened outside the handlers, in Wonderchat's shape.
pub fn rejection(error: Error) -> Response {
    answer::opened(Rejection::from(error).into_response())
}

fn only(route: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    route.fallback(wrong_method)
}

async fn wrong_method() -> Response {
    Rejection::wrong_method().into_response()
}
