//! `docs/migrate/dify.md`.

use crate::answer::json;
use crate::reader::Reader;
use crate::support::stand_in::{Seen, StandIn};
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

/// The vendor as the page writes it.
const VENDOR: &str = "https://api.dify.ai/v1";

/// The key that the page's clients hold.
const KEY: &str = "app-the-key-that-clients-hold";

const CONVERSATION: &str = "45701982-8118-4bc5-8e9b-64562b4555f2";

/// An app of Dify's: it answers one question, and takes votes.
fn app() -> StandIn {
    let asked = AtomicU32::new(0);
    StandIn::start(move |seen| {
        let key = seen.headers.get(header::AUTHORIZATION);
        if key.is_none_or(|key| key != &format!("Bearer {KEY}")) {
            let told = json!({"code": "unauthorized", "message": "Access token is invalid", "status": 401});
            return json(StatusCode::UNAUTHORIZED, &told);
        }
        let (status, body) = answered(&seen, &asked);
        json(status, &body)
    })
}

fn answered(seen: &Seen, asked: &AtomicU32) -> (StatusCode, Value) {
    let said = |number: u32| {
        json!({
            "id": message(number), "conversation_id": CONVERSATION, "inputs": {}, "query": "What is a refund?",
            "answer": "Money back.", "message_files": [], "feedback": null, "retriever_resources": [],
            "created_at": 1_777_636_800 + i64::from(number),
        })
    };
    // Only ada ever asked.
    let hers = seen
        .uri
        .query()
        .is_some_and(|query| query.contains("user=ada"));
    let body = match (&seen.method, seen.uri.path()) {
        (&Method::POST, "/v1/chat-messages") => {
            let number = asked.fetch_add(1, Ordering::SeqCst);
            json!({
                "event": "message", "message_id": message(number), "conversation_id": CONVERSATION, "mode": "chat",
                "answer": "Money back.", "metadata": {"usage": {"total_tokens": 12}, "retriever_resources": []},
                "created_at": 1_777_636_800 + i64::from(number),
            })
        }
        (&Method::POST, path) if path.ends_with("/feedbacks") => json!({"result": "success"}),
        (&Method::GET, "/v1/conversations") if !hers => {
            json!({"limit": 100, "has_more": false, "data": []})
        }
        (&Method::GET, "/v1/conversations") => json!({
            "limit": 100, "has_more": false, "data": [{
                "id": CONVERSATION, "name": "Refund", "inputs": {}, "status": "normal", "created_at": 1_777_636_800,
            }],
        }),
        (&Method::GET, "/v1/messages") => {
            let data: Vec<_> = (0..asked.load(Ordering::SeqCst)).map(said).collect();
            json!({"limit": 100, "has_more": false, "data": data})
        }
        (&Method::GET, "/v1/parameters") => json!({"opening_statement": "Hello!"}),
        _ => {
            let told = json!({"code": "not_found", "message": "Not Found", "status": 404});
            return (StatusCode::NOT_FOUND, told);
        }
    };
    (StatusCode::OK, body)
}

fn message(number: u32) -> String {
    format!("{number:08}-9f5b-4c1e-8f0a-2b6a0c1d9e11")
}

/// What the console exports, as far as it matters.
fn export() -> String {
    let record = json!({
        "feedback_id": "0c7e1e5e-3b1f-4b0e-9a53-5c9f7f0e6d21", "app_name": "support",
        "app_id": "d090c3e4-00d9-544a-a281-981d145aa18b",
        "conversation_id": "e2facc2b-57e3-555d-808c-37f5fa693c21", "conversation_name": "Delivery",
        "message_id": "23890902-dec2-55aa-a685-6d0b13a925ed", "user_query": "When does it come?",
        "ai_response": "Tomorrow.", "feedback_rating": "👎", "feedback_rating_raw": "dislike",
        "feedback_comment": "Too late.", "feedback_source": "user", "feedback_date": "2026-05-01 12:00:00",
        "message_date": "2026-05-01 11:59:00", "from_account_name": "",
        "from_end_user_id": "b4916e01-2fe3-5b08-8817-63a1a7a5786e", "has_comment": "Yes",
    });
    json!({"export_info": {"total_records": 1}, "feedback_data": [record]}).to_string()
}

#[test]
fn the_page_does_what_it_says() {
    let app = app();
    let Some(mut reader) = Reader::of("dify.md", (VENDOR, format!("{}/v1", app.url()))) else {
        return;
    };
    reader.has("dify_feedback_export.json", &export());
    reader.follow();
    let votes = |number| {
        let path = format!("/v1/messages/{}/feedbacks", message(number));
        let seen = app.seen().into_iter();
        seen.filter(|seen| seen.uri.path() == path).count()
    };
    // Before, in Candor alone, with the mirror, after.
    assert_eq!([0, 1, 2, 3].map(votes), [1, 0, 1, 1]);
}
