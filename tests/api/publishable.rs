//! Publishable keys, which anybody may read in a page's source: they create feedback and do nothing else.

use crate::world::{PUBLISHABLE, World, vote};
use reqwest::Method;
use serde_json::json;

#[test]
fn it_creates_feedback_and_learns_nothing_but_the_receipt() {
    let world = World::new();
    world.feedback(&vote(
        "m2",
        "ada",
        &json!({"comment": "A secret.", "rating": "negative"}),
    ));
    let feedback = "projects/support/feedback";
    for (body, status) in [
        (vote("m2", "bob", &json!({"rating": "positive"})), 201),
        (vote("m2", "bob", &json!({"rating": "positive"})), 200),
    ] {
        let answer = world
            .send_as(PUBLISHABLE, Method::POST, feedback, &body)
            .is(status);
        assert!(answer["id"].is_string());
        assert!(!answer.to_string().contains("secret"));
        assert_eq!(answer.as_object().unwrap().len(), 5, "{answer}");
    }
}

#[test]
fn it_does_not_change_what_somebody_said() {
    let world = World::new();
    world.feedback(&vote("m2", "ada", &json!({"rating": "negative"})));
    let feedback = "projects/support/feedback";
    let changed = vote("m2", "ada", &json!({"rating": "positive"}));
    world
        .send_as(PUBLISHABLE, Method::POST, feedback, &changed)
        .refused(403);
    let listed = world.get(feedback).is(200);
    assert_eq!(listed["items"][0]["rating"], "negative");
}

#[test]
fn it_speaks_for_no_reviewer_and_no_model() {
    let world = World::new();
    for author in [json!({"reviewer": "legal"}), json!({"model": "judge"})] {
        let mut body = vote("m2", "ada", &json!({"rating": "positive"}));
        body["author"] = author;
        world
            .send_as(
                PUBLISHABLE,
                Method::POST,
                "projects/support/feedback",
                &body,
            )
            .refused(403);
    }
}

#[test]
fn it_reads_and_changes_nothing() {
    let world = World::new();
    let first = world.feedback(&vote("m2", "ada", &json!({"rating": "negative"})));
    let one = format!(
        "projects/support/feedback/{}",
        first["id"].as_str().unwrap()
    );
    for path in [
        "projects",
        "projects/support",
        "projects/support/feedback",
        "projects/support/conversations",
        "projects/support/conversations/c1",
        "projects/support/conversations/c1/messages",
        "projects/support/end-users",
        "projects/support/end-users/ada",
        "projects/support/attributes",
        "feedback",
        "keys",
        one.as_str(),
    ] {
        world.get_as(PUBLISHABLE, path).refused(403);
    }
    let nothing = json!({});
    for (method, path) in [
        (Method::PATCH, one.as_str()),
        (Method::DELETE, one.as_str()),
        (Method::PUT, "projects/support/conversations/c1"),
        (Method::POST, "projects/support/conversations"),
        (Method::PUT, "projects/support/end-users/ada"),
        (Method::POST, "projects/support/attributes"),
        (Method::PATCH, "projects/support"),
        (Method::DELETE, "projects/support"),
        (Method::POST, "projects"),
        (Method::POST, "keys"),
    ] {
        world
            .send_as(PUBLISHABLE, method, path, &nothing)
            .refused(403);
    }
}

#[test]
fn it_opens_its_own_project_only() {
    let world = World::new();
    let body = vote("sm1", "bob", &json!({"rating": "positive"}));
    world
        .send_as(PUBLISHABLE, Method::POST, "projects/strict/feedback", &body)
        .refused(404);
}

#[test]
fn scopes_give_it_no_more() {
    let world = World::new();
    let body = json!({"dialect": "native", "publishable": true, "scopes": ["admin"], "project": "support"});
    let key = world.post("keys", &body).is(201);
    let key = key["secret"].as_str().unwrap();
    world.get_as(key, "feedback").refused(403);
    world.get_as(key, "keys").refused(403);
    let body = vote("m2", "ada", &json!({"rating": "positive"}));
    world
        .send_as(key, Method::POST, "projects/support/feedback", &body)
        .is(201);
}

#[test]
fn a_page_of_any_origin_may_use_it() {
    let world = World::new();
    let feedback = "projects/support/feedback";
    let asked = world
        .request(Method::OPTIONS, feedback, "")
        .header("Origin", "https://shop.example")
        .header("Access-Control-Request-Method", "POST")
        .header(
            "Access-Control-Request-Headers",
            "authorization,content-type",
        )
        .send()
        .unwrap();
    assert!(asked.status().is_success(), "{asked:?}");
    assert_eq!(asked.headers()["access-control-allow-origin"], "*");
    assert_eq!(
        asked.headers()["access-control-allow-headers"],
        "authorization,content-type"
    );
    // What is refused is readable too, or a page could not say why.
    for (body, status) in [
        (vote("m2", "bob", &json!({"rating": "positive"})), 201),
        (json!({}), 400),
    ] {
        let answer = world
            .request(Method::POST, feedback, PUBLISHABLE)
            .header("Origin", "https://shop.example")
            .json(&body)
            .send()
            .unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    }
}
