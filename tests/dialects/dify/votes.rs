//! What votes do that no recorded exchange shows.

use super::fixture::{ADMIN, Dify, KEY, USER};
use serde_json::{Value, json};
use std::thread;

const MESSAGE: &str = "23890902-dec2-55aa-a685-6d0b13a925ed";
const CHAT: &str = "e2facc2b-57e3-555d-808c-37f5fa693c21";
const UNKNOWN: &str = "11111111-1111-4111-8111-111111111111";

/// An app with one message of [`USER`].
fn app(unknown_targets: &str) -> Dify {
    let setup = json!({
        "projects": [{"name": "app", "unknown_targets": unknown_targets}],
        "keys": [
            {"dialect": "dify", "project": "app", "secret": KEY},
            {"dialect": "native", "secret": ADMIN, "scopes": ["feedback:write", "feedback:read", "admin"]},
        ],
        "conversations": [{
            "project": "app", "external_id": CHAT, "end_user": USER,
            "messages": [{"external_id": MESSAGE, "query": "Why?", "content": "Because."}],
        }],
    });
    Dify::set_up(&setup, KEY)
}

fn like(user: &str) -> Value {
    json!({"rating": "like", "user": user})
}

#[test]
fn eight_first_likes_at_once_leave_one_feedback() {
    let dify = app("accept");
    for round in 0..200 {
        let message = format!("{round:08}-0000-4000-8000-000000000000");
        thread::scope(|scope| {
            let votes: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| dify.vote(&message, &like(USER))))
                .collect();
            for vote in votes {
                vote.join().unwrap().assert_success();
            }
        });
    }
    let mut listed = Vec::new();
    for page in 1..=3 {
        let path = format!("/v1/app/feedbacks?limit=100&page={page}");
        listed.extend(dify.get(&path).json()["data"].as_array().unwrap().clone());
    }
    let mut messages: Vec<_> = listed
        .iter()
        .map(|item| item["message_id"].to_string())
        .collect();
    messages.sort();
    messages.dedup();
    assert_eq!((listed.len(), messages.len()), (200, 200));
}

#[test]
fn an_unknown_message_is_accepted_and_belongs_to_who_votes_first() {
    let dify = app("accept");
    dify.vote(UNKNOWN, &like(USER)).assert_success();
    let feedback = dify.feedback(UNKNOWN);
    assert_eq!(feedback.len(), 1);
    assert_eq!(feedback[0]["conversation_id"], Value::Null);
    dify.vote(UNKNOWN, &like("another"))
        .assert_refused(404, "not_found");
}

#[test]
fn a_known_message_is_its_owners_also_where_unknown_ones_are_accepted() {
    let dify = app("accept");
    dify.vote(MESSAGE, &like("another"))
        .assert_refused(404, "not_found");
    dify.vote(MESSAGE, &like(USER)).assert_success();
}

#[test]
fn an_unknown_message_is_refused_where_the_project_says_so() {
    let dify = app("reject");
    dify.vote(UNKNOWN, &like(USER))
        .assert_refused(404, "not_found");
    assert_eq!(dify.feedback(UNKNOWN), [Value::Null; 0]);
}

#[test]
fn taking_back_what_was_never_given_is_refused_for_an_unknown_message_too() {
    let dify = app("accept");
    dify.vote(UNKNOWN, &json!({"rating": null, "user": USER}))
        .assert_refused(400, "invalid_param");
}

#[test]
fn a_changed_feedback_keeps_its_id_and_shows_when_it_changed() {
    let dify = app("reject");
    dify.vote(MESSAGE, &like(USER)).assert_success();
    let first = dify.feedback(MESSAGE).remove(0);
    assert_eq!(first["created_at"], first["updated_at"]);
    let changed = json!({"rating": "dislike", "user": USER, "content": "no"});
    dify.vote(MESSAGE, &changed).assert_success();
    let second = dify.feedback(MESSAGE).remove(0);
    assert_eq!(
        (&second["id"], &second["created_at"]),
        (&first["id"], &first["created_at"])
    );
    assert!(second["updated_at"].as_str() > first["updated_at"].as_str());
    assert_eq!(
        (&second["rating"], &second["content"]),
        (&json!("dislike"), &json!("no"))
    );
}

