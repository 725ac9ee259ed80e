//! Amazon Q Business, as its model of 2023-11-27 speaks it. See the folder's README.

mod auth;
mod constraint;
mod convert;
mod credential;
mod error;
mod handlers;
pub(super) mod mirror;
mod page;
mod pass_on;
mod remember;
mod settings;
pub mod sigv4;
mod wire;

pub use credential::sign;
pub use settings::Settings;

use crate::app::App;
use crate::dialects::answer;
use crate::error::Error;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};
use constraint::Faults;
use error::Rejection;
use std::sync::Arc;

/// The service in the scope of a credential.
const SERVICE: &str = "qbusiness";

/// The paths under `/applications`, and the answers to all others there.
pub fn routes(settings: Settings) -> Router<Arc<App>> {
    Router::new()
        .route("/", only("GET,HEAD", get(handlers::list_applications)))
        .route(
            "/{application}",
            only("GET,HEAD", get(handlers::get_application)),
        )
        .route(
            "/{application}/conversations",
            only("GET,HEAD", get(handlers::list_conversations)),
        )
        .route(
            "/{application}/conversations/{conversation}",
            only(
                "GET,HEAD,DELETE",
                get(handlers::list_messages).delete(handlers::delete_conversation),
            ),
        )
        .route(
            "/{application}/conversations/{conversation}/messages/{message}/feedback",
            only("POST", post(handlers::put_feedback)),
        )
        .fallback(pass_on::fallback)
        .layer(Extension(Arc::new(settings)))
}

fn only(methods: &'static str, route: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    answer::only(methods, route, pass_on::wrong_method)
}

/// The answer to a path that names no application, and that no operation has that is answered here.
pub async fn fallback() -> Response {
    Rejection::unknown_operation(StatusCode::NOT_FOUND).into_response()
}

/// A failure that happened outside the handlers, in Amazon Q's shape.
pub fn rejection(error: Error) -> Response {
    Rejection::from(error).into_response()
}

/// Whether the body of a `PutFeedback` says what it may, for those who try to break what reads it.
pub fn takes_body(body: &[u8]) -> bool {
    let mut faults = Faults::default();
    convert::Feedback::read(body, &mut faults).is_ok() && faults.check().is_ok()
}
