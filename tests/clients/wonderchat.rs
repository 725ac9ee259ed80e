//! Wonderchat has no client of its own: what its documentation gives is lines for `curl`. They run as they stand there, but
//! for the host, the key and the ids.

use crate::support::Server;
use crate::support::stand_in::StandIn;
use axum::body::Body;
use axum::response::Response;
use serde_json::{Value, json};
use std::process::Command;

const KEY: &str = "wc_support_000000000000000";
const MESSAGE: &str = "cm1234567890";
const CHATLOG: &str = "cli7n0vvs000008l43ez2bxa0";

fn server() -> Server {
    Server::set_up(&json!({
        "projects": [{"name": "support", "unknown_targets": "reject"}],
        "keys": [{"dialect": "wonderchat", "project": "support", "secret": KEY}],
        "conversations": [{
            "project": "support", "external_id": CHATLOG, "created_at": "2023-12-01T06:34:38.903Z",
            "messages": [{
                "external_id": MESSAGE, "query": "Hello there!", "content": "Hello there, how may I help you?",
                "created_at": "2023-12-01T06:34:38.903Z",
            }],
        }],
    }))
}

/// What `curl` prints for a documented line: the path, then the body.
fn curl(server: &Server, path: &str, body: &str) -> Value {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--noproxy", "*"])
        .args(["--request", "POST"])
        .args(["--url", &format!("{}/api/v1/{path}", server.url())])
        .args(["--header", "Content-Type: application/json"])
        .args(["--data", body])
        .output()
        .expect("curl runs");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_documented_lines_are_answered_as_documented() {
    let server = server();
    let voted = curl(
        &server,
        "update-message-feedback",
        &format!(
            r#"{{
  "apiKey": "{KEY}",
  "messageId": "{MESSAGE}",
  "feedback": "HELPFUL",
  "userComment": "This answer was very helpful!"
}}"#
        ),
    );
    assert_eq!(voted["status"], "success");
    assert_eq!(voted["wasUpdated"], false);
    assert_eq!(voted["messageFeedback"]["feedbackType"], "HELPFUL");
    let read = format!(r#"{{"apiKey": "{KEY}", "chatlogId": "{CHATLOG}"}}"#);
    let at = "2023-12-01T06:34:38.903Z";
    assert_eq!(
        curl(&server, "messages", &read),
        json!({"messages": [
            {"content": "Hello there!", "type": "user", "createdAt": at},
            {"content": "Hello there, how may I help you?", "type": "bot", "createdAt": at},
        ]})
    );
    let tags =
        format!(r#"{{"apiKey": "{KEY}", "chatlogId": "{CHATLOG}", "tags": ["tag1", "tag2"]}}"#);
    for (path, left) in [
        ("add-tags-to-chatlog", json!(["tag1", "tag2"])),
        ("delete-tags-from-chatlog", json!([])),
    ] {
        let changed = curl(&server, path, &tags);
        assert_eq!(changed, json!({"status": "success", "tags": left}));
    }
    let dates = format!(
        r#"{{"apiKey": "{KEY}", "startDate": "2023-12-01T00:00:00.000Z", "endDate": "2023-12-31T23:59:59.999Z"}}"#
    );
    let exported = curl(&server, "export-chatlogs", &dates);
    assert_eq!(exported["chatlogs"][0]["userFeedback"], "GOOD");
    assert_eq!(
        exported["chatlogs"][0]["messages"][0]["userMessage"],
        "Hello there!"
    );
}

#[test]
fn the_documented_chat_goes_through_and_a_vote_follows_it() {
    let vendor = StandIn::start(|seen| {
        let answer = json!({
            "id": MESSAGE, "response": "Hello there, how may I help you?", "chatlogId": seen.json()["chatlogId"],
            "sources": [{"url": "https://www.yourwebsite.com/source1", "title": "About Us"}],
        });
        let response = Response::builder().header("content-type", "application/json");
        response.body(Body::from(answer.to_string())).unwrap()
    });
    let server = Server::set_up(&json!({
        "projects": [{
            "name": "support", "unknown_targets": "reject", "wonderchat_chatbot_id": "clkmt3epr00t3ii1pjd2sc3ye",
            "upstream": {"dialect": "wonderchat", "base_url": vendor.url()},
        }],
        "keys": [{"dialect": "wonderchat", "project": "support", "secret": KEY}],
    }));
    let chatted = curl(
        &server,
        "chat",
        &format!(
            r#"{{
  "chatbotId": "clkmt3epr00t3ii1pjd2sc3ye",
  "question": "Hello there!",
  "chatlogId": "{CHATLOG}",
  "context": "You are speaking with John, a 28 year old salesperson from Canada.",
  "contextUrl": "https://yourwebsite.com/john-info",
  "stream": false
}}"#
        ),
    );
    assert_eq!(chatted["response"], "Hello there, how may I help you?");
    let id = chatted["id"].as_str().unwrap();
    let vote = format!(r#"{{"apiKey": "{KEY}", "messageId": "{id}", "feedback": "HELPFUL"}}"#);
    let voted = curl(&server, "update-message-feedback", &vote);
    assert_eq!(voted["status"], "success");
    assert_eq!(vendor.seen().len(), 1);
}
