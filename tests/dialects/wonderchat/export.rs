//! The export.

use super::fixture::{ACCOUNT, CHATBOT, CHATLOG, KEY, OPEN, OTHER, Wonderchat, message};
use reqwest::Method;
use serde_json::{Value, json};

/// What the export says that people think of the one chatlog of `support`.
fn thought(wonderchat: &Wonderchat) -> Value {
    let chatlogs = wonderchat.export(KEY, &json!({}));
    assert_eq!(chatlogs.len(), 1, "{chatlogs:?}");
    chatlogs[0]["userFeedback"].clone()
}

fn judge(wonderchat: &Wonderchat, more: &Value) {
    let mut body = json!({"conversation": {"external_id": CHATLOG}, "target": "conversation"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    wonderchat.native(Method::POST, "projects/support/feedback", &body);
}

#[test]
fn a_chatlog_is_shown_with_every_documented_field() {
    let wonderchat = Wonderchat::new();
    let person = json!({"name": "Ada", "email": "ada@example.com", "phone": "+49 30 1"});
    wonderchat.native(Method::PUT, "projects/open/end-users/ada", &person);
    let chatlog = json!({
        "end_user": "ada", "created_at": "2024-05-01T12:00:00Z",
        "metadata": {"countryCode": "DE", "initialPageUrl": "https://shop.example/", "averageConfidence": 0.5},
        "messages": [
            {"role": "system", "content": "Be kind.", "created_at": "2024-05-01T12:00:00Z"},
            {"role": "assistant", "content": "Hi!", "created_at": "2024-05-01T12:00:01Z"},
            {"role": "user", "content": "Why?", "created_at": "2024-05-01T12:00:02Z"},
            {"role": "assistant", "content": "Because.", "created_at": "2024-05-01T12:00:03Z"},
            {"query": "How?", "content": "So.", "created_at": "2024-05-01T12:00:04Z"},
            {"role": "user", "content": "Bye", "created_at": "2024-05-01T12:00:05Z"},
        ],
    });
    wonderchat.native(Method::PUT, "projects/open/conversations/c1", &chatlog);
    let resolved = json!({
        "conversation": {"external_id": "c1"}, "target": "conversation", "author": {"end_user": "ada"},
        "rating": "positive", "resolved": false,
    });
    wonderchat.native(Method::POST, "projects/open/feedback", &resolved);
    let exported = wonderchat.export(OPEN, &json!({}));
    let exchange = |asked: Value, answered: Value, second: u8| {
        json!({
            "userMessage": asked, "botMessage": answered,
            "createdAt": format!("2024-05-01T12:00:0{second}.000Z"),
        })
    };
    let expected = json!([{
        "createdAt": "2024-05-01T12:00:00.000Z",
        "chatbotId": exported[0]["chatbotId"],
        "userEmail": "ada@example.com",
        "userPhoneNumber": "+49 30 1",
        "userName": "Ada",
        "countryCode": "DE",
        "userFeedback": "GOOD",
        "averageConfidence": 0.5,
        "aiResolutionState": "UNRESOLVED",
        "initialPageUrl": "https://shop.example/",
        "messages": [
            exchange(Value::Null, json!("Hi!"), 1),
            exchange(json!("Why?"), json!("Because."), 2),
            exchange(json!("How?"), json!("So."), 4),
            exchange(json!("Bye"), Value::Null, 5),
        ],
    }]);
    assert_eq!(json!(exported), expected);
}

#[test]
fn the_newest_vote_of_those_who_talked_decides() {
    let wonderchat = Wonderchat::new();
    for person in ["ada", "bob"] {
        let path = format!("projects/support/end-users/{person}");
        wonderchat.native(Method::PUT, &path, &json!({}));
    }
    assert_eq!(thought(&wonderchat), Value::Null);
    wonderchat.vote(KEY, &message(1), "NOT_HELPFUL").is(200);
    assert_eq!(thought(&wonderchat), "BAD");
    wonderchat.vote(KEY, &message(2), "HELPFUL").is(200);
    assert_eq!(thought(&wonderchat), "GOOD");
    // A score in the middle and a comment say neither; what a reviewer or a model says is another thing.
    judge(
        &wonderchat,
        &json!({"author": {"end_user": "ada"}, "score": {"value": 3}}),
    );
    judge(
        &wonderchat,
        &json!({"author": {"end_user": "bob"}, "comment": "Hm."}),
    );
    judge(
        &wonderchat,
        &json!({"author": {"reviewer": "Grace"}, "rating": "negative"}),
    );
    judge(
        &wonderchat,
        &json!({"author": {"model": "judge"}, "rating": "negative"}),
    );
    assert_eq!(thought(&wonderchat), "GOOD");
    judge(
        &wonderchat,
        &json!({"author": {"end_user": "ada"}, "score": {"value": 1}}),
    );
    assert_eq!(thought(&wonderchat), "BAD");
    wonderchat.vote(KEY, &message(1), "HELPFUL").is(200);
    assert_eq!(thought(&wonderchat), "GOOD");
}

#[test]
fn each_key_exports_its_own_and_the_accounts_all() {
    let wonderchat = Wonderchat::new();
    let chatbots = |key: &str, body: &Value| -> Vec<Value> {
        let chatlogs = wonderchat.export(key, body);
        chatlogs
            .iter()
            .map(|chatlog| chatlog["chatbotId"].clone())
            .collect()
    };
    assert_eq!(chatbots(KEY, &json!({})), [json!(CHATBOT)]);
    let other = chatbots(OTHER, &json!({}));
    assert_eq!(other.len(), 1);
    // The latest begins.
    let all = [other[0].clone(), json!(CHATBOT)];
    assert_eq!(chatbots(ACCOUNT, &json!({})), all);
    assert_eq!(chatbots(ACCOUNT, &json!({"chatbotId": null})), all);
    for chatbot in &all {
        let body = json!({"chatbotId": chatbot});
        assert_eq!(chatbots(ACCOUNT, &body), vec![chatbot.clone()]);
    }
    for (key, chatbot) in [
        (KEY, &other[0]),
        (OTHER, &json!(CHATBOT)),
        (ACCOUNT, &json!("no")),
    ] {
        let body = json!({"chatbotId": chatbot});
        wonderchat
            .post(key, "export-chatlogs", &body)
            .is_refused(404);
    }
}

#[test]
fn a_span_of_time_has_both_its_ends() {
    let wonderchat = Wonderchat::new();
    let count = |since: Value, until: Value| {
        let body = json!({"startDate": since, "endDate": until});
        wonderchat.export(ACCOUNT, &body).len()
    };
    assert_eq!(count(json!("2024-05-01"), json!("2024-06-01")), 2);
    assert_eq!(count(json!("2024-05-02"), Value::Null), 1);
    assert_eq!(count(Value::Null, json!("2024-05-31")), 1);
    let begun = "2024-05-01T12:00:00.123Z";
    assert_eq!(count(json!(begun), json!(begun)), 1);
    assert_eq!(count(json!("2025-01-01"), Value::Null), 0);
    for dates in [json!({"startDate": "May"}), json!({"endDate": 5})] {
        wonderchat
            .post(KEY, "export-chatlogs", &dates)
            .is_refused(400);
    }
}

#[test]
fn an_export_of_many_pages_has_each_chatlog_once() {
    let wonderchat = Wonderchat::new();
    for number in 0..45 {
        let chatlog = json!({
            "created_at": format!("2024-05-01T12:{number:02}:00Z"), "messages": [{"content": "Hi"}],
        });
        let path = format!("projects/open/conversations/many-{number}");
        wonderchat.native(Method::PUT, &path, &chatlog);
    }
    let chatlogs = wonderchat.export(OPEN, &json!({}));
    let times: Vec<_> = chatlogs
        .iter()
        .map(|chatlog| chatlog["createdAt"].as_str().unwrap())
        .collect();
    let mut expected: Vec<_> = (0..45)
        .map(|minute| format!("2024-05-01T12:{minute:02}:00.000Z"))
        .collect();
    expected.reverse();
    assert_eq!(times, expected);
}
