//! One feedback of each person and business in sixty minutes.

use super::world::{Haptik, duplicate, feedback, setup, success};
use std::sync::Barrier;

const HOUR: i64 = 60 * 60;

fn with_conversation() -> Haptik {
    let haptik = Haptik::rejecting();
    haptik.register("u1");
    haptik.say("u1", 343);
    haptik
}

#[test]
fn a_minute_before_the_hour_is_refused_and_the_hour_is_taken() {
    let haptik = with_conversation();
    let vote = feedback("u1", 343);
    assert_eq!(haptik.give(&vote), success());
    haptik.wait(HOUR - 1);
    assert_eq!(haptik.give(&vote), duplicate());
    haptik.wait_microseconds(999_999);
    assert_eq!(haptik.give(&vote), duplicate());
    haptik.wait_microseconds(1);
    assert_eq!(haptik.give(&vote), success());
    assert_eq!(haptik.listed("support").len(), 2);
}

#[test]
fn refused_tries_do_not_extend_the_window() {
    let haptik = with_conversation();
    let vote = feedback("u1", 343);
    assert_eq!(haptik.give(&vote), success());
    for _ in 0..59 {
        haptik.wait(60);
        assert_eq!(haptik.give(&vote), duplicate());
    }
    haptik.wait(60);
    assert_eq!(haptik.give(&vote), success());
}

#[test]
fn a_new_conversation_does_not_open_the_window() {
    let haptik = with_conversation();
    assert_eq!(haptik.give(&feedback("u1", 343)), success());
    haptik.wait(30 * 60);
    haptik.say("u1", 343);
    assert_eq!(haptik.conversations("support"), 2);
    assert_eq!(haptik.give(&feedback("u1", 343)), duplicate());
}

#[test]
fn a_refused_feedback_leaves_the_first_one_as_it_was() {
    let haptik = with_conversation();
    assert_eq!(haptik.give(&feedback("u1", 343)), success());
    let before = haptik.listed("support");
    let mut other = feedback("u1", 343);
    other["query_rating"] = 1.into();
    assert_eq!(haptik.give(&other), duplicate());
    assert_eq!(haptik.listed("support"), before);
}

#[test]
fn another_workspaces_person_of_the_same_name_has_another_window() {
    use super::world::{OTHER_CLIENT, OTHER_TOKEN, answer, message};
    let haptik = with_conversation();
    assert_eq!(haptik.give(&feedback("u1", 343)), success());
    let other = |path: &str, body: &serde_json::Value| {
        let request = haptik.client.post(format!("{}/v1.0/{path}/", haptik.url));
        let request = request.bearer_auth(OTHER_TOKEN);
        answer(request.header("client-id", OTHER_CLIENT).json(body))
    };
    let registered = other("user", &serde_json::json!({"auth_id": "u1"}));
    assert_eq!(registered.status, 200);
    let logged = other("log_message_from_user", &message("u1", 343));
    assert_eq!(logged.status, 200);
    let given = other("log_feedback_from_user", &feedback("u1", 343));
    assert_eq!(given, success());
    assert_eq!(haptik.listed("support").len(), 1);
}

#[test]
fn of_two_at_the_same_instant_one_is_taken_two_hundred_times_in_a_row() {
    let haptik = with_conversation();
    let vote = feedback("u1", 343);
    let together = Barrier::new(2);
    for round in 0..200 {
        let give = || {
            together.wait();
            haptik.give(&vote).status
        };
        let mut statuses = std::thread::scope(|scope| {
            let both = [scope.spawn(give), scope.spawn(give)];
            both.map(|one| one.join().unwrap())
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 400], "round {round}");
        haptik.wait(HOUR);
    }
}

#[test]
fn the_operator_chooses_the_status_of_a_duplicate() {
    let settings = [("CANDOR_HAPTIK_DUPLICATE_STATUS", "409")];
    let haptik = Haptik::with(&setup("accept"), &settings);
    assert_eq!(haptik.give(&feedback("u1", 343)), success());
    assert_eq!(haptik.give(&feedback("u1", 343)).status, 409);
}
