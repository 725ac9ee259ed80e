//! What is refused, and how, beyond the recorded exchanges.

use super::fixture::{Answer, Dify, KEY};
use axum::body::Body;
use axum::http::Request;
use candor::app::{App, AppOptions, KeyDraft, ProjectDraft};
use candor::domain::Dialect;
use candor::domain::vote::RowRef;
use candor::limits;
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use tower::ServiceExt as _;

const MESSAGE: &str = "23890902-dec2-55aa-a685-6d0b13a925ed";
const OFF: &str = "app-switchedoff0000000000000";
const PUBLIC: &str = "app-publishable0000000000000";
/// A message that there is.
const KNOWN: &str = "db434b40-1ce5-5194-9fca-ca260ef217d0";
const READING: &str = "app-readingonly0000000000000";

fn app() -> Dify {
    let setup = json!({
        "projects": [{"name": "app", "unknown_targets": "reject"}, {"name": "off", "enabled": false}],
        "keys": [
            {"dialect": "dify", "project": "app", "secret": KEY},
            {"dialect": "dify", "project": "app", "secret": READING, "scopes": ["feedback:read"]},
            {"dialect": "dify", "project": "app", "secret": PUBLIC, "publishable": true},
            {"dialect": "dify", "project": "off", "secret": OFF},
        ],
        "conversations": [{
            "project": "app", "external_id": "chat", "end_user": "abc-123",
            "messages": [{"external_id": KNOWN, "content": "Because."}],
        }],
    });
    Dify::set_up(&setup, KEY)
}

