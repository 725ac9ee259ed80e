//! External users and their segments.

use super::fixture::{APP, Melodi, OTHER, PRIVATE};
use serde_json::{Value, json};

fn put(melodi: &Melodi, body: &Value) -> Value {
    melodi.call(PRIVATE, "PUT", "/users", body).success()
}

#[test]
fn what_is_null_or_absent_stays() {
    let melodi = Melodi::start();
    let ada = put(
        &melodi,
        &json!({"externalId": "ada", "name": "Ada", "email": "ada@example.com", "username": "al",
                "segments": {"team": "engineering", "plan": ["free"]}}),
    );
    let again = put(
        &melodi,
        &json!({"externalId": "ada", "name": null, "email": "ada@example.org", "segments": {}}),
    );
    assert_eq!(again["email"], "ada@example.org");
    for field in [
        "id",
        "organizationId",
        "name",
        "username",
        "segments",
        "createdAt",
    ] {
        assert_eq!(again[field], ada[field], "{field}");
    }
}

#[test]
fn a_type_of_segment_that_is_named_is_replaced() {
    let melodi = Melodi::start();
    put(
        &melodi,
        &json!({"externalId": "ada", "segments": {"team": ["a", "b"], "plan": "free"}}),
    );
    let ada = put(
        &melodi,
        &json!({"externalId": "ada", "segments": {"team": "c"}}),
    );
    let segments: Vec<_> = ada["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|segment| (segment["type"]["name"].as_str(), segment["name"].as_str()))
        .collect();
    assert_eq!(
        segments,
        [(Some("plan"), Some("free")), (Some("team"), Some("c"))]
    );
    let none = json!({"externalId": "ada", "segments": {"team": [], "plan": null}});
    let ada = put(&melodi, &none);
    assert_eq!(ada["segments"].as_array().unwrap().len(), 1);
    assert_eq!(ada["segments"][0]["name"], "free");
}

#[test]
fn a_known_person_is_changed_by_the_path() {
    let melodi = Melodi::start();
    let unknown = melodi.call(PRIVATE, "PATCH", "/users/a%2Fb", &json!({"name": "Ada"}));
    unknown.refused(400);
    put(&melodi, &json!({"externalId": "a/b"}));
    let body = json!({"externalId": "a/b", "name": "Ada", "segments": null});
    let changed = melodi
        .call(PRIVATE, "PATCH", "/users/a%2Fb", &body)
        .success();
    assert_eq!(changed["name"], "Ada");
    let body = json!({"externalId": "another"});
    melodi
        .call(PRIVATE, "PATCH", "/users/a%2Fb", &body)
        .refused(400);
    melodi
        .call(PRIVATE, "PATCH", "/users/a%FF", &body)
        .refused(400);
}

#[test]
fn people_are_listed_in_pages_the_latest_first() {
    let melodi = Melodi::start();
    for name in ["a", "b", "c"] {
        put(&melodi, &json!({"externalId": name}));
    }
    let names = |path: &str| -> (Value, Vec<Value>) {
        let listed = melodi.get(path).success();
        let rows = listed["rows"].as_array().unwrap();
        let names = rows.iter().map(|person| person["externalId"].clone());
        (listed["count"].clone(), names.collect())
    };
    assert_eq!(
        names("/users"),
        (json!(3), vec![json!("c"), json!("b"), json!("a")])
    );
    assert_eq!(
        names("/users?pageSize=2&pageIndex=1"),
        (json!(3), vec![json!("a")])
    );
    assert_eq!(names("/users?pageSize=2&pageIndex=9"), (json!(3), vec![]));
    assert_eq!(
        names("/users?after=2999-01-01T00:00:00"),
        (json!(0), vec![])
    );
    assert_eq!(names("/users?before=2999-01-01T00:00:00+02:00").0, 3);
    melodi.get("/users?pageSize=x").refused(400);
    melodi.get("/users?before=x").refused(400);
}

#[test]
fn a_project_has_the_people_who_talk_in_it() {
    let melodi = Melodi::start();
    let give = |user: &str, project: u32| {
        let thread = json!({"externalId": format!("{user}-{project}"), "externalUser": {"externalId": user, "segments": {"team": user}},
                            "messages": [{"role": "user", "content": "Hello!"}]});
        let body = json!({"feedbackType": "POSITIVE", "projectId": project, "thread": thread});
        melodi.give(&body).success();
    };
    give("ada", APP);
    give("bob", OTHER);
    give("ada", OTHER);
    let counted = |project: u32| {
        let listed = melodi.get(&format!("/users?projectId={project}")).success();
        let types = melodi
            .get(&format!("/users/segment-types?projectId={project}"))
            .success();
        (
            listed["count"].clone(),
            types[0]["segments"].as_array().unwrap().len(),
        )
    };
    assert_eq!(counted(APP), (json!(1), 1));
    assert_eq!(counted(OTHER), (json!(2), 2));
    melodi.get("/users?projectId=9999").refused(400);
}

#[test]
fn types_of_segments_are_listed_with_their_segments() {
    let melodi = Melodi::start();
    assert_eq!(melodi.get("/users/segment-types").success(), json!([]));
    put(
        &melodi,
        &json!({"externalId": "ada", "segments": {"team": "a", "plan": "free"}}),
    );
    put(
        &melodi,
        &json!({"externalId": "bob", "segments": {"team": ["b", "a"]}}),
    );
    let types = melodi.get("/users/segment-types").success();
    let names: Vec<_> = types
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| {
            let segments = kind["segments"].as_array().unwrap();
            assert!(
                segments
                    .iter()
                    .all(|one| one["userSegmentTypeId"] == kind["id"])
            );
            (kind["name"].clone(), segments.len())
        })
        .collect();
    assert_eq!(names, [(json!("team"), 2), (json!("plan"), 1)]);
}

#[test]
fn what_is_wrong_is_told() {
    let melodi = Melodi::start();
    for body in [
        json!({}),
        json!({"externalId": ""}),
        json!({"externalId": 7}),
        json!({"externalId": "u", "name": "x".repeat(256)}),
        json!({"externalId": "u", "segments": {"": "a"}}),
        json!({"externalId": "u", "segments": ["a"]}),
    ] {
        melodi.call(PRIVATE, "PUT", "/users", &body).refused(400);
    }
    assert_eq!(melodi.get("/users").success()["count"], 0);
}

#[test]
fn nobody_is_remembered() {
    let melodi = Melodi::start();
    let missing = melodi.get("/memory").refused(400);
    assert_eq!(missing, "Missing required parameter: userExternalId");
    let none = melodi.get("/memory?userExternalId=ada").refused(404);
    assert_eq!(none, "No user or no memory found");
}
