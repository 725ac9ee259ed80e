//! What goes on to the application's upstream, signed anew, and what is learnt from it.

use super::fixture::{APPLICATION, CONVERSATION, Call, SUPPORT};
use super::passing::{MANAGER, Passing, chat, under, vote_on_the_answer};
use crate::amazon_q_vendor::{
    self as vendor, ANSWER, NEW_CONVERSATION, QUESTION, REGION, REQUEST_ID,
};
use crate::support::stand_in::StandIn;
use axum::body::Body;
use axum::http::Response;
use serde_json::{Value, json};

#[test]
fn what_people_do_goes_on_as_it_was_asked() {
    let passing = Passing::start();
    for (place, (method, path)) in [
        ("POST", "/conversations?sync=&userId=a%20b%2Fc"),
        ("GET", "/conversations?userId=ada&maxResults=2"),
        (
            "GET",
            "/conversations/cccccccc-1111-4222-8333-444444444444?nextToken=a%2Bb%3D",
        ),
        (
            "DELETE",
            "/conversations/cccccccc-1111-4222-8333-444444444444?userId=ada",
        ),
        (
            "DELETE",
            "/conversations/cccccccc-1111-4222-8333-444444444444/attachments/a",
        ),
        ("GET", "/conversations/c/messages/m/media/x"),
        ("GET", "/attachments?maxResults=1"),
    ]
    .into_iter()
    .enumerate()
    {
        let body = if method == "POST" {
            "{\"userMessage\":  \"Ü?\"}"
        } else {
            ""
        };
        let call = Call::new(method, under(path)).saying(body);
        passing.send(&call).assert_is_the_vendors();
        let went = passing.vendor.seen()[place].clone();
        assert_eq!(went.method.as_str(), method);
        assert_eq!(went.target(), under(path));
        assert_eq!(went.body, body);
        // AWS takes no body whose length is not said.
        assert!(!went.headers.contains_key("transfer-encoding"), "{went:?}");
    }
}

#[test]
fn what_goes_on_is_signed_with_the_projects_key_for_its_region() {
    let passing = Passing::start();
    passing.send(&chat("?")).assert_is_the_vendors();
    let went = passing.went();
    let credential = vendor::signed_with(&went).unwrap();
    let expected = format!("/{REGION}/qbusiness/aws4_request");
    assert!(credential.ends_with(&expected), "{credential}");
    assert_eq!(went.headers["host"], passing.vendor.address().to_string());
    for (name, value) in &went.headers {
        let value = value.to_str().unwrap();
        assert!(!value.contains(SUPPORT.id), "{name}: {value}");
    }
}

#[test]
fn a_signature_in_the_query_becomes_one_in_the_header() {
    let passing = Passing::start();
    let mut call = chat("?");
    call.in_query = true;
    passing.send(&call).assert_is_the_vendors();
    assert_eq!(passing.went().target(), call.path);
}

#[test]
fn headers_of_sdks_go_on() {
    let passing = Passing::start();
    let call = chat("?");
    let (url, mut headers) = call.signed(passing.server.url());
    for (name, value) in [
        ("amz-sdk-invocation-id", "1-2"),
        ("amz-sdk-request", "attempt=1; max=3"),
        ("x-amz-user-agent", "aws-sdk-js/3"),
        ("user-agent", "a b"),
    ] {
        headers.push((name.to_owned(), value.to_owned()));
    }
    Passing::send_as(&call, &url, headers.clone()).assert_is_the_vendors();
    let went = passing.went();
    for (name, value) in &headers[headers.len() - 4..] {
        assert_eq!(went.headers[name], value);
    }
    assert_eq!(went.headers.get_all("x-amz-date").iter().count(), 1);
}

#[test]
fn a_temporary_key_sends_its_token() {
    let mut credential = vendor::credential();
    credential["session_token"] = json!("the-session");
    let passing = Passing::before(vendor::start(), &credential);
    passing.send(&chat("?")).assert_is_the_vendors();
    let went = passing.went();
    assert_eq!(went.headers["x-amz-security-token"], "the-session");
    assert!(
        went.headers["authorization"]
            .to_str()
            .unwrap()
            .contains("x-amz-security-token")
    );
}

