//! Keys: made, brought along, shown without their secrets, revoked.

use crate::world::{ADMIN, READER, STRICT, World};
use reqwest::Method;
use serde_json::{Value, json};

#[test]
fn a_new_key_works_and_its_secret_is_shown_once() {
    let world = World::new();
    let key = world
        .post("keys", &json!({"dialect": "native", "name": "mine"}))
        .is(201);
    let secret = key["secret"].as_str().unwrap();
    assert!(secret.starts_with("cnd_"));
    assert_eq!(key["scopes"], json!(["feedback:write", "feedback:read"]));
    assert_eq!(key["project"], json!(null));
    world.get_as(secret, "feedback").is(200);
    let shown = world
        .get(&format!("keys/{}", key["id"].as_str().unwrap()))
        .is(200);
    assert_eq!(shown["secret"], Value::Null);
    assert_eq!(shown["name"], "mine");
    assert!(secret.ends_with(shown["hint"].as_str().unwrap().trim_start_matches('…')));
}

#[test]
fn a_key_is_made_for_every_interface() {
    let world = World::new();
    for dialect in [
        "native",
        "dify",
        "wonderchat",
        "melodi",
        "amazon_q",
        "haptik",
    ] {
        let key = world
            .post("keys", &json!({"dialect": dialect, "project": "support"}))
            .is(201);
        assert_eq!(key["dialect"], dialect);
        assert_eq!(key["project"]["name"], "support");
        assert_eq!(key["access_key_id"].is_string(), dialect == "amazon_q");
        assert_eq!(key["client_id"].is_string(), dialect == "haptik");
    }
}

#[test]
fn a_secret_can_be_brought_along() {
    let world = World::new();
    let body = json!({"dialect": "native", "secret": "a-secret-that-clients-hold", "scopes": ["feedback:read"]});
    world.post("keys", &body).is(201);
    world
        .get_as("a-secret-that-clients-hold", "feedback")
        .is(200);
    world.post("keys", &body).refused(409);
}

#[test]
fn an_access_key_id_belongs_to_one_key() {
    let world = World::new();
    let key = |secret: &str| json!({"dialect": "amazon_q", "project": "support", "access_key_id": "AKIDEXAMPLE", "secret": secret});
    world.post("keys", &key("the-first-long-secret")).is(201);
    let second = world.post("keys", &key("the-second-long-secret"));
    assert_eq!(second.refused(409), "access_key_id");
}

#[test]
fn a_short_secret_must_be_wanted() {
    let world = World::new();
    let mut body = json!({"dialect": "native", "secret": "short"});
    assert_eq!(world.post("keys", &body).refused(400), "secret");
    body["allow_short_secret"] = json!(true);
    world.post("keys", &body).is(201);
}

#[test]
fn what_a_key_says_must_fit() {
    let world = World::new();
    for (body, status, field) in [
        (json!({}), 400, ""),
        (json!({"dialect": "fax"}), 400, "dialect"),
        (json!({"dialect": "dify"}), 400, "project"),
        (json!({"dialect": "native", "project": "nobody"}), 404, ""),
        (
            json!({"dialect": "native", "scopes": ["everything"]}),
            400,
            "scopes[0]",
        ),
        (
            json!({"dialect": "native", "client_id": "x"}),
            400,
            "client_id",
        ),
        (json!({"dialect": "native", "name": ""}), 400, "name"),
    ] {
        assert_eq!(world.post("keys", &body).refused(status), field, "{body}");
    }
}

#[test]
fn a_revoked_key_opens_nothing_and_is_still_listed() {
    let world = World::new();
    let key = world.post("keys", &json!({"dialect": "native"})).is(201);
    let (id, secret) = (key["id"].as_str().unwrap(), key["secret"].as_str().unwrap());
    let revoked = world.delete(&format!("keys/{id}")).is(200);
    assert!(revoked["revoked_at"].is_string());
    world.get_as(secret, "feedback").refused(401);
    assert_eq!(world.delete(&format!("keys/{id}")).is(200), revoked);
    assert!(world.walk("keys", 50).contains(&revoked));
}

#[test]
fn a_key_that_is_not_there_is_not_found() {
    let world = World::new();
    for id in ["7", "0198c2f4-5c1e-7b7e-9d0a-3f4f6a1f2b3c"] {
        world.get(&format!("keys/{id}")).refused(404);
        world.delete(&format!("keys/{id}")).refused(404);
    }
}

#[test]
fn keys_are_for_administrators() {
    let world = World::new();
    for key in [READER, STRICT] {
        world.get_as(key, "keys").refused(403);
        world
            .send_as(key, Method::POST, "keys", &json!({"dialect": "native"}))
            .refused(403);
    }
}

#[test]
fn an_administrator_of_one_project_sees_and_makes_its_keys_only() {
    let world = World::new();
    let body = json!({"dialect": "native", "project": "strict", "scopes": ["admin"]});
    let made = world.post("keys", &body).is(201);
    let key = made["secret"].as_str().unwrap();
    let list = world.get_as(key, "keys").is(200);
    let projects = list["items"].as_array().unwrap().iter();
    assert!(projects.clone().count() >= 2);
    assert!(
        projects
            .into_iter()
            .all(|key| key["project"]["name"] == "strict")
    );
    world
        .send_as(key, Method::POST, "keys", &json!({"dialect": "native"}))
        .refused(403);
    world
        .send_as(
            key,
            Method::POST,
            "keys",
            &json!({"dialect": "native", "project": "strict"}),
        )
        .is(201);
    let others = world.walk("keys", 50);
    let other = others.iter().find(|key| key["project"].is_null()).unwrap();
    let path = format!("keys/{}", other["id"].as_str().unwrap());
    world.get_as(key, &path).refused(404);
    world
        .send_as(key, Method::DELETE, &path, &json!({}))
        .refused(404);
}

#[test]
fn the_list_is_walked_without_gap_or_double() {
    let world = World::new();
    let whole = world.walk("keys", 50);
    assert_eq!(whole.len(), 5);
    for limit in [1, 2, 4, 5] {
        assert_eq!(world.walk("keys", limit), whole, "{limit}");
    }
    assert!(!format!("{whole:?}").contains(ADMIN));
}
