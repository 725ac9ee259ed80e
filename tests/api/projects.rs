//! Projects: made, named, changed, deleted.

use crate::world::{ADMIN, READER, STRICT, World, vote};
use reqwest::Method;
use serde_json::json;

#[test]
fn a_new_project_has_the_next_number_and_the_usual_settings() {
    let world = World::new();
    let project = world.post("projects", &json!({"name": "sales"})).is(201);
    assert_eq!(project["number"], 66);
    assert_eq!(project["unknown_targets"], "accept");
    assert_eq!(project["keep_text"], "all");
    assert_eq!(project["mode"], "chat");
    assert_eq!(project["enabled"], true);
    assert_eq!(project["upstream"], json!(null));
    assert_eq!(world.get("projects/sales").is(200), project);
}

#[test]
fn a_new_project_takes_every_setting() {
    let world = World::new();
    let body = json!({
        "name": "sales", "description": "Sells.", "number": 9, "haptik_business_id": 343,
        "amazon_q_application_id": "11111111-2222-4333-8444-555555555555", "unknown_targets": "reject",
        "enabled": false, "keep_text": "question_and_answer", "mode": "completion",
        "upstream": {"dialect": "dify", "base_url": "https://dify.example.com", "mirror": false, "credential": null,
                     "webhook_forward_to": null},
    });
    let project = world.post("projects", &body).is(201);
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(project[name], *value, "{name}");
    }
}

#[test]
fn a_project_is_named_by_its_id_its_number_or_its_name() {
    let world = World::new();
    let project = world.get("projects/support").is(200);
    let id = project["id"].as_str().unwrap();
    for name in [id, "64"] {
        assert_eq!(world.get(&format!("projects/{name}")).is(200), project);
    }
    world.get("projects/nobody").refused(404);
}

#[test]
fn a_change_keeps_what_is_absent_and_clears_what_is_null() {
    let world = World::new();
    world
        .patch(
            "projects/support",
            &json!({"description": "Helps.", "keep_text": "none"}),
        )
        .is(200);
    let changed = world
        .patch(
            "projects/support",
            &json!({"description": null, "name": "help"}),
        )
        .is(200);
    assert_eq!(changed["name"], "help");
    assert_eq!(changed["description"], json!(null));
    assert_eq!(changed["keep_text"], "none");
    assert_eq!(changed["number"], 64);
}

#[test]
fn what_cannot_be_cleared_is_not_null() {
    let world = World::new();
    for name in [
        "name",
        "number",
        "unknown_targets",
        "enabled",
        "keep_text",
        "mode",
    ] {
        let answer = world.patch("projects/support", &json!({name: null}));
        assert_eq!(answer.refused(400), name);
    }
}

#[test]
fn names_and_numbers_are_given_once() {
    let world = World::new();
    assert_eq!(
        world
            .post("projects", &json!({"name": "support"}))
            .refused(409),
        "name"
    );
    assert_eq!(
        world
            .post("projects", &json!({"name": "new", "number": 64}))
            .refused(409),
        "number"
    );
    assert_eq!(
        world
            .patch("projects/strict", &json!({"name": "support"}))
            .refused(409),
        "name"
    );
}

#[test]
fn settings_have_bounds() {
    let world = World::new();
    for (body, field) in [
        (json!({}), ""),
        (json!({"name": ""}), "name"),
        (json!({"name": "x".repeat(256)}), "name"),
        (json!({"name": "new", "number": 0}), "number"),
        (
            json!({"name": "new", "number": 4_294_967_296_u64}),
            "number",
        ),
        (json!({"name": "new", "number": -1}), "number"),
        (json!({"name": "new", "number": 1.5}), "number"),
        (
            json!({"name": "new", "amazon_q_application_id": "short"}),
            "amazon_q_application_id",
        ),
        (
            json!({"name": "new", "unknown_targets": "maybe"}),
            "unknown_targets",
        ),
        (
            json!({"name": "new", "upstream": {"dialect": "dify", "base_url": "ftp://x"}}),
            "upstream.base_url",
        ),
        (
            json!({"name": "new", "upstream": {"dialect": "fax", "base_url": "https://x"}}),
            "upstream.dialect",
        ),
        (json!({"name": "new", "colour": "red"}), "colour"),
    ] {
        assert_eq!(world.post("projects", &body).refused(400), field, "{body}");
    }
}