#[test]
fn question_and_answer_stand_beside_the_vote() {
    let passing = Passing::start();
    let answer = passing.send(&chat("What is a refund?"));
    answer.assert_is_the_vendors();
    // At once: what is not known is refused here, and this answer is known as soon as the client has it.
    let voted = passing.send(&vote_on_the_answer());
    assert_eq!((voted.status, voted.bytes.len()), (200, 0), "{voted:?}");
    assert_eq!(passing.vendor.seen().len(), 1, "a vote stays here");
    let listed = passing.native("GET", "/feedback", &Value::Null);
    let id = listed["items"][0]["id"].as_str().unwrap();
    let detail = passing.native("GET", &format!("/feedback/{id}"), &Value::Null);
    assert_eq!(detail["question"], "What is a refund?");
    assert_eq!(detail["message"]["content"], "You asked: What is a refund?");
    assert_eq!(detail["message"]["external_id"], ANSWER);
    assert_eq!(detail["comment"], "Right.");
    assert_eq!(detail["author"]["external_id"], "ada l");
    let sources = &detail["message"]["metadata"]["sources"];
    assert_eq!(sources[0]["url"], "https://a.example/terms");
}

#[test]
fn both_messages_are_known_by_the_vendors_ids() {
    let passing = Passing::start();
    passing.send(&chat("Why?")).assert_is_the_vendors();
    let path = format!("/conversations/{NEW_CONVERSATION}/messages");
    let known = passing.shown(&path, |shown| shown["items"].is_array());
    let said: Vec<_> = known["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["external_id"].as_str().unwrap(),
                it["role"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(said, [(QUESTION, "user"), (ANSWER, "assistant")]);
}

#[test]
fn a_project_that_keeps_no_text_remembers_who_and_when() {
    let passing = Passing::start();
    passing.native("PATCH", "", &json!({"keep_text": "none"}));
    passing.send(&chat("My secret?")).assert_is_the_vendors();
    let path = format!("/conversations/{NEW_CONVERSATION}/messages");
    let known = passing.shown(&path, |shown| shown["items"].is_array());
    assert_eq!(known["items"].as_array().unwrap().len(), 2, "{known}");
    for words in ["secret", "Terms", "You asked"] {
        assert!(!known.to_string().contains(words), "{known}");
    }
}

#[test]
fn what_is_deleted_there_is_erased_here() {
    let passing = Passing::start();
    let path = under(&format!("/conversations/{CONVERSATION}?userId=ada"));
    passing
        .send(&Call::new("DELETE", path))
        .assert_is_the_vendors();
    passing.shown("/conversations", |shown| shown["items"] == json!([]));
}

#[test]
fn what_the_vendor_refuses_to_delete_stays() {
    let vendor = StandIn::start(|_| vendor::refusal(409, "ConflictException", "not now"));
    let passing = Passing::before(vendor, &vendor::credential());
    let path = under(&format!("/conversations/{CONVERSATION}?userId=ada"));
    passing
        .send(&Call::new("DELETE", path))
        .assert_refused(409, "ConflictException");
    let known = passing.native("GET", "/conversations", &Value::Null);
    assert_eq!(known["items"].as_array().unwrap().len(), 1);
}

#[test]
fn the_vendors_failures_come_as_they_are() {
    let answer = || {
        Response::builder()
            .status(429)
            .header("x-amzn-ErrorType", "ThrottlingException")
            .header("x-amzn-RequestId", REQUEST_ID)
            .header("retry-after", "7")
            .header("content-type", "application/json")
            .body(Body::from("{\"message\" : \"Slowly.\"}"))
            .unwrap()
    };
    let passing = Passing::before(StandIn::start(move |_| answer()), &vendor::credential());
    let refused = passing.send(&chat("?"));
    refused.assert_refused(429, "ThrottlingException");
    assert_eq!(refused.bytes, b"{\"message\" : \"Slowly.\"}");
    assert_eq!(refused.headers["retry-after"], "7");
    assert_eq!(refused.headers["x-amzn-requestid"], REQUEST_ID);
}

#[test]
fn an_application_is_told_from_here_except_to_administrators() {
    let passing = Passing::start();
    let call = Call::get(under(""));
    assert_eq!(passing.send(&call).json()["displayName"], "support");
    passing.assert_nothing_went();
    let told = passing.send(&call.with(MANAGER));
    assert_eq!(told.json()["roleArn"], "arn:aws:iam::1:role/q");
    // The list is of what the key opens, which the vendor does not know.
    let listed = passing
        .send(&Call::get("/applications").with(MANAGER))
        .json();
    assert_eq!(listed["applications"][0]["applicationId"], APPLICATION);
    assert_eq!(passing.vendor.seen().len(), 1);
}

#[test]
fn files_beside_a_question_pass() {
    let passing = Passing::start();
    let data = "A".repeat(20 * 1024 * 1024);
    let body = json!({"userMessage": "?", "attachments": [{"name": "a", "data": data}]});
    let call = Call::new("POST", under("/conversations?sync")).saying(body.to_string());
    passing.send(&call).assert_is_the_vendors();
    assert!(passing.went().body == call.body, "the body is another");
}
