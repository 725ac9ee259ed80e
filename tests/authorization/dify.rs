//! Dify's routes.

use crate::routes::{Carrier, Other};

const fn route(method: &'static str, path: &'static str, body: &'static str) -> Other {
    Other {
        dialect: "dify",
        carrier: Carrier::Bearer,
        method,
        path,
        body,
    }
}

pub const ROUTES: &[Other] = &[
    route(
        "POST",
        "/v1/messages/{message_id}/feedbacks",
        r#"{"rating": "like", "user": "ada"}"#,
    ),
    route("GET", "/v1/app/feedbacks", "null"),
    route("GET", "/v1/messages", "null"),
    route("GET", "/v1/conversations", "null"),
    route("GET", "/v1/info", "null"),
    route("GET", "/v1/end-users/{end_user_id}", "null"),
];
