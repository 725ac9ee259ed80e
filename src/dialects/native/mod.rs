//! Candor's own API. See the folder's README.

mod auth;
mod convert;
mod error;
mod handlers;
mod openapi;
mod page;
mod request;
pub mod shown;
mod visitor;
mod wire;

use super::answer;
use crate::app::App;
use crate::error::Error;
use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use error::Rejection;
use std::sync::Arc;
use utoipa::openapi::OpenApi;
pub use visitor::Peer;

/// The paths under `/candor/v1`, and the answers to all others there.
pub fn routes() -> Router<Arc<App>> {
    let (router, openapi) = openapi::routes_and_description();
    router
        .merge(page::routes(&openapi))
        .route("/apply", post(handlers::apply::apply))
        .method_not_allowed_fallback(error::method_not_allowed)
        .fallback(fallback)
        // Publishable keys are for pages.
        .layer(answer::open_to_pages())
}

/// The answer to a path that is nobody's: all that no dialect owns is answered as this API would.
pub async fn fallback() -> Response {
    error::no_such_path().into_response()
}

/// A failure that happened outside the handlers, in this API's shape.
pub fn rejection(error: Error) -> Response {
    answer::opened(Rejection::from(error).into_response())
}

/// The description of this API.
pub fn openapi() -> OpenApi {
    openapi::routes_and_description().1
}
