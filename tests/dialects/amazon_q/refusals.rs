//! What is refused, and in which order.

use super::fixture::{
    APPLICATION, AmazonQ, CONVERSATION, Call, MESSAGE, OTHER, READER, SUPPORT, feedback_path,
    useful,
};
use serde_json::{Value, json};
use std::process::Command;

fn fields(refused: &Value) -> Vec<&str> {
    assert_eq!(refused["reason"], "FIELD_VALIDATION_FAILED");
    let fields = refused["fields"].as_array().unwrap();
    fields
        .iter()
        .map(|field| field["name"].as_str().unwrap())
        .collect()
}

#[test]
fn bad_members_are_named_all_at_once() {
    let server = AmazonQ::new("accept");
    let path = format!(
        "/applications/short/conversations/..%2F..%2Fx/messages/{MESSAGE}/feedback?userId="
    );
    let body = useful(&json!({"usefulness": "GOOD", "comment": "a\nb"}));
    let refused = server
        .send(&Call::vote(path, &body))
        .assert_refused(400, "ValidationException");
    let mut named = fields(&refused);
    named.dedup();
    assert_eq!(
        named,
        [
            "applicationId",
            "conversationId",
            "userId",
            "messageUsefulness.usefulness",
            "messageUsefulness.comment"
        ]
    );
}

#[test]
fn a_persons_id_has_bounds() {
    let server = AmazonQ::new("accept");
    let long = "x".repeat(1025);
    for user in ["", "a%0Ab", "a%00b", "a%E2%80%8Db", long.as_str()] {
        let refused = server
            .vote(user, &useful(&json!({})))
            .assert_refused(400, "ValidationException");
        assert_eq!(fields(&refused), ["userId"], "{user}");
    }
}

#[test]
fn bytes_that_are_no_text_are_nobodys_id() {
    let server = AmazonQ::new("accept");
    let body = useful(&json!({})).to_string();
    for user in ["%FF", "a%C3", "%ED%A0%80"] {
        let url = format!(
            "{}{}?userId={user}",
            server.server.url(),
            feedback_path(CONVERSATION, MESSAGE)
        );
        // AWS's signer makes text of every query; curl leaves it as it is.
        let output = Command::new("curl")
            .args(["--silent", "--aws-sigv4", "aws:amz:us-east-1:qbusiness"])
            .args(["--user", &format!("{}:{}", SUPPORT.id, SUPPORT.secret)])
            .args(["--header", "Content-Type: application/json"])
            .args(["--data", &body, &url])
            .env("NO_PROXY", "*")
            .output()
            .unwrap();
        let refused = serde_json::from_slice(&output.stdout).unwrap_or_default();
        assert_eq!(fields(&refused), ["userId"], "{user}");
    }
    assert!(server.feedback().is_empty());
}

#[test]
fn bodies_that_are_no_objects_are_refused() {
    let server = AmazonQ::new("accept");
    let path = feedback_path(CONVERSATION, MESSAGE);
    for body in ["[]", "null", "{", "{}}", "\"{}\"", "\u{0}"] {
        let refused = server
            .send(&Call::new("POST", &path).saying(body))
            .assert_refused(400, "ValidationException");
        assert_eq!(refused["reason"], "CANNOT_PARSE", "{body}");
    }
}

#[test]
fn a_body_of_another_type_is_refused() {
    let server = AmazonQ::new("accept");
    let mut call = Call::vote(feedback_path(CONVERSATION, MESSAGE), &json!({}));
    call.content_type = Some("text/plain");
    server
        .send(&call)
        .assert_refused(415, "UnsupportedMediaTypeException");
    call.content_type = None;
    server.send(&call).assert_success();
}

#[test]
fn a_large_body_is_refused() {
    let server = AmazonQ::new("accept");
    let body = format!("{{\"more\": \"{}\"}}", "x".repeat(1024 * 1024));
    let call = Call::new("POST", feedback_path(CONVERSATION, MESSAGE)).saying(body);
    server
        .send(&call)
        .assert_refused(413, "RequestEntityTooLargeException");
}

#[test]
fn the_signature_comes_first_then_the_constraints_then_what_is_named() {
    let server = AmazonQ::new("reject");
    let bad = Call::vote(
        format!("/applications/{APPLICATION}/conversations/x/messages/{MESSAGE}/feedback"),
        &json!({}),
    );
    server
        .send(&bad.clone().with(super::fixture::NOBODY))
        .assert_refused(403, "UnrecognizedClientException");
    server
        .send(&bad.with(OTHER))
        .assert_refused(400, "ValidationException");
}

#[test]
fn a_key_without_the_scope_is_denied() {
    let server = AmazonQ::new("reject");
    let call = Call::vote(feedback_path(CONVERSATION, MESSAGE), &useful(&json!({})));
    server
        .send(&call.with(READER))
        .assert_refused(403, "AccessDeniedException");
    let list = Call::get(format!("/applications/{APPLICATION}/conversations"));
    server
        .send(&list.with(super::fixture::WRITER))
        .assert_refused(403, "AccessDeniedException");
}

#[test]
fn a_project_that_is_switched_off_denies() {
    let server = AmazonQ::new("reject");
    let url = format!("{}/candor/v1/projects/support", server.server.url());
    let changed = server
        .client
        .patch(url)
        .bearer_auth(super::fixture::ADMIN)
        .json(&json!({"enabled": false}))
        .send()
        .unwrap();
    assert!(changed.status().is_success(), "{changed:?}");
    let call = Call::vote(feedback_path(CONVERSATION, MESSAGE), &useful(&json!({})));
    server
        .send(&call)
        .assert_refused(403, "AccessDeniedException");
}

#[test]
fn everything_else_is_an_unknown_operation() {
    let server = AmazonQ::new("reject");
    for (method, path, status) in [
        ("GET", "/applications/".to_owned(), 404),
        ("GET", format!("/applications/{APPLICATION}/indices"), 404),
        (
            "GET",
            format!("/applications/{APPLICATION}/conversations/"),
            404,
        ),
        (
            "POST",
            format!("/applications/{APPLICATION}/conversations?sync"),
            404,
        ),
        ("POST", "/applications".to_owned(), 405),
        ("DELETE", feedback_path(CONVERSATION, MESSAGE), 405),
        ("OPTIONS", format!("/applications/{APPLICATION}"), 405),
    ] {
        let answer = server.send(&Call::new(method, path).with(SUPPORT));
        answer.assert_refused(status, "UnknownOperationException");
        let allowed = answer.headers.contains_key("allow");
        assert_eq!(allowed, status == 405, "{method} {answer:?}");
    }
}
