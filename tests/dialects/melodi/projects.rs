//! Projects, also those that a feedback names first.

use super::fixture::{APP, Melodi, PRIVATE, PUBLISHABLE};
use serde_json::{Value, json};

#[test]
fn projects_are_listed_and_found_by_name() {
    let melodi = Melodi::start();
    let all = melodi.get("/projects").success();
    let names: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].clone())
        .collect();
    assert_eq!(names, ["app", "other"]);
    assert_eq!(all[0]["id"], APP);
    for (field, value) in [
        ("isDeleted", json!(false)),
        ("isDefault", json!(true)),
        ("userId", Value::Null),
    ] {
        assert_eq!(all[0][field], value, "{field}");
    }
    assert_eq!(melodi.get("/projects?name=app").success(), json!([all[0]]));
    assert_eq!(melodi.get("/projects?name=ap").success(), json!([]));
}

#[test]
fn a_project_is_made_once() {
    let melodi = Melodi::start();
    let make = || {
        let body = json!({"name": "New project"});
        melodi.call(PRIVATE, "POST", "/projects", &body).success()
    };
    let project = make();
    assert!(project["id"].is_i64() && project["organizationId"].is_i64());
    assert_eq!(make(), project);
    assert_eq!(
        melodi.get("/projects").success().as_array().unwrap().len(),
        3
    );
}

#[test]
fn a_name_that_no_project_can_have_is_refused() {
    let melodi = Melodi::start();
    for body in [
        json!({}),
        json!({"name": ""}),
        json!({"name": "7"}),
        json!({"name": "x".repeat(256)}),
    ] {
        melodi
            .call(PRIVATE, "POST", "/projects", &body)
            .refused(400);
    }
}

#[test]
fn a_feedback_may_name_a_project_that_nobody_made() {
    let melodi = Melodi::start();
    let body = json!({"feedbackType": "positive", "projectName": "widget", "externalThreadId": "t", "externalMessageId": "m"});
    let given = melodi
        .call(PUBLISHABLE, "POST", "/feedback", &body)
        .success();
    let again = melodi
        .call(PUBLISHABLE, "POST", "/feedback", &body)
        .success();
    assert_eq!(given["projectId"], again["projectId"]);
    let made = melodi.get("/projects?name=widget").success();
    assert_eq!(made[0]["id"], given["projectId"]);
    assert_eq!(melodi.feedback("widget").len(), 2);
}

#[test]
fn clients_cannot_make_projects_without_end() {
    let melodi = Melodi::start();
    let give = |number: usize| {
        let body = json!({"feedbackType": "positive", "projectName": format!("widget {number}"), "externalThreadId": "t"});
        melodi.call(PUBLISHABLE, "POST", "/feedback", &body)
    };
    for number in 2..200 {
        give(number).success();
    }
    give(200).refused(400);
    give(199).success();
    melodi.native(
        "POST",
        "/projects",
        Some(&json!({"name": "by an operator"})),
    );
}
