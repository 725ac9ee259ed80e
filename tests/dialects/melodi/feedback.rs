//! What a new feedback says.

use super::fixture::{APP, Melodi, PRIVATE};
use serde_json::{Value, json};

#[test]
fn the_answer_has_all_that_any_sdk_reads() {
    let melodi = Melodi::start();
    let given = melodi.give(&json!({"feedbackType": "positive", "externalThreadId": "chat_123"}));
    let given = given.success();
    assert!(given["id"].is_i64() && given["createdAt"].is_string());
    assert_eq!(given["projectId"], APP);
    for (field, value) in [
        ("feedbackType", json!("POSITIVE")),
        ("feedbackText", Value::Null),
        ("isRead", json!(false)),
        ("isDeleted", json!(false)),
        ("userId", Value::Null),
        ("externalUserId", Value::Null),
        ("externalUser", Value::Null),
        ("attributeOptions", json!([])),
    ] {
        assert_eq!(given.get(field), Some(&value), "{field}");
    }
}

#[test]
fn times_have_milliseconds() {
    let melodi = Melodi::start();
    let given = melodi
        .give(
            &json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_123",
                      "createdAt": "2024-01-01T12:00:00"}),
        )
        .success();
    assert_eq!(given["createdAt"], "2024-01-01T12:00:00.000Z");
    let updated_at = given["updatedAt"].as_str().unwrap();
    assert_eq!(updated_at.len(), "2024-01-01T12:00:00.000Z".len());
    assert_eq!(
        melodi.feedback("app")[0]["created_at"],
        "2024-01-01T12:00:00Z"
    );
}

#[test]
fn a_time_to_come_counts_as_now() {
    let melodi = Melodi::start();
    let given = melodi
        .give(
            &json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_123",
                      "createdAt": "2999-01-01T12:00:00Z"}),
        )
        .success();
    assert!(given["createdAt"].as_str().unwrap() < "2900");
}

#[test]
fn an_empty_text_is_none() {
    let melodi = Melodi::start();
    let given = melodi
        .give(&json!({"feedbackType": "negative", "feedbackText": "", "externalThreadId": "chat_123"}))
        .success();
    assert_eq!(given["feedbackText"], Value::Null);
    assert_eq!(melodi.feedback("app")[0]["comment"], Value::Null);
}

#[test]
fn attributes_alone_are_a_feedback() {
    let melodi = Melodi::start();
    let given = melodi
        .give(&json!({"externalThreadId": "chat_123", "attributes": {"Star Rating": 5, "Quality": "Poor"}}))
        .success();
    assert_eq!(given["feedbackType"], Value::Null);
    let answered = given["attributeOptions"].as_array().unwrap();
    let mut pairs: Vec<_> = answered
        .iter()
        .map(|option| {
            (
                option["attribute"]["name"].as_str(),
                option["name"].as_str(),
            )
        })
        .collect();
    pairs.sort_unstable();
    assert_eq!(
        pairs,
        [
            (Some("Quality"), Some("Poor")),
            (Some("Star Rating"), Some("5"))
        ]
    );
    for option in answered {
        assert_eq!(option["attributeId"], option["attribute"]["id"]);
        assert!(option["attribute"]["options"].is_array());
    }
}

#[test]
fn every_call_is_a_feedback_of_its_own() {
    let melodi = Melodi::start();
    let body = json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_123", "externalMessageId": "msg_1",
                      "externalUser": {"externalId": "u1"}});
    let one = melodi.give(&body).success();
    let other = melodi.give(&body).success();
    assert_ne!(one["id"], other["id"]);
    assert_eq!(one["externalUserId"], other["externalUserId"]);
    assert_eq!(melodi.feedback("app").len(), 2);
}

