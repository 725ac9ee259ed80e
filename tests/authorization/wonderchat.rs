//! Wonderchat's routes.

use crate::routes::{Carrier, Other};

const fn route(method: &'static str, path: &'static str, body: &'static str) -> Other {
    Other {
        dialect: "wonderchat",
        carrier: Carrier::Body,
        method,
        path,
        body,
    }
}

pub const ROUTES: &[Other] = &[
    route(
        "POST",
        "/api/v1/update-message-feedback",
        r#"{"messageId": "m1", "feedback": "NOT_HELPFUL", "userComment": "changed"}"#,
    ),
    route("POST", "/api/v1/messages", r#"{"chatlogId": "c1"}"#),
    route(
        "POST",
        "/api/v1/export-chatlogs",
        r#"{"chatbotId": "bot-of-support"}"#,
    ),
    route(
        "POST",
        "/api/v1/add-tags-to-chatlog",
        r#"{"chatlogId": "c1", "tags": ["changed"]}"#,
    ),
    route(
        "POST",
        "/api/v1/delete-tags-from-chatlog",
        r#"{"chatlogId": "c1", "tags": ["vip"]}"#,
    ),
];
