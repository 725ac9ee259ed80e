//! Dify's service API, as version 1.14.1 speaks it. See the folder's README.

mod answer;
mod auth;
mod conversations;
mod convert;
mod cors;
mod error;
mod handlers;
pub mod import;
mod messages;
pub(super) mod mirror;
mod overlay;
mod pairs;
mod pass_on;
mod python;
mod query;
mod reading;
mod remember;
mod wire;

use crate::app::App;
use crate::error::Error;
use axum::Router;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, any};
use error::{Rejection, UuidInPath};
use pass_on::Here;
pub use pass_on::fallback;
use std::sync::Arc;

/// The paths under `/v1`, and the answers to all others there.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/messages/{message_id}/feedbacks",
            any(wrong_method_for_one)
                .post(handlers::give_feedback)
                .options(async |_: UuidInPath, headers: HeaderMap| {
                    cors::options("POST, OPTIONS", &headers)
                }),
        )
        .route("/app/feedbacks", reading().get(handlers::list_feedback))
        .route("/messages", reading().get(messages::list_messages))
        .route(
            "/conversations",
            reading().get(conversations::list_conversations),
        )
        .route("/info", reading().get(handlers::info))
        .route(
            "/end-users/{end_user_id}",
            any(wrong_method_for_one).get(handlers::end_user).options(
                async |_: UuidInPath, headers: HeaderMap| {
                    cors::options("HEAD, GET, OPTIONS", &headers)
                },
            ),
        )
        .fallback(fallback)
}

/// A failure that happened outside the handlers, in Dify's shape.
pub fn rejection(error: Error) -> Response {
    cors::opened(None, Err(Rejection::from(error)))
}

/// A path that is only read here. Starting from `any` keeps `Allow` out of the 405, as Dify does.
fn reading() -> MethodRouter<Arc<App>> {
    any(wrong_method)
        .options(async |headers: HeaderMap| cors::options("HEAD, GET, OPTIONS", &headers))
}

/// A method that Dify's path does not have; an upstream of another version may.
async fn wrong_method(_: Here) -> Response {
    Rejection::wrong_method().into_response()
}

/// The same on a path with an id, which must be one before the method is looked at.
async fn wrong_method_for_one(_: UuidInPath) -> Response {
    Rejection::wrong_method().into_response()
}
