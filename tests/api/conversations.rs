//! Conversations and their messages.

use crate::world::{READER, STRICT, WRITER, World, vote};
use reqwest::Method;
use serde_json::{Value, json};

const CONVERSATIONS: &str = "projects/support/conversations";

#[test]
fn a_conversation_is_registered_with_its_messages() {
    let world = World::new();
    let body = json!({
        "end_user": "carol", "title": "Hello", "metadata": {"page": 1}, "created_at": "2026-05-02T10:00:00Z",
        "messages": [
            {"external_id": "x1", "role": "user", "content": "Hi", "created_at": "2026-05-02T10:00:00Z"},
            {"external_id": "x2", "content": "Hello!", "query": "Hi", "model": "gpt-4o", "version": "7",
             "metadata": {"tokens": 3}, "created_at": "2026-05-02T10:00:01Z"},
        ],
    });
    let path = format!("{CONVERSATIONS}/c2");
    let written = world.put(&path, &body).is(201);
    assert_eq!(written["created"], true);
    assert_eq!(written["external_id"], "c2");
    assert_eq!(written["messages"][1]["external_id"], "x2");
    let shown = world.get(&path).is(200);
    assert_eq!(shown["id"], written["id"]);
    assert_eq!(shown["end_user"]["external_id"], "carol");
    for same in ["title", "metadata", "created_at"] {
        assert_eq!(shown[same], body[same], "{same}");
    }
    let messages = world.get(&format!("{path}/messages")).is(200);
    let second = &messages["items"][1];
    assert_eq!(second["id"], written["messages"][1]["id"]);
    assert_eq!(second["role"], "assistant");
    for same in [
        "content",
        "query",
        "model",
        "version",
        "metadata",
        "created_at",
    ] {
        assert_eq!(second[same], body["messages"][1][same], "{same}");
    }
}

#[test]
fn a_known_conversation_is_added_to() {
    let world = World::new();
    let path = format!("{CONVERSATIONS}/c1");
    let body = json!({"messages": [
        {"external_id": "m2", "version": "8"},
        {"external_id": "m3", "content": "More."},
    ]});
    let written = world.put(&path, &body).is(200);
    assert_eq!(written["created"], false);
    assert_eq!(world.get(&path).is(200)["title"], "Refund");
    let messages = world.get(&format!("{path}/messages")).is(200);
    let items = messages["items"].as_array().unwrap();
    let ids: Vec<_> = items.iter().map(|it| &it["external_id"]).collect();
    assert_eq!(ids, ["m1", "m2", "m3"]);
    assert_eq!(
        (&items[1]["content"], &items[1]["version"]),
        (&json!("Money back."), &json!("8"))
    );
}

#[test]
fn many_are_stored_together() {
    let world = World::new();
    let body = json!({"conversations": [
        {"external_id": "c1", "title": "Refunds"},
        {"external_id": "c3", "messages": [{"content": "Without an id"}]},
    ]});
    let written = world.post(CONVERSATIONS, &body).is(200);
    assert_eq!(written["items"][0]["created"], false);
    assert_eq!(written["items"][1]["created"], true);
    assert_eq!(
        written["items"][1]["messages"][0]["external_id"],
        Value::Null
    );
    assert_eq!(
        world.get(&format!("{CONVERSATIONS}/c1")).is(200)["title"],
        "Refunds"
    );
}

#[test]
fn many_are_stored_all_or_none() {
    let world = World::new();
    let body = json!({"conversations": [
        {"external_id": "c3"},
        {"external_id": "c4", "messages": [{"content": "fine"}, {"external_id": ""}]},
    ]});
    let answer = world.post(CONVERSATIONS, &body);
    assert_eq!(
        answer.refused(400),
        "conversations[1].messages[1].external_id"
    );
    world.get(&format!("{CONVERSATIONS}/c3")).refused(404);
}

#[test]
fn a_mistake_is_named_by_its_path() {
    let world = World::new();
    for (messages, field) in [
        (
            json!([{"role": "user"}, {"role": "robot"}]),
            "messages[1].role",
        ),
        (json!([{"colour": "red"}]), "messages[0].colour"),
        (
            json!([{"created_at": "yesterday"}]),
            "messages[0].created_at",
        ),
        (json!([{"metadata": []}]), "messages[0].metadata"),
        (json!([{"model": "x".repeat(256)}]), "messages[0].model"),
        (json!({}), "messages"),
    ] {
        let body = json!({"messages": messages});
        assert_eq!(
            world
                .put(&format!("{CONVERSATIONS}/c9"), &body)
                .refused(400),
            field,
            "{body}"
        );
        let mut one = body.clone();
        one["external_id"] = json!("c9");
        let many = json!({"conversations": [{"external_id": "c8"}, one]});
        let field = format!("conversations[1].{field}");
        assert_eq!(
            world.post(CONVERSATIONS, &many).refused(400),
            field,
            "{many}"
        );
    }
    world.get(&format!("{CONVERSATIONS}/c9")).refused(404);
}