#[test]
fn repeating_a_vote_is_no_change() {
    let dify = app("reject");
    for _ in 0..2 {
        dify.vote(MESSAGE, &like(USER)).assert_success();
    }
    let feedback = dify.feedback(MESSAGE).remove(0);
    assert_eq!(feedback["created_at"], feedback["updated_at"]);
}

#[test]
fn a_like_after_taking_back_does_not_bring_the_old_comment_again() {
    let dify = app("reject");
    let with_comment = json!({"rating": "like", "user": USER, "content": "old"});
    dify.vote(MESSAGE, &with_comment).assert_success();
    dify.vote(MESSAGE, &json!({"user": USER})).assert_success();
    assert_eq!(dify.feedback(MESSAGE), [Value::Null; 0]);
    dify.vote(MESSAGE, &like(USER)).assert_success();
    assert_eq!(dify.feedback(MESSAGE)[0]["content"], Value::Null);
}

#[test]
fn a_user_is_whatever_python_calls_the_value() {
    let dify = app("accept");
    let values = [
        ("12345", "12345"),
        ("true", "True"),
        ("1.5", "1.5"),
        (
            "123456789012345678901234567890",
            "123456789012345678901234567890",
        ),
        (r#"{"a":1}"#, "{'a': 1}"),
        (r#"["abc-123"]"#, "['abc-123']"),
        (r#"" abc-123 ""#, " abc-123 "),
    ];
    for (place, (value, name)) in values.into_iter().enumerate() {
        let message = format!("{place:08}-0000-4000-8000-000000000000");
        let body = format!(r#"{{"rating":"like","user":{value}}}"#);
        dify.post(&message, body.into_bytes()).assert_success();
        let id = dify.feedback(&message)[0]["from_end_user_id"]
            .as_str()
            .unwrap()
            .to_owned();
        let person = dify.get(&format!("/v1/end-users/{id}")).json();
        assert_eq!(person["external_user_id"], name);
    }
}

#[test]
fn content_has_as_many_characters_as_its_bound_however_they_are_escaped() {
    let dify = app("reject");
    let escaped = "\\ud83d\\ude00".repeat(100_000);
    let body = |content: &str| {
        format!(r#"{{"rating":"like","user":"{USER}","content":"{content}"}}"#).into_bytes()
    };
    dify.post(MESSAGE, body(&escaped)).assert_success();
    dify.post(MESSAGE, body(&format!("{escaped}x")))
        .assert_refused(400, "invalid_param");
    let kept = dify.feedback(MESSAGE)[0]["content"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(kept.chars().count(), 100_000);
}

#[test]
fn a_reviewers_feedback_is_an_admins_and_one_without_a_thumb_is_not_listed() {
    let dify = app("reject");
    let url = format!("{}/candor/v1/projects/app/feedback", dify.server.url());
    for judgement in [
        json!({"rating": "negative", "author": {"reviewer": "Ada"}}),
        json!({"comment": "hm", "author": {"reviewer": "Bob"}}),
    ] {
        let mut feedback = judgement;
        feedback["message"] = json!({"external_id": MESSAGE});
        let answer = dify
            .client
            .post(&url)
            .bearer_auth(ADMIN)
            .json(&feedback)
            .send()
            .unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().unwrap());
    }
    let feedback = dify.feedback(MESSAGE);
    assert_eq!(feedback.len(), 1, "{feedback:?}");
    assert_eq!(
        (&feedback[0]["from_source"], &feedback[0]["rating"]),
        (&json!("admin"), &json!("dislike"))
    );
    assert_eq!(feedback[0]["from_end_user_id"], Value::Null);
    let path = format!("/v1/messages?user={USER}&conversation_id={CHAT}");
    let messages = dify.get(&path).json();
    assert_eq!(messages["data"][0]["id"], MESSAGE);
    assert_eq!(messages["data"][0]["feedback"], Value::Null);
}
