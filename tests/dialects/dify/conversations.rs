//! Conversations and messages, beyond the recorded exchanges.

use super::fixture::{Dify, KEY, USER};
use serde_json::{Value, json};

const CHAT: &str = "e2facc2b-57e3-555d-808c-37f5fa693c21";

fn id(number: usize) -> String {
    format!("{number:08}-0000-4000-8000-000000000000")
}

fn message(number: usize, role: &str, content: &str) -> Value {
    json!({
        "external_id": id(number), "role": role, "content": content,
        "created_at": format!("2026-05-01T12:00:{number:02}Z"),
    })
}

/// An app whose conversation was told message by message: a question with two tools' answers, one without an answer,
/// and two more with one each.
fn app() -> Dify {
    let setup = json!({
        "projects": [{"name": "app", "description": "Answers questions."}],
        "keys": [{"dialect": "dify", "project": "app", "secret": KEY}],
        "conversations": [{
            "project": "app", "external_id": CHAT, "end_user": USER, "title": "Refund",
            "created_at": "2026-05-01T12:00:00Z",
            "messages": [
                message(1, "system", "Be kind."),
                message(2, "user", "first?"), message(3, "tool", "42"), message(4, "assistant", "first."),
                message(5, "user", "second?"),
                message(6, "user", "third?"), message(7, "assistant", "third."),
                message(8, "user", "fourth?"), message(9, "assistant", "fourth."),
            ],
        }],
    });
    Dify::set_up(&setup, KEY)
}

fn talk(page: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let items = page["data"].as_array().unwrap().iter();
    items
        .map(|item| (text(&item["query"]), text(&item["answer"])))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(query, answer): &(&str, &str)| ((*query).to_owned(), (*answer).to_owned());
    expected.iter().map(owned).collect()
}

#[test]
fn questions_and_answers_told_one_by_one_are_paired() {
    let dify = app();
    let page = dify
        .get(&format!("/v1/messages?user={USER}&conversation_id={CHAT}"))
        .json();
    assert_eq!(page["has_more"], false);
    assert_eq!(
        talk(&page),
        pairs(&[
            ("first?", "first."),
            ("second?", ""),
            ("third?", "third."),
            ("fourth?", "fourth.")
        ])
    );
}

#[test]
fn pages_of_messages_walk_back_through_the_whole_conversation() {
    let dify = app();
    let mut first_id = String::new();
    let mut seen = Vec::new();
    loop {
        let path =
            format!("/v1/messages?user={USER}&conversation_id={CHAT}&limit=1&first_id={first_id}");
        let page = dify.get(&path).json();
        seen.extend(talk(&page));
        if page["has_more"] == false {
            break;
        }
        page["data"][0]["id"]
            .as_str()
            .unwrap()
            .clone_into(&mut first_id);
    }
    assert_eq!(
        seen,
        pairs(&[
            ("fourth?", "fourth."),
            ("third?", "third."),
            ("second?", ""),
            ("first?", "first.")
        ])
    );
}

#[test]
fn a_long_conversation_is_walked_whole() {
    let messages: Vec<_> = (0..260)
        .flat_map(|number| {
            let at = format!("2026-05-01T{:02}:{:02}:00Z", 1 + number / 60, number % 60);
            let said = |id: usize, role: &str| {
                json!({
                    "external_id": self::id(id), "role": role, "content": number.to_string(), "created_at": at,
                })
            };
            [said(3 * number, "user"), said(3 * number + 1, "tool"), said(3 * number + 2, "assistant")]
        })
        .collect();
    let setup = json!({
        "projects": [{"name": "app"}],
        "keys": [{"dialect": "dify", "project": "app", "secret": KEY}],
        "conversations": [
            {"project": "app", "external_id": CHAT, "end_user": USER, "messages": messages},
        ],
    });
    let dify = Dify::set_up(&setup, KEY);
    let mut seen = Vec::new();
    let mut first_id = String::new();
    let mut sizes = Vec::new();
    loop {
        let path = format!(
            "/v1/messages?user={USER}&conversation_id={CHAT}&limit=100&first_id={first_id}"
        );
        let page = dify.get(&path).json();
        let mut items = talk(&page);
        sizes.push(items.len());
        items.append(&mut seen);
        seen = items;
        if page["has_more"] == false {
            break;
        }
        page["data"][0]["id"]
            .as_str()
            .unwrap()
            .clone_into(&mut first_id);
    }
    let expected: Vec<_> = (0..260_usize)
        .map(|number| (number.to_string(), number.to_string()))
        .collect();
    assert_eq!(seen, expected);
    assert_eq!(sizes, [100, 100, 60]);
}

