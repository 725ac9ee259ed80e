//! Every vote once, and in order.

use crate::support::stand_in::StandIn;
use crate::world::{MESSAGES, World, heard_of, json_answer, nobody, success};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Says three things of each message.
fn vote_three_times(world: &World) {
    for rating in [Some("like"), Some("dislike"), None] {
        for message in MESSAGES {
            world.accepted(message, rating);
        }
    }
}

fn assert_heard_once_and_in_order(vendor: &StandIn) {
    let seen = vendor.seen();
    for message in MESSAGES {
        let expected = [json!("like"), json!("dislike"), Value::Null];
        assert_eq!(heard_of(&seen, message), expected);
    }
    assert_eq!(seen.len(), MESSAGES.len() * 3);
}

#[test]
fn votes_arrive_once_and_in_order_when_the_vendor_is_back() {
    let address = nobody();
    let world = World::mirroring_to(&format!("http://{address}/v1"));
    vote_three_times(&world);
    world.wait_for_attempts(1);
    assert_eq!(world.mirror()["waiting"], 9);
    assert_eq!(world.mirror()["active"], true);
    let vendor = StandIn::at(address, |_| success());
    world.wait_until_nothing_waits();
    assert_heard_once_and_in_order(&vendor);
}

#[test]
fn a_server_that_is_killed_meanwhile_changes_nothing() {
    let address = nobody();
    let mut world = World::mirroring_to(&format!("http://{address}"));
    vote_three_times(&world);
    world.wait_for_attempts(1);
    world.kill();
    let vendor = StandIn::at(address, |_| success());
    world.start();
    world.wait_until_nothing_waits();
    assert_heard_once_and_in_order(&vendor);
}

#[test]
fn a_server_that_is_stopped_meanwhile_changes_nothing() {
    let address = nobody();
    let mut world = World::mirroring_to(&format!("http://{address}"));
    vote_three_times(&world);
    world.stop();
    let vendor = StandIn::at(address, |_| success());
    world.start();
    world.wait_until_nothing_waits();
    assert_heard_once_and_in_order(&vendor);
}

#[test]
fn a_vote_waits_for_the_one_before_it_on_the_same_message() {
    let failures = AtomicUsize::new(2);
    let vendor = StandIn::start(move |_| {
        let left = failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        });
        match left {
            Ok(_) => json_answer(500, &json!({"message": "Internal Server Error"})),
            Err(_) => success(),
        }
    });
    let world = World::mirroring_to(&vendor.url());
    world.accepted(MESSAGES[0], Some("like"));
    world.accepted(MESSAGES[0], Some("dislike"));
    world.wait_until_nothing_waits();
    let heard = heard_of(&vendor.seen(), MESSAGES[0]);
    assert_eq!(heard, ["like", "like", "like", "dislike"]);
}

#[test]
fn a_vote_that_fails_holds_no_other_message_up() {
    let vendor = StandIn::start(|seen| {
        if seen.target().contains(MESSAGES[0]) {
            json_answer(500, &json!({"message": "Internal Server Error"}))
        } else {
            success()
        }
    });
    let world = World::mirroring_to(&vendor.url());
    world.accepted(MESSAGES[0], Some("like"));
    world.wait_for_attempts(1);
    world.accepted(MESSAGES[1], Some("like"));
    world.accepted(MESSAGES[2], Some("dislike"));
    crate::world::wait_until("the others arrived", || world.mirror()["waiting"] == 1);
    let left = world.votes("waiting");
    assert_eq!(left[0]["status"], 500);
    assert_eq!(left[0]["reason"], "Internal Server Error");
    assert_eq!(heard_of(&vendor.seen(), MESSAGES[1]), ["like"]);
    assert_eq!(heard_of(&vendor.seen(), MESSAGES[2]), ["dislike"]);
}

#[test]
fn what_is_said_again_is_not_sent_again() {
    let vendor = StandIn::start(|_| success());
    let world = World::mirroring_to(&vendor.url());
    world.accepted(MESSAGES[0], Some("like"));
    world.accepted(MESSAGES[0], Some("like"));
    world.accepted(MESSAGES[0], Some("dislike"));
    world.wait_until_nothing_waits();
    let heard = heard_of(&vendor.seen(), MESSAGES[0]);
    assert_eq!(heard, ["like", "dislike"]);
}

/// A vendor that takes its time, so that several votes are under way at once.
fn slow() -> StandIn {
    StandIn::start(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        success()
    })
}

fn message(number: usize) -> String {
    format!("bbbbbbbb-0000-4000-8000-{number:012}")
}

#[test]
fn of_many_votes_under_way_at_once_none_is_sent_twice() {
    let vendor = slow();
    let world = World::mirroring_to(&vendor.url());
    for number in 0..40 {
        world.accepted(&message(number), Some("like"));
        world.accepted(&message(number / 2), Some("dislike"));
    }
    world.wait_until_nothing_waits();
    let seen = vendor.seen();
    for number in 0..40 {
        let heard = heard_of(&seen, &message(number));
        let mut once = heard.clone();
        once.dedup();
        assert_eq!(heard, once);
        let last = if number < 20 { "dislike" } else { "like" };
        assert_eq!(heard.last().unwrap(), last, "{number}");
    }
}

#[test]
fn a_server_that_is_killed_while_it_sends_repeats_at_most_what_was_under_way() {
    let vendor = slow();
    let mut world = World::mirroring_to(&vendor.url());
    let ratings = ["like", "dislike"].repeat(8);
    for rating in &ratings {
        for message in MESSAGES {
            world.accepted(message, Some(rating));
        }
    }
    crate::world::wait_until("some arrived", || vendor.seen().len() > 10);
    world.kill();
    world.start();
    world.wait_until_nothing_waits();
    let seen = vendor.seen();
    for message in MESSAGES {
        let mut heard = heard_of(&seen, message);
        let all = heard.len();
        heard.dedup();
        assert_eq!(heard, ratings);
        assert!(all <= ratings.len() + 1, "{all}");
    }
}
