//! `docs/migrate/melodi.md`.

use crate::answer::{found, json};
use crate::reader::Reader;
use crate::support::stand_in::{Seen, StandIn};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

/// The vendor as the page writes it.
const VENDOR: &str = "https://app.melodi.fyi";

/// The key that the page's clients hold.
const KEY: &str = "the-private-key-that-clients-hold";

const AT: &str = "2024-01-01T00:00:00.000Z";

/// An organization of Melodi's.
fn organization() -> StandIn {
    StandIn::start(|seen| {
        let header = seen.headers.get("api-key").is_some_and(|key| key == KEY);
        let query = seen.uri.query().unwrap_or_default();
        let bearer = seen.headers.get("authorization");
        let bearer = bearer.is_some_and(|key| key == &format!("Bearer {KEY}"));
        if header || bearer || query.split('&').any(|part| part == format!("apiKey={KEY}")) {
            answered(&seen)
        } else {
            json(
                StatusCode::UNAUTHORIZED,
                &json!({"error": "Unauthorized", "errors": []}),
            )
        }
    })
}

fn answered(seen: &Seen) -> Response {
    match (&seen.method, seen.uri.path()) {
        (&Method::GET, "/api/external/threads") => {
            let mut old =
                thread(&json!([{"externalId": "m1", "role": "assistant", "content": "Hi!"}]));
            old["messages"][0]["externalFeedback"] = json!([{
                "id": 2001, "feedbackType": "NEGATIVE", "feedbackText": null, "externalUser": null,
                "attributeOptions": [], "createdAt": AT, "updatedAt": AT,
            }]);
            found(&json!({"count": 1, "rows": [old]}))
        }
        (&Method::PUT, "/api/external/threads") => found(&thread(&seen.json()["messages"])),
        (&Method::POST | &Method::PUT, "/api/external/feedback") => {
            let said = seen.json();
            found(&json!({
                "id": 1, "projectId": 64, "feedbackType": said["feedbackType"], "feedbackText": said["feedbackText"],
                "createdAt": AT, "updatedAt": AT,
            }))
        }
        (&Method::GET, "/api/external/experiments") => found(&json!({"count": 0, "rows": []})),
        _ => json(
            StatusCode::NOT_FOUND,
            &json!({"error": "Not found", "errors": []}),
        ),
    }
}

fn thread(messages: &Value) -> Value {
    let messages = (1001..).zip(messages.as_array().unwrap());
    let messages: Vec<_> = messages
        .map(|(id, message)| {
            let mut message = message.clone();
            message["id"] = json!(id);
            message
        })
        .collect();
    json!({
        "id": 1, "organizationId": 1, "externalId": "chat-1", "project": {"id": 64, "name": "support"},
        "externalUser": null, "metadata": {}, "createdAt": AT, "updatedAt": AT, "messages": messages,
    })
}

#[test]
fn the_page_does_what_it_says() {
    let organization = organization();
    let Some(mut reader) = Reader::of("melodi.md", (VENDOR, organization.url())) else {
        return;
    };
    reader.follow();
    let told = organization
        .seen()
        .into_iter()
        .filter(|seen| seen.uri.path() == "/api/external/feedback");
    // Before, with the mirror, after. The one between is Candor's alone.
    assert_eq!(told.count(), 3);
}
