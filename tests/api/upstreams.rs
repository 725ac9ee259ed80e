//! Upstreams of projects: set, kept, cleared, and never told with their secrets.

use crate::world::{ADMIN, READER, World};
use reqwest::Method;
use serde_json::{Value, json};

const SECRET: &str = "app-of-the-vendor-0123456789-wxyz";

fn upstream(rest: &Value) -> Value {
    let mut upstream = json!({"dialect": "dify", "base_url": "https://dify.example.com/v1"});
    for (name, value) in rest.as_object().unwrap() {
        upstream[name] = value.clone();
    }
    json!({"upstream": upstream})
}

#[test]
fn an_upstream_is_shown_with_the_end_of_its_secret_only() {
    let world = World::new();
    let body = upstream(&json!({"mirror": true, "credential": {"secret": SECRET}}));
    let changed = world.patch("projects/support", &body).is(200);
    let expected = json!({
        "dialect": "dify", "base_url": "https://dify.example.com/v1", "mirror": true,
        "credential": {"hint": "…wxyz"}, "webhook_forward_to": null,
    });
    assert_eq!(changed["upstream"], expected);
    for path in ["projects/support", "projects"] {
        for key in [ADMIN, READER] {
            let answer = world.get_as(key, path).is(200).to_string();
            assert!(answer.contains("…wxyz"), "{answer}");
            assert!(!answer.contains(SECRET), "{answer}");
        }
    }
}

#[test]
fn an_upstream_is_replaced_but_for_a_credential_that_nothing_is_said_of() {
    let world = World::new();
    let credential = json!({"mirror": true, "credential": {"secret": SECRET}});
    world
        .patch("projects/support", &upstream(&credential))
        .is(200);
    let changed = world
        .patch("projects/support", &upstream(&json!({})))
        .is(200);
    assert_eq!(changed["upstream"]["mirror"], false);
    assert_eq!(changed["upstream"]["credential"]["hint"], "…wxyz");
    let untouched = world
        .patch("projects/support", &json!({"description": "Helps."}))
        .is(200);
    assert_eq!(untouched["upstream"], changed["upstream"]);
    let cleared = json!({"credential": null});
    let cleared = world.patch("projects/support", &upstream(&cleared)).is(200);
    assert_eq!(cleared["upstream"]["credential"], Value::Null);
    let gone = world
        .patch("projects/support", &json!({"upstream": null}))
        .is(200);
    assert_eq!(gone["upstream"], Value::Null);
}

#[test]
fn a_mistake_is_told_with_its_place_and_without_the_secret() {
    let world = World::new();
    let known = upstream(&json!({"credential": {"secret": SECRET}}));
    world.patch("projects/strict", &known).is(200);
    for (body, field) in [
        (
            json!({"base_url": "https://elsewhere.example.com"}),
            "upstream.credential",
        ),
        (json!({"base_url": "dify"}), "upstream.base_url"),
        (json!({"dialect": "native"}), "upstream.dialect"),
        (
            json!({"webhook_forward_to": "https://x.example"}),
            "upstream.webhook_forward_to",
        ),
        (
            json!({"credential": {"secret": SECRET, "region": "x"}}),
            "upstream.credential.region",
        ),
        (
            json!({"credential": {"secret": format!("{SECRET} {SECRET}")}}),
            "upstream.credential.secret",
        ),
        (
            json!({"mirror": true, "credential": null}),
            "upstream.credential.secret",
        ),
        (
            json!({"credential": {"secret": [SECRET]}}),
            "upstream.credential.secret",
        ),
        (json!({"credential": SECRET}), "upstream.credential"),
    ] {
        let answer = world.patch("projects/strict", &upstream(&body));
        assert_eq!(answer.refused(400), field, "{body}");
        assert!(!answer.body.to_string().contains(SECRET), "{answer:?}");
    }
    let kept = world.get("projects/strict").is(200);
    assert_eq!(kept["upstream"]["credential"]["hint"], "…wxyz");
}

#[test]
fn a_report_of_an_applied_file_does_not_tell_the_secret() {
    let world = World::new();
    let mut project = upstream(&json!({"credential": {"secret": SECRET}}));
    project["name"] = json!("support");
    let file = json!({"projects": [project]});
    let report = world.post("apply", &file).is(200);
    assert_eq!(report["projects"]["changed"], 1);
    assert!(!report.to_string().contains(SECRET), "{report}");
    let again = world.post("apply", &file).is(200);
    assert_eq!(again["projects"]["unchanged"], 1);
}

#[test]
fn only_who_may_change_a_project_says_where_its_requests_go() {
    let world = World::new();
    let body = upstream(&json!({}));
    world
        .send_as(READER, Method::PATCH, "projects/support", &body)
        .refused(403);
    let project = world.get("projects/support").is(200);
    assert_eq!(project["upstream"], Value::Null);
}
