//! `docs/migrate/amazon_q.md`.

use crate::answer::{found, json};
use crate::reader::Reader;
use crate::support::stand_in::{Seen, StandIn};
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};

/// The vendor as the page writes it.
const VENDOR: &str = "https://qbusiness.us-east-1.amazonaws.com";

const CONVERSATION: &str = "c0c0c0c0-1111-4222-8333-444444444444";
const QUESTION: &str = "90909090-1111-4222-8333-444444444444";

/// An application in AWS. Whether it is signed rightly is tested with the dialect; here it must be with the right key.
fn application() -> StandIn {
    let asked = AtomicU32::new(0);
    StandIn::start(move |seen| {
        let signed = seen.headers.get(header::AUTHORIZATION);
        let signed = signed.is_some_and(|signed| {
            let signed = signed.to_str().unwrap();
            signed.starts_with("AWS4-HMAC-SHA256 Credential=AKIDOFYOURCLIENTS/")
                && signed.contains("/us-east-1/qbusiness/aws4_request")
        });
        if signed {
            answered(&seen, &asked)
        } else {
            json(StatusCode::FORBIDDEN, &json!({"message": "not signed"}))
        }
    })
}

fn answered(seen: &Seen, asked: &AtomicU32) -> Response {
    let path: Vec<_> = seen.uri.path().split('/').skip(3).collect();
    match (&seen.method, path.as_slice()) {
        (&Method::POST, ["conversations"]) => found(&json!({
            "conversationId": CONVERSATION, "systemMessageId": message(asked.fetch_add(1, Ordering::SeqCst)), "userMessageId": QUESTION,
            "systemMessage": "Money back.", "sourceAttributions": [], "failedAttachments": [],
        })),
        (&Method::GET, ["conversations"]) => found(&json!({
            "conversations": [{"conversationId": CONVERSATION, "title": "Refund", "startTime": 1_777_636_801.5}],
        })),
        (&Method::POST, [.., "feedback"]) => found(&json!({})),
        _ => json(StatusCode::NOT_FOUND, &json!({"message": "unknown"})),
    }
}

fn message(number: u32) -> String {
    format!("{number:08}-1111-4222-8333-444444444444")
}

#[test]
fn the_page_does_what_it_says() {
    let application = application();
    let Some(mut reader) = Reader::of("amazon_q.md", (VENDOR, application.url())) else {
        return;
    };
    reader.follow();
    let votes = |number| {
        let path = format!("/messages/{}/feedback", message(number));
        let seen = application.seen().into_iter();
        seen.filter(|seen| seen.uri.path().ends_with(&path)).count()
    };
    // Before, in Candor alone, with the mirror, after.
    assert_eq!([0, 1, 2, 3].map(votes), [1, 0, 1, 1]);
}
