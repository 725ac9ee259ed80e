//! What a key opens, and how it is carried.

use super::fixture::{APP, Melodi, OTHER, PRIVATE, PUBLISHABLE, setup};
use serde_json::{Value, json};

const BAD_KEY: &str = "Unauthorized - Invalid or missing API key";

fn positive() -> Value {
    json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_123"})
}

#[test]
fn a_key_is_carried_in_any_of_three_ways() {
    let melodi = Melodi::start();
    for key in [PRIVATE, PUBLISHABLE] {
        let body = || Some(positive().to_string());
        let bearer = format!("Bearer {key}");
        for (path, headers) in [
            ("/feedback".to_owned(), vec![("api-key", key)]),
            (
                "/feedback".to_owned(),
                vec![("Authorization", bearer.as_str())],
            ),
            (format!("/feedback?apiKey={key}"), vec![]),
            (
                format!("/feedback?apiKey={key}"),
                vec![
                    ("api-key", ""),
                    ("Content-Type", "text/plain;charset=UTF-8"),
                ],
            ),
        ] {
            melodi.send("POST", &path, &headers, body()).success();
        }
    }
}

#[test]
fn a_missing_or_wrong_key_is_told_in_melodis_words() {
    let melodi = Melodi::start();
    for headers in [
        vec![],
        vec![("api-key", "nobody")],
        vec![("Authorization", "Bearer")],
        vec![("Authorization", "Basic abc-123")],
    ] {
        for (method, path) in [
            ("POST", "/feedback"),
            ("GET", "/projects"),
            ("GET", "/memory"),
            ("GET", "/users"),
        ] {
            let answer = melodi.send(method, path, &headers, None);
            assert_eq!(answer.refused(401), BAD_KEY, "{method} {path}");
        }
    }
    melodi
        .send("GET", "/projects?apiKey=", &[], None)
        .refused(401);
    melodi
        .send("GET", "/projects?apiKey=nobody", &[], None)
        .refused(401);
}

#[test]
fn a_publishable_key_creates_feedback_and_does_nothing_else() {
    let melodi = Melodi::start();
    for (method, path) in [
        ("PUT", "/feedback"),
        ("GET", "/users"),
        ("PUT", "/users"),
        ("PATCH", "/users/u1"),
        ("GET", "/users/segment-types"),
        ("GET", "/projects"),
        ("POST", "/projects"),
        ("POST", "/attributes"),
        ("GET", "/memory"),
    ] {
        let refusal = melodi
            .call(PUBLISHABLE, method, path, &json!({}))
            .refused(401);
        assert!(
            refusal.starts_with("Unauthorized"),
            "{method} {path}: {refusal}"
        );
    }
}

#[test]
fn a_publishable_key_neither_changes_nor_sees_what_is_known_of_a_person() {
    let melodi = Melodi::start();
    let ada = json!({"externalId": "ada", "name": "Ada", "email": "ada@example.com", "segments": {"team": "a"}});
    melodi.call(PRIVATE, "PUT", "/users", &ada).success();
    let mut body = positive();
    body["externalUser"] = json!({"externalId": "ada", "name": "Eve", "segments": {"team": "b"}});
    let given = melodi
        .call(PUBLISHABLE, "POST", "/feedback", &body)
        .success();
    assert_eq!(given["externalUser"]["email"], Value::Null);
    assert_eq!(given["externalUser"]["segments"], json!([]));
    let known = melodi.get("/users").success();
    assert_eq!(
        (&known["rows"][0]["name"], &known["count"]),
        (&json!("Ada"), &json!(1))
    );
    assert_eq!(known["rows"][0]["segments"][0]["name"], "a");
}

#[test]
fn a_publishable_key_tells_of_a_new_person() {
    let melodi = Melodi::start();
    let mut body = positive();
    body["externalUser"] = json!({"externalId": "ada", "name": "Ada", "segments": {"team": "a"}});
    melodi
        .call(PUBLISHABLE, "POST", "/feedback", &body)
        .success();
    let known = melodi.get("/users").success();
    assert_eq!(known["rows"][0]["name"], "Ada");
    assert_eq!(known["rows"][0]["segments"][0]["name"], "a");
}

#[test]
fn a_publishable_key_does_not_change_a_known_message() {
    let melodi = Melodi::start();
    let mut body = positive();
    body["thread"] = json!({"externalId": "chat_123", "metadata": {"x": 1},
                            "messages": [{"externalId": "msg_2", "role": "user", "content": "changed"}]});
    melodi
        .call(PUBLISHABLE, "POST", "/feedback", &body)
        .success();
    let messages = melodi.listed("/projects/app/conversations/chat_123/messages");
    assert!(
        messages
            .iter()
            .all(|message| message["content"] != "changed"),
        "{messages:?}"
    );
}

