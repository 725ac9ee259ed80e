//! `PUT /feedback`: by id, and by what the application calls thread, message and person.

use super::fixture::{Melodi, PRIVATE};
use crate::support::engine;
use serde_json::{Value, json};
use std::thread;

/// A feedback of `u1` on `msg_2`, with more fields.
fn by(user: &str, more: &Value) -> Value {
    let mut body = json!({
        "externalThreadId": "chat_123", "externalMessageId": "msg_2", "externalUser": {"externalId": user},
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[test]
fn by_id_what_is_not_said_stays() {
    let melodi = Melodi::start();
    let more = json!({"feedbackType": "POSITIVE", "feedbackText": "good", "attributes": {"Quality": "Wonderful"}});
    let given = melodi.give(&by("u1", &more)).success();
    let nothing = json!({"id": given["id"], "feedbackType": null, "feedbackText": null, "projectId": null,
                         "externalThreadId": null, "externalMessageId": null, "externalUser": null,
                         "attributes": {}, "createdAt": null});
    assert_eq!(melodi.put(&nothing).success(), given);
    let changed = melodi
        .put(&json!({"id": given["id"], "feedbackType": "NEGATIVE"}))
        .success();
    assert_eq!(changed["id"], given["id"]);
    assert_eq!(changed["feedbackType"], "NEGATIVE");
    for field in [
        "feedbackText",
        "attributeOptions",
        "externalUser",
        "createdAt",
    ] {
        assert_eq!(changed[field], given[field], "{field}");
    }
    assert_eq!(melodi.feedback("app")[0]["version"], 2);
}

#[test]
fn by_external_ids_it_is_created_and_then_changed() {
    let melodi = Melodi::start();
    let created = melodi
        .put(&by("u1", &json!({"feedbackType": "positive"})))
        .success();
    let changed = melodi
        .put(&by("u1", &json!({"feedbackText": "because"})))
        .success();
    assert_eq!(changed["id"], created["id"]);
    assert_eq!(changed["feedbackType"], "POSITIVE");
    assert_eq!(changed["feedbackText"], "because");
    let another = melodi
        .put(&by("u2", &json!({"feedbackType": "negative"})))
        .success();
    assert_ne!(another["id"], created["id"]);
    assert_eq!(melodi.feedback("app").len(), 2);
}

#[test]
fn at_the_same_instant_only_one_is_created() {
    let melodi = Melodi::start();
    for round in 0..50 {
        let body = by(&format!("u{round}"), &json!({"feedbackType": "POSITIVE"}));
        thread::scope(|scope| {
            let puts: Vec<_> = (0..4).map(|_| scope.spawn(|| melodi.put(&body))).collect();
            for put in puts {
                put.join().unwrap().success();
            }
        });
    }
    let listed = melodi.listed("/projects/app/feedback?limit=200");
    assert_eq!(listed.len(), 50);
}

#[test]
fn where_several_are_meant_none_is_changed() {
    let melodi = Melodi::start();
    for _ in 0..2 {
        melodi
            .give(&by("u1", &json!({"feedbackType": "POSITIVE"})))
            .success();
    }
    let refusal = melodi
        .put(&by("u1", &json!({"feedbackText": "x"})))
        .refused(400);
    assert!(refusal.contains("multiple"), "{refusal}");
    for feedback in melodi.feedback("app") {
        assert_eq!(feedback["comment"], Value::Null);
    }
}

#[test]
fn of_several_the_one_that_stands_is_meant() {
    let melodi = Melodi::start();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let given = melodi.give(&by("u1", &json!({"feedbackType": "POSITIVE"})));
        ids.push(given.success()["id"].clone());
    }
    let newest = melodi.feedback("app")[0]["id"].as_str().unwrap().to_owned();
    melodi.native("DELETE", &format!("/projects/app/feedback/{newest}"), None);
    let changed = melodi.put(&by("u1", &json!({"feedbackText": "x"})));
    assert_eq!(changed.success()["id"], ids[0]);
}

#[test]
fn what_was_taken_back_is_revived_by_external_ids_and_not_by_id() {
    let melodi = Melodi::start();
    let given = melodi
        .give(&by(
            "u1",
            &json!({"feedbackType": "POSITIVE", "feedbackText": "old"}),
        ))
        .success();
    let id = melodi.feedback("app")[0]["id"].as_str().unwrap().to_owned();
    melodi.native("DELETE", &format!("/projects/app/feedback/{id}"), None);
    melodi
        .put(&json!({"id": given["id"], "feedbackType": "NEGATIVE"}))
        .refused(400);
    let revived = melodi
        .put(&by("u1", &json!({"feedbackType": "NEGATIVE"})))
        .success();
    assert_eq!(revived["id"], given["id"]);
    assert_eq!(
        (&revived["feedbackText"], &revived["isDeleted"]),
        (&Value::Null, &json!(false))
    );
}

#[test]
fn without_an_id_thread_message_and_user_are_needed() {
    let melodi = Melodi::start();
    for missing in ["externalThreadId", "externalMessageId", "externalUser"] {
        let mut body = by("u1", &json!({"feedbackType": "POSITIVE"}));
        body.as_object_mut().unwrap().remove(missing);
        melodi.put(&body).refused(400);
    }
    assert_eq!(melodi.feedback("app"), [Value::Null; 0]);
}

#[test]
fn what_says_nothing_makes_no_project() {
    let melodi = Melodi::start();
    melodi
        .put(&by("u1", &json!({"projectName": "new"})))
        .refused(400);
    assert_eq!(melodi.get("/projects?name=new").success(), json!([]));
}

#[test]
fn an_unknown_id_is_refused() {
    let melodi = Melodi::start();
    for id in [json!(999), json!(-1), json!("x"), json!(1.5)] {
        melodi
            .put(&json!({"id": id, "feedbackType": "POSITIVE"}))
            .refused(400);
    }
}

#[test]
fn what_another_channel_said_can_be_changed() {
    if engine::is_postgres() {
        // Its numbers begin in whatever bucket the first message is in, and only Melodi's own answers tell them.
        return;
    }
    let melodi = Melodi::start();
    let said = json!({"rating": "negative", "comment": "hm", "author": {"reviewer": "Bob"},
                      "message": {"external_id": "msg_2"}});
    melodi.native("POST", "/projects/app/feedback", Some(&said));
    // The first row of its table.
    let changed = melodi
        .call(
            PRIVATE,
            "PUT",
            "/feedback",
            &json!({"id": 1, "feedbackType": "POSITIVE"}),
        )
        .success();
    assert_eq!(changed["feedbackText"], "hm");
    assert_eq!(changed["externalUser"], Value::Null);
}

#[test]
fn an_unknown_option_changes_nothing() {
    let melodi = Melodi::start();
    let given = melodi
        .give(&by("u1", &json!({"feedbackType": "POSITIVE"})))
        .success();
    let refused =
        json!({"id": given["id"], "feedbackType": "NEGATIVE", "attributes": {"Quality": "Nope"}});
    melodi.put(&refused).refused(400);
    assert_eq!(melodi.feedback("app")[0]["rating"], "positive");
}
