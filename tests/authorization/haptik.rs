//! Haptik's routes.

use crate::routes::{Carrier, Other};

const fn route(method: &'static str, path: &'static str, body: &'static str) -> Other {
    Other {
        dialect: "haptik",
        carrier: Carrier::BearerWithClient,
        method,
        path,
        body,
    }
}

pub const ROUTES: &[Other] = &[
    route(
        "POST",
        "/v1.0/log_feedback_from_user",
        r#"{"auth_id": "ada", "business_id": 343, "query_resolved": true, "query_rating": 5}"#,
    ),
    route(
        "POST",
        "/v1.0/user",
        r#"{"auth_id": "ada", "name": "changed"}"#,
    ),
    route(
        "PUT",
        "/v1.0/user",
        r#"{"auth_id": "ada", "name": "changed"}"#,
    ),
    route(
        "POST",
        "/v1.0/log_message_from_user",
        r#"{"user": {"auth_id": "ada"}, "business_id": 343, "message_body": "x"}"#,
    ),
    route(
        "POST",
        "/v1.0/log_file_from_user",
        r#"{"auth_id": "ada", "business_id": 343}"#,
    ),
    route(
        "POST",
        "/v1.0/update_user_language",
        r#"{"auth_id": "ada", "language_code": "hi"}"#,
    ),
    route(
        "POST",
        "/v1.0/webhook",
        r#"{"enabled": false, "business_id": 343}"#,
    ),
    route(
        "POST",
        "/v1.0/log_feedback_from_user/",
        r#"{"auth_id": "ada", "business_id": 343, "query_resolved": true, "query_rating": 5}"#,
    ),
    route(
        "POST",
        "/v1.0/user/",
        r#"{"auth_id": "ada", "name": "changed"}"#,
    ),
    route(
        "PUT",
        "/v1.0/user/",
        r#"{"auth_id": "ada", "name": "changed"}"#,
    ),
    route(
        "POST",
        "/v1.0/log_message_from_user/",
        r#"{"user": {"auth_id": "ada"}, "business_id": 343, "message_body": "x"}"#,
    ),
    route(
        "POST",
        "/v1.0/log_file_from_user/",
        r#"{"auth_id": "ada", "business_id": 343}"#,
    ),
    route(
        "POST",
        "/v1.0/update_user_language/",
        r#"{"auth_id": "ada", "language_code": "hi"}"#,
    ),
    route(
        "POST",
        "/v1.0/webhook/",
        r#"{"enabled": false, "business_id": 343}"#,
    ),
];
