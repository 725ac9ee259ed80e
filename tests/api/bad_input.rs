//! What is malformed, too large or in the wrong place: told clearly, and nothing of it is stored.

use crate::world::{ADMIN, Answer, World};
use candor::limits;
use reqwest::Method;
use serde_json::json;

const FEEDBACK: &str = "projects/support/feedback";

fn raw(world: &World, method: Method, path: &str, content_type: &str, body: Vec<u8>) -> Answer {
    let request = world.request(method, path, ADMIN);
    Answer::to(request.header("content-type", content_type).body(body))
}

fn post(world: &World, body: impl Into<Vec<u8>>) -> Answer {
    raw(
        world,
        Method::POST,
        FEEDBACK,
        "application/json",
        body.into(),
    )
}

/// What is no JSON, or no object.
const MALFORMED: &[(&str, &str)] = &[
    ("", "empty"),
    ("{", "EOF"),
    ("null", "null"),
    ("[]", "sequence"),
    (r#""text""#, "string"),
    (r#"{MESSAGE, "rating": "positive"} {}"#, "trailing"),
    (r#"{MESSAGE, "rating": "positive",}"#, "trailing comma"),
    (r#"{MESSAGE, "comment": "\ud800"}"#, "hex escape"),
    (r#"{MESSAGE, "comment": "\udc00x"}"#, "surrogate"),
    ("{MESSAGE, \"comment\": \"a\u{1}b\"}", "control character"),
    (r#"{MESSAGE, "score": {"value": 1e999}}"#, "out of range"),
    (r#"{MESSAGE, "score": {"value": NaN}}"#, "expected"),
    (
        r#"{MESSAGE, "metadata": DEEP, "resolved": true}"#,
        "recursion limit",
    ),
    ("DEEP", "expected"),
];

/// What is JSON, and says what may not be said.
const UNREADABLE: &[(&str, &str)] = &[
    (
        r#"{MESSAGE, "rating": "positive", "rating": "negative"}"#,
        "duplicate field",
    ),
    (
        r#"{MESSAGE, MESSAGE, "rating": "positive"}"#,
        "duplicate field",
    ),
    (
        r#"{MESSAGE, "metadata": {"a": 1, "a": 2}, "rating": "positive"}"#,
        "duplicate field",
    ),
    (
        r#"{MESSAGE, "attributes": {"Speed": "Fast", "Speed": "Slow"}}"#,
        "duplicate field",
    ),
    (r#"{MESSAGE, "comment": "a\u0000b"}"#, "NUL"),
    (r#"{MESSAGE, "reasons": ["\u0000"]}"#, "NUL"),
    (
        r#"{MESSAGE, "metadata": {"a": "\u0000"}, "resolved": true}"#,
        "NUL",
    ),
    (r#"{MESSAGE, "name": "\u0000", "resolved": true}"#, "NUL"),
    (
        r#"{MESSAGE, "metadata": {"a": 123456789012345678901234567890}, "resolved": true}"#,
        "rounded",
    ),
    (r#"{MESSAGE, "score": [3]}"#, "sequence"),
    (r#"{MESSAGE, "rating": "like"}"#, "unknown variant"),
    (r#"{MESSAGE, "resolved": "yes"}"#, "expected a boolean"),
    (r#"{MESSAGE, "colour": "red"}"#, "unknown field"),
];

#[test]
fn malformed_bodies_are_told_and_not_stored() {
    let world = World::new();
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    for (body, told) in MALFORMED.iter().chain(UNREADABLE) {
        let body = body.replace("MESSAGE", r#""message": {"external_id": "m2"}"#);
        let answer = post(&world, body.replace("DEEP", &deep));
        answer.refused(400);
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(told), "{body}: {detail}");
    }
    assert!(world.walk(FEEDBACK, 50).is_empty());
}

#[test]
fn a_mistake_is_named_by_field_line_and_column() {
    let world = World::new();
    let answer = post(
        &world,
        "{\"message\": {\"external_id\": \"m2\"},\n \"score\": {\"value\": \"high\"}}",
    );
    assert_eq!(answer.refused(400), "score.value");
    assert!(
        answer.body["detail"]
            .as_str()
            .unwrap()
            .contains("line 2 column"),
        "{answer:?}"
    );
}

#[test]
fn bytes_that_are_not_utf_8_are_refused() {
    let world = World::new();
    let mut body = br#"{"message": {"external_id": "m2"}, "comment": ""#.to_vec();
    body.extend([0xC3, 0x28]);
    body.extend(br#""}"#);
    let answer = post(&world, body);
    answer.refused(400);
    assert!(
        answer.body["detail"]
            .as_str()
            .unwrap()
            .contains("not UTF-8"),
        "{answer:?}"
    );
}

#[test]
fn texts_have_bounds_in_characters() {
    let world = World::new();
    let with = |name: &str, value: serde_json::Value| {
        let mut body = json!({"message": {"external_id": "m2"}, "resolved": true});
        body[name] = value;
        world.post(FEEDBACK, &body)
    };
    for (name, value, field) in [
        ("comment", json!("é".repeat(100_001)), "comment"),
        ("correction", json!("é".repeat(100_001)), "correction"),
        ("name", json!("é".repeat(256)), "name"),
        ("name", json!(""), "name"),
        ("reasons", json!(vec!["x"; 33]), "reasons"),
        ("reasons", json!([""]), "reasons[0]"),
        ("reasons", json!(["x".repeat(256)]), "reasons[0]"),
        ("metadata", json!({"a": "x".repeat(16 * 1024)}), "metadata"),
        ("metadata", json!([]), "metadata"),
        ("author", json!({"end_user": ""}), "end_user"),
        ("author", json!({"end_user": "x".repeat(1025)}), "end_user"),
        ("author", json!({"reviewer": "x".repeat(256)}), "author"),
        (
            "message",
            json!({"external_id": "x".repeat(1025)}),
            "message",
        ),
    ] {
        assert_eq!(with(name, value).refused(400), field);
    }
    assert!(world.walk(FEEDBACK, 50).is_empty());
    with("comment", json!("é".repeat(100_000))).is(201);
}

#[test]
fn a_body_must_be_said_to_be_json() {
    let world = World::new();
    let body = r#"{"message": {"external_id": "m2"}, "rating": "positive"}"#;
    for wrong in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "json",
        "",
    ] {
        raw(&world, Method::POST, FEEDBACK, wrong, body.into()).refused(415);
    }
    Answer::to(world.request(Method::POST, FEEDBACK, ADMIN).body(body)).refused(415);
    for right in [
        "application/json",
        "APPLICATION/JSON; charset=utf-8",
        "application/vnd.x+json",
    ] {
        let answer = raw(&world, Method::POST, FEEDBACK, right, body.into());
        assert!([200, 201].contains(&answer.status), "{answer:?}");
    }
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    let world = World::new();
    let usual = |bytes: usize| {
        let json = "application/json";
        raw(
            &world,
            Method::PUT,
            "projects/support/end-users/u",
            json,
            vec![b' '; bytes],
        )
    };
    usual(1024 * 1024).refused(400);
    usual(1024 * 1024 + 1).refused(413);
    let feedback = 1024 * 1024 + 2 * 12 * limits::COMMENT_CHARACTERS;
    post(&world, vec![b' '; feedback]).refused(400);
    post(&world, vec![b' '; feedback + 1]).refused(413);
    let conversations = "projects/support/conversations";
    let large = |bytes: usize| {
        raw(
            &world,
            Method::POST,
            conversations,
            "application/json",
            vec![b' '; bytes],
        )
    };
    large(1024 * 1024 + 1).refused(400);
    large(16 * 1024 * 1024 + 1).refused(413);
}

#[test]
fn texts_within_their_bound_fit_however_they_are_escaped() {
    let world = World::new();
    let body = |characters: usize| {
        let text = "\\ud83d\\ude00".repeat(characters);
        format!(
            r#"{{"message":{{"external_id":"m2"}},"author":{{"end_user":"ada"}},"comment":"{text}","correction":"{text}"}}"#
        )
    };
    let longest = body(limits::COMMENT_CHARACTERS);
    post(&world, longest.clone().into_bytes()).is(201);
    let batch = format!(r#"{{"items":[{longest}]}}"#);
    let path = "projects/support/feedback/batch";
    raw(&world, Method::POST, path, "application/json", batch.into()).is(200);
    let refused = post(&world, body(limits::COMMENT_CHARACTERS + 1).into_bytes());
    assert_eq!(refused.refused(400), "comment");
}

#[test]
fn what_is_nowhere_is_not_found() {
    let world = World::new();
    for path in [
        "",
        "nothing",
        "projects/support/nothing",
        "projects/",
        "projects/support/feedback/x/y",
        "Projects",
    ] {
        world.get(path).refused(404);
    }
    let client = crate::support::client();
    for path in [
        "/candor",
        "/candor/v2/projects",
        "/candor/v1x",
        "/favicon.ico",
    ] {
        Answer::to(client.get(format!("{}{path}", world.server().url()))).refused(404);
    }
}

#[test]
fn what_a_path_does_not_take_is_told_with_what_it_takes() {
    let world = World::new();
    for (method, path, allow) in [
        (Method::DELETE, "projects", "GET,HEAD,POST"),
        (Method::PUT, "projects/support", "GET,HEAD,PATCH,DELETE"),
        (
            Method::POST,
            "projects/support/feedback/x",
            "GET,HEAD,PATCH,DELETE",
        ),
        (Method::GET, "projects/support/feedback/batch", "POST"),
        (Method::POST, "feedback", "GET,HEAD"),
        (Method::DELETE, "openapi.json", "GET,HEAD"),
    ] {
        let answer = world.send(method.clone(), path, &json!({}));
        answer.refused(405);
        let told = answer.headers["allow"].to_str().unwrap();
        let (mut told, mut expected): (Vec<_>, Vec<_>) =
            (told.split(',').collect(), allow.split(',').collect());
        told.sort_unstable();
        expected.sort_unstable();
        assert_eq!(told, expected, "{method} {path}");
    }
}

#[test]
fn a_path_must_be_utf_8() {
    let world = World::new();
    world.get("projects/%FF").refused(400);
    world.get("projects/support/end-users/%C3%28").refused(400);
    assert_eq!(
        world.get("projects/support/end-users/%00").refused(400),
        "end_user"
    );
}

#[test]
fn a_key_must_be_carried_as_a_bearer() {
    let world = World::new();
    let url = format!("{}/candor/v1/projects", world.server().url());
    let client = crate::support::client();
    for header in [
        None,
        Some("Bearer"),
        Some("Bearer nonsense"),
        Some("Basic Y25k"),
        Some(ADMIN),
    ] {
        let request = client.get(&url);
        let request = match header {
            Some(header) => request.header("authorization", header),
            None => request,
        };
        let answer = Answer::to(request);
        answer.refused(401);
        assert!(
            answer.headers["www-authenticate"]
                .to_str()
                .unwrap()
                .starts_with("Bearer")
        );
    }
    let request = client
        .get(&url)
        .header("authorization", format!("bearer  {ADMIN}"));
    Answer::to(request).is(200);
}
