//! Melodi's routes.

use crate::routes::{Carrier, Other};

const fn route(method: &'static str, path: &'static str, body: &'static str) -> Other {
    Other {
        dialect: "melodi",
        carrier: Carrier::Header,
        method,
        path,
        body,
    }
}

pub const ROUTES: &[Other] = &[
    route(
        "POST",
        "/api/external/feedback",
        r#"{"feedbackType": "NEGATIVE", "externalThreadId": "c1", "externalMessageId": "m1", "projectId": 64, "projectName": "support"}"#,
    ),
    route(
        "PUT",
        "/api/external/feedback",
        r#"{"feedbackType": "NEGATIVE", "externalThreadId": "c1", "externalMessageId": "m1", "projectId": 64, "projectName": "support"}"#,
    ),
    route(
        "PUT",
        "/api/external/feedback",
        r#"{"id": 1, "feedbackType": "NEGATIVE"}"#,
    ),
    route("GET", "/api/external/threads", "null"),
    route(
        "POST",
        "/api/external/threads",
        r#"{"externalId": "c1", "projectId": 64, "projectName": "support", "messages": [{"externalId": "m1", "role": "bot", "content": "changed"}]}"#,
    ),
    route(
        "PUT",
        "/api/external/threads",
        r#"{"externalId": "c1", "projectId": 64, "projectName": "support", "messages": [{"externalId": "m1", "role": "bot", "content": "changed"}]}"#,
    ),
    route("GET", "/api/external/messages/{id}", "null"),
    route(
        "PUT",
        "/api/external/issues",
        r#"{"projectId": 64, "name": "new", "messageId": 1}"#,
    ),
    route(
        "PUT",
        "/api/external/intents",
        r#"{"projectId": 64, "name": "new", "messageId": 1}"#,
    ),
    route(
        "POST",
        "/api/external/issue-message-associations",
        r#"{"issueId": 1, "messageId": 1}"#,
    ),
    route(
        "DELETE",
        "/api/external/issue-message-associations/{id}",
        "null",
    ),
    route(
        "POST",
        "/api/external/intent-message-associations",
        r#"{"intentId": 1, "messageId": 1}"#,
    ),
    route(
        "DELETE",
        "/api/external/intent-message-associations/{id}",
        "null",
    ),
    route(
        "POST",
        "/api/external/user-internal-for-project/bulk",
        r#"{"projectId": 64, "externalUserIds": ["ada"], "userIds": [1]}"#,
    ),
    route(
        "DELETE",
        "/api/external/user-internal-for-project/bulk",
        r#"{"projectId": 64, "externalUserIds": ["ada"], "userIds": [1]}"#,
    ),
    route("GET", "/api/external/users", "null"),
    route(
        "PUT",
        "/api/external/users",
        r#"{"externalId": "ada", "name": "changed"}"#,
    ),
    route("GET", "/api/external/users/segment-types", "null"),
    route(
        "PATCH",
        "/api/external/users/{external_id}",
        r#"{"name": "changed"}"#,
    ),
    route("GET", "/api/external/projects", "null"),
    route("POST", "/api/external/projects", r#"{"name": "support"}"#),
    route(
        "POST",
        "/api/external/attributes",
        r#"{"projectId": 64, "name": "new", "options": ["a"]}"#,
    ),
    route("GET", "/api/external/memory", "null"),
];
