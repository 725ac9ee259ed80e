//! Tags.

use super::fixture::{ACCOUNT, CHATLOG, KEY, OPEN, OTHER, Wonderchat};
use serde_json::{Value, json};

fn change(wonderchat: &Wonderchat, key: &str, verb: &str, chatlog: &str, tags: &Value) -> Value {
    let path = match verb {
        "add" => "add-tags-to-chatlog",
        _ => "delete-tags-from-chatlog",
    };
    let body = json!({"chatlogId": chatlog, "tags": tags});
    let answer = wonderchat.post(key, path, &body).is(200);
    assert_eq!(answer["status"], "success");
    answer["tags"].clone()
}

#[test]
fn tags_come_and_go_and_each_is_there_once() {
    let wonderchat = Wonderchat::new();
    let tagged = |verb: &str, tags: Value| change(&wonderchat, KEY, verb, CHATLOG, &tags);
    assert_eq!(tagged("add", json!(["b", "a", "b"])), json!(["b", "a"]));
    assert_eq!(tagged("add", json!(["c", "a"])), json!(["b", "a", "c"]));
    assert_eq!(tagged("delete", json!(["a", "x"])), json!(["b", "c"]));
    assert_eq!(tagged("delete", json!(["b", "c"])), json!([]));
    assert_eq!(tagged("add", json!([])), json!([]));
}

#[test]
fn a_key_of_the_account_tags_the_chatlog_of_any_chatbot() {
    let wonderchat = Wonderchat::new();
    for chatlog in [CHATLOG, "other-chatlog"] {
        let tags = change(&wonderchat, ACCOUNT, "add", chatlog, &json!(["vip"]));
        assert_eq!(tags, json!(["vip"]));
    }
    let none = change(
        &wonderchat,
        OTHER,
        "delete",
        "other-chatlog",
        &json!(["vip"]),
    );
    assert_eq!(none, json!([]));
}

#[test]
fn an_unknown_chatlog_is_registered_where_that_is_accepted() {
    let wonderchat = Wonderchat::new();
    let none = change(&wonderchat, OPEN, "delete", "new", &json!(["vip"]));
    assert_eq!(none, json!([]));
    assert_eq!(wonderchat.export(OPEN, &json!({})), Vec::<Value>::new());
    let tags = change(&wonderchat, OPEN, "add", "new", &json!(["vip"]));
    assert_eq!(tags, json!(["vip"]));
    assert_eq!(wonderchat.export(OPEN, &json!({})).len(), 1);
}

#[test]
fn an_unknown_chatlog_is_refused_elsewhere() {
    let wonderchat = Wonderchat::new();
    for path in ["add-tags-to-chatlog", "delete-tags-from-chatlog"] {
        for chatlog in ["new", "other-chatlog"] {
            let body = json!({"chatlogId": chatlog, "tags": ["vip"]});
            wonderchat.post(KEY, path, &body).is_refused(404);
        }
    }
}

#[test]
fn tags_are_texts_within_their_bounds() {
    let wonderchat = Wonderchat::new();
    let add = |tags: Value| {
        let body = json!({"chatlogId": CHATLOG, "tags": tags});
        wonderchat.post(KEY, "add-tags-to-chatlog", &body)
    };
    let many = |range: std::ops::Range<usize>| -> Value {
        range.map(|number| number.to_string()).collect()
    };
    for tags in [
        json!(null),
        json!("vip"),
        json!([7]),
        json!([""]),
        json!(["x".repeat(256)]),
        many(0..101),
    ] {
        add(tags).is_refused(400);
    }
    add(many(0..100)).is(200);
    add(many(50..101)).is_refused(400);
    add(many(99..100)).is(200);
    let body = json!({"chatlogId": CHATLOG});
    wonderchat
        .post(KEY, "add-tags-to-chatlog", &body)
        .is_refused(400);
}
