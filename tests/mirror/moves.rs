//! Upstreams that change while votes wait for them, and votes that change while their vendor is away.

use crate::support::stand_in::StandIn;
use crate::world::{MESSAGES, World, heard_of, nobody, success, wait_until};
use axum::body::Body;
use axum::response::Response;
use reqwest::Method;
use serde_json::{Value, json};

/// Puts a vendor's server behind the project.
fn set_upstream(world: &World, dialect: &str, base_url: &str) {
    let upstream = json!({"dialect": dialect, "base_url": base_url, "mirror": true,
        "credential": {"secret": "another-key-0123456789"}});
    world.ask(
        Method::PATCH,
        "projects/support",
        &json!({"upstream": upstream}),
    );
}

#[test]
fn what_waits_for_one_vendor_is_not_told_to_another() {
    let address = nobody();
    let world = World::mirroring_to(&format!("http://{address}"));
    world.accepted(MESSAGES[0], Some("like"));
    world.wait_for_attempts(1);
    let other = StandIn::start(|_| success());
    set_upstream(&world, "wonderchat", &other.url());
    wait_until("it is kept", || world.mirror()["not_mirrored"] == 1);
    let reason = world.votes("not_mirrored")[0]["reason"].clone();
    assert_eq!(
        reason,
        "it is for the vendor that was behind the project before, by the dialect dify"
    );
    assert!(other.seen().is_empty());
    // With the first vendor back, it can still be sent there.
    let vendor = StandIn::at(address, |_| success());
    set_upstream(&world, "dify", &vendor.url());
    let retried = world.ask(Method::POST, "projects/support/mirror/retry", &Value::Null);
    assert_eq!(retried, json!({"retried": 1}));
    wait_until("it arrived", || !vendor.seen().is_empty());
    assert_eq!(heard_of(&vendor.seen(), MESSAGES[0]), ["like"]);
}

#[test]
fn what_waits_goes_to_where_the_vendor_is_now() {
    let world = World::mirroring_to(&format!("http://{}", nobody()));
    world.accepted(MESSAGES[0], Some("like"));
    world.wait_for_attempts(1);
    let vendor = StandIn::start(|_| success());
    set_upstream(&world, "dify", &vendor.url());
    world.wait_until_nothing_waits();
    assert_eq!(heard_of(&vendor.seen(), MESSAGES[0]), ["like"]);
}

#[test]
fn of_a_vote_that_changes_often_while_the_vendor_is_away_it_hears_every_version_in_order() {
    let address = nobody();
    let world = World::mirroring_to(&format!("http://{address}"));
    let ratings = ["like", "dislike"].repeat(100);
    for rating in &ratings {
        world.accepted(MESSAGES[0], Some(rating));
    }
    let vendor = StandIn::at(address, |_| success());
    world.wait_until_nothing_waits();
    assert_eq!(heard_of(&vendor.seen(), MESSAGES[0]), ratings);
}

#[test]
fn a_vendor_that_asks_for_no_pause_gets_one() {
    let vendor = StandIn::start(|_| {
        Response::builder()
            .status(503)
            .header("retry-after", "0")
            .body(Body::empty())
            .unwrap()
    });
    let world = World::mirroring_to(&vendor.url());
    world.accepted(MESSAGES[0], Some("like"));
    world.wait_for_attempts(1);
    let waiting = world.votes("waiting");
    let time =
        |name: &str| -> jiff::Timestamp { waiting[0][name].as_str().unwrap().parse().unwrap() };
    let pause = time("next_try_at").duration_since(time("created_at"));
    assert!(pause.as_secs() >= 1, "{waiting:?}");
}
