//! People who talk to an application.

use crate::world::{READER, STRICT, WRITER, World, vote};
use reqwest::Method;
use serde_json::json;

const PEOPLE: &str = "projects/support/end-users";

#[test]
fn a_person_is_registered_once_and_learnt_more_of() {
    let world = World::new();
    let path = format!("{PEOPLE}/carol");
    let first = world
        .put(
            &path,
            &json!({"name": "Carol", "segments": {"team": "engineering", "plan": ["pro", "beta"]}}),
        )
        .is(201);
    assert_eq!(
        first["segments"],
        json!({"team": ["engineering"], "plan": ["pro", "beta"]})
    );
    let again = world
        .put(
            &path,
            &json!({"email": "carol@example.com", "segments": {"plan": "free"}}),
        )
        .is(200);
    assert_eq!(again["id"], first["id"]);
    assert_eq!(again["name"], "Carol");
    assert_eq!(again["email"], "carol@example.com");
    assert_eq!(
        again["segments"],
        json!({"team": ["engineering"], "plan": ["free"]})
    );
    assert_eq!(world.get(&path).is(200), again);
}

#[test]
fn saying_nothing_changes_nothing() {
    let world = World::new();
    let before = world.get(&format!("{PEOPLE}/ada")).is(200);
    assert_eq!(
        world.put(&format!("{PEOPLE}/ada"), &json!({})).is(200),
        before
    );
}

#[test]
fn a_person_is_named_by_any_id() {
    let world = World::new();
    let strange = "a/b?c#d %é id:x";
    let encoded = "a%2Fb%3Fc%23d%20%25%C3%A9%20id%3Ax";
    let person = world
        .put(&format!("{PEOPLE}/{encoded}"), &json!({}))
        .is(201);
    assert_eq!(person["external_id"], strange);
    let by_ours = world
        .get(&format!("{PEOPLE}/id:{}", person["id"].as_str().unwrap()))
        .is(200);
    assert_eq!(by_ours, person);
}

#[test]
fn a_person_is_not_registered_under_an_id_of_ours() {
    let world = World::new();
    let person = world.get(&format!("{PEOPLE}/ada")).is(200);
    let path = format!("{PEOPLE}/id:{}", person["id"].as_str().unwrap());
    assert_eq!(world.put(&path, &json!({})).refused(400), "end_user");
}

#[test]
fn a_person_of_another_project_is_not_there() {
    let world = World::new();
    world.get(&format!("{PEOPLE}/bob")).refused(404);
    world.get_as(STRICT, &format!("{PEOPLE}/ada")).refused(404);
    let ada = world.get(&format!("{PEOPLE}/ada")).is(200);
    let id = ada["id"].as_str().unwrap();
    world
        .get(&format!("projects/strict/end-users/id:{id}"))
        .refused(404);
}

#[test]
fn details_have_bounds() {
    let world = World::new();
    let path = format!("{PEOPLE}/carol");
    for (body, field) in [
        (json!({"name": "x".repeat(256)}), "name"),
        (json!({"name": 7}), "name"),
        (json!({"segments": {"team": 7}}), "segments.team"),
        (json!({"segments": {"team": ""}}), "segments"),
        (json!({"segments": []}), "segments"),
        (json!({"shoe_size": 43}), "shoe_size"),
    ] {
        assert_eq!(world.put(&path, &body).refused(400), field, "{body}");
    }
    let long = "x".repeat(1025);
    assert_eq!(
        world.get(&format!("{PEOPLE}/{long}")).refused(400),
        "end_user"
    );
    world
        .put(&format!("{PEOPLE}/{long}"), &json!({}))
        .refused(400);
    world.get(&path).refused(404);
}

#[test]
fn the_list_is_walked_without_gap_or_double_latest_first() {
    let world = World::new();
    for number in 0..5 {
        world
            .put(&format!("{PEOPLE}/u{number}"), &json!({}))
            .is(201);
    }
    let whole = world.walk(PEOPLE, 50);
    let names: Vec<_> = whole.iter().map(|it| &it["external_id"]).collect();
    assert_eq!(names, ["u4", "u3", "u2", "u1", "u0", "ada"]);
    for limit in [1, 2, 3, 6] {
        assert_eq!(world.walk(PEOPLE, limit), whole, "{limit}");
    }
}

#[test]
fn a_person_of_the_workspace_is_known_to_every_project() {
    let world = World::new();
    let put =
        json!({"name": "Dora", "metadata": {"shoe size": 43}, "segments": {"team": ["sales"]}});
    let dora = world.put("end-users/dora", &put).is(201);
    assert_eq!(dora["of_workspace"], true);
    assert_eq!(dora["metadata"], put["metadata"]);
    assert_eq!(world.put("end-users/dora", &put).is(200), dora);
    assert_eq!(world.get("end-users/dora").is(200), dora);
    assert_eq!(world.walk("end-users", 50), vec![dora.clone()]);
    for project in ["support", "strict"] {
        let path = format!("projects/{project}/end-users/dora");
        assert_eq!(world.get(&path).is(200), dora);
    }
}

#[test]
fn the_people_of_the_workspace_are_not_those_of_a_project() {
    let world = World::new();
    world.get("end-users/ada").refused(404);
    world.put("end-users/dora", &json!({})).is(201);
    assert_eq!(world.walk(PEOPLE, 50).len(), 1);
    world.get_as(STRICT, "end-users").refused(403);
    world
        .send_as(
            STRICT,
            Method::PUT,
            "end-users/dora",
            &json!({"name": "Eve"}),
        )
        .refused(403);
}

#[test]
fn scopes_are_held() {
    let world = World::new();
    world
        .send_as(READER, Method::PUT, &format!("{PEOPLE}/x"), &json!({}))
        .refused(403);
    world.get_as(WRITER, &format!("{PEOPLE}/ada")).refused(403);
    world
        .send_as(WRITER, Method::PUT, &format!("{PEOPLE}/x"), &json!({}))
        .is(201);
}

#[test]
fn who_judges_is_a_person_of_the_project() {
    let world = World::new();
    let feedback = world.feedback(&vote("m2", "ada", &json!({"rating": "positive"})));
    let person = world.get(&format!("{PEOPLE}/ada")).is(200);
    assert_eq!(feedback["author"]["id"], person["id"]);
}
