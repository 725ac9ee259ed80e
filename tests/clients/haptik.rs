//! Haptik gives out no client: the lines of its documentation, pasted.

use crate::support::stand_in::StandIn;
use crate::support::{Server, client};
use axum::body::Body;
use axum::response::Response;
use serde_json::{Value, json};
use std::process::{Command, Output};

const TOKEN: &str = "8f14e45fceea167a5a36dedd4bea2543";
const CLIENT: &str = "0a4d55a8d778e5022fab701977c5d840bbc486d0";
const ADMIN: &str = "cnd_administrator000000000000";

fn server() -> Server {
    Server::set_up(&json!({
        "projects": [{"name": "support", "haptik_business_id": 343, "unknown_targets": "reject"}],
        "keys": [
            {"dialect": "haptik", "secret": TOKEN, "client_id": CLIENT},
            {"dialect": "native", "secret": ADMIN, "scopes": ["admin"]},
        ],
    }))
}

/// Fills in what the documentation leaves to the reader, runs the line, and returns what came: status and body.
fn pasted(server: &Server, line: &str) -> (String, String) {
    let line = line
        .replace("https://<BASE_URL>", server.url())
        .replace("https://staging-messenger.haptikapi.com", server.url())
        .replace("<TOKEN>", TOKEN)
        .replace("<CLIENT_ID>", CLIENT)
        .replace("<AUTH_ID>", "user42")
        .replace("<BUSINESS_ID>", "343")
        .replace("<MESSAGE_BODY>", "Hi")
        .replacen(
            "curl ",
            "curl --silent --noproxy '*' --write-out '\\n%{http_code}' ",
            1,
        );
    let Output { status, stdout, .. } = Command::new("sh").args(["-c", &line]).output().unwrap();
    assert!(status.success(), "{line}");
    let printed = String::from_utf8(stdout).unwrap();
    let (body, status) = printed.rsplit_once('\n').unwrap();
    (status.to_owned(), body.to_owned())
}

fn json_of((status, body): (String, String)) -> (String, Value) {
    (status, serde_json::from_str(&body).unwrap_or_default())
}

const REGISTER: &str = r#"curl -X POST \
   https://staging-messenger.haptikapi.com/v1.0/user/ \
  -H 'Authorization: Bearer <TOKEN>' \
  -H 'client-id: <CLIENT_ID>' \
  -H 'Content-Type: application/json' \
  -d '{
    "auth_id": "<AUTH_ID>",
    "name": "guest user"
}
'"#;

const LOG_MESSAGE: &str = r#"curl -X POST \
    https://staging-messenger.haptikapi.com/v1.0/log_message_from_user/ \
  -H 'Authorization: Bearer <TOKEN>' \
  -H 'client-id: <CLIENT_ID>' \
  -H 'Content-Type: application/json' \
  -d '{
    "message_body": "<MESSAGE_BODY>",
    "business_id": 343,
    "message_type": 0,
    "user": {"auth_id": "<AUTH_ID>"}
}'"#;

const LOG_FILE: &str = r#"curl -X POST\
    https://staging-messenger.haptikapi.com/v1.0/log_file_from_user/ \
  -H 'Authorization: Bearer <TOKEN>' \
  -H 'client-id: <CLIENT_ID>' \
  -H 'Content-Type: multipart/form-data' \
  -F "auth_id=<AUTH_ID>" \
  -F "business_id=<BUSINESS_ID>" \
  -F "message_type=1" \
  -F "file=@Cargo.toml" \
  -F "message_body=""#;

const WEBHOOK: &str = r#"curl -X POST \
   https://staging-messenger.haptikapi.com/v1.0/webhook/ \
  -H 'Authorization: Bearer <TOKEN>' \
  -H 'client-id: <CLIENT_ID>' \
  -H 'Content-Type: application/json' \
  -d '{"enabled": true}'"#;

/// As it stands in the documentation: the body is given as a header.
const BROKEN_FEEDBACK: &str = r#"curl -X POST 'https://<BASE_URL>/v1.0/log_feedback_from_user/' \
-H 'Authorization: Bearer <TOKEN>' \
-H 'client-id: <CLIENT_ID>' \
-H 'Content-Type: application/json' \
-H '{
  "auth_id": "<AUTH_ID>",
  "business_id": <BUSINESS_ID>,
  "query_resolved": true,
  "query_rating": 5,
  "feedback": "My query was resolved pertty smoothly"
}'"#;

