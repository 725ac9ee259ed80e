//! Requests that are sent again with their `Idempotency-Key`.

use crate::world::{ADMIN, Answer, WRITER, World, vote};
use reqwest::Method;
use serde_json::{Value, json};

const FEEDBACK: &str = "projects/support/feedback";

fn send(world: &World, key: &str, method: Method, path: &str, body: &Value) -> Answer {
    let request = world.request(method, path, ADMIN);
    Answer::to(request.header("idempotency-key", key).json(body))
}

#[track_caller]
fn assert_replayed(answer: &Answer, replayed: bool) {
    let header = answer.headers.get("idempotency-replayed");
    assert_eq!(
        header.is_some_and(|value| value == "true"),
        replayed,
        "{answer:?}"
    );
}

#[test]
fn a_feedback_sent_again_is_answered_again() {
    let world = World::new();
    let body = vote("m2", "ada", &json!({"rating": "positive"}));
    let first = send(&world, "k1", Method::POST, FEEDBACK, &body);
    let again = send(&world, "k1", Method::POST, FEEDBACK, &body);
    assert_replayed(&first, false);
    assert_replayed(&again, true);
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body, again.body);
}

#[test]
fn a_late_repetition_does_not_undo_what_came_between() {
    let world = World::new();
    let body = vote("m2", "ada", &json!({"rating": "positive"}));
    send(&world, "k1", Method::POST, FEEDBACK, &body).is(201);
    world
        .post(FEEDBACK, &vote("m2", "ada", &json!({"rating": "negative"})))
        .is(200);
    let again = send(&world, "k1", Method::POST, FEEDBACK, &body).is(201);
    assert_eq!(again["outcome"], "created");
    assert_eq!(again["rating"], "negative");
    assert_eq!(again["version"], 2);
}

#[test]
fn another_request_with_the_key_is_refused() {
    let world = World::new();
    let body = vote("m2", "ada", &json!({"rating": "positive"}));
    let first = send(&world, "k1", Method::POST, FEEDBACK, &body).is(201);
    let path = format!("{FEEDBACK}/{}", first["id"].as_str().unwrap());
    let other = vote("m2", "ada", &json!({"rating": "negative"}));
    for (method, path, body) in [
        (Method::POST, FEEDBACK, &other),
        (Method::POST, "projects/strict/feedback", &body),
        (Method::PATCH, path.as_str(), &json!({"rating": "negative"})),
        (Method::DELETE, path.as_str(), &json!({})),
        (Method::POST, "projects", &json!({"name": "new"})),
        (Method::POST, "keys", &json!({"dialect": "native"})),
    ] {
        let answer = send(&world, "k1", method.clone(), path, body);
        assert_eq!(answer.status, 409, "{method} {path}: {answer:?}");
    }
    assert_eq!(world.get(&path).is(200)["rating"], "positive");
    world.get("projects/new").refused(404);
}

#[test]
fn keys_belong_to_their_caller() {
    let world = World::new();
    let body = vote("m2", "ada", &json!({"rating": "positive"}));
    send(&world, "k1", Method::POST, FEEDBACK, &body).is(201);
    let request = world.request(Method::POST, FEEDBACK, WRITER);
    let other = Answer::to(request.header("idempotency-key", "k1").json(&body));
    assert_replayed(&other, false);
    assert_eq!(other.is(200)["outcome"], "unchanged");
}

#[test]
fn changes_and_retractions_are_answered_again() {
    let world = World::new();
    let first = world.feedback(&vote("m2", "ada", &json!({"rating": "positive"})));
    let path = format!("{FEEDBACK}/{}", first["id"].as_str().unwrap());
    for (key, method, body, outcome) in [
        (
            "k1",
            Method::PATCH,
            json!({"rating": "negative"}),
            "changed",
        ),
        ("k2", Method::DELETE, json!({}), "retracted"),
    ] {
        let first = send(&world, key, method.clone(), &path, &body);
        let again = send(&world, key, method, &path, &body);
        assert_replayed(&first, false);
        assert_replayed(&again, true);
        assert_eq!(first.body["outcome"], outcome);
        assert_eq!(again.body["outcome"], outcome);
        assert_eq!((first.status, again.status), (200, 200));
    }
}

#[test]
fn a_project_is_made_once() {
    let world = World::new();
    let body = json!({"name": "new"});
    let first = send(&world, "k1", Method::POST, "projects", &body);
    let again = send(&world, "k1", Method::POST, "projects", &body);
    assert_replayed(&again, true);
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body, again.body);
    send(&world, "k2", Method::POST, "projects", &body).refused(409);
}

