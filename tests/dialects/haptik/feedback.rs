//! What a feedback leaves behind.

use super::world::{Haptik, feedback, refusal, setup, success};
use serde_json::json;

const NO_CONVERSATION: &str =
    "Failed to submit feedback, please make sure there is an active conversation with the agent";

#[test]
fn a_feedback_has_its_stars_on_their_scale_and_whether_it_helped() {
    let haptik = Haptik::rejecting();
    haptik.register("u1");
    haptik.say("u1", 343);
    let mut vote = feedback("u1", 343);
    vote["query_rating"] = json!("4");
    vote["query_resolved"] = json!(false);
    assert_eq!(haptik.give(&vote), success());
    let listed = haptik.listed("support");
    let [given] = listed.as_slice() else {
        panic!("{listed:?}")
    };
    assert_eq!(given["channel"], "haptik");
    assert_eq!(
        given["score"],
        json!({"value": 4.0, "lowest": 1.0, "highest": 5.0})
    );
    assert_eq!(given["resolved"], false);
    assert_eq!(given["comment"], "The conversation was very human like");
    assert_eq!(given["sentiment"], "positive");
    assert_eq!(given["author"]["external_id"], "u1");
}

#[test]
fn the_latest_conversation_of_the_business_is_judged() {
    let haptik = Haptik::rejecting();
    haptik.register("u1");
    haptik.say("u1", 343);
    haptik.wait(3600);
    haptik.say("u1", 343);
    haptik.wait(3600);
    haptik.say("u1", 344);
    assert_eq!(haptik.give(&feedback("u1", 343)), success());
    let conversations = haptik.native("projects/support/conversations");
    let given = &haptik.listed("support")[0];
    assert_eq!(
        given["target"]["conversation"]["id"],
        conversations["items"][0]["id"]
    );
    assert_eq!(conversations["items"].as_array().unwrap().len(), 2);
    assert!(given["target"]["message"].is_null(), "{given}");
}

#[test]
fn where_the_unknown_is_accepted_the_first_call_may_be_a_feedback() {
    let haptik = Haptik::accepting();
    assert_eq!(haptik.give(&feedback("ghost", 343)), success());
    assert_eq!(haptik.listed("support").len(), 1);
    assert_eq!(haptik.conversations("support"), 1);
    // The message that comes after it belongs to what was judged.
    haptik.say("ghost", 343);
    assert_eq!(haptik.conversations("support"), 1);
}

#[test]
fn where_the_unknown_is_rejected_nothing_of_it_is_stored() {
    let haptik = Haptik::rejecting();
    assert_eq!(
        haptik.give(&feedback("ghost", 343)),
        refusal(403, "user is not registered")
    );
    haptik.register("u1");
    assert_eq!(
        haptik.give(&feedback("u1", 343)),
        refusal(404, NO_CONVERSATION)
    );
    assert!(haptik.listed("support").is_empty());
    assert_eq!(haptik.conversations("support"), 0);
    assert_eq!(
        haptik.native("end-users")["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_refused_feedback_begins_no_window() {
    let haptik = Haptik::rejecting();
    haptik.register("u1");
    assert_eq!(haptik.give(&feedback("u1", 343)).status, 404);
    haptik.say("u1", 343);
    assert_eq!(haptik.give(&feedback("u1", 343)), success());
}

#[test]
fn of_several_faults_the_first_is_told() {
    let haptik = Haptik::rejecting();
    let unknown_business = feedback("ghost", 999_999);
    assert_eq!(haptik.give(&unknown_business).status, 403);
    let mut bad = unknown_business;
    bad["query_rating"] = json!(6);
    assert_eq!(
        haptik.give(&bad),
        refusal(400, "invalid query_rating provided")
    );
    haptik.register("u1");
    assert_eq!(
        haptik.give(&feedback("u1", 999_999)),
        refusal(404, NO_CONVERSATION)
    );
}

#[test]
fn the_operator_chooses_what_the_unregistered_are_told() {
    let settings = [("CANDOR_HAPTIK_UNREGISTERED_MESSAGE", "Invalid_User")];
    let haptik = Haptik::with(&setup("reject"), &settings);
    assert_eq!(
        haptik.give(&feedback("ghost", 343)),
        refusal(403, "Invalid_User")
    );
    let logged = haptik.post(
        "/v1.0/log_message_from_user/",
        &super::world::message("ghost", 343),
    );
    assert_eq!(logged, refusal(403, "user is not registered"));
}
