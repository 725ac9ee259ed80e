//! What vendors do not take.

use crate::support::stand_in::StandIn;
use crate::support::{candor, run};
use crate::world::{
    ADMIN, KEY, MESSAGES, VENDORS_KEY, World, heard_of, json_answer, success, wait_until,
};
use axum::body::Body;
use axum::response::Response;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn not_found() -> Response {
    let body = json!({"code": "not_found", "message": "Message Not Exists.", "status": 404});
    json_answer(404, &body)
}

/// A vendor that takes nothing until it is told to.
fn refusing() -> (StandIn, Arc<AtomicBool>) {
    let takes = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&takes);
    let vendor = StandIn::start(move |_| {
        if asked.load(Ordering::SeqCst) {
            success()
        } else {
            not_found()
        }
    });
    (vendor, takes)
}

fn wait_for_refusals(world: &World, count: u64) {
    wait_until("it was refused", || world.mirror()["refused"] == count);
}

#[test]
fn a_refusal_is_kept_with_the_vote_and_not_told_to_the_client() {
    let (vendor, _) = refusing();
    let world = World::mirroring_to(&vendor.url());
    world.accepted(MESSAGES[0], Some("like"));
    wait_for_refusals(&world, 1);
    let refused = world.votes("refused");
    let id = refused[0]["feedback_id"].as_str().unwrap();
    let detail = world.get(&format!("projects/support/feedback/{id}"));
    assert_eq!(detail["rating"], "positive");
    assert_eq!(detail["mirror"], json!(refused));
    assert_eq!(refused[0]["state"], "refused");
    assert_eq!(refused[0]["status"], 404);
    assert_eq!(refused[0]["reason"], "Message Not Exists.");
    assert_eq!(refused[0]["version"], 1);
    assert_eq!(refused[0]["next_try_at"], Value::Null);
    // What follows is sent all the same.
    world.accepted(MESSAGES[0], Some("dislike"));
    wait_for_refusals(&world, 2);
    assert_eq!(heard_of(&vendor.seen(), MESSAGES[0]), ["like", "dislike"]);
}

#[test]
fn what_was_refused_is_sent_again_when_that_is_asked_for() {
    let (vendor, takes) = refusing();
    let world = World::mirroring_to(&vendor.url());
    for rating in ["like", "dislike"] {
        world.accepted(MESSAGES[0], Some(rating));
    }
    wait_for_refusals(&world, 2);
    takes.store(true, Ordering::SeqCst);
    let mut command = candor(world.folder());
    command.args([
        "mirror",
        "retry",
        "support",
        "--url",
        world.url(),
        "--key",
        ADMIN,
    ]);
    command.env_remove("CANDOR_DATA_DIR");
    assert_eq!(run(&mut command), "2 to be sent again\n");
    wait_until("both arrived", || {
        let mirror = world.mirror();
        mirror["waiting"] == 0 && mirror["refused"] == 0
    });
    let heard = heard_of(&vendor.seen(), MESSAGES[0]);
    assert_eq!(heard, ["like", "dislike", "like", "dislike"]);
}

#[test]
fn an_old_word_is_not_said_after_a_later_one() {
    let (vendor, takes) = refusing();
    let world = World::mirroring_to(&vendor.url());
    world.accepted(MESSAGES[0], Some("like"));
    wait_for_refusals(&world, 1);
    takes.store(true, Ordering::SeqCst);
    world.accepted(MESSAGES[0], Some("dislike"));
    world.wait_until_nothing_waits();
    let retried = world.ask(Method::POST, "projects/support/mirror/retry", &Value::Null);
    assert_eq!(retried, json!({"retried": 0}));
    assert_eq!(heard_of(&vendor.seen(), MESSAGES[0]), ["like", "dislike"]);
}

