//! `POST /attributes`.

use super::fixture::{APP, Melodi, OTHER, PRIVATE};
use serde_json::json;

#[test]
fn an_attribute_is_defined_and_then_answered() {
    let melodi = Melodi::start();
    let body = json!({"projectId": OTHER, "name": "Stars", "options": ["1", {"name": "2"}]});
    let defined = melodi.call(PRIVATE, "POST", "/attributes", &body).success();
    assert_eq!(
        (&defined["name"], &defined["projectId"]),
        (&json!("Stars"), &json!(OTHER))
    );
    let given = melodi
        .give(&json!({"externalThreadId": "chat_other", "attributes": {"Stars": 2}}))
        .success();
    assert_eq!(given["attributeOptions"][0]["attributeId"], defined["id"]);
    assert_eq!(
        given["attributeOptions"][0]["id"],
        defined["options"][1]["id"]
    );
}

#[test]
fn options_are_added_to_an_attribute_that_is_known() {
    let melodi = Melodi::start();
    let body = json!({"projectName": "app", "name": "Quality", "options": ["Fair", "Poor"]});
    let defined = melodi.call(PRIVATE, "POST", "/attributes", &body).success();
    let names: Vec<_> = defined["options"]
        .as_array()
        .unwrap()
        .iter()
        .map(|option| option["name"].clone())
        .collect();
    assert_eq!(names, ["Wonderful", "Poor", "Fair"]);
}

#[test]
fn an_attribute_belongs_to_its_project() {
    let melodi = Melodi::start();
    for body in [
        json!({"externalThreadId": "chat_other", "attributes": {"Quality": "Poor"}}),
        json!({"externalThreadId": "chat_123", "projectId": APP, "attributes": {"Tone": "Nice"}}),
    ] {
        let refusal = melodi.give(&body).refused(400);
        assert!(refusal.contains("attributes"), "{refusal}");
    }
}

#[test]
fn what_is_wrong_is_told() {
    let melodi = Melodi::start();
    for body in [
        json!({"name": "Stars"}),
        json!({"projectId": APP}),
        json!({"projectId": APP, "name": ""}),
        json!({"projectId": APP, "name": "Stars", "options": [1]}),
        json!({"projectId": 9999, "name": "Stars"}),
        json!({"projectName": "made for this", "name": ""}),
    ] {
        melodi
            .call(PRIVATE, "POST", "/attributes", &body)
            .refused(400);
    }
    assert_eq!(
        melodi.get("/projects?name=made+for+this").success(),
        json!([])
    );
}
