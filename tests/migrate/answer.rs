//! What stand-ins answer.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::Value;

/// A success.
pub fn found(body: &Value) -> Response {
    json(StatusCode::OK, body)
}

/// An answer with JSON.
pub fn json(status: StatusCode, body: &Value) -> Response {
    let answer = Response::builder().status(status);
    let answer = answer.header(header::CONTENT_TYPE, "application/json");
    answer.body(Body::from(body.to_string())).unwrap()
}
