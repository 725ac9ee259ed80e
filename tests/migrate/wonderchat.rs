//! `docs/migrate/wonderchat.md`.

use crate::answer::{found, json};
use crate::reader::Reader;
use crate::support::stand_in::{Seen, StandIn};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

/// The vendor as the page writes it.
const VENDOR: &str = "https://app.wonderchat.io/api/v1";

/// The key that the page's clients hold.
const KEY: &str = "the-api-key-that-clients-hold";

const CHATBOT: &str = "clkmt3epr00t3ii1pjd2sc3ye";

/// A chatbot of Wonderchat's: it answers one question, and takes votes.
fn chatbot() -> StandIn {
    let asked = AtomicU32::new(0);
    StandIn::start(move |seen| {
        let body = seen.json();
        if seen.uri.path() == "/api/v1/chat" {
            assert_eq!(body["chatbotId"], CHATBOT);
            let number = asked.fetch_add(1, Ordering::SeqCst);
            return found(&json!({
                "id": message(number), "response": "Money back.", "chatlogId": "cli7n0vvs000008l43ez2bxa0",
                "sources": [],
            }));
        }
        if body["apiKey"] != KEY {
            let told = json!({"status": "error", "error": "Invalid API key", "message": "Invalid API key"});
            return json(StatusCode::UNAUTHORIZED, &told);
        }
        answered(&seen, &body)
    })
}

fn answered(seen: &Seen, body: &Value) -> Response {
    let at = "2026-05-01T12:00:00.000Z";
    match seen.uri.path() {
        "/api/v1/update-message-feedback" => found(&json!({
            "status": "success", "feedback": body["feedback"], "wasUpdated": false,
            "messageFeedback": {"id": "clm1n0vvs000008l43ez2bxyz", "feedbackType": body["feedback"], "submittedAt": at},
        })),
        "/api/v1/messages" => found(&json!({
            "messages": [{"content": "What is a refund?", "type": "user", "createdAt": at}],
        })),
        "/api/v1/export-chatlogs" => {
            let bound = |name: &str| body[name].as_str().unwrap_or_default();
            let asked_for = bound("startDate") <= at && at < bound("endDate");
            let chatlogs = if asked_for { vec![chatlog(at)] } else { vec![] };
            found(&json!({"chatlogs": chatlogs}))
        }
        _ => json(StatusCode::NOT_FOUND, &json!({"status": "error"})),
    }
}

fn chatlog(at: &str) -> Value {
    json!({
        "createdAt": at, "chatbotId": CHATBOT, "userEmail": "grace@example.com", "userPhoneNumber": null,
        "userName": "Grace", "countryCode": "DE", "userFeedback": "BAD", "averageConfidence": 0.5,
        "aiResolutionState": "UNRESOLVED", "initialPageUrl": null,
        "messages": [{"userMessage": "When does it come?", "botMessage": "Tomorrow.", "createdAt": at}],
    })
}

fn message(number: u32) -> String {
    format!("cm12345678{number:015}")
}

#[test]
fn the_page_does_what_it_says() {
    let chatbot = chatbot();
    let vendor = (VENDOR, format!("{}/api/v1", chatbot.url()));
    let Some(mut reader) = Reader::of("wonderchat.md", vendor) else {
        return;
    };
    reader.follow();
    let votes = |number| {
        let votes = chatbot
            .seen()
            .into_iter()
            .filter(|seen| seen.uri.path().ends_with("/update-message-feedback"));
        votes
            .filter(|seen| seen.json()["messageId"] == message(number))
            .count()
    };
    // Before, in Candor alone, with the mirror, after.
    assert_eq!([0, 1, 2, 3].map(votes), [1, 0, 1, 1]);
}
