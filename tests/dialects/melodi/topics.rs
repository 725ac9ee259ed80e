//! Issues, intents, the messages that are about them, and internal users.

use super::fixture::{APP, Answer, Melodi, OTHER, PRIVATE, PUBLISHABLE, setup};
use serde_json::{Value, json};

fn call(melodi: &Melodi, method: &str, path: &str, body: &Value) -> Answer {
    melodi.call(PRIVATE, method, path, body)
}

/// The numbers of the messages of the thread `chat_123`.
fn messages(melodi: &Melodi) -> Vec<Value> {
    let path = format!("/threads?projectId={APP}&externalIds=chat_123");
    let listed = melodi.get(&path).success();
    let messages = listed["rows"][0]["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| message["id"].clone())
        .collect()
}

#[test]
fn a_topic_of_a_known_name_stays_as_it_is() {
    let melodi = Melodi::start();
    for (path, description) in [
        ("/issues", Value::Null),
        ("/intents", json!("what people want")),
    ] {
        let body = json!({"projectId": APP, "name": "Refund", "description": description,
                          "createdAt": "2024-01-01T00:00:00"});
        let made = call(&melodi, "PUT", path, &body).success();
        assert_eq!(made["name"], "Refund");
        assert_eq!(made["createdAt"], "2024-01-01T00:00:00.000Z");
        let again = json!({"projectId": APP, "name": "Refund", "description": "another"});
        assert_eq!(call(&melodi, "PUT", path, &again).success(), made);
        let elsewhere = json!({"projectId": OTHER, "name": "Refund"});
        assert_ne!(
            call(&melodi, "PUT", path, &elsewhere).success()["id"],
            made["id"]
        );
    }
}

#[test]
fn a_message_is_about_issues_and_intents() {
    let melodi = Melodi::start();
    let message = &messages(&melodi)[1];
    for (topic, path) in [("issue", "/issues"), ("intent", "/intents")] {
        let made = call(
            &melodi,
            "PUT",
            path,
            &json!({"projectId": APP, "name": "Refund"}),
        )
        .success();
        let (key, list) = (format!("{topic}Id"), format!("{topic}Associations"));
        let associations = format!("/{topic}-message-associations");
        let body = json!({key.clone(): made["id"], "messageId": message});
        let associated = call(&melodi, "POST", &associations, &body).success();
        assert_eq!(associated[topic]["name"], "Refund");
        assert_eq!(
            (&associated[&key], &associated["messageId"]),
            (&made["id"], message)
        );
        assert_eq!(
            call(&melodi, "POST", &associations, &body).success(),
            associated
        );
        let shown = melodi.get(&format!("/messages/{message}")).success();
        assert_eq!(shown[&list], json!([associated]));
        let capital = if topic == "issue" {
            "Issues"
        } else {
            "Intents"
        };
        let found = melodi
            .get(&format!(
                "/threads?{topic}Ids={}&include{capital}=True",
                made["id"]
            ))
            .success();
        assert_eq!(found["count"], 1);
        assert_eq!(found["rows"][0]["messages"][1][&list], json!([associated]));
        assert_eq!(found["rows"][0]["messages"][0][&list], json!([]));
        let one = format!("{associations}/{}", associated["id"]);
        let gone = melodi.send("DELETE", &one, &[("api-key", PRIVATE)], None);
        assert_eq!(gone.status, 200);
        let shown = melodi.get(&format!("/messages/{message}")).success();
        assert_eq!(shown[&list], json!([]));
        melodi
            .send("DELETE", &one, &[("api-key", PRIVATE)], None)
            .refused(400);
        let found = melodi
            .get(&format!("/threads?{topic}Ids={}", made["id"]))
            .success();
        assert_eq!(found["count"], 0);
    }
}

#[test]
fn an_intent_is_no_issue() {
    let melodi = Melodi::start();
    let message = &messages(&melodi)[0];
    let intent = call(
        &melodi,
        "PUT",
        "/intents",
        &json!({"projectId": APP, "name": "x"}),
    )
    .success();
    let body = json!({"issueId": intent["id"], "messageId": message});
    call(&melodi, "POST", "/issue-message-associations", &body).refused(400);
    let body = json!({"intentId": intent["id"], "messageId": message});
    let associated = call(&melodi, "POST", "/intent-message-associations", &body).success();
    let path = format!("/issue-message-associations/{}", associated["id"]);
    call(&melodi, "DELETE", &path, &json!({})).refused(400);
    let found = melodi
        .get(&format!("/threads?issueIds={}", intent["id"]))
        .success();
    assert_eq!(found["count"], 0);
}

#[test]
fn a_topic_of_another_project_is_unknown_to_a_message() {
    let melodi = Melodi::start();
    let message = &messages(&melodi)[0];
    let issue = call(
        &melodi,
        "PUT",
        "/issues",
        &json!({"projectId": OTHER, "name": "x"}),
    )
    .success();
    let body = json!({"issueId": issue["id"], "messageId": message});
    call(&melodi, "POST", "/issue-message-associations", &body).refused(400);
}

#[test]
fn a_key_of_one_project_does_not_reach_another() {
    let mut setup = setup();
    let key = json!({"dialect": "melodi", "secret": "only-other", "project": "other"});
    setup["keys"].as_array_mut().unwrap().push(key);
    let melodi = Melodi::set_up(&setup);
    let message = messages(&melodi)[0].clone();
    let issue = call(
        &melodi,
        "PUT",
        "/issues",
        &json!({"projectId": APP, "name": "x"}),
    )
    .success();
    let body = json!({"issueId": issue["id"], "messageId": message});
    let associated = call(&melodi, "POST", "/issue-message-associations", &body).success();
    let reached = |method: &str, path: &str, body: &Value| {
        melodi.call("only-other", method, path, body).refused(400);
    };
    reached("GET", &format!("/messages/{message}"), &json!({}));
    reached("POST", "/issue-message-associations", &body);
    reached(
        "DELETE",
        &format!("/issue-message-associations/{}", associated["id"]),
        &json!({}),
    );
    reached("PUT", "/issues", &json!({"projectId": APP, "name": "y"}));
    reached("GET", &format!("/threads?projectId={APP}"), &json!({}));
    let thread = melodi.get("/threads?externalIds=chat_123").success()["rows"][0]["id"].clone();
    reached("PUT", "/threads", &json!({"id": thread, "messages": []}));
    reached(
        "PUT",
        "/threads",
        &json!({"projectId": APP, "messages": []}),
    );
    reached(
        "POST",
        "/user-internal-for-project/bulk",
        &json!({"projectId": APP, "externalUserIds": []}),
    );
    let listed = melodi
        .call("only-other", "GET", "/threads", &json!({}))
        .success();
    assert_eq!(listed["count"], 2);
}

#[test]
fn people_are_internal_for_a_project() {
    let melodi = Melodi::start();
    let mut people = Vec::new();
    for name in ["ada", "bob"] {
        let thread = json!({"externalId": name, "projectId": APP, "messages": [], "externalUser": {"externalId": name}});
        let told = call(&melodi, "PUT", "/threads", &thread).success();
        people.push(told["externalUser"]["id"].clone());
    }
    let path = "/user-internal-for-project/bulk";
    let body = json!({"projectId": APP, "externalUserIds": people});
    let left = || {
        melodi
            .get("/threads?externalIds=ada,bob&filterInternal=True")
            .success()["count"]
            .clone()
    };
    assert_eq!(
        call(&melodi, "POST", path, &body).success(),
        json!({"count": 2})
    );
    assert_eq!(
        call(&melodi, "POST", path, &body).success(),
        json!({"count": 0})
    );
    assert_eq!(left(), 0);
    let one = json!({"projectId": APP, "externalUserIds": [people[0]]});
    assert_eq!(
        call(&melodi, "DELETE", path, &one).success(),
        json!({"count": 1})
    );
    assert_eq!(left(), 1);
    let internal = json!({"externalId": "ada", "projectId": APP, "messages": [],
                          "externalUser": {"externalId": "ada", "isInternal": true}});
    call(&melodi, "PUT", "/threads", &internal).success();
    assert_eq!(left(), 0);
    let unknown = json!({"projectId": APP, "externalUserIds": [people[0], 9999]});
    call(&melodi, "DELETE", path, &unknown).refused(400);
    assert_eq!(left(), 0);
}

#[test]
fn what_is_wrong_is_told() {
    let melodi = Melodi::start();
    for (method, path, body) in [
        ("PUT", "/issues", json!({"projectId": APP})),
        ("PUT", "/issues", json!({"name": "x"})),
        ("PUT", "/intents", json!({"projectId": 9999, "name": "x"})),
        (
            "PUT",
            "/intents",
            json!({"projectId": APP, "name": "x".repeat(256)}),
        ),
        (
            "PUT",
            "/intents",
            json!({"projectName": "made for this", "name": "x", "createdAt": "then"}),
        ),
        ("POST", "/issue-message-associations", json!({"issueId": 1})),
        (
            "POST",
            "/issue-message-associations",
            json!({"issueId": 1, "messageId": 9999}),
        ),
        ("DELETE", "/issue-message-associations/x", json!({})),
        ("DELETE", "/issue-message-associations/1", json!({})),
        ("GET", "/messages/x", json!({})),
        ("GET", "/messages/%FF", json!({})),
        ("GET", "/messages/9999", json!({})),
        (
            "POST",
            "/user-internal-for-project/bulk",
            json!({"projectId": APP}),
        ),
        (
            "POST",
            "/user-internal-for-project/bulk",
            json!({"externalUserIds": [1]}),
        ),
    ] {
        call(&melodi, method, path, &body).refused(400);
    }
    assert_eq!(
        melodi.get("/projects?name=made+for+this").success(),
        json!([])
    );
}

#[test]
fn publishable_keys_only_create_feedback() {
    let melodi = Melodi::start();
    for (method, path) in [
        ("GET", "/threads"),
        ("PUT", "/threads"),
        ("POST", "/threads"),
        ("GET", "/messages/1"),
        ("PUT", "/issues"),
        ("PUT", "/intents"),
        ("POST", "/issue-message-associations"),
        ("DELETE", "/intent-message-associations/1"),
        ("POST", "/user-internal-for-project/bulk"),
        ("DELETE", "/user-internal-for-project/bulk"),
    ] {
        melodi
            .call(PUBLISHABLE, method, path, &json!({}))
            .refused(401);
    }
}
