//! Many feedbacks in one request.

use crate::support::engine;
use crate::world::{PUBLISHABLE, STRICT, World, vote};
use reqwest::Method;
use serde_json::{Value, json};
use std::cmp::Reverse;

const BATCH: &str = "projects/support/feedback/batch";

fn statuses(answer: &Value) -> Vec<u64> {
    let items = answer["items"].as_array().unwrap().iter();
    items.map(|item| item["status"].as_u64().unwrap()).collect()
}

#[test]
fn each_is_answered_in_its_place() {
    let world = World::new();
    let body = json!({"items": [
        vote("m1", "ada", &json!({"rating": "positive"})),
        vote("m2", "ada", &json!({"rating": "sideways"})),
        vote("m2", "ada", &json!({})),
        vote("m2", "ada", &json!({"rating": "negative", "attributes": {"Colour": "Red"}})),
        {"colour": "red"},
        7,
        vote("m1", "ada", &json!({"rating": "negative"})),
        vote("m1", "ada", &json!({"rating": "negative"})),
    ]});
    let answer = world.post(BATCH, &body).is(200);
    assert_eq!(statuses(&answer), [201, 400, 400, 400, 400, 400, 200, 200]);
    let items = answer["items"].as_array().unwrap();
    assert_eq!(items[0]["feedback"]["outcome"], "created");
    assert_eq!(items[0]["problem"], Value::Null);
    assert_eq!(items[1]["feedback"], Value::Null);
    assert_eq!(items[1]["problem"]["field"], "items[1].rating");
    assert_eq!(items[2]["problem"]["field"], "items[2]");
    assert_eq!(items[3]["problem"]["field"], "items[3].attributes");
    assert_eq!(items[4]["problem"]["field"], "items[4].colour");
    assert_eq!(items[6]["feedback"]["outcome"], "changed");
    assert_eq!(items[7]["feedback"]["outcome"], "unchanged");
    assert_eq!(world.walk("projects/support/feedback", 50).len(), 1);
}

#[test]
fn a_thousand_are_taken_in_order_and_one_more_is_refused() {
    let world = World::new();
    let items = |number: usize| {
        let items: Vec<_> = (0..number)
            .map(|place| {
                vote(
                    &format!("b{place}"),
                    "ada",
                    &json!({"comment": place.to_string()}),
                )
            })
            .collect();
        json!({"items": items})
    };
    assert_eq!(world.post(BATCH, &items(1001)).refused(400), "items");
    let answer = world.post(BATCH, &items(1000)).is(200);
    assert!(statuses(&answer).iter().all(|status| *status == 201));
    let listed = world.walk("projects/support/feedback", 200);
    let mut comments: Vec<_> = listed
        .iter()
        .map(|it| it["comment"].as_str().unwrap())
        .collect();
    if engine::is_postgres() {
        // Votes for different messages are written side by side there.
        comments.sort_by_key(|comment| Reverse(comment.parse::<usize>().unwrap()));
    }
    let expected: Vec<_> = (0..1000).rev().map(|place| place.to_string()).collect();
    assert_eq!(comments, expected);
}

#[test]
fn an_empty_batch_is_one_too() {
    let world = World::new();
    assert_eq!(
        world.post(BATCH, &json!({"items": []})).is(200),
        json!({"items": []})
    );
}

#[test]
fn a_batch_that_is_none_is_refused_whole() {
    let world = World::new();
    for (body, field) in [
        (json!({}), ""),
        (json!({"items": {}}), "items"),
        (json!({"items": [], "colour": "red"}), "colour"),
        (json!([]), ""),
    ] {
        assert_eq!(world.post(BATCH, &body).refused(400), field, "{body}");
    }
}

#[test]
fn a_duplicate_key_spoils_one_item_alone() {
    let world = World::new();
    let body = r#"{"items": [{"message": {"external_id": "m1"}, "rating": "positive", "rating": "negative"},
                             {"message": {"external_id": "m1"}, "rating": "positive"}]}"#;
    let request = world.request(Method::POST, BATCH, crate::world::ADMIN);
    let request = request
        .header("content-type", "application/json")
        .body(body);
    let answer = crate::world::Answer::to(request).is(200);
    assert_eq!(statuses(&answer), [400, 201]);
}

#[test]
fn a_publishable_key_gets_receipts() {
    let world = World::new();
    let body = json!({"items": [vote("m1", "ada", &json!({"rating": "positive"}))]});
    let answer = world
        .send_as(PUBLISHABLE, Method::POST, BATCH, &body)
        .is(200);
    assert_eq!(answer["items"][0]["feedback"]["outcome"], "created");
    assert_eq!(answer["items"][0]["feedback"]["rating"], Value::Null);
}

#[test]
fn another_projects_key_finds_no_project() {
    let world = World::new();
    world
        .send_as(STRICT, Method::POST, BATCH, &json!({"items": []}))
        .refused(404);
}

#[test]
fn a_batch_sent_again_with_its_key_is_recorded_once() {
    let world = World::new();
    let body = json!({"items": [
        vote("m1", "ada", &json!({"rating": "positive"})),
        vote("m1", "ada", &json!({"rating": "negative"})),
    ]});
    let send = |key: &str, body: &Value| {
        let request = world.request(Method::POST, BATCH, crate::world::ADMIN);
        crate::world::Answer::to(request.header("idempotency-key", key).json(body))
    };
    let first = send("k", &body);
    assert_eq!(first.headers.get("idempotency-replayed"), None);
    assert_eq!(statuses(&first.body), [201, 200]);
    let again = send("k", &body);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(statuses(&again.body), [201, 200]);
    assert_eq!(world.walk("projects/support/feedback", 50)[0]["version"], 2);
    let other = send(
        "k",
        &json!({"items": [vote("m2", "ada", &json!({"rating": "positive"}))]}),
    );
    assert_eq!(statuses(&other.body), [409]);
}
