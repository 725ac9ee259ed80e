//! Each vendor's own call, as it is sent.

use crate::support::stand_in::{Seen, StandIn};
use crate::world::{ADMIN, World, json_answer, success, wait_until};
use reqwest::Method;
use serde_json::{Value, json};

const SECRET: &str = "vendors-own-0123456789abcdef";

/// A server whose project mirrors so, with what else the project has.
fn world(upstream: &Value, more: &Value) -> World {
    let mut project = json!({"name": "support", "upstream": upstream});
    let fields = project.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    World::of(&json!({
        "projects": [project],
        "keys": [{"dialect": "native", "secret": ADMIN, "scopes": ["admin"]}],
    }))
}

fn upstream(dialect: &str, vendor: &StandIn, credential: &Value) -> Value {
    json!({"dialect": dialect, "base_url": vendor.url(), "mirror": true, "credential": credential})
}

/// Votes by the native API, waits until the vendor heard, and returns what it heard.
fn heard(world: &World, vendor: &StandIn, vote: &Value) -> Seen {
    let before = vendor.seen().len();
    world.ask(Method::POST, "projects/support/feedback", vote);
    wait_until("the vendor heard", || vendor.seen().len() > before);
    world.wait_until_nothing_waits();
    assert_eq!(world.mirror()["refused"], 0, "{:?}", world.votes("refused"));
    vendor.seen()[before].clone()
}

fn header<'seen>(seen: &'seen Seen, name: &str) -> &'seen str {
    seen.headers[name].to_str().unwrap()
}

#[test]
fn dify_hears_of_a_vote_as_its_clients_would_say_it() {
    let vendor = StandIn::start(|_| success());
    let world = world(
        &upstream("dify", &vendor, &json!({"secret": SECRET})),
        &json!({}),
    );
    let vote = json!({"message": {"external_id": "a b/c"}, "author": {"end_user": "ada"}, "rating": "negative",
        "comment": "Wröng."});
    let seen = heard(&world, &vendor, &vote);
    assert_eq!(
        (seen.method.as_str(), seen.target().as_str()),
        ("POST", "/v1/messages/a%20b%2Fc/feedbacks")
    );
    assert_eq!(header(&seen, "authorization"), format!("Bearer {SECRET}"));
    assert_eq!(header(&seen, "content-type"), "application/json");
    let body = r#"{"rating":"dislike","user":"ada","content":"Wröng."}"#;
    assert_eq!(seen.body, body.as_bytes());
}

