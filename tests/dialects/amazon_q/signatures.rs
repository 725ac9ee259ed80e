//! Who is let in. What AWS's vectors say is tested beside the verifier.

use super::fixture::{
    AmazonQ, Answer, CONVERSATION, Call, MESSAGE, NOBODY, SUPPORT, feedback_path, useful,
};
use crate::support::{self, Server};
use serde_json::json;

fn vote() -> Call {
    Call::vote(feedback_path(CONVERSATION, MESSAGE), &useful(&json!({})))
}

/// Sends a call with one of its signed headers replaced.
fn with_header(server: &AmazonQ, name: &str, change: impl Fn(&str) -> String) -> Answer {
    let call = vote();
    let (url, mut headers) = call.signed(server.server.url());
    for (known, value) in &mut headers {
        if known == name {
            *value = change(value);
        }
    }
    server.send_as(call.method, &url, &headers, call.body)
}

#[test]
fn header_and_query_sign() {
    let server = AmazonQ::new("reject");
    for in_query in [false, true] {
        let call = Call { in_query, ..vote() };
        server.send(&call).assert_success();
    }
}

#[test]
fn who_does_not_sign_is_told_so() {
    let server = AmazonQ::new("reject");
    let url = format!("{}{}", server.server.url(), vote().path);
    let refused = server.send_as("POST", &url, &[], vec![]);
    let body = refused.assert_refused(403, "MissingAuthenticationTokenException");
    assert_eq!(body["message"], "Missing Authentication Token");
    let bearer = [(
        "authorization".to_owned(),
        "Bearer my-private-token".to_owned(),
    )];
    let refused = server.send_as("POST", &url, &bearer, vec![]);
    refused.assert_refused(403, "IncompleteSignatureException");
    assert!(!refused.text.contains("private"), "{refused:?}");
}

#[test]
fn a_wrong_secret_and_a_changed_body_are_refused() {
    let server = AmazonQ::new("reject");
    let wrong = super::fixture::Pair {
        secret: "not-the-secret-0123456789",
        ..SUPPORT
    };
    server
        .send(&vote().with(wrong))
        .assert_refused(403, "InvalidSignatureException");
    let call = vote();
    let (url, headers) = call.signed(server.server.url());
    let body = call
        .body
        .iter()
        .map(|byte| if *byte == b'5' { b'6' } else { *byte });
    server
        .send_as("POST", &url, &headers, body.collect())
        .assert_refused(403, "InvalidSignatureException");
    with_header(&server, "content-type", |_| {
        "application/json; x".to_owned()
    })
    .assert_refused(403, "InvalidSignatureException");
    assert!(server.feedback().is_empty());
}

#[test]
fn unknown_keys_and_session_tokens_are_refused() {
    let server = AmazonQ::new("reject");
    server
        .send(&vote().with(NOBODY))
        .assert_refused(403, "UnrecognizedClientException");
    let token = Some("a-session".to_owned());
    for in_query in [false, true] {
        let call = Call {
            token: token.clone(),
            in_query,
            ..vote()
        };
        server
            .send(&call)
            .assert_refused(403, "UnrecognizedClientException");
    }
}

#[test]
fn a_revoked_key_is_unknown() {
    let server = AmazonQ::new("reject");
    server.send(&vote()).assert_success();
    let keys = server.native("/keys");
    let key = keys["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["access_key_id"] == SUPPORT.id)
        .unwrap();
    let url = format!(
        "{}/candor/v1/keys/{}",
        server.server.url(),
        key["id"].as_str().unwrap()
    );
    let revoked = server
        .client
        .delete(url)
        .bearer_auth(super::fixture::ADMIN)
        .send()
        .unwrap();
    assert!(revoked.status().is_success());
    server
        .send(&vote())
        .assert_refused(403, "UnrecognizedClientException");
}

#[test]
fn the_clock_may_be_off_by_five_minutes_or_what_is_configured() {
    let server = AmazonQ::new("reject");
    let off = |clock| Call { clock, ..vote() };
    for clock in [-290, 290] {
        server.send(&off(clock)).assert_success();
    }
    for (clock, begins) in [
        (-310, "Signature expired: "),
        (310, "Signature not yet current: "),
    ] {
        let refused = server
            .send(&off(clock))
            .assert_refused(403, "InvalidSignatureException");
        let message = refused["message"].as_str().unwrap();
        assert!(
            message.starts_with(begins) && message.ends_with(" 5 min.)"),
            "{message}"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &super::fixture::setup("reject"));
    std::fs::write(
        folder.path().join("candor.toml"),
        "amazon_q_clock_minutes = 15",
    )
    .unwrap();
    let settings = folder.path().join("candor.toml");
    let wide = AmazonQ {
        server: Server::on(folder.path(), &["--config", settings.to_str().unwrap()]),
        client: support::client(),
    };
    wide.send(&off(-890)).assert_success();
    wide.send(&off(-910))
        .assert_refused(403, "InvalidSignatureException");
}

#[test]
fn a_pair_that_is_made_opens_its_project() {
    let server = AmazonQ::new("reject");
    let made = server
        .client
        .post(format!("{}/candor/v1/keys", server.server.url()))
        .bearer_auth(super::fixture::ADMIN)
        .json(&json!({"dialect": "amazon_q", "project": "support"}))
        .send()
        .unwrap();
    let made: serde_json::Value = made.json().unwrap();
    let text = |name: &str| -> &'static str { made[name].as_str().unwrap().to_owned().leak() };
    let pair = super::fixture::Pair {
        id: text("access_key_id"),
        secret: text("secret"),
    };
    server.send(&vote().with(pair)).assert_success();
}
