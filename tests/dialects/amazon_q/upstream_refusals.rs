//! What does not go on to the application's upstream.

use super::fixture::{
    CONVERSATION, Call, NOBODY, OTHER, OTHER_APPLICATION, READER, WRITER, feedback_path,
};
use super::passing::{MANAGER, Passing, chat, under};
use crate::amazon_q_vendor::{self as vendor, ANSWER};
use serde_json::json;
use std::net::TcpListener;

#[test]
fn a_vendor_that_is_gone_is_a_bad_gateway() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let passing = Passing::with(vendor::start(), &url, &vendor::credential());
    let message = passing
        .send(&chat("?"))
        .assert_refused(502, "BadGatewayException");
    assert!(message.contains("upstream"), "{message}");
    assert!(!message.contains("127.0.0.1"), "{message}");
}

#[test]
fn chat_with_two_streams_is_refused_in_favour_of_chat_sync() {
    let passing = Passing::start();
    let call = Call::new("POST", under("/conversations?userId=ada")).saying("{}");
    let message = passing
        .send(&call)
        .assert_refused(400, "ValidationException");
    assert!(message.contains("ChatSync"), "{message}");
    passing.assert_nothing_went();
}

#[test]
fn only_a_known_signature_passes() {
    let passing = Passing::start();
    let call = chat("?");
    let (url, headers) = call.signed(passing.server.url());
    Passing::send_as(&call, &url, Vec::new())
        .assert_refused(403, "MissingAuthenticationTokenException");
    let other = Call {
        body: b"{}".to_vec(),
        ..call.clone()
    };
    Passing::send_as(&other, &url, headers).assert_refused(403, "InvalidSignatureException");
    passing
        .send(&call.with(NOBODY))
        .assert_refused(403, "UnrecognizedClientException");
    passing.assert_nothing_went();
}

#[test]
fn a_key_passes_what_its_scopes_say() {
    let passing = Passing::start();
    let denied = "AccessDeniedException";
    passing
        .send(&chat("?").with(READER))
        .assert_refused(403, denied);
    let list = Call::get(under("/conversations"));
    passing
        .send(&list.clone().with(WRITER))
        .assert_refused(403, denied);
    passing.assert_nothing_went();
    passing
        .send(&chat("?").with(WRITER))
        .assert_is_the_vendors();
    passing.send(&list.with(READER)).assert_is_the_vendors();
}

#[test]
fn another_applications_key_passes_nothing() {
    let passing = Passing::start();
    passing
        .send(&chat("?").with(OTHER))
        .assert_refused(404, "ResourceNotFoundException");
    // And its own application has no upstream.
    let path = format!("/applications/{OTHER_APPLICATION}/conversations?sync");
    let message = passing
        .send(&Call::new("POST", path).saying("{}").with(OTHER))
        .assert_refused(404, "UnknownOperationException");
    assert!(message.contains("no upstream"), "{message}");
    passing.assert_nothing_went();
}

#[test]
fn a_project_that_is_switched_off_passes_nothing() {
    let passing = Passing::start();
    passing.native("PATCH", "", &json!({"enabled": false}));
    for call in [chat("?"), Call::get(under("/conversations"))] {
        passing
            .send(&call)
            .assert_refused(403, "AccessDeniedException");
    }
    passing.assert_nothing_went();
}

#[test]
fn administration_passes_for_administrators() {
    let passing = Passing::start();
    for (method, path) in [
        ("GET", under("/plugins")),
        ("DELETE", under("")),
        ("GET", under("/conversations%2F..%2Fplugins")),
        ("GET", under("/conversations/a%2F..%2F..%2Fplugins")),
    ] {
        let call = Call::new(method, &path);
        passing
            .send(&call)
            .assert_refused(403, "AccessDeniedException");
        passing.assert_nothing_went();
    }
    let listed = passing.send(&Call::get(under("/plugins")).with(MANAGER));
    listed.assert_is_the_vendors();
}

#[test]
fn paths_that_servers_may_read_as_others_do_not_pass() {
    let passing = Passing::start();
    let vote = feedback_path(CONVERSATION, ANSWER);
    for (method, path, status) in [
        ("POST", format!("{vote}/"), 404),
        ("PUT", vote, 405),
        ("GET", under("//conversations"), 404),
        ("GET", under("/conversations/"), 404),
    ] {
        let call = Call::new(method, &path).with(MANAGER);
        passing
            .send(&call)
            .assert_refused(status, "UnknownOperationException");
    }
    passing.assert_nothing_went();
}