#[test]
fn a_deleted_project_is_gone_and_its_name_is_free() {
    let world = World::new();
    let answer = world.delete("projects/support");
    assert_eq!(answer.status, 204);
    world.get("projects/support").refused(404);
    world.get("projects/64").refused(404);
    world.delete("projects/support").refused(404);
    world.post("projects", &json!({"name": "support"})).is(201);
}

#[test]
fn the_list_holds_what_the_key_opens() {
    let world = World::new();
    world.post("projects", &json!({"name": "another"})).is(201);
    let names = |key| {
        let list = world.get_as(key, "projects").is(200);
        let items = list["items"].as_array().unwrap().iter();
        items
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(ADMIN), ["support", "strict", "another"]);
    assert_eq!(names(READER), ["support", "strict", "another"]);
    assert_eq!(names(STRICT), ["strict"]);
}

#[test]
fn the_list_is_walked_without_gap_or_double() {
    let world = World::new();
    for number in 0..5 {
        world
            .post("projects", &json!({"name": format!("p{number}")}))
            .is(201);
    }
    let whole = world.walk("projects", 50);
    assert_eq!(whole.len(), 7);
    for limit in [1, 2, 3, 7] {
        assert_eq!(world.walk("projects", limit), whole, "{limit}");
    }
}

#[test]
fn a_key_without_the_scope_changes_nothing() {
    let world = World::new();
    for key in [READER, STRICT] {
        world
            .send_as(key, Method::POST, "projects", &json!({"name": "new"}))
            .refused(403);
        world
            .send_as(
                key,
                Method::PATCH,
                "projects/strict",
                &json!({"name": "new"}),
            )
            .refused(403);
        world
            .send_as(key, Method::DELETE, "projects/strict", &json!({}))
            .refused(403);
    }
    world.get("projects/new").refused(404);
}

#[test]
fn a_key_of_one_project_neither_makes_nor_deletes_projects() {
    let world = World::new();
    let body = json!({"dialect": "native", "project": "strict", "scopes": ["admin"]});
    let key = world.post("keys", &body).is(201);
    let key = key["secret"].as_str().unwrap();
    world
        .send_as(
            key,
            Method::PATCH,
            "projects/strict",
            &json!({"description": "x"}),
        )
        .is(200);
    world
        .send_as(key, Method::POST, "projects", &json!({"name": "new"}))
        .refused(403);
    world
        .send_as(key, Method::DELETE, "projects/strict", &json!({}))
        .refused(403);
    world
        .send_as(
            key,
            Method::PATCH,
            "projects/support",
            &json!({"name": "x"}),
        )
        .refused(404);
}

#[test]
fn a_project_that_is_switched_off_is_closed_to_its_own_keys() {
    let world = World::new();
    let body = vote("sm1", "bob", &json!({"rating": "positive"}));
    let voted = world.post("projects/strict/feedback", &body).is(201);
    let one = format!("projects/strict/feedback/{}", voted["id"].as_str().unwrap());
    let read = [
        "feedback",
        "projects/strict/feedback",
        "projects/strict/conversations",
        "projects/strict/conversations/s1",
        "projects/strict/conversations/s1/messages",
        "projects/strict/end-users",
        "projects/strict/end-users/bob",
        one.as_str(),
    ];
    let conversation = json!({"title": "changed"});
    let nothing = json!({});
    let written = [
        (Method::POST, "projects/strict/feedback", &body),
        (
            Method::PUT,
            "projects/strict/conversations/s1",
            &conversation,
        ),
        (Method::PUT, "projects/strict/end-users/bob", &nothing),
        (Method::DELETE, one.as_str(), &nothing),
    ];
    world
        .patch("projects/strict", &json!({"enabled": false}))
        .is(200);
    for path in read {
        world.get_as(STRICT, path).refused(403);
        world.get(path).is(200);
    }
    for (method, path, body) in &written {
        world
            .send_as(STRICT, method.clone(), path, body)
            .refused(403);
    }
    world.post("projects/strict/feedback", &body).refused(403);
    world
        .patch("projects/strict", &json!({"enabled": true}))
        .is(200);
    for path in read {
        world.get_as(STRICT, path).is(200);
    }
}