#[test]
fn a_key_of_one_project_reaches_no_other() {
    const ONLY: &str = "only-the-app";
    let mut setup = setup();
    setup["keys"]
        .as_array_mut()
        .unwrap()
        .push(json!({"dialect": "melodi", "project": "app", "secret": ONLY}));
    let melodi = Melodi::set_up(&setup);
    let other = json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_other"});
    let given = melodi.give(&other).success();
    for body in [
        json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_other", "projectId": OTHER}),
        json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_other", "projectName": "other"}),
    ] {
        let status = melodi.call(ONLY, "POST", "/feedback", &body).status;
        assert!([400, 401].contains(&status), "{body}: {status}");
    }
    let change = json!({"id": given["id"], "feedbackType": "NEGATIVE"});
    melodi.call(ONLY, "PUT", "/feedback", &change).refused(400);
    // The name alone means a thread of the key's own project.
    let own = melodi.call(ONLY, "POST", "/feedback", &other).success();
    assert_eq!(own["projectId"], APP);
    assert_eq!(melodi.feedback("other").len(), 1);
    let projects = melodi.send("GET", "/projects", &[("api-key", ONLY)], None);
    assert_eq!(projects.success().as_array().unwrap().len(), 1);
    for (method, path, body) in [
        ("POST", "/projects", json!({"name": "more"})),
        ("GET", "/users", json!({})),
        ("GET", "/users/segment-types", json!({})),
        ("PUT", "/users", json!({"externalId": "u"})),
        // Whether anybody of this name is known is not told either.
        ("PATCH", "/users/nobody", json!({})),
    ] {
        melodi.call(ONLY, method, path, &body).refused(401);
    }
    let attribute = json!({"projectId": OTHER, "name": "Stars"});
    melodi
        .call(ONLY, "POST", "/attributes", &attribute)
        .refused(400);
}

#[test]
fn a_key_of_one_project_changes_nothing_that_is_known_of_people() {
    const ONLY: &str = "only-the-app";
    let mut setup = setup();
    let keys = setup["keys"].as_array_mut().unwrap();
    keys.push(json!({"dialect": "melodi", "project": "app", "secret": ONLY}));
    let melodi = Melodi::set_up(&setup);
    let told = |name: &str| json!({"externalId": "vic", "name": name});
    let known = json!({"externalId": "vic", "name": "Vic"});
    melodi.call(PRIVATE, "PUT", "/users", &known).success();
    let thread = json!({"externalId": "t", "projectId": APP, "externalUser": told("forged")});
    melodi.call(ONLY, "PUT", "/threads", &thread).success();
    let mut feedback = positive();
    feedback["externalUser"] = told("forged");
    melodi.call(ONLY, "POST", "/feedback", &feedback).success();
    let newcomer = json!({"externalId": "n", "projectId": APP,
                          "externalUser": {"externalId": "new", "name": "New"}});
    melodi.call(ONLY, "PUT", "/threads", &newcomer).success();
    let people = melodi.get("/users").success();
    let rows: Vec<_> = people["rows"].as_array().unwrap().iter().collect();
    let name_of = |id: &str| {
        let person = rows.iter().find(|person| person["externalId"] == id);
        person.unwrap()["name"].clone()
    };
    assert_eq!(
        (name_of("vic"), name_of("new")),
        (json!("Vic"), json!("New"))
    );
}

#[test]
fn a_key_may_do_what_its_scopes_say() {
    let mut setup = setup();
    let keys = setup["keys"].as_array_mut().unwrap();
    keys.push(json!({"dialect": "melodi", "secret": "only-reads", "scopes": ["feedback:read"]}));
    keys.push(json!({"dialect": "melodi", "secret": "only-writes", "scopes": ["feedback:write"]}));
    let melodi = Melodi::set_up(&setup);
    for (method, path) in [
        ("POST", "/feedback"),
        ("PUT", "/users"),
        ("POST", "/projects"),
        ("POST", "/attributes"),
    ] {
        let body = json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_123", "externalId": "u",
                          "name": "x", "projectId": APP});
        melodi.call("only-reads", method, path, &body).refused(401);
    }
    let given = melodi.call("only-writes", "POST", "/feedback", &positive());
    assert_eq!(given.success()["projectId"], APP);
    let listed = melodi.send("GET", "/users", &[("api-key", "only-writes")], None);
    listed.refused(401);
}

#[test]
fn another_dialects_key_opens_nothing() {
    let melodi = Melodi::start();
    let answer = melodi.call(super::fixture::ADMIN, "GET", "/projects", &json!({}));
    assert_eq!(answer.refused(401), BAD_KEY);
}

#[test]
fn pages_may_call_and_read_every_answer() {
    let melodi = Melodi::start();
    let origin = ("Origin", "https://shop.example.com");
    let preflight = melodi.send(
        "OPTIONS",
        "/feedback?apiKey=pub-xyz-789",
        &[
            origin,
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "content-type"),
        ],
        None,
    );
    assert_eq!(preflight.status, 200);
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "*"),
        ("access-control-allow-headers", "content-type"),
    ] {
        assert_eq!(preflight.header(name), Some(value), "{name}");
    }
    for (method, path, status) in [
        ("POST", "/feedback", 401),
        ("GET", "/projects?apiKey=abc-123", 200),
        ("GET", "/nowhere", 404),
        ("DELETE", "/feedback", 405),
    ] {
        let answer = melodi.send(method, path, &[origin], None);
        assert_eq!(
            (answer.status, answer.header("access-control-allow-origin")),
            (status, Some("*")),
            "{path}"
        );
    }
}

#[test]
fn paths_and_methods_that_are_not_melodis_are_told_in_its_shape() {
    let melodi = Melodi::start();
    for path in ["", "/", "/nowhere", "/logs", "/feedback/", "/feedback/1"] {
        melodi.send("GET", path, &[], None).refused(404);
    }
    for (method, path) in [
        ("GET", "/feedback"),
        ("DELETE", "/feedback"),
        ("POST", "/users"),
        ("PUT", "/projects"),
    ] {
        melodi.send(method, path, &[], None).refused(405);
    }
}