#[test]
fn a_key_is_made_once_and_its_secret_is_not_shown_again() {
    let world = World::new();
    let body = json!({"dialect": "native"});
    let before = world.walk("keys", 50).len();
    let first = send(&world, "k1", Method::POST, "keys", &body).is(201);
    let again = send(&world, "k1", Method::POST, "keys", &body);
    again.refused(409);
    assert!(
        !again
            .body
            .to_string()
            .contains(first["secret"].as_str().unwrap())
    );
    assert_eq!(world.walk("keys", 50).len(), before + 1);
}

#[test]
fn a_request_that_was_refused_is_not_remembered() {
    let world = World::new();
    let strict = "projects/strict/feedback";
    let body = vote("late", "bob", &json!({"rating": "positive"}));
    send(&world, "k1", Method::POST, strict, &body).refused(404);
    let messages = json!({"messages": [{"external_id": "late"}]});
    world
        .put("projects/strict/conversations/s1", &messages)
        .is(200);
    let answer = send(&world, "k1", Method::POST, strict, &body);
    assert_replayed(&answer, false);
    answer.is(201);
}

#[test]
fn many_at_once_are_carried_out_once() {
    let world = World::new();
    let body = vote("m2", "ada", &json!({"rating": "positive"}));
    let ids: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| send(&world, "k1", Method::POST, FEEDBACK, &body)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(ids.iter().all(|answer| answer.status == 201), "{ids:?}");
    let replayed = |answer: &&Answer| answer.headers.contains_key("idempotency-replayed");
    assert_eq!(ids.iter().filter(replayed).count(), 7);
    assert_eq!(world.walk(FEEDBACK, 50).len(), 1);
}

#[test]
fn a_key_is_short_and_plain() {
    let world = World::new();
    let body = vote("m2", "ada", &json!({"rating": "positive"}));
    for wrong in ["", &"x".repeat(256)] {
        let answer = send(&world, wrong, Method::POST, FEEDBACK, &body);
        assert_eq!(answer.refused(400), "Idempotency-Key");
    }
    let longest = "x".repeat(255);
    send(&world, &longest, Method::POST, FEEDBACK, &body).is(201);
}

/// The texts of a conversation's messages.
fn texts(world: &World, conversation: &str) -> Vec<String> {
    let path = format!("projects/support/conversations/{conversation}/messages");
    let items = world.get(&path).is(200)["items"].clone();
    let items = items.as_array().unwrap().iter();
    items
        .map(|item| item["content"].as_str().unwrap_or("-").to_owned())
        .collect()
}

fn assert_same_ids(first: &Value, again: &Value) {
    assert_eq!(first["id"], again["id"]);
    assert_eq!(first["messages"], again["messages"]);
}

#[test]
fn conversations_sent_again_are_not_told_twice() {
    let world = World::new();
    let path = "projects/support/conversations";
    let body = json!({"conversations": [
        {"external_id": "x", "messages": [{"content": "1"}, {"external_id": "n", "content": "2"}, {"content": "3"}]},
        {"external_id": "y", "messages": [{"external_id": "n", "content": "4"}, {"content": "5"}]},
    ]});
    let first = send(&world, "k1", Method::POST, path, &body);
    assert_replayed(&first, false);
    let between = json!({"conversations": [
        {"external_id": "x", "messages": [{"content": "6"}, {"external_id": "n", "content": "two"}]},
    ]});
    send(&world, "k2", Method::POST, path, &between).is(200);
    let again = send(&world, "k1", Method::POST, path, &body);
    assert_replayed(&again, true);
    let (first, again) = (first.is(200), again.is(200));
    for place in [0, 1] {
        assert_same_ids(&first["items"][place], &again["items"][place]);
    }
    assert_eq!(texts(&world, "x"), ["1", "two", "3", "6"]);
    assert_eq!(texts(&world, "y"), ["4", "5"]);
    send(&world, "k1", Method::POST, path, &between).refused(409);
}

#[test]
fn a_conversation_put_again_is_not_told_twice() {
    let world = World::new();
    let path = "projects/support/conversations/x";
    for (key, body) in [
        ("k1", json!({"messages": [{"content": "1"}]})),
        ("k2", json!({"title": "named messages alone"})),
    ] {
        let first = send(&world, key, Method::PUT, path, &body);
        let again = send(&world, key, Method::PUT, path, &body);
        assert_replayed(&first, false);
        assert_replayed(&again, true);
        assert_same_ids(&first.body, &again.is(200));
    }
    assert_eq!(texts(&world, "x"), ["1"]);
}