fn vote_with_key(dify: &Dify, key: &str) -> Answer {
    let authorization = format!("Bearer {key}");
    dify.send(
        "POST",
        &format!("/v1/messages/{MESSAGE}/feedbacks"),
        &[
            ("Authorization", &authorization),
            ("Content-Type", "application/json"),
        ],
        Some(br#"{"rating":"like","user":"abc-123"}"#.to_vec()),
    )
}

#[test]
fn an_app_whose_api_is_switched_off_says_so() {
    let dify = app();
    for answer in [
        vote_with_key(&dify, OFF),
        dify.get_with(OFF, "/v1/app/feedbacks"),
        dify.get_with(OFF, "/v1/info"),
    ] {
        answer.assert_refused(403, "forbidden");
        assert_eq!(
            answer.json()["message"],
            "The app's API service has been disabled."
        );
    }
}

#[test]
fn a_key_that_is_none_is_told_apart_from_a_header_that_is_none() {
    let dify = app();
    for (header, message) in [
        (
            "Bearer app-nobody00000000000000000",
            "Access token is invalid",
        ),
        (
            "Basic dXNlcjpwYXNzd29yZA==",
            "Authorization scheme must be 'Bearer'",
        ),
        (
            "app-chatapp00000000000000000",
            "Authorization header must be provided and start with 'Bearer'",
        ),
    ] {
        let answer = dify.send(
            "GET",
            "/v1/app/feedbacks",
            &[("Authorization", header)],
            None,
        );
        answer.assert_refused(401, "unauthorized");
        assert_eq!(answer.json()["message"], message);
        assert_eq!(
            answer.header("www-authenticate"),
            Some("Bearer realm=\"api\"")
        );
    }
}

#[test]
fn a_key_that_may_only_read_cannot_vote() {
    let dify = app();
    vote_with_key(&dify, READING).assert_refused(403, "forbidden");
    assert_eq!(dify.get_with(READING, "/v1/app/feedbacks").status, 200);
    assert_eq!(
        dify.get_with(READING, "/v1/conversations?user=new").status,
        200
    );
}

#[test]
fn a_publishable_key_gives_feedback_and_takes_none_back() {
    let dify = app();
    let vote = |rating: &str| {
        let authorization = format!("Bearer {PUBLIC}");
        dify.send(
            "POST",
            &format!("/v1/messages/{KNOWN}/feedbacks"),
            &[
                ("Authorization", &authorization),
                ("Content-Type", "application/json"),
            ],
            Some(format!(r#"{{"rating":{rating},"user":"abc-123"}}"#).into_bytes()),
        )
    };
    vote("\"like\"").assert_success();
    vote("null").assert_refused(403, "forbidden");
    vote("\"neutral\"").assert_refused(400, "invalid_param");
    let listing = dify.get_with(PUBLIC, "/v1/app/feedbacks");
    listing.assert_refused(403, "forbidden");
    assert_eq!(dify.feedback(KNOWN).len(), 1);
}

#[test]
fn the_first_of_several_faults_is_told() {
    let dify = app();
    let body = |text: &str| dify.post(MESSAGE, text.as_bytes().to_vec());
    for (answer, status, message) in [
        (body(r#"{"rating":"x"}"#), 400, "Arg user must be provided."),
        (body(r#"{"user":0}"#), 400, "Arg user must be provided."),
        (
            body(r#"{"rating":null,"user":"u"}"#),
            404,
            "Message Not Exists.",
        ),
    ] {
        assert_eq!(answer.status, status);
        assert_eq!(answer.json()["message"], message);
    }
    let both = body(r#"{"rating":"x","content":5,"user":"u"}"#);
    both.assert_refused(400, "invalid_param");
    let message = both.json()["message"].to_string();
    assert!(
        message.contains("rating") && message.contains("content"),
        "{message}"
    );
}

#[test]
fn a_body_that_is_not_json_is_a_bad_request() {
    let dify = app();
    for body in [
        &b"{\"rating\":\"like\",\"user\":\"\xff\"}"[..],
        b"{\"rating\":\"like\",\"user\":\"u\"} x",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
        b"",
    ] {
        dify.post(MESSAGE, body.to_vec())
            .assert_refused(400, "bad_request");
    }
}

#[test]
fn a_body_in_chunks_is_read() {
    let dify = app();
    let body = r#"{"rating":"like","user":"abc-123"}"#;
    let answer = dify
        .client
        .post(format!(
            "{}/v1/messages/{MESSAGE}/feedbacks",
            dify.server.url()
        ))
        .bearer_auth(KEY)
        .header("Content-Type", "application/json")
        .body(reqwest::blocking::Body::new(body.as_bytes()))
        .send()
        .unwrap();
    assert_eq!(answer.status(), 404);
    assert!(answer.text().unwrap().contains("Message Not Exists."));
}

#[test]
fn a_body_beyond_all_bounds_is_too_large() {
    let dify = app();
    let address = dify
        .server
        .url()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    let length = limits::DIFY_BODY_BYTES + 1;
    write!(
        stream,
        "POST /v1/messages/{MESSAGE}/feedbacks HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {KEY}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    stream.write_all(&vec![b' '; length]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(
        answer.contains("\"code\":\"request_entity_too_large\""),
        "{answer}"
    );
}

#[test]
fn paths_that_dify_does_not_have_are_not_found() {
    let dify = app();
    for path in [
        "/v1",
        "/v1/",
        "/v1/nope",
        "/v1/app/feedbacks/",
        "/v1/messages/23890902-dec2-55aa-a685-6d0b13a925ed/feedback",
        "/v1/messages/23890902-dec2-55aa-a685-6d0b13a925ed/feedbacks/",
        "/v1/messages/%ff/feedbacks",
        "/v1/end-users/nobody",
    ] {
        let answer = dify.get(path);
        answer.assert_refused(404, "not_found");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

#[test]
fn methods_that_a_path_does_not_have_are_refused_before_the_key_is_looked_at() {
    let dify = app();
    let votes = format!("/v1/messages/{MESSAGE}/feedbacks");
    for (method, path) in [
        ("GET", votes.as_str()),
        ("DELETE", &votes),
        ("POST", "/v1/app/feedbacks"),
        ("PUT", "/v1/conversations"),
        ("PATCH", "/v1/info"),
    ] {
        let answer = dify.send(method, path, &[], None);
        answer.assert_refused(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), None);
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    assert_eq!(dify.send("HEAD", &votes, &[], None).status, 405);
    assert_eq!(
        dify.send("DELETE", "/v1/messages/x/feedbacks", &[], None)
            .status,
        404
    );
}

#[test]
fn head_answers_as_get_does_without_the_body() {
    let dify = app();
    let authorization = format!("Bearer {KEY}");
    let head = dify.send(
        "HEAD",
        "/v1/app/feedbacks",
        &[("Authorization", &authorization)],
        None,
    );
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-type"), Some("application/json"));
}

#[test]
fn a_page_of_another_site_may_read_refusals_too() {
    let dify = app();
    let answer = dify.send(
        "GET",
        "/v1/app/feedbacks",
        &[("Origin", "https://example.com")],
        None,
    );
    answer.assert_refused(401, "unauthorized");
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("https://example.com")
    );
    assert_eq!(answer.header("vary"), Some("Origin, Cookie"));
}

#[test]
fn a_person_that_nobody_knows_is_not_found() {
    let dify = app();
    let answer = dify.get("/v1/end-users/11111111-1111-4111-8111-111111111111");
    answer.assert_refused(404, "end_user_not_found");
}

/// In this process, because Dify's API does not tell who is registered.
#[tokio::test]
async fn a_refused_vote_registers_its_user_all_the_same() {
    let app = Arc::new(App::open(AppOptions::in_memory()).unwrap());
    let operator = App::operator(app.ensure_workspace().await.unwrap());
    let draft = ProjectDraft {
        name: Some("app".to_owned()),
        ..ProjectDraft::default()
    };
    let (project, _) = app.create_project(&operator, draft, None).await.unwrap();
    let key = KeyDraft::new(Dialect::Dify, Some(project.id));
    let key = app.create_key(&operator, key, None).await.unwrap().secret;
    for (user, rating, status) in [("a", "\"neutral\"", 400), ("b", "null", 400)] {
        let request = Request::post(format!("/v1/messages/{MESSAGE}/feedbacks"))
            .header("Authorization", format!("Bearer {key}"))
            .header("Content-Type", "application/json")
            .body(Body::from(format!(
                r#"{{"rating":{rating},"user":"{user}"}}"#
            )))
            .unwrap();
        let passing = Arc::new(candor::upstream::Passing::new(Arc::clone(&app)));
        let settings = candor::dialects::Settings::default();
        let routes = candor::dialects::routes(settings, passing).with_state(Arc::clone(&app));
        let answer = routes.oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status);
        let reference = RowRef::External(user.to_owned());
        let person = app.end_user(&operator, &project, reference).await.unwrap();
        assert!(person.is_some(), "{user}");
    }
    let message = RowRef::External(MESSAGE.to_owned());
    let message = app.message(&operator, &project, message).await.unwrap();
    assert_eq!(message, None);
}
