//! Questions with fixed answers.

use crate::world::{READER, World};
use reqwest::Method;
use serde_json::json;

const ATTRIBUTES: &str = "projects/support/attributes";

#[test]
fn a_question_is_defined_once_and_gains_answers() {
    let world = World::new();
    let first = world
        .post(ATTRIBUTES, &json!({"name": "Tone", "options": ["Kind"]}))
        .is(201);
    let again = world
        .post(
            ATTRIBUTES,
            &json!({"name": "Tone", "options": ["Rude", "Kind"]}),
        )
        .is(200);
    assert_eq!(again["id"], first["id"]);
    let names: Vec<_> = again["options"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(names, ["Kind", "Rude"]);
    assert_eq!(again["options"][0]["id"], first["options"][0]["id"]);
}

#[test]
fn the_list_is_in_the_order_of_definition() {
    let world = World::new();
    world
        .post(ATTRIBUTES, &json!({"name": "A last one"}))
        .is(201);
    let whole = world.walk(ATTRIBUTES, 50);
    let names: Vec<_> = whole.iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["Quality", "Speed", "A last one"]);
    for limit in [1, 2, 3] {
        assert_eq!(world.walk(ATTRIBUTES, limit), whole, "{limit}");
    }
}

#[test]
fn attributes_have_bounds() {
    let world = World::new();
    let many: Vec<_> = (0..201).map(|number| number.to_string()).collect();
    for (body, field) in [
        (json!({"name": "", "options": []}), "name"),
        (json!({"name": "Tone", "options": [""]}), "options[0]"),
        (json!({"name": "Tone", "options": many}), "options"),
        (json!({"name": "Tone", "options": "Kind"}), "options"),
        (json!({"name": "Tone\u{0}"}), "name"),
    ] {
        assert_eq!(world.post(ATTRIBUTES, &body).refused(400), field);
    }
}

#[test]
fn only_administrators_define_questions() {
    let world = World::new();
    world
        .send_as(READER, Method::POST, ATTRIBUTES, &json!({"name": "Tone"}))
        .refused(403);
    assert_eq!(
        world.get_as(READER, ATTRIBUTES).is(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    world.get("projects/nobody/attributes").refused(404);
}