#[test]
fn a_message_shows_its_users_rating_without_the_comment() {
    let dify = app();
    let vote = json!({"rating": "dislike", "content": "wrong", "user": USER});
    dify.vote(&id(9), &vote).assert_success();
    let path = format!("/v1/messages?user={USER}&conversation_id={CHAT}&limit=1");
    let page = dify.get(&path).json();
    assert_eq!(page["data"][0]["feedback"], json!({"rating": "dislike"}));
}

#[test]
fn a_conversation_is_asked_for_by_a_uuid() {
    let dify = app();
    for (query, status) in [
        ("", 400),
        ("&conversation_id=", 200),
        ("&conversation_id=refund", 400),
        ("&conversation_id=11111111-1111-4111-8111-111111111111", 404),
        ("&conversation_id=E2FACC2B-57E3-555D-808C-37F5FA693C21", 200),
        ("&conversation_id=E2FACC2B57E3555D808C37F5FA693C21", 200),
    ] {
        let answer = dify.get(&format!("/v1/messages?user={USER}{query}"));
        assert_eq!(answer.status, status, "{query}: {answer:?}");
    }
}

#[test]
fn conversations_are_sorted_and_paged_as_asked() {
    let conversations: Vec<_> = (1..=3)
        .map(|number| {
            json!({
                "project": "app", "external_id": id(number), "end_user": USER, "title": number.to_string(),
                "created_at": format!("2026-05-0{number}T12:00:00Z"),
            })
        })
        .collect();
    let setup = json!({
        "projects": [{"name": "app"}],
        "keys": [{"dialect": "dify", "project": "app", "secret": KEY}],
        "conversations": conversations,
    });
    let dify = Dify::set_up(&setup, KEY);
    let names = |query: &str| {
        let page = dify
            .get(&format!("/v1/conversations?user={USER}{query}"))
            .json();
        let items = page["data"].as_array().unwrap().iter();
        let names: String = items.map(|item| item["name"].as_str().unwrap()).collect();
        (names, page["has_more"].as_bool().unwrap())
    };
    assert_eq!(names(""), ("321".to_owned(), false));
    assert_eq!(names("&limit=2"), ("32".to_owned(), true));
    assert_eq!(
        names(&format!("&limit=2&last_id={}", id(2))),
        ("1".to_owned(), false)
    );
    assert_eq!(names("&sort_by=created_at"), ("123".to_owned(), false));
    assert_eq!(
        names(&format!("&sort_by=-created_at&limit=1&last_id={}", id(3))),
        ("2".to_owned(), true)
    );
    let unknown = dify.get(&format!("/v1/conversations?user={USER}&last_id={}", id(9)));
    unknown.assert_refused(404, "not_found");
    let unsortable = dify.get(&format!("/v1/conversations?user={USER}&sort_by=name"));
    unsortable.assert_refused(400, "invalid_param");
}

#[test]
fn who_names_nobody_is_the_default_user() {
    let dify = app();
    let page = dify.get("/v1/conversations").json();
    assert_eq!(page["data"], json!([]));
}

#[test]
fn the_app_tells_about_itself() {
    let dify = app();
    let info = dify.get("/v1/info").json();
    assert_eq!(
        info,
        json!({
            "name": "app", "description": "Answers questions.", "tags": [], "mode": "chat", "author_name": "default",
        })
    );
}
