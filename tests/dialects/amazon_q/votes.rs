//! What votes do.

use super::fixture::{
    AmazonQ, CONVERSATION, Call, MESSAGE, OTHER, SUPPORT, WORKSPACE, WRITER, feedback_path, useful,
};
use serde_json::json;

const UNKNOWN: &str = "cccccccc-2222-4333-8444-555555555555";

#[test]
fn a_vote_says_everything() {
    let server = AmazonQ::new("reject");
    let said =
        json!({"usefulness": "NOT_USEFUL", "reason": "NOT_HELPFUL", "comment": "Zu kurz 🙂"});
    let mut body = useful(&said);
    body["messageCopiedAt"] = json!(1_777_636_800);
    server.vote("ada", &body).assert_success();
    let [feedback] = server.feedback().try_into().unwrap();
    assert_eq!(feedback["rating"], "negative");
    assert_eq!(feedback["reasons"], json!(["NOT_HELPFUL"]));
    assert_eq!(feedback["comment"], "Zu kurz 🙂");
    assert_eq!(feedback["channel"], "amazon_q");
    assert_eq!(feedback["submitted_at"], "2026-05-01T12:00:01.25Z");
    assert_eq!(feedback["message_copied_at"], "2026-05-01T12:00:00Z");
}

#[test]
fn the_same_call_again_is_no_second_vote() {
    let server = AmazonQ::new("accept");
    let path = format!("{}?userId=ada", feedback_path(CONVERSATION, UNKNOWN));
    let call = Call::vote(path, &useful(&json!({})));
    for _ in 0..3 {
        server.send(&call).assert_success();
    }
    let [feedback] = server.feedback().try_into().unwrap();
    assert_eq!(feedback["version"], 1);
}

#[test]
fn a_usefulness_replaces_the_one_before_whole() {
    let server = AmazonQ::new("reject");
    let said = json!({"reason": "HELPFUL", "comment": "good"});
    server.vote("ada", &useful(&said)).assert_success();
    server
        .vote("ada", &json!({"messageCopiedAt": 1.5}))
        .assert_success();
    let [feedback] = server.feedback().try_into().unwrap();
    assert_eq!(feedback["comment"], "good");
    let changed = useful(&json!({"usefulness": "NOT_USEFUL"}));
    server.vote("ada", &changed).assert_success();
    let [feedback] = server.feedback().try_into().unwrap();
    assert_eq!(feedback["rating"], "negative");
    assert_eq!(feedback["comment"], json!(null));
    assert_eq!(feedback["message_copied_at"], "1970-01-01T00:00:01.5Z");
}

#[test]
fn an_empty_body_leaves_nothing_behind() {
    let server = AmazonQ::new("accept");
    let path = feedback_path(CONVERSATION, UNKNOWN);
    server.send(&Call::vote(&path, &json!({}))).assert_success();
    server.send(&Call::new("POST", path)).assert_success();
    assert!(server.feedback().is_empty());
}

#[test]
fn every_person_has_a_vote_and_nobody_has_one() {
    let server = AmazonQ::new("accept");
    let encoded = "%E4%BD%A0".repeat(1024);
    for user in ["ada", "b%20c", "a%2Bb", encoded.as_str()] {
        server.vote(user, &useful(&json!({}))).assert_success();
    }
    let path = feedback_path(CONVERSATION, MESSAGE);
    for _ in 0..2 {
        let call = Call::vote(&path, &useful(&json!({})));
        server.send(&call).assert_success();
    }
    let mut people: Vec<_> = server
        .feedback()
        .iter()
        .map(|feedback| feedback["author"].to_string())
        .collect();
    people.sort();
    people.dedup();
    assert_eq!(people.len(), 5, "{people:?}");
    for name in ["b c", "a+b", &"你".repeat(1024)] {
        let named = people.iter().filter(|author| author.contains(name));
        assert_eq!(named.count(), 1, "{people:?}");
    }
}

#[test]
fn the_same_message_id_in_two_conversations_is_two_messages() {
    let server = AmazonQ::new("accept");
    for conversation in [CONVERSATION, UNKNOWN] {
        let path = format!("{}?userId=ada", feedback_path(conversation, UNKNOWN));
        server
            .send(&Call::vote(path, &useful(&json!({}))))
            .assert_success();
    }
    assert_eq!(server.feedback().len(), 2);
}

#[test]
fn keys_open_what_they_open() {
    let server = AmazonQ::new("reject");
    let path = feedback_path(CONVERSATION, MESSAGE);
    let call = Call::vote(&path, &useful(&json!({})));
    for key in [SUPPORT, WORKSPACE, WRITER] {
        server.send(&call.clone().with(key)).assert_success();
    }
    let refused = server
        .send(&call.with(OTHER))
        .assert_refused(404, "ResourceNotFoundException");
    assert_eq!(refused["resourceType"], "APPLICATION");
}

#[test]
fn a_project_without_an_application_id_is_named_by_its_own() {
    let server = AmazonQ::new("reject");
    let id = server.native("/projects/plain")["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path =
        format!("/applications/{id}/conversations/{CONVERSATION}/messages/{MESSAGE}/feedback");
    let call = Call::vote(path, &useful(&json!({}))).with(WORKSPACE);
    server.send(&call).assert_success();
}

#[test]
fn an_unknown_message_is_not_found_where_it_is_rejected() {
    let server = AmazonQ::new("reject");
    for (conversation, message) in [
        (CONVERSATION, UNKNOWN),
        (UNKNOWN, MESSAGE),
        (CONVERSATION, &MESSAGE.to_lowercase()),
    ] {
        let call = Call::vote(feedback_path(conversation, message), &useful(&json!({})));
        let refused = server
            .send(&call)
            .assert_refused(404, "ResourceNotFoundException");
        assert_eq!(refused["resourceId"], message);
        assert_eq!(refused["resourceType"], "MESSAGE");
    }
}
