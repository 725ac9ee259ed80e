//! `docs/migrate/haptik.md`.

use crate::answer::{found, json};
use crate::reader::Reader;
use crate::support::stand_in::{Seen, StandIn};
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::json;

/// The vendor as the page writes it.
const VENDOR: &str = "https://us-messenger.haptikapi.com";

/// A business of Haptik's.
fn business() -> StandIn {
    StandIn::start(|seen| {
        let header = |name: &str| seen.headers.get(name).and_then(|value| value.to_str().ok());
        let token = header(header::AUTHORIZATION.as_str());
        let known = token == Some("Bearer the-token-that-clients-hold")
            && header("client-id") == Some("the-client-id-beside-it");
        if known {
            answered(&seen)
        } else {
            let told = json!({"error_message": "invalid authorization details"});
            json(StatusCode::UNAUTHORIZED, &told)
        }
    })
}

fn answered(seen: &Seen) -> Response {
    let body = seen.json();
    match seen.uri.path() {
        "/v1.0/user/" => {
            found(&json!({"auth_id": body["auth_id"], "mobile_no": "", "email": "", "name": ""}))
        }
        "/v1.0/log_message_from_user/" => found(&json!({
            "message_id": 1_411_200_492, "message_body": body["message_body"], "message_type": 0,
            "created_at": "2026-05-01T12:00:00.000Z",
        })),
        "/v1.0/log_feedback_from_user/" => json(StatusCode::CREATED, &json!({"success": true})),
        "/v1.0/webhook/" => found(&json!({"enabled": body["enabled"]})),
        _ => json(
            StatusCode::NOT_FOUND,
            &json!({"error_message": "not found"}),
        ),
    }
}

#[test]
fn the_page_does_what_it_says() {
    let business = business();
    let Some(mut reader) = Reader::of("haptik.md", (VENDOR, business.url())) else {
        return;
    };
    reader.follow();
    let rated = business
        .seen()
        .into_iter()
        .filter(|seen| seen.uri.path() == "/v1.0/log_feedback_from_user/");
    let rated: Vec<_> = rated.map(|seen| seen.json()["auth_id"].clone()).collect();
    // Before, with the mirror, and after. The first one between is Candor's alone.
    assert_eq!(rated, ["u1", "u2", "u1"]);
}
