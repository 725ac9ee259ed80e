//! Threads: told, told again, and read.

use super::fixture::{APP, Answer, Melodi, OTHER, PRIVATE};
use serde_json::{Value, json};

fn put(melodi: &Melodi, thread: &Value) -> Answer {
    melodi.call(PRIVATE, "PUT", "/threads", thread)
}

fn said(thread: &Value, field: &str) -> Vec<Value> {
    let messages = thread["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| message[field].clone())
        .collect()
}

/// The thread `t` of the project `app` with these messages.
fn of(messages: &Value) -> Value {
    json!({"externalId": "t", "projectId": APP, "messages": messages})
}

#[test]
fn a_thread_is_shown_as_it_was_told() {
    let melodi = Melodi::start();
    let thread = put(
        &melodi,
        &json!({
            "externalId": "t", "projectId": APP, "metadata": {"plan": "free", "seats": 3},
            "createdAt": "2024-01-01T12:00:00",
            "externalUser": {"externalId": "ada", "email": "ada@example.com", "segments": {"team": ["a", "b"]}},
            "messages": [
                {"externalId": "1", "role": "user", "content": "2 + 2?", "metadata": {"k": "v"}},
                {"externalId": "2", "role": "calculator", "type": "json", "jsonContent": {"answer": [4]}},
                {"externalId": "3", "role": "Assistant", "content": "4"},
            ],
        }),
    )
    .success();
    for (field, value) in [
        ("externalId", json!("t")),
        ("project", json!({"id": APP, "name": "app"})),
        ("metadata", json!({"plan": "free", "seats": 3})),
        ("outcome", Value::Null),
        ("createdAt", json!("2024-01-01T12:00:00.000Z")),
    ] {
        assert_eq!(thread[field], value, "{field}");
    }
    assert!(thread["id"].is_i64() && thread["organizationId"].is_i64());
    assert_eq!(thread["externalUser"]["segments"][1]["name"], "b");
    assert_eq!(said(&thread, "role"), ["user", "calculator", "Assistant"]);
    assert_eq!(said(&thread, "type"), ["markdown", "json", "markdown"]);
    assert_eq!(
        said(&thread, "content"),
        [json!("2 + 2?"), Value::Null, json!("4")]
    );
    assert_eq!(said(&thread, "jsonContent")[1], json!({"answer": [4]}));
    assert_eq!(
        said(&thread, "metadata"),
        [json!({"k": "v"}), json!({}), json!({})]
    );
}

#[test]
fn messages_keep_their_ids_and_feedback_when_a_thread_is_told_again() {
    let melodi = Melodi::start();
    let first = json!({"externalId": "1", "role": "user", "content": "Hello!"});
    let told = put(&melodi, &of(&json!([first]))).success();
    let judged =
        json!({"externalThreadId": "t", "externalMessageId": "1", "feedbackType": "NEGATIVE"});
    melodi.give(&judged).success();
    let second = json!({"externalId": "2", "role": "assistant", "content": "Hi!"});
    let changed = json!({"externalId": "1", "role": "user", "content": "Hello there!"});
    let again = put(&melodi, &of(&json!([changed, second]))).success();
    assert_eq!(again["id"], told["id"]);
    assert_eq!(said(&again, "id")[0], told["messages"][0]["id"]);
    assert_eq!(said(&again, "content"), ["Hello there!", "Hi!"]);
    let read = melodi
        .get("/threads?externalIds=t&includeFeedback=True")
        .success();
    let messages = &read["rows"][0]["messages"];
    assert_eq!(
        messages[0]["externalFeedback"][0]["feedbackType"],
        "NEGATIVE"
    );
    let old = &messages[0]["externalFeedbackAssociations"][0]["externalFeedback"];
    assert_eq!(*old, messages[0]["externalFeedback"][0]);
    assert_eq!(messages[1]["externalFeedback"], json!([]));
}

#[test]
fn messages_without_ids_are_not_doubled() {
    let melodi = Melodi::start();
    let told = |texts: &[&str]| {
        let messages: Vec<_> = texts
            .iter()
            .map(|text| json!({"externalId": null, "role": "user", "content": text}))
            .collect();
        put(&melodi, &of(&json!(messages))).success()
    };
    let first = told(&["a", "b"]);
    assert_eq!(said(&told(&["a", "b"]), "id"), said(&first, "id"));
    let longer = told(&["a", "b", "a"]);
    assert_eq!(said(&longer, "content"), ["a", "b", "a"]);
    assert_eq!(said(&longer, "id")[..2], said(&first, "id"));
    // What is not the beginning of what is known adds to it, so that nothing is lost.
    assert_eq!(said(&told(&["c"]), "content"), ["a", "b", "a", "c"]);
}

#[test]
fn empty_metadata_and_nulls_change_nothing() {
    let melodi = Melodi::start();
    let message = json!({"externalId": "1", "role": "user", "content": "x", "metadata": {"k": 1}});
    let mut thread = of(&json!([message]));
    thread["metadata"] = json!({"plan": "free"});
    thread["externalUser"] = json!({"externalId": "ada", "name": "Ada"});
    let told = put(&melodi, &thread).success();
    let again = put(
        &melodi,
        &json!({"id": null, "externalId": "t", "projectId": APP, "projectName": null, "metadata": {}, "externalUser": null,
                "createdAt": null, "messages": [{"externalId": "1", "type": "markdown", "role": "user", "content": null,
                                                 "jsonContent": null, "metadata": {}}]}),
    )
    .success();
    for field in ["id", "metadata", "externalUser", "messages", "createdAt"] {
        assert_eq!(again[field], told[field], "{field}");
    }
}

#[test]
fn a_thread_is_named_by_its_id_too() {
    let melodi = Melodi::start();
    let thread = put(&melodi, &json!({"projectId": APP, "messages": []})).success();
    assert_eq!(thread["externalId"], Value::Null);
    let by_id = |more: Value| {
        let mut body =
            json!({"id": thread["id"], "messages": [{"role": "user", "content": "Hello!"}]});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        put(&melodi, &body)
    };
    let changed = by_id(json!({})).success();
    assert_eq!(changed["id"], thread["id"]);
    assert_eq!(said(&changed, "content"), ["Hello!"]);
    by_id(json!({"projectId": OTHER})).refused(400);
    by_id(json!({"externalId": "chat_123"})).refused(400);
    by_id(json!({"id": 9999})).refused(400);
}

#[test]
fn threads_with_one_name_in_two_projects_are_two() {
    let melodi = Melodi::start();
    let told = |project: u32| {
        put(
            &melodi,
            &json!({"externalId": "t", "projectId": project, "messages": []}),
        )
        .success()
    };
    assert_ne!(told(APP)["id"], told(OTHER)["id"]);
}

#[test]
fn a_project_that_nobody_made_is_made_on_the_fly() {
    let melodi = Melodi::start();
    let thread = json!({"externalId": "t", "projectName": "new", "messages": []});
    let told = put(&melodi, &thread).success();
    assert_eq!(told["project"]["name"], "new");
    assert_eq!(put(&melodi, &thread).success()["id"], told["id"]);
}

#[test]
fn a_thread_that_is_posted_is_answered_with_201() {
    let melodi = Melodi::start();
    let body = of(&json!([{"externalId": "1", "role": "user", "content": "Hello!"}]));
    let answer = melodi.call(PRIVATE, "POST", "/threads", &body);
    assert_eq!(answer.status, 201);
    assert_eq!(put(&melodi, &body).success()["id"], answer.json()["id"]);
}

#[test]
fn what_is_wrong_is_told_and_stores_nothing() {
    let melodi = Melodi::start();
    let before = melodi.listed("/projects/app/conversations").len();
    for thread in [
        json!({"externalId": "t", "messages": []}),
        json!({"externalId": "t", "projectId": 9999, "messages": []}),
        json!({"externalId": "t", "projectId": "app", "messages": []}),
        json!({"externalId": "t", "projectName": "made for this", "messages": [{"role": "x", "content": "a\u{0}b"}]}),
        json!({"externalId": "t", "projectId": APP, "messages": [{"role": "user", "type": "html"}]}),
        json!({"externalId": "t", "projectId": APP, "messages": {}}),
        json!({"externalId": "t", "projectId": APP, "messages": [], "metadata": []}),
        json!({"externalId": "t", "projectId": APP, "messages": [], "createdAt": "yesterday"}),
        json!({"externalId": "x".repeat(1025), "projectId": APP, "messages": []}),
        json!([]),
    ] {
        put(&melodi, &thread).refused(400);
    }
    assert_eq!(melodi.listed("/projects/app/conversations").len(), before);
    assert_eq!(
        melodi.get("/projects?name=made+for+this").success(),
        json!([])
    );
}

#[test]
fn metadata_is_shown_as_texts_and_whole_numbers() {
    let melodi = Melodi::start();
    let mut thread = of(&json!([]));
    thread["metadata"] =
        json!({"half": 0.5, "list": [1], "yes": true, "nothing": null, "many": 3, "text": "x"});
    let told = put(&melodi, &thread).success();
    let shown = json!({"half": "0.5", "list": "[1]", "yes": "true", "many": 3, "text": "x"});
    assert_eq!(told["metadata"], shown);
}

#[test]
fn the_native_api_shows_what_was_told() {
    let melodi = Melodi::start();
    let messages = json!([{"externalId": "1", "role": "calculator", "type": "json", "jsonContent": {"answer": 4}}]);
    put(&melodi, &of(&messages)).success();
    let shown = melodi.listed("/projects/app/conversations/t/messages");
    assert_eq!(shown[0]["speaker"], "calculator");
    assert_eq!(shown[0]["content"], "{\"answer\":4}");
}
