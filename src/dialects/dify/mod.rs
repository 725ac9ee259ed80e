//! Stub while the rooms are built side by side.
#![allow(missing_docs)]
use crate::app::App;
use crate::error::Error;
use axum::Router;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

pub fn routes() -> Router<Arc<App>> {
    Router::new()
}

pub async fn fallback() -> Response {
    rejection(Error::not_found("no such path"))
}

pub fn rejection(error: Error) -> Response {
    error.to_string().into_response()
}
