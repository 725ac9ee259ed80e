//! Limits that change while the server runs.

use crate::support;
use crate::world::{ADMIN, World, keys, setup};
use reqwest::Method;
use serde_json::{Value, json};

const KEYS: &str = "support";

fn world() -> World {
    let keys = keys(KEYS, &json!("support"), &Value::Null);
    World::new(&setup(&Value::Null, keys))
}

fn takes_many(world: &World) -> bool {
    (0..20).all(|_| world.vote("dify", KEYS).status().is_success())
}

/// The id of the Dify key.
fn key(world: &World) -> String {
    let keys = world.admin(Method::GET, "keys", &Value::Null);
    let mut keys = keys["items"].as_array().unwrap().iter();
    let key = keys.find(|key| key["dialect"] == "dify").unwrap();
    key["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_limit_holds_from_the_moment_it_is_set_until_it_is_taken_away() {
    let world = world();
    let key = format!("keys/{}", key(&world));
    for path in ["projects/support", &key] {
        assert!(takes_many(&world), "{path}");
        let limit = json!({"rate_limit": {"per_second": 1, "burst": 2}});
        let set = world.admin(Method::PATCH, path, &limit);
        assert_eq!(set["rate_limit"], limit["rate_limit"], "{path}");
        world.until_refused("dify", KEYS);
        let cleared = world.admin(Method::PATCH, path, &json!({"rate_limit": null}));
        assert_eq!(cleared["rate_limit"], Value::Null, "{path}");
    }
    assert!(takes_many(&world));
}

#[test]
fn an_apply_file_sets_limits_of_projects_and_of_keys_that_are_known() {
    let world = world();
    let file = setup(
        &json!({"per_second": 7}),
        keys(
            KEYS,
            &json!("support"),
            &json!({"per_second": 5, "burst": 9}),
        ),
    );
    let report = world.admin(Method::POST, "apply", &file);
    assert_eq!(
        report["keys"],
        json!({"created": 0, "changed": 6, "unchanged": 1})
    );
    let project = world.admin(Method::GET, "projects/support", &Value::Null);
    assert_eq!(project["rate_limit"], json!({"per_second": 7, "burst": 7}));
    let path = format!("keys/{}", key(&world));
    let shown = world.admin(Method::GET, &path, &Value::Null);
    assert_eq!(shown["rate_limit"], json!({"per_second": 5, "burst": 9}));
    let again = world.admin(Method::POST, "apply", &file);
    assert_eq!(
        again["keys"],
        json!({"created": 0, "changed": 0, "unchanged": 7})
    );
    assert_eq!(
        again["projects"],
        json!({"created": 0, "changed": 0, "unchanged": 1})
    );
}

#[test]
fn the_command_line_sets_and_shows_limits() {
    let world = world();
    let run = |arguments: &[&str]| {
        let mut command = support::candor(world.server.folder());
        support::run(
            command
                .args(arguments)
                .args(["--url", world.server.url(), "--key", ADMIN]),
        )
    };
    let key = key(&world);
    let told = run(&[
        "project",
        "limit",
        "support",
        "--per-second",
        "50",
        "--burst",
        "90",
    ]);
    assert_eq!(told, "support: 50/s, 90 at once\n");
    assert!(run(&["project", "list"]).contains("50/s, 90 at once"));
    run(&["project", "limit", "support", "--usual"]);
    assert!(run(&["key", "limit", &key, "--per-second", "0"]).ends_with(": any\n"));
    let keys = run(&["key", "list"]);
    assert!(keys.contains("any") && keys.contains("usual"), "{keys}");
    let known: Value = world.admin(Method::GET, "projects/support", &Value::Null);
    assert_eq!(known["rate_limit"], Value::Null);
}

#[test]
fn limits_outlive_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let limit = json!({"per_second": 3, "burst": 4});
    support::apply(
        folder.path(),
        &setup(&limit, keys(KEYS, &json!("support"), &limit)),
    );
    for _ in 0..2 {
        let world = World::of(support::Server::on(folder.path(), &[]));
        let project = world.admin(Method::GET, "projects/support", &Value::Null);
        assert_eq!(project["rate_limit"], limit);
        world.server.kill();
    }
}

#[test]
fn a_limit_beyond_all_bounds_is_refused() {
    let world = world();
    let url = format!("{}/candor/v1/projects/support", world.server.url());
    for (said, field) in [
        (json!({"per_second": 1_000_001}), "rate_limit.per_second"),
        (
            json!({"per_second": 1, "burst": 1_000_001}),
            "rate_limit.burst",
        ),
    ] {
        let request = world.client.patch(&url).bearer_auth(ADMIN);
        let answer = request.json(&json!({"rate_limit": said})).send().unwrap();
        assert_eq!(answer.status(), 400);
        let problem: Value = answer.json().unwrap();
        assert_eq!(problem["field"], field);
    }
}

#[test]
fn a_key_of_one_project_makes_no_keys_with_limits_of_its_own_choice() {
    let world = world();
    let made = world.admin(
        Method::POST,
        "keys",
        &json!({"dialect": "native", "project": "support", "scopes": ["admin"]}),
    );
    let url = format!("{}/candor/v1/keys", world.server.url());
    let wanted = |limit: Value| {
        let request = world
            .client
            .post(&url)
            .bearer_auth(made["secret"].as_str().unwrap());
        let key = json!({"dialect": "dify", "project": "support", "rate_limit": limit});
        request.json(&key).send().unwrap().status().as_u16()
    };
    assert_eq!(wanted(json!({"per_second": 0})), 403);
    assert_eq!(wanted(Value::Null), 201);
}
