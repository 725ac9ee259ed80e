//! Bodies, paths and methods.

use super::fixture::{Answer, CHATLOG, KEY, OTHER, Wonderchat, message};
use serde_json::json;

#[test]
fn every_fault_of_a_body_is_told_in_one_shape() {
    let wonderchat = Wonderchat::new();
    for body in [
        json!({"messageId": "", "feedback": "HELPFUL"}),
        json!({"messageId": null, "feedback": "HELPFUL"}),
        json!({"messageId": message(1), "feedback": "helpful"}),
        json!({"messageId": message(1), "feedback": null}),
        json!({"messageId": message(1), "feedback": "HELPFUL", "userComment": 5}),
        json!({"messageId": message(1), "feedback": "HELPFUL", "userComment": "a\0b"}),
        json!({"messageId": "a\0b", "feedback": "HELPFUL"}),
        json!({"messageId": "x".repeat(1025), "feedback": "HELPFUL"}),
        json!({}),
    ] {
        let answer = wonderchat.post(KEY, "update-message-feedback", &body);
        answer.is_refused(400);
    }
    for text in [
        "",
        "null",
        "[]",
        "7",
        "\"text\"",
        "{\"apiKey\": \"\\ud800\"}",
        "{",
    ] {
        wonderchat
            .send("update-message-feedback", text)
            .is_refused(400);
    }
    assert!(wonderchat.listed("feedback?project=support").is_empty());
}

#[test]
fn a_field_is_named_as_it_was_sent() {
    let wonderchat = Wonderchat::new();
    for (body, field) in [
        (
            json!({"messageId": "a\0b", "feedback": "HELPFUL"}),
            "messageId",
        ),
        (
            json!({"messageId": "x".repeat(1025), "feedback": "HELPFUL"}),
            "messageId",
        ),
        (
            json!({"messageId": message(1), "feedback": "HELPFUL", "userComment": "a\0b"}),
            "userComment",
        ),
    ] {
        let answer = wonderchat.post(KEY, "update-message-feedback", &body);
        answer.is_refused(400);
        let told = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(told.starts_with(field), "{told}");
    }
}

#[test]
fn a_missing_key_is_answered_like_a_wrong_one() {
    let wonderchat = Wonderchat::new();
    let wrong = wonderchat.post("nope", "messages", &json!({"chatlogId": CHATLOG}));
    wrong.is_refused(401);
    for text in [
        "{}",
        "{\"apiKey\": null}",
        "{\"apiKey\": 7}",
        "{\"apiKey\": \"\"}",
    ] {
        for path in [
            "update-message-feedback",
            "messages",
            "export-chatlogs",
            "add-tags-to-chatlog",
            "delete-tags-from-chatlog",
        ] {
            let answer = wonderchat.send(path, text);
            answer.is_refused(401);
            assert_eq!(answer.text, wrong.text);
        }
    }
}

#[test]
fn other_paths_and_methods_are_refused_in_the_same_shape() {
    let wonderchat = Wonderchat::new();
    let get = |path: &str| {
        let url = format!("{}{path}", wonderchat.server.url());
        Answer::of(wonderchat.client.get(url).send().unwrap())
    };
    for path in ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/chat"] {
        get(path).is_refused(404);
    }
    for path in ["messages", "export-chatlogs", "update-message-feedback"] {
        let answer = get(&format!("/api/v1/{path}"));
        answer.is_refused(405);
        assert_eq!(answer.header("allow"), Some("POST"));
    }
}

#[test]
fn pages_may_call_it() {
    let wonderchat = Wonderchat::new();
    let url = format!("{}/api/v1/update-message-feedback", wonderchat.server.url());
    let asked = wonderchat
        .client
        .request(reqwest::Method::OPTIONS, url)
        .header("Origin", "https://shop.example")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type");
    let answer = Answer::of(asked.send().unwrap());
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let allowed = answer.header("access-control-allow-headers").unwrap();
    assert!(allowed.contains("content-type"), "{allowed}");
}

#[test]
fn messages_are_told_oldest_first_as_people_heard_them() {
    let wonderchat = Wonderchat::new();
    let told = wonderchat.post(OTHER, "messages", &json!({"chatlogId": "other-chatlog"}));
    let entry = |kind: &str, content: &str, second: u8| {
        json!({
            "content": content, "type": kind, "createdAt": format!("2024-06-01T12:00:0{second}.000Z"),
        })
    };
    assert_eq!(
        told.is(200),
        json!({"messages": [
            entry("user", "Hello?", 1), entry("bot", "Hello!", 3), entry("user", "Bye", 4),
        ]})
    );
}

#[test]
fn a_pair_is_told_as_a_question_and_its_answer() {
    let wonderchat = Wonderchat::new();
    let told = wonderchat.post(KEY, "messages", &json!({"chatlogId": CHATLOG}));
    let told = told.is(200);
    assert_eq!(told["messages"].as_array().unwrap().len(), 40);
    assert_eq!(told["messages"][0]["content"], "question 1");
    assert_eq!(told["messages"][1]["content"], "answer 1");
    assert_eq!(told["messages"][1]["createdAt"], "2024-05-01T12:00:01.123Z");
}

#[test]
fn a_chatlog_of_another_chatbot_is_not_known() {
    let wonderchat = Wonderchat::new();
    for chatlog in ["other-chatlog", "nobodys"] {
        let body = json!({"chatlogId": chatlog});
        wonderchat.post(KEY, "messages", &body).is_refused(404);
    }
    wonderchat.post(KEY, "messages", &json!({})).is_refused(400);
}
