//! What the vendor reports of the bot.

use super::upstream::{WEBHOOK_SECRET, World};
use super::world::{Answer, answer};
use crate::support::stand_in::StandIn;
use axum::body::Body;
use axum::response::Response;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Method;
use serde_json::{Value, json};
use sha1::Sha1;

fn world(forward_to: Option<&str>) -> World {
    World::new(&json!({"webhook_secret": WEBHOOK_SECRET}), forward_to)
}

fn path(world: &World, project: &str) -> String {
    let project = world.native(&format!("projects/{project}"));
    format!(
        "/candor/webhooks/haptik/{}",
        project["id"].as_str().unwrap()
    )
}

fn event(id: i64, text: &str) -> Value {
    json!({
        "version": "1.0", "timestamp": "2018-10-04T12:41:29.980Z", "user": {"auth_id": "ada"}, "business_id": 343,
        "event_name": "message", "agent": {"id": 4415, "name": "gogo", "is_automated": true},
        "message": {"id": id, "body": {"text": text, "type": "TEXT", "data": {"quick_replies": []}}},
    })
}

fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    format!("sha1={}", hex::encode(mac.finalize().into_bytes()))
}

fn report(world: &World, path: &str, body: &str) -> Answer {
    let request = world.request(Method::POST, path);
    let request = request.header("x-hub-signature", signature(WEBHOOK_SECRET, body));
    answer(request.body(body.to_owned()))
}

fn turn(role: &str, text: &str) -> (String, String) {
    (role.to_owned(), text.to_owned())
}

#[test]
fn the_bots_answer_stands_after_the_persons_question_once() {
    let world = world(None);
    let path = path(&world, "support");
    world.say("ada", "Hi");
    // As soon as that, and again: the vendor is not sure that it was heard.
    for _ in 0..2 {
        let body = event(1_982_371, "Hello Ada").to_string();
        let answer = report(&world, &path, &body);
        assert_eq!(
            (answer.status, answer.body),
            (200, json!({"success": true}))
        );
    }
    let expected = [turn("user", "Hi"), turn("assistant", "Hello Ada")];
    assert_eq!(world.said(2), expected);
}

#[test]
fn what_the_bot_says_first_begins_a_conversation() {
    let world = world(None);
    let path = path(&world, "support");
    let answer = report(&world, &path, &event(1, "Hello").to_string());
    assert_eq!(answer.status, 200);
    assert_eq!(world.said(1), [turn("assistant", "Hello")]);
}

#[test]
fn what_is_not_a_message_is_received_all_the_same() {
    let world = world(None);
    let path = path(&world, "support");
    let mut complete = event(1, "over");
    complete["event_name"] = json!("webhook_conversation_complete");
    let mut elsewhere = event(2, "for sales");
    elsewhere["business_id"] = json!(344);
    let long = event(3, &"x".repeat(400_001));
    for body in [
        complete.to_string(),
        elsewhere.to_string(),
        long.to_string(),
        "{".to_owned(),
    ] {
        assert_eq!(report(&world, &path, &body).status, 200);
    }
    assert!(world.listed("conversations").is_empty());
}

#[test]
fn only_the_vendor_is_believed() {
    let world = world(None);
    let path = path(&world, "support");
    let body = event(1, "Hello").to_string();
    for signature in [
        None,
        Some(signature("another", &body)),
        Some(signature(WEBHOOK_SECRET, "{}")),
        Some(signature(WEBHOOK_SECRET, &body).replace("sha1=", "")),
    ] {
        let request = world.request(Method::POST, &path).body(body.clone());
        let request = match signature {
            Some(signature) => request.header("x-hub-signature", signature),
            None => request,
        };
        let refused = answer(request);
        assert_eq!(refused.status, 401);
        assert_eq!(
            refused.body["error_message"],
            "invalid authorization details"
        );
    }
    assert!(world.listed("conversations").is_empty());
}

#[test]
fn there_is_no_webhook_where_no_secret_is_set() {
    let without = World::plain();
    let with = world(None);
    for (world, path) in [
        (&without, path(&without, "support")),
        (&with, path(&with, "sales")),
        (&with, "/candor/webhooks/haptik/support".to_owned()),
        (
            &with,
            format!("/candor/webhooks/haptik/{}", uuid::Uuid::nil()),
        ),
    ] {
        let refused = report(world, &path, &event(1, "Hello").to_string());
        assert_eq!(refused.status, 404, "{path}");
        assert_eq!(refused.body["error_message"], "not found");
    }
    let path = path(&with, "support");
    assert_eq!(answer(with.request(Method::GET, &path)).status, 405);
}

#[test]
fn a_webhook_goes_on_unchanged_to_where_the_chat_listens_and_its_answer_is_heard() {
    let chat = StandIn::start(|seen| {
        let status = if seen.body.starts_with(b"{\"bad") {
            500
        } else {
            202
        };
        let answer = Response::builder()
            .status(status)
            .header("content-type", "application/json");
        answer.body(Body::from("\"heard\"")).unwrap()
    });
    let world = world(Some(&format!("{}/bots/haptik", chat.url())));
    let path = path(&world, "support");
    let body = event(1, "Hello").to_string();
    let heard = report(&world, &path, &body);
    assert_eq!((heard.status, heard.body), (202, json!("heard")));
    assert_eq!(report(&world, &path, "{\"bad").status, 500);
    let seen = chat.seen();
    assert_eq!(seen[0].target(), "/bots/haptik");
    assert_eq!(seen[0].body, body.as_bytes());
    let signed = signature(WEBHOOK_SECRET, &body);
    assert_eq!(seen[0].headers["x-hub-signature"], signed);
    assert_eq!(world.said(1), [turn("assistant", "Hello")]);
}

#[test]
fn a_chat_that_does_not_listen_is_told_to_the_vendor_and_the_message_is_kept() {
    let chat = StandIn::start(|_| Response::new(Body::empty()));
    let url = chat.url();
    drop(chat);
    let world = world(Some(&url));
    let path = path(&world, "support");
    let refused = report(&world, &path, &event(1, "Hello").to_string());
    assert_eq!(refused.status, 502);
    assert_eq!(world.said(1), [turn("assistant", "Hello")]);
}

#[test]
fn a_project_that_is_switched_off_hears_nothing() {
    let world = world(None);
    let path = path(&world, "support");
    let off = json!({"enabled": false}).to_string();
    let changed = world
        .request(Method::PATCH, "/candor/v1/projects/support")
        .bearer_auth(super::world::ADMIN)
        .header("content-type", "application/json")
        .body(off);
    assert_eq!(answer(changed).status, 200);
    assert_eq!(
        report(&world, &path, &event(1, "Hello").to_string()).status,
        403
    );
    assert!(world.listed("conversations").is_empty());
}
