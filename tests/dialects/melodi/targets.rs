//! Which thread and message a feedback judges, and in which project.

use super::fixture::{APP, Melodi, OTHER, PUBLISHABLE, setup};
use serde_json::{Value, json};

fn positive(more: &Value) -> Value {
    let mut body = json!({"feedbackType": "POSITIVE"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[test]
fn the_thread_says_the_project_where_none_is_named() {
    let melodi = Melodi::start();
    for (thread, project) in [("chat_123", APP), ("chat_other", OTHER)] {
        let given = melodi.give(&positive(&json!({"externalThreadId": thread})));
        assert_eq!(given.success()["projectId"], project);
    }
}

#[test]
fn of_threads_with_one_name_the_latest_is_meant() {
    let mut setup = setup();
    for (project, at) in [
        ("app", "2026-05-02T00:00:00Z"),
        ("other", "2026-05-01T00:00:00Z"),
    ] {
        let conversation = json!({"project": project, "external_id": "twice", "created_at": at,
                                  "messages": [{"external_id": "m", "content": "x"}]});
        setup["conversations"]
            .as_array_mut()
            .unwrap()
            .push(conversation);
    }
    let melodi = Melodi::set_up(&setup);
    let given = melodi.give(&positive(&json!({"externalThreadId": "twice"})));
    assert_eq!(given.success()["projectId"], APP);
    let named = melodi.give(&positive(
        &json!({"externalThreadId": "twice", "projectId": OTHER}),
    ));
    assert_eq!(named.success()["projectId"], OTHER);
}

#[test]
fn what_is_unknown_is_registered_where_the_project_accepts_it() {
    let melodi = Melodi::start();
    let unknown = json!({"externalThreadId": "new", "externalMessageId": "m", "projectId": APP});
    melodi.give(&positive(&unknown)).success();
    let feedback = &melodi.feedback("app")[0];
    assert_eq!(feedback["target"]["conversation"]["external_id"], "new");
    assert_eq!(feedback["target"]["message"]["external_id"], "m");
    // Where no project is named, the first one takes it.
    let given = melodi.give(&positive(&json!({"externalThreadId": "newer"})));
    assert_eq!(given.success()["projectId"], APP);
}

#[test]
fn what_is_unknown_is_refused_where_the_project_says_so() {
    let melodi = Melodi::start();
    for unknown in [
        json!({"externalThreadId": "new", "projectId": OTHER}),
        json!({"externalThreadId": "chat_other", "externalMessageId": "new", "projectId": OTHER}),
        json!({"externalThreadId": "empty_1"}),
    ] {
        let mut body = positive(&unknown);
        body["externalUser"] = json!({"externalId": "u1", "name": "Ada"});
        melodi.give(&body).refused(400);
    }
    assert_eq!(melodi.feedback("other"), [Value::Null; 0]);
    assert_eq!(melodi.get("/users").success()["count"], 0);
}

#[test]
fn a_message_of_another_thread_is_another_message() {
    let mut setup = setup();
    setup["conversations"].as_array_mut().unwrap().push(
        json!({"project": "app", "external_id": "chat_2", "messages": [{"external_id": "msg_2", "content": "x"}]}),
    );
    let melodi = Melodi::set_up(&setup);
    let body = json!({"externalThreadId": "chat_2", "externalMessageId": "msg_2"});
    melodi.give(&positive(&body)).success();
    assert_eq!(
        melodi.feedback("app")[0]["target"]["conversation"]["external_id"],
        "chat_2"
    );
}

#[test]
fn a_project_of_nobody_is_unknown() {
    let melodi = Melodi::start();
    for id in [json!(1), json!(0), json!(-64), json!("64")] {
        let body = json!({"externalThreadId": "chat_123", "projectId": id});
        melodi.give(&positive(&body)).refused(400);
    }
}

#[test]
fn a_thread_comes_with_its_feedback() {
    let melodi = Melodi::start();
    let body = positive(&json!({
        "projectId": APP,
        "externalUser": {"externalId": "u1"},
        "thread": {
            "externalId": "chat_new",
            "messages": [
                {"externalId": "1", "role": "user", "content": "Hello!"},
                {"externalId": "2", "role": "calculator", "type": "json", "jsonContent": {"answer": 4}},
            ],
            "externalUser": {"externalId": "u2", "name": "Grace"},
        },
    }));
    melodi.give(&body).success();
    let feedback = &melodi.feedback("app")[0];
    assert_eq!(
        feedback["target"]["conversation"]["external_id"],
        "chat_new"
    );
    assert_eq!(feedback["target"]["message"]["external_id"], "2");
    let messages = melodi.listed("/projects/app/conversations/chat_new/messages");
    assert_eq!(messages.len(), 2);
    let people = melodi.get("/users").success();
    let grace = people["rows"].as_array().unwrap();
    assert!(
        grace.iter().any(|person| person["name"] == "Grace"),
        "{people}"
    );
}

#[test]
fn a_thread_without_ids_is_a_new_one_at_every_call() {
    let melodi = Melodi::start();
    let body = positive(&json!({
        "projectName": "app",
        "thread": {"messages": [{"role": "user", "content": "Hello!"}, {"role": "assistant", "content": "Hi!"}]},
    }));
    for _ in 0..2 {
        let answer = melodi.call(PUBLISHABLE, "POST", "/feedback", &body);
        assert_eq!(answer.success()["projectId"], APP);
    }
    assert_eq!(melodi.listed("/projects/app/conversations").len(), 3);
    assert_eq!(melodi.feedback("app").len(), 2);
}

#[test]
fn a_new_thread_needs_its_project() {
    let melodi = Melodi::start();
    let thread = json!({"externalId": "new", "messages": [{"role": "user", "content": "Hello!"}]});
    let refusal = melodi
        .give(&positive(&json!({"thread": thread})))
        .refused(400);
    assert!(refusal.contains("projectId"), "{refusal}");
    let thread =
        json!({"externalId": "chat_123", "messages": [{"externalId": "msg_3", "content": "x"}]});
    let given = melodi.give(&positive(&json!({"thread": thread})));
    assert_eq!(given.success()["projectId"], APP);
    assert_eq!(
        melodi.feedback("app")[0]["target"]["message"]["external_id"],
        "msg_3"
    );
}

#[test]
fn a_refused_feedback_leaves_nothing_of_its_thread() {
    let melodi = Melodi::start();
    let thread = json!({"externalId": "new", "messages": [{"externalId": "1", "role": "user", "content": "Hello!"}]});
    let user = json!({"externalId": "u1"});
    for refused in [
        json!({"projectId": OTHER, "externalMessageId": "missing"}),
        json!({"projectId": OTHER, "attributes": {"Quality": "Nope"}}),
        json!({"projectId": OTHER, "attributes": {"Nope": "Nice"}}),
        json!({"projectName": "brand new", "attributes": {"Nope": "Nice"}}),
        json!({"projectName": "brand new", "externalUser": {"externalId": "x".repeat(2000)}}),
    ] {
        let mut body = positive(&json!({"externalUser": user, "thread": thread}));
        for (name, value) in refused.as_object().unwrap() {
            body[name] = value.clone();
        }
        melodi.give(&body).refused(400);
    }
    assert_eq!(melodi.listed("/projects/other/conversations").len(), 2);
    assert_eq!(melodi.get("/users").success()["count"], 0);
    let projects = melodi.get("/projects").success();
    assert_eq!(projects.as_array().unwrap().len(), 2);
}

#[test]
fn a_project_that_is_switched_off_takes_nothing() {
    let mut setup = setup();
    setup["projects"][0]["enabled"] = json!(false);
    let melodi = Melodi::set_up(&setup);
    let refusal = melodi
        .give(&positive(&json!({"externalThreadId": "chat_123"})))
        .refused(401);
    assert!(refusal.contains("switched off"), "{refusal}");
}