#[test]
fn dify_hears_that_a_thumb_is_gone() {
    let vendor = StandIn::start(|_| success());
    let world = world(
        &upstream("dify", &vendor, &json!({"secret": SECRET})),
        &json!({}),
    );
    let mut vote = json!({"message": {"external_id": "m1"}, "author": {"end_user": "ada"}, "rating": "positive",
        "comment": "Hm."});
    heard(&world, &vendor, &vote);
    vote["rating"] = Value::Null;
    let seen = heard(&world, &vendor, &vote);
    assert_eq!(seen.body, r#"{"rating":null,"user":"ada"}"#.as_bytes());
}

#[test]
fn wonderchat_hears_of_a_vote_and_of_a_comment_that_is_gone() {
    let vendor = StandIn::start(|_| json_answer(200, &json!({"status": "success"})));
    let world = world(
        &upstream("wonderchat", &vendor, &json!({"secret": SECRET})),
        &json!({}),
    );
    let mut vote =
        json!({"message": {"external_id": "m1"}, "rating": "positive", "comment": "Fine."});
    let seen = heard(&world, &vendor, &vote);
    assert_eq!(
        (seen.method.as_str(), seen.target().as_str()),
        ("POST", "/api/v1/update-message-feedback")
    );
    let body = format!(
        r#"{{"apiKey":"{SECRET}","messageId":"m1","feedback":"HELPFUL","userComment":"Fine."}}"#
    );
    assert_eq!(seen.body, body.as_bytes());
    vote["rating"] = json!("negative");
    vote["comment"] = Value::Null;
    let seen = heard(&world, &vendor, &vote);
    let body = format!(
        r#"{{"apiKey":"{SECRET}","messageId":"m1","feedback":"NOT_HELPFUL","userComment":""}}"#
    );
    assert_eq!(seen.body, body.as_bytes());
}

#[test]
fn a_refusal_of_wonderchats_in_an_answer_that_is_well_is_one() {
    let vendor = StandIn::start(|_| json_answer(200, &json!({"status": "error", "message": "no"})));
    let world = world(
        &upstream("wonderchat", &vendor, &json!({"secret": SECRET})),
        &json!({}),
    );
    let vote = json!({"message": {"external_id": "m1"}, "rating": "positive"});
    world.ask(Method::POST, "projects/support/feedback", &vote);
    wait_until("it was refused", || world.mirror()["refused"] == 1);
    assert_eq!(world.votes("refused")[0]["reason"], "no");
}

#[test]
fn melodi_hears_of_a_vote_with_its_thread() {
    let vendor = StandIn::start(|_| json_answer(200, &json!({"id": 1})));
    let more = json!({"number": 64, "attributes": [{"name": "Quality", "options": ["Wonderful"]}]});
    let world = world(
        &upstream("melodi", &vendor, &json!({"secret": SECRET})),
        &more,
    );
    let thread = json!({"messages": [
        {"external_id": "q1", "role": "user", "content": "Why?"},
        {"external_id": "m1", "role": "assistant", "content": "Because."},
    ]});
    world.ask(Method::PUT, "projects/support/conversations/t1", &thread);
    let vote = json!({"message": {"external_id": "m1"}, "conversation": {"external_id": "t1"},
        "author": {"end_user": "ada"}, "rating": "positive", "comment": "Good.", "attributes": {"Quality": "Wonderful"}});
    let seen = heard(&world, &vendor, &vote);
    assert_eq!(
        (seen.method.as_str(), seen.target().as_str()),
        ("PUT", "/api/external/feedback")
    );
    assert_eq!(header(&seen, "api-key"), SECRET);
    let mut body = seen.json();
    let created_at = body["createdAt"].take();
    assert!(created_at.as_str().unwrap().ends_with('Z'), "{created_at}");
    assert_eq!(
        body,
        json!({"feedbackType": "POSITIVE", "feedbackText": "Good.", "projectId": 64, "externalThreadId": "t1",
        "externalMessageId": "m1", "externalUser": {"externalId": "ada"}, "attributes": {"Quality": "Wonderful"},
        "createdAt": null, "thread": {"externalId": "t1", "projectId": 64, "messages": [
            {"externalId": "q1", "type": "markdown", "role": "user", "content": "Why?"},
            {"externalId": "m1", "type": "markdown", "role": "assistant", "content": "Because."},
        ]}})
    );
}

#[test]
fn a_part_of_a_thread_is_not_told_to_melodi_as_the_whole() {
    let vendor = StandIn::start(|_| json_answer(200, &json!({"id": 1})));
    let world = world(
        &upstream("melodi", &vendor, &json!({"secret": SECRET})),
        &json!({"keep_text": "none"}),
    );
    let thread = json!({"messages": [{"external_id": "m1", "content": "Because."}]});
    world.ask(Method::PUT, "projects/support/conversations/t1", &thread);
    let vote = json!({"message": {"external_id": "m1"}, "conversation": {"external_id": "t1"}, "rating": "negative"});
    let seen = heard(&world, &vendor, &vote);
    assert_eq!(seen.method, "POST");
    assert_eq!(seen.json()["thread"], Value::Null);
}

#[test]
fn haptik_hears_of_a_vote_as_its_clients_would_say_it() {
    let vendor = StandIn::start(|_| json_answer(201, &json!({"success": true})));
    let credential = json!({"secret": SECRET, "client_id": "client-1"});
    let world = world(
        &upstream("haptik", &vendor, &credential),
        &json!({"haptik_business_id": 343}),
    );
    let vote = json!({"message": {"external_id": "m1"}, "author": {"end_user": "ada"}, "resolved": true,
        "score": {"value": 5, "lowest": 1, "highest": 5}, "comment": "Thanks."});
    let seen = heard(&world, &vendor, &vote);
    assert_eq!(
        (seen.method.as_str(), seen.target().as_str()),
        ("POST", "/v1.0/log_feedback_from_user/")
    );
    assert_eq!(header(&seen, "authorization"), format!("Bearer {SECRET}"));
    assert_eq!(header(&seen, "client-id"), "client-1");
    let body = r#"{"auth_id":"ada","business_id":343,"query_resolved":true,"query_rating":5,"feedback":"Thanks."}"#;
    assert_eq!(seen.body, body.as_bytes());
}

const APPLICATION: &str = "11111111-2222-4333-8444-555555555555";
const CONVERSATION: &str = "aaaaaaaa-2222-4333-8444-555555555555";
const MESSAGE: &str = "BBBBBBBB-2222-4333-8444-555555555555";

fn useful() -> Value {
    json!({"message": {"external_id": MESSAGE}, "conversation": {"external_id": CONVERSATION},
        "author": {"end_user": "ada lovelace"}, "rating": "negative", "reasons": ["NOT_HELPFUL"], "comment": "No.",
        "submitted_at": "2026-05-01T12:00:00.250Z"})
}

fn key_pair() -> Value {
    json!({"secret": SECRET, "access_key_id": "AKIDVENDOR", "region": "eu-west-1"})
}

#[test]
fn amazon_q_hears_of_a_vote_as_its_clients_would_say_it() {
    let vendor = StandIn::start(|_| json_answer(200, &json!({})));
    let world = world(
        &upstream("amazon_q", &vendor, &key_pair()),
        &json!({"amazon_q_application_id": APPLICATION}),
    );
    let seen = heard(&world, &vendor, &useful());
    let path = format!(
        "/applications/{APPLICATION}/conversations/{CONVERSATION}/messages/{MESSAGE}/feedback"
    );
    assert_eq!(seen.method, "POST");
    assert_eq!(seen.target(), format!("{path}?userId=ada%20lovelace"));
    let body = r#"{"messageUsefulness":{"usefulness":"NOT_USEFUL","submittedAt":1777636800.25,"reason":"NOT_HELPFUL","comment":"No."}}"#;
    assert_eq!(seen.body, body.as_bytes());
    let signed = header(&seen, "authorization");
    assert!(
        signed.contains("Credential=AKIDVENDOR/")
            && signed.contains("/eu-west-1/qbusiness/aws4_request")
    );
}

#[test]
fn what_amazon_q_is_told_is_signed_so_that_it_is_believed() {
    let vendor = World::of(&json!({
        "projects": [{"name": "support", "amazon_q_application_id": APPLICATION}],
        "keys": [
            {"dialect": "native", "secret": ADMIN, "scopes": ["admin"]},
            {"dialect": "amazon_q", "project": "support", "secret": SECRET, "access_key_id": "AKIDVENDOR"},
        ],
    }));
    let upstream = json!({"dialect": "amazon_q", "base_url": vendor.url(), "mirror": true, "credential": key_pair()});
    let world = world(&upstream, &json!({"amazon_q_application_id": APPLICATION}));
    world.ask(Method::POST, "projects/support/feedback", &useful());
    let heard = || vendor.get("projects/support/feedback")["items"][0].clone();
    wait_until("the vendor heard", || heard().is_object());
    let heard = heard();
    assert_eq!(heard["target"]["message"]["external_id"], MESSAGE);
    assert_eq!(heard["author"]["external_id"], "ada lovelace");
    assert_eq!(heard["rating"], "negative");
    assert_eq!(heard["reasons"], json!(["NOT_HELPFUL"]));
    assert_eq!(heard["comment"], "No.");
    assert_eq!(heard["submitted_at"], "2026-05-01T12:00:00.25Z");
    assert_eq!(heard["channel"], "amazon_q");
    world.wait_until_nothing_waits();
    assert_eq!(world.mirror()["refused"], 0);
}
