//! Melodi's clients: `melodi` 0.1.37 for Python and `@melodi/melodi-sdk-typescript` 0.0.21 for node.

use crate::installed::Script;
use crate::support::{Server, client};
use serde_json::{Value, json};

const PRIVATE: &str = "abc-123";
const PUBLISHABLE: &str = "pub-xyz-789";
const ADMIN: &str = "cnd_administrator000000000000";

fn server(projects: &Value) -> Server {
    Server::set_up(&json!({
        "projects": projects,
        "keys": [
            {"dialect": "melodi", "secret": PRIVATE},
            {"dialect": "melodi", "secret": PUBLISHABLE, "publishable": true},
            {"dialect": "native", "secret": ADMIN, "scopes": ["feedback:write", "feedback:read", "admin"]},
        ],
    }))
}

fn day(server: &Server, script: &Script) -> Value {
    script.run(&json!({"url": server.url(), "key": PRIVATE, "publishable": PUBLISHABLE}))
}

/// The feedback of a project by the native API, newest first.
fn listed(server: &Server, project: &str) -> Vec<Value> {
    let url = format!("{}/candor/v1/projects/{project}/feedback", server.url());
    let answer = client().get(url).bearer_auth(ADMIN).send().unwrap();
    let listed: Value = answer.json().unwrap();
    listed["items"].as_array().unwrap().clone()
}

/// Fields of an answer against what they should be.
#[track_caller]
fn says(answer: &Value, fields: &Value) {
    for (name, value) in fields.as_object().unwrap() {
        assert_eq!(&answer[name], value, "{name} in {answer}");
    }
}

#[test]
fn the_python_client_works_as_with_melodi() {
    let Some(script) = Script::python("melodi_client.py") else {
        return;
    };
    let attributes = json!([{"name": "Quality", "options": ["Wonderful", "Poor"]}]);
    let server = server(&json!([{"name": "support", "attributes": attributes}]));
    let answers = day(&server, &script);
    projects_and_threads(&answers);
    feedback(&answers);
    people(&answers);
    reading(&answers);
    assert_eq!(listed(&server, "support").len(), 5);
}

fn projects_and_threads(answers: &Value) {
    let project = &answers["create_project"];
    says(project, &json!({"name": "support", "isDeleted": false}));
    assert_eq!(answers["projects"], json!([project]));
    assert_eq!(&answers["project_by_name"], project);
    assert_eq!(answers["project_of_nobody"], Value::Null);
    let (first, longer) = (&answers["create_thread"], &answers["longer_thread"]);
    says(
        first,
        &json!({"externalId": "chat", "metadata": {"plan": "free"}}),
    );
    says(
        &first["externalUser"],
        &json!({"externalId": "ada", "email": "ada@example.com"}),
    );
    assert_eq!(longer["id"], first["id"]);
    assert_eq!(longer["messages"].as_array().unwrap().len(), 3);
    assert_eq!(longer["messages"][1]["id"], first["messages"][1]["id"]);
    let tool = json!({"role": "calculator", "type": "json", "jsonContent": {"answer": 4}});
    says(&longer["messages"][2], &tool);
    assert_eq!(answers["thread_of_a_name"]["project"]["name"], "by name");
    assert_eq!(answers["thread_of_nothing"]["status"], 400);
}

fn feedback(answers: &Value) {
    let project = &answers["create_project"]["id"];
    let given = &answers["create_feedback"];
    says(
        given,
        &json!({"projectId": project, "feedbackType": "NEGATIVE", "feedbackText": "I don't understand",
                "externalUser": null, "attributeOptions": []}),
    );
    let older = &answers["older_feedback"];
    says(
        older,
        &json!({"feedbackType": null, "createdAt": "2024-01-01T12:00:00Z"}),
    );
    says(&older["attributeOptions"][0], &json!({"name": "Wonderful"}));
    says(
        &older["externalUser"],
        &json!({"name": "Ada", "email": "ada@example.com"}),
    );
    assert_eq!(
        older["externalUser"]["segments"].as_array().unwrap().len(),
        3
    );
    assert_eq!(answers["unknown_option"]["status"], 400);
    assert_eq!(
        answers["unknown_option"]["errors"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let changed = &answers["by_id"];
    says(
        changed,
        &json!({"id": given["id"], "feedbackType": "POSITIVE", "feedbackText": "I don't understand"}),
    );
    let (created, again) = (
        &answers["by_external_ids"],
        &answers["by_external_ids_again"],
    );
    says(
        again,
        &json!({"id": created["id"], "feedbackType": "POSITIVE", "feedbackText": "because"}),
    );
    assert_ne!(answers["second_of_bob"]["id"], created["id"]);
    assert_eq!(answers["several_match"]["status"], 400);
    assert_eq!(answers["publishable_feedback"]["projectId"], *project);
    assert_eq!(answers["publishable_projects"]["status"], 401);
}

fn people(answers: &Value) {
    let (put, patched) = (&answers["put_user"], &answers["patch_user"]);
    says(
        patched,
        &json!({"id": put["id"], "name": "Bob", "email": "bob@example.com"}),
    );
    let listed = &answers["users"];
    assert_eq!(listed["count"], 2);
    assert_eq!(listed["rows"], json!([patched]));
    let types: Vec<_> = answers["segment_types"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| {
            (
                kind["name"].as_str(),
                kind["segments"].as_array().unwrap().len(),
            )
        })
        .collect();
    assert_eq!(types, [(Some("team"), 1), (Some("plan"), 2)]);
    assert_eq!(answers["internal"], json!({"count": 1}));
}

fn reading(answers: &Value) {
    let message = &answers["message"];
    says(message, &json!({"externalId": "2", "content": "Hi!"}));
    assert_eq!(
        message["issueAssociations"][0]["issue"]["name"],
        "Too short"
    );
    assert_eq!(message["externalFeedback"].as_array().unwrap().len(), 1);
    let threads = &answers["threads"];
    assert_eq!(threads["count"], 1);
    let counts: Vec<_> = threads["rows"][0]["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["externalFeedback"].as_array().unwrap().len())
        .collect();
    assert_eq!(counts, [2, 1, 1]);
}

#[test]
fn the_typescript_client_works_as_with_melodi() {
    let Some(script) = Script::node("melodi_client.mjs") else {
        return;
    };
    let server = server(&json!([]));
    let answers = day(&server, &script);
    let project = &answers["create_project"]["id"];
    assert_eq!(answers["projects"], json!([answers["create_project"]]));
    assert_eq!(answers["attribute"]["projectId"], *project);
    assert!(answers["create_thread"]["id"].is_i64(), "{answers}");
    let given = &answers["create_feedback"];
    says(
        given,
        &json!({"projectId": project, "feedbackType": null, "isRead": false, "isDeleted": false}),
    );
    assert_eq!(
        given["attributeOptions"][0]["id"],
        answers["attribute"]["options"][0]["id"]
    );
    says(
        &given["externalUser"],
        &json!({"externalId": "testuserid1", "name": "Greg Brown"}),
    );
    let refused = answers["unknown_option"]["failed"].as_str().unwrap();
    assert!(refused.contains("status 400"), "{refused}");
    says(
        &answers["widget"],
        &json!({"feedbackType": "POSITIVE", "feedbackText": null}),
    );
    let refused = answers["publishable_projects"]["failed"].as_str().unwrap();
    assert!(refused.contains("status 401"), "{refused}");
    assert_eq!(listed(&server, "support").len(), 1);
    assert_eq!(listed(&server, "widget").len(), 1);
}