fn feedback() -> String {
    BROKEN_FEEDBACK.replace("-H '{", "-d '{")
}

fn listed(server: &Server) -> Vec<Value> {
    let url = format!("{}/candor/v1/projects/support/feedback", server.url());
    let answer = client().get(url).bearer_auth(ADMIN).send().unwrap();
    let list: Value = answer.json().unwrap();
    list["items"].as_array().unwrap().clone()
}

#[test]
fn the_documented_lines_work_when_pasted() {
    let server = server();
    let (status, registered) = json_of(pasted(&server, REGISTER));
    assert_eq!(status, "200");
    assert_eq!(
        registered,
        json!({"auth_id": "user42", "mobile_no": "", "email": "", "name": "guest user"})
    );
    let (status, logged) = json_of(pasted(&server, LOG_MESSAGE));
    assert_eq!(status, "200");
    assert_eq!(logged["message_body"], "Hi");
    assert!(logged["message_id"].is_i64(), "{logged}");
    let (status, file) = json_of(pasted(&server, LOG_FILE));
    assert_eq!(status, "200", "{file}");
    assert_eq!(file["message_type"], 1);
    let (status, webhook) = json_of(pasted(&server, WEBHOOK));
    assert_eq!(
        (status.as_str(), webhook),
        ("200", json!({"enabled": true}))
    );
    let (status, given) = json_of(pasted(&server, &feedback()));
    assert_eq!((status.as_str(), given), ("201", json!({"success": true})));
    let (status, again) = json_of(pasted(&server, &feedback()));
    assert_eq!(
        (status.as_str(), again),
        ("400", json!({"error_message": "duplicate feedback"}))
    );
    let listed = listed(&server);
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["score"]["value"], 5.0);
}

#[test]
fn the_documented_feedback_with_its_body_in_a_header_is_refused_and_stores_nothing() {
    let server = server();
    pasted(&server, REGISTER);
    pasted(&server, LOG_MESSAGE);
    let (status, refused) = json_of(pasted(&server, BROKEN_FEEDBACK));
    assert_eq!(status, "400");
    let told = refused["error_message"].as_str().unwrap();
    assert!(told.contains("malformed"), "{told}");
    // The same without the header, as a client sends it that lets no bad header through.
    let (bodyless, _) = BROKEN_FEEDBACK.split_once(" \\\n-H '{").unwrap();
    let (status, refused) = json_of(pasted(&server, bodyless));
    assert_eq!(status, "400");
    assert_eq!(
        refused["error_message"],
        "the body is empty; it must be JSON"
    );
    assert!(listed(&server).is_empty());
    let (status, _) = pasted(&server, &feedback());
    assert_eq!(status, "201");
}

#[test]
fn the_documented_lines_reach_the_vendor_and_feedback_follows_them() {
    let vendor = StandIn::start(|seen| {
        let said = match seen.uri.path() {
            "/v1.0/user/" => {
                json!({"auth_id": "user42", "mobile_no": "", "email": "", "name": "guest user"})
            }
            "/v1.0/webhook/" => json!({"enabled": true}),
            _ => json!({
                "message_id": 1_411_200_492, "message_body": "Hi", "created_at": "2018-10-04T12:41:27.980Z",
                "message_type": 0,
            }),
        };
        let response = Response::builder().header("content-type", "application/json");
        response.body(Body::from(said.to_string())).unwrap()
    });
    let server = Server::set_up(&json!({
        "projects": [{
            "name": "support", "haptik_business_id": 343, "unknown_targets": "reject",
            "upstream": {"dialect": "haptik", "base_url": vendor.url()},
        }],
        "keys": [
            {"dialect": "haptik", "secret": TOKEN, "client_id": CLIENT},
            {"dialect": "native", "secret": ADMIN, "scopes": ["admin"]},
        ],
    }));
    for (number, line) in (1..).zip([REGISTER, LOG_MESSAGE, LOG_FILE, WEBHOOK]) {
        let (status, _) = pasted(&server, line);
        assert_eq!(status, "200", "{line}");
        assert_eq!(vendor.seen().len(), number);
    }
    let (status, given) = json_of(pasted(&server, &feedback()));
    assert_eq!((status.as_str(), given), ("201", json!({"success": true})));
    assert_eq!(vendor.seen().len(), 4);
    assert_eq!(listed(&server).len(), 1);
}