#[test]
fn a_feedback_without_a_message_judges_the_last_one() {
    let melodi = Melodi::start();
    melodi
        .give(&json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_123"}))
        .success();
    let feedback = &melodi.feedback("app")[0];
    assert_eq!(feedback["target"]["message"]["external_id"], "msg_2");
    assert_eq!(feedback["channel"], "melodi");
}

#[test]
fn who_judges_is_known_to_the_whole_organization() {
    let melodi = Melodi::start();
    let user = |email: Value| json!({"externalId": "u1", "email": email, "segments": {"team": "engineering"}});
    let give = |thread: &str, user: Value| {
        let body =
            json!({"feedbackType": "POSITIVE", "externalThreadId": thread, "externalUser": user});
        melodi.give(&body).success()["externalUser"].clone()
    };
    let first = give("chat_123", user(json!("u1@example.com")));
    let second = give("chat_other", user(Value::Null));
    assert_eq!(second["id"], first["id"]);
    assert_eq!(second["email"], "u1@example.com");
    assert_eq!(second["segments"][0]["type"]["name"], "team");
    let people = melodi.get("/users").success();
    assert_eq!(people["count"], 1);
}

#[test]
fn a_user_without_an_id_is_nobody_in_particular() {
    let melodi = Melodi::start();
    let given = melodi
        .give(
            &json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_123",
                    "externalUser": {"email": "u1@example.com"}}),
        )
        .success();
    assert_eq!(given["externalUser"], Value::Null);
    assert_eq!(melodi.get("/users").success()["count"], 0);
}

#[test]
fn what_is_wrong_is_told() {
    let melodi = Melodi::start();
    let long = "x".repeat(100_001);
    for (body, told) in [
        (json!({"externalThreadId": "chat_123"}), "feedbackType"),
        (
            json!({"feedbackType": "NEUTRAL", "externalThreadId": "chat_123"}),
            "feedbackType",
        ),
        (
            json!({"feedbackType": 1, "externalThreadId": "chat_123"}),
            "feedbackType",
        ),
        (json!({"feedbackType": "POSITIVE"}), "externalThreadId"),
        (
            json!({"feedbackType": "POSITIVE", "externalMessageId": "msg_1"}),
            "externalThreadId",
        ),
        (
            json!({"feedbackType": "POSITIVE", "externalThreadId": ""}),
            "externalThreadId",
        ),
        (
            json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_123", "createdAt": "now"}),
            "createdAt",
        ),
        (
            json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_123", "feedbackText": long}),
            "feedbackText",
        ),
        (
            json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_123",
                   "externalUser": {"externalId": "u", "segments": {"team": [1]}}}),
            "segments",
        ),
        (
            json!({"externalThreadId": "chat_123", "attributes": {"Quality": ["Poor"]}}),
            "attributes.Quality",
        ),
        (json!([]), "object"),
        (
            json!({"feedbackType": "POSITIVE", "externalThreadId": "a\u{0}b"}),
            "externalThreadId",
        ),
        (
            json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_123",
                   "externalMessageId": "x".repeat(1025)}),
            "externalMessageId",
        ),
        (
            json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_123",
                   "thread": {"messages": [{"role": "user", "type": "html"}]}}),
            "messages[0].type",
        ),
        (
            json!({"feedbackType": "POSITIVE", "projectId": 64, "thread": {"id": 1, "messages": []}}),
            "thread.id",
        ),
    ] {
        let refusal = melodi.give(&body).refused(400);
        assert!(refusal.contains(told), "{refusal}");
    }
    assert_eq!(melodi.feedback("app"), [Value::Null; 0]);
    assert_eq!(melodi.get("/users").success()["count"], 0);
}

#[test]
fn what_is_not_json_is_refused() {
    let melodi = Melodi::start();
    for body in ["", "{", "no"] {
        let answer = melodi.send(
            "POST",
            "/feedback",
            &[("api-key", PRIVATE)],
            Some(body.into()),
        );
        answer.refused(400);
    }
}

#[test]
fn ids_and_times_stay_the_same() {
    let melodi = Melodi::start();
    let body = json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_123", "externalMessageId": "msg_1",
                      "externalUser": {"externalId": "u1"}, "attributes": {"Quality": "Poor"}});
    let given = melodi.give(&body).success();
    let again = melodi.put(&json!({"id": given["id"]})).success();
    assert_eq!(again, given);
}