#[test]
fn a_vendor_is_left_alone_for_as_long_as_it_asks() {
    let vendor = StandIn::start(|_| {
        Response::builder()
            .status(429)
            .header("retry-after", "1800")
            .body(Body::from(r#"{"message": "slow down"}"#))
            .unwrap()
    });
    let world = World::mirroring_to(&vendor.url());
    world.accepted(MESSAGES[0], Some("like"));
    world.wait_for_attempts(1);
    let waiting = world.votes("waiting");
    assert_eq!(waiting[0]["status"], 429);
    assert_eq!(waiting[0]["reason"], "slow down");
    let time =
        |name: &str| -> jiff::Timestamp { waiting[0][name].as_str().unwrap().parse().unwrap() };
    assert!(
        time("next_try_at")
            .duration_since(time("created_at"))
            .as_secs()
            >= 1800
    );
}

#[test]
fn taking_back_what_the_vendor_does_not_have_is_no_refusal() {
    let vendor = StandIn::start(|seen| match seen.json()["rating"] {
        Value::Null => json_answer(
            400,
            &json!({"code": "invalid_param", "message": "rating cannot be None when feedback not exists", "status": 400}),
        ),
        _ => success(),
    });
    let world = World::mirroring_to(&vendor.url());
    world.accepted(MESSAGES[0], Some("like"));
    world.accepted(MESSAGES[0], None);
    world.wait_until_nothing_waits();
    assert_eq!(world.mirror()["refused"], 0);
    assert_eq!(
        heard_of(&vendor.seen(), MESSAGES[0]),
        [json!("like"), Value::Null]
    );
}

#[test]
fn what_the_vendor_has_no_call_for_is_kept_with_the_reason() {
    let vendor = StandIn::start(|_| success());
    let world = World::mirroring_to(&vendor.url());
    let stars = json!({"message": {"external_id": MESSAGES[0]}, "author": {"end_user": "ada"},
        "score": {"value": 4, "lowest": 1, "highest": 5}});
    world.ask(Method::POST, "projects/support/feedback", &stars);
    wait_until("it is not mirrored", || world.mirror()["not_mirrored"] == 1);
    let kept = world.votes("not_mirrored");
    let reason = kept[0]["reason"].as_str().unwrap();
    assert!(reason.contains("no thumb"), "{reason}");
    assert_eq!(kept[0]["attempts"], 0);
    assert!(vendor.seen().is_empty());
}

#[test]
fn neither_the_credential_nor_the_vendors_words_are_in_the_log() {
    let vendor = StandIn::start(|seen| {
        let key = seen.headers["authorization"].to_str().unwrap().to_owned();
        json_answer(400, &json!({"message": format!("the words of {key}")}))
    });
    let folder = tempfile::tempdir().unwrap();
    crate::support::apply(
        folder.path(),
        &json!({
            "projects": [{"name": "support", "upstream": {"dialect": "dify", "base_url": vendor.url(), "mirror": true,
                "credential": {"secret": VENDORS_KEY}}}],
            "keys": [
                {"dialect": "native", "secret": ADMIN, "scopes": ["admin"]},
                {"dialect": "dify", "project": "support", "secret": KEY},
            ],
        }),
    );
    let mut process = candor(folder.path())
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("CANDOR_LOG", "trace")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufReader::new(process.stdout.take().unwrap());
    let mut url = String::new();
    while !url.starts_with("listening on ") {
        url.clear();
        assert!(std::io::BufRead::read_line(&mut lines, &mut url).unwrap() > 0);
    }
    let url = url.trim().trim_start_matches("listening on ").to_owned();
    let mut log = process.stderr.take().unwrap();
    let read = std::thread::spawn(move || {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut log, &mut text).unwrap();
        text
    });
    let client = crate::support::client();
    let vote = client
        .post(format!("{url}/v1/messages/{}/feedbacks", MESSAGES[0]))
        .bearer_auth(KEY)
        .json(&json!({"rating": "like", "user": "ada"}));
    assert!(vote.send().unwrap().status().is_success());
    let refused = || -> Value {
        let path = format!("{url}/candor/v1/projects/support/mirror/votes");
        client
            .get(path)
            .bearer_auth(ADMIN)
            .send()
            .unwrap()
            .json()
            .unwrap()
    };
    wait_until("it was refused", || refused()["items"][0].is_object());
    assert_eq!(refused()["items"][0]["reason"], "the words of Bearer …");
    process.kill().unwrap();
    process.wait().unwrap();
    let log = read.join().unwrap();
    assert!(log.contains("a vote is not at the vendor"), "{log}");
    assert!(
        !log.contains(VENDORS_KEY) && !log.contains("the words of"),
        "{log}"
    );
}