#[test]
fn a_long_text_fits_and_a_longer_one_does_not() {
    let world = World::new();
    let body = |characters| json!({"messages": [{"content": "é".repeat(characters)}]});
    world
        .put(&format!("{CONVERSATIONS}/long"), &body(400_000))
        .is(201);
    let answer = world.put(&format!("{CONVERSATIONS}/longer"), &body(400_001));
    assert_eq!(answer.refused(400), "messages[0].content");
}

#[test]
fn a_conversation_is_named_by_our_id_too() {
    let world = World::new();
    let first = world.get(&format!("{CONVERSATIONS}/c1")).is(200);
    let ours = format!("{CONVERSATIONS}/id:{}", first["id"].as_str().unwrap());
    assert_eq!(world.get(&ours).is(200), first);
    assert_eq!(
        world.get(&format!("{ours}/messages")).is(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(world.put(&ours, &json!({})).refused(400), "conversation");
}

#[test]
fn what_comes_after_its_vote_is_linked_to_it() {
    let world = World::new();
    let feedback = world.feedback(&vote("early", "ada", &json!({"rating": "negative"})));
    let body = json!({"messages": [
        {"external_id": "q", "role": "user", "content": "Why?"},
        {"external_id": "early", "content": "Because."},
    ]});
    world.put(&format!("{CONVERSATIONS}/c5"), &body).is(201);
    let detail = world
        .get(&format!("feedback/{}", feedback["id"].as_str().unwrap()))
        .is(200);
    assert_eq!(detail["message"]["content"], "Because.");
    assert_eq!(detail["message"]["stub"], false);
    assert_eq!(detail["target"]["conversation"]["external_id"], "c5");
    assert_eq!(detail["question"], "Why?");
}

#[test]
fn the_list_is_walked_without_gap_or_double_latest_first() {
    let world = World::new();
    for number in 0..5 {
        world
            .put(&format!("{CONVERSATIONS}/w{number}"), &json!({}))
            .is(201);
    }
    let whole = world.walk(CONVERSATIONS, 50);
    let names: Vec<_> = whole.iter().map(|it| &it["external_id"]).collect();
    assert_eq!(names, ["w4", "w3", "w2", "w1", "w0", "c1"]);
    for limit in [1, 2, 3, 6] {
        assert_eq!(world.walk(CONVERSATIONS, limit), whole, "{limit}");
    }
}

#[test]
fn the_list_can_be_narrowed_to_a_person() {
    let world = World::new();
    world
        .put(&format!("{CONVERSATIONS}/b1"), &json!({"end_user": "bert"}))
        .is(201);
    let of = |person: &str| world.walk(&format!("{CONVERSATIONS}?end_user={person}"), 50);
    assert_eq!(of("bert").len(), 1);
    assert_eq!(of("ada")[0]["external_id"], "c1");
    assert!(of("nobody").is_empty());
    let id = of("bert")[0]["end_user"]["id"].as_str().unwrap().to_owned();
    assert_eq!(of(&format!("id:{id}")).len(), 1);
}

#[test]
fn messages_are_read_from_the_latest_backwards() {
    let world = World::new();
    let messages: Vec<_> = (0..7)
        .map(|number| {
            let at = format!("2026-05-03T10:00:0{number}Z");
            json!({"external_id": number.to_string(), "content": "x", "created_at": at})
        })
        .collect();
    world
        .put(
            &format!("{CONVERSATIONS}/c6"),
            &json!({"messages": messages}),
        )
        .is(201);
    let path = format!("{CONVERSATIONS}/c6/messages?limit=3");
    let mut parts = Vec::new();
    let mut cursor = String::new();
    loop {
        let part = world.get(&format!("{path}{cursor}")).is(200);
        let items = part["items"].as_array().unwrap().iter();
        parts.push(
            items
                .map(|it| it["external_id"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>(),
        );
        match part["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(parts, [vec!["4", "5", "6"], vec!["1", "2", "3"], vec!["0"]]);
}

#[test]
fn what_a_project_does_not_keep_is_not_shown() {
    let world = World::new();
    world
        .patch("projects/support", &json!({"keep_text": "none"}))
        .is(200);
    world
        .put(
            &format!("{CONVERSATIONS}/c7"),
            &json!({"messages": [{"content": "Secret."}]}),
        )
        .is(201);
    let messages = world.get(&format!("{CONVERSATIONS}/c7/messages")).is(200);
    assert_eq!(messages["items"][0]["content"], Value::Null);
}

#[test]
fn projects_and_scopes_are_held() {
    let world = World::new();
    world.get(&format!("{CONVERSATIONS}/s1")).refused(404);
    world
        .get(&format!("{CONVERSATIONS}/s1/messages"))
        .refused(404);
    world
        .get_as(STRICT, &format!("{CONVERSATIONS}/c1"))
        .refused(404);
    world
        .get_as(WRITER, &format!("{CONVERSATIONS}/c1"))
        .refused(403);
    let body = json!({});
    world
        .send_as(READER, Method::PUT, &format!("{CONVERSATIONS}/c9"), &body)
        .refused(403);
    world
        .send_as(WRITER, Method::PUT, &format!("{CONVERSATIONS}/c9"), &body)
        .is(201);
    world
        .send_as(STRICT, Method::PUT, &format!("{CONVERSATIONS}/c9"), &body)
        .refused(404);
}
