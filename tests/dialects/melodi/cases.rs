//! The documented cases and those of our decisions, each on a server of its own that was set up as the case says.

use super::fixture::{Melodi, PRIVATE, PUBLISHABLE, setup};
use crate::cases::{Case, Fixture, read};
use serde_json::{Value, json};

/// Answers to the case `given`: a server in that state, and what the placeholders of the case stand for.
fn given(case: &Case) -> (Melodi, Fixture) {
    let mut setup = setup();
    setup["projects"][0]["unknown_targets"] = json!("reject");
    let mut more = |thread: &str, messages: Value| {
        let conversation = json!({"project": "app", "external_id": thread, "messages": messages});
        setup["conversations"]
            .as_array_mut()
            .unwrap()
            .push(conversation);
    };
    if case
        .given
        .contains("thread externalId empty_1 has no messages")
    {
        more("empty_1", json!([]));
    }
    if case
        .given
        .contains("another thread of the project has none")
    {
        more(
            "chat_456",
            json!([{"external_id": "msg_1", "content": "Hi!"}]),
        );
    }
    // The one of the other project has the same name.
    setup["conversations"]
        .as_array_mut()
        .unwrap()
        .retain(|conversation| conversation["project"] == "app");
    let melodi = Melodi::set_up(&setup);
    let mut fixture = Fixture::new();
    for (name, value) in [
        ("PRIV", json!(PRIVATE)),
        ("PUB", json!(PUBLISHABLE)),
        ("PROJ", json!(super::fixture::APP)),
    ] {
        fixture.insert(name.to_owned(), value);
    }
    let on_thread = json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_123"});
    let of_user = json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_123", "externalMessageId": "msg_2",
                         "externalUser": {"externalId": "u1"}});
    let before = if case.given.contains("one POSITIVE feedback")
        || case.given.contains("chat_123 has feedback")
    {
        vec![on_thread]
    } else if case.given.contains("user u1 already gave feedback") {
        vec![of_user]
    } else if case.given.contains("u1 has two feedback records") {
        vec![of_user.clone(), of_user]
    } else {
        Vec::new()
    };
    for feedback in before {
        let id = melodi.give(&feedback).success()["id"].clone();
        fixture.insert("FID".to_owned(), id);
    }
    (melodi, fixture)
}

#[test]
fn all_cases_are_answered_as_they_say() {
    let cases = read(include_str!("cases.json"));
    assert_eq!(cases.len(), 22);
    let mut faults = Vec::new();
    for case in &cases {
        let (melodi, fixture) = given(case);
        faults.extend(case.faults(&melodi.client, melodi.server.url(), &fixture));
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
