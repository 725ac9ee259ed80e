//! Chatting through Candor: what goes on to the vendor, and what is remembered of it.

use super::fixture::{ADMIN, Answer};
use crate::support::stand_in::{Seen, StandIn};
use crate::support::{self, Server};
use axum::body::{Body, Bytes};
use axum::response::Response;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::time::{Duration, Instant};

const BOT: &str = "clkmt3epr00t3ii1pjd2sc3ye";
/// Its chatbot has no upstream.
const LONELY_BOT: &str = "clonely0000t3ii1pjd2sc3ye";
const KEY: &str = "wc_support_000000000000000";
const LONELY: &str = "wc_lonely_0000000000000000";
const ACCOUNT: &str = "wc_account_000000000000000";
const READER: &str = "wc_reader_0000000000000000";
const WRITER: &str = "wc_writer_0000000000000000";
/// What the vendor knows us by.
const VENDOR_KEY: &str = "the-key-of-the-vendor";
const ANSWER: &str = r#"{"id":"cm1234567890", "response":"Hello there, how may I help you?","chatlogId":"cli7n0vvs000008l43ez2bxa0","sources":[{"url":"https://www.yourwebsite.com/source1","title":"About Us"}]}"#;

pub struct World {
    vendor: StandIn,
    pub server: Server,
    client: Client,
}

/// A vendor that answers as documented, and streams as others do.
fn vendor(seen: &Seen) -> Response {
    let json = |text: &str| {
        Response::builder()
            .header("content-type", "application/json")
            .header("x-vendor", "yes")
            .body(Body::from(text.to_owned()))
            .unwrap()
    };
    match seen.uri.path() {
        "/api/v1/chat" if seen.json()["stream"] == true => {
            let events = [
                "data: {\"id\":\"cm-streamed\",\"chatlogId\":\"cl-streamed\"}\n\n",
                ": ping\n\ndata: {\"token\":\"Hel",
                "lo\"}\n\ndata: {\"token\":\" there\"}\r\n\r\n",
                "data: [DONE]\n\n",
            ];
            let events =
                events.map(|event| Ok::<_, Infallible>(Bytes::from_static(event.as_bytes())));
            Response::builder()
                .header("content-type", "text/event-stream")
                .body(Body::from_stream(futures_util::stream::iter(events)))
                .unwrap()
        }
        "/api/v1/chat" => json(ANSWER),
        "/api/v1/messages" => json(r#"{"messages": []}"#),
        "/api/v1/add-pages" => {
            let mut answer = json("{}");
            let headers = answer.headers_mut();
            headers.insert(
                "access-control-allow-origin",
                "https://a.example".parse().unwrap(),
            );
            answer
        }
        _ => json(r#"{"status":"success"}"#),
    }
}

impl World {
    fn new(credential: &Value) -> Self {
        let vendor = StandIn::start(|seen| vendor(&seen));
        let mut upstream =
            json!({"dialect": "wonderchat", "base_url": format!("{}/api/v1", vendor.url())});
        if !credential.is_null() {
            upstream["credential"] = credential.clone();
        }
        let key = |project: &str, secret: &str| json!({"dialect": "wonderchat", "project": project, "secret": secret});
        let server = Server::set_up(&json!({
            "projects": [
                {"name": "lonely", "number": 1, "wonderchat_chatbot_id": LONELY_BOT},
                {"name": "support", "number": 2, "wonderchat_chatbot_id": BOT, "unknown_targets": "reject",
                 "upstream": upstream},
            ],
            "keys": [
                key("support", KEY), key("lonely", LONELY),
                {"dialect": "wonderchat", "secret": ACCOUNT},
                {"dialect": "wonderchat", "secret": READER, "scopes": ["feedback:read"]},
                {"dialect": "wonderchat", "secret": WRITER, "scopes": ["feedback:write"]},
                {"dialect": "native", "secret": ADMIN, "scopes": ["admin"]},
            ],
            "conversations": [{"project": "lonely", "external_id": "lonely-chatlog", "messages": [
                {"external_id": "lonely-message", "content": "Alone."},
            ]}],
        }));
        Self {
            vendor,
            server,
            client: support::client(),
        }
    }

    /// With the client's own key.
    pub fn plain() -> Self {
        Self::new(&Value::Null)
    }

    /// With a key of the project's own.
    fn with_credential() -> Self {
        Self::new(&json!({"secret": VENDOR_KEY}))
    }

    fn post(&self, path: &str, body: &str) -> Answer {
        let url = format!("{}/api/v1/{path}", self.server.url());
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json");
        Answer::of(request.body(body.to_owned()).send().unwrap())
    }

    fn chat(&self, more: &Value) -> Answer {
        let mut body = json!({"chatbotId": BOT, "question": "Hello there!"});
        let fields = body.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        self.post("chat", &body.to_string())
    }

    fn native(&self, path: &str) -> Value {
        let url = format!("{}/candor/v1/{path}", self.server.url());
        Answer::of(self.client.get(url).bearer_auth(ADMIN).send().unwrap()).json()
    }

    fn listed(&self, path: &str) -> Vec<Value> {
        let list = self.native(&format!("projects/support/{path}"));
        list["items"].as_array().cloned().unwrap_or_default()
    }

    /// What a list has, once it has something: it is written behind the answer.
    fn remembered(&self, path: &str) -> Vec<Value> {
        let begun = Instant::now();
        loop {
            let listed = self.listed(path);
            if !listed.is_empty() || begun.elapsed() > Duration::from_secs(20) {
                return listed;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The last body that the vendor was sent.
    fn sent(&self) -> String {
        let seen = self.vendor.seen();
        String::from_utf8(seen.last().unwrap().body.to_vec()).unwrap()
    }
}

#[test]
fn a_chat_without_a_key_reaches_the_vendor_and_comes_back_as_it_was() {
    let world = World::plain();
    let asked = format!(
        "{{\"chatbotId\": \"{BOT}\",\n \"question\":\"Hello there!\", \"temperature\": 1.0}}"
    );
    let answer = world.post("chat", &asked);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.text, ANSWER);
    assert_eq!(answer.header("x-vendor"), Some("yes"));
    assert_eq!(world.sent(), asked);
}

#[test]
fn a_vote_follows_the_chat_and_stands_beside_question_and_answer() {
    let world = World::plain();
    world
        .chat(&json!({"contextUrl": "https://yourwebsite.com/x", "context": "John, 28"}))
        .is(200);
    let vote = json!({"apiKey": KEY, "messageId": "cm1234567890", "feedback": "NOT_HELPFUL"});
    // At once: the project refuses votes on what it does not know.
    world
        .post("update-message-feedback", &vote.to_string())
        .is(200);
    let [feedback] = &world.listed("feedback")[..] else {
        panic!()
    };
    assert_eq!(feedback["rating"], "negative");
    assert_eq!(feedback["target"]["message"]["external_id"], "cm1234567890");
    let detail = world.native(&format!("feedback/{}", feedback["id"].as_str().unwrap()));
    assert_eq!(detail["question"], "Hello there!");
    assert_eq!(
        detail["message"]["content"],
        "Hello there, how may I help you?"
    );
    let [conversation] = &world.listed("conversations")[..] else {
        panic!()
    };
    assert_eq!(conversation["external_id"], "cli7n0vvs000008l43ez2bxa0");
    assert_eq!(
        conversation["metadata"],
        json!({"initialPageUrl": "https://yourwebsite.com/x"})
    );
    assert_eq!(world.vendor.seen().len(), 1, "votes stay here");
}

#[test]
fn a_streamed_chat_is_remembered_whole() {
    let world = World::plain();
    let answer = world.chat(&json!({"stream": true}));
    assert!(
        answer.text.starts_with("data: {\"id\":\"cm-streamed\""),
        "{answer:?}"
    );
    assert!(answer.text.ends_with("data: [DONE]\n\n"), "{answer:?}");
    let messages = world.remembered("conversations/cl-streamed/messages");
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!(messages[0]["external_id"], "cm-streamed");
    assert_eq!(messages[0]["query"], "Hello there!");
    assert_eq!(messages[0]["content"], "Hello there");
}

#[test]
fn a_chatbot_without_an_upstream_does_not_chat_and_says_so() {
    let world = World::plain();
    for (bot, told) in [
        (LONELY_BOT, "no upstream"),
        ("unknown", "Chatbot not found"),
    ] {
        let answer = world.chat(&json!({"chatbotId": bot}));
        answer.is_refused(404);
        assert!(answer.text.contains(told), "{answer:?}");
    }
    world.chat(&json!({"chatbotId": null})).is_refused(400);
    world.post("chat", "{").is_refused(400);
    assert!(world.vendor.seen().is_empty());
}

#[test]
fn a_chatbot_that_nobody_named_is_the_one_of_the_key() {
    let world = World::plain();
    for key in [KEY, ACCOUNT] {
        world
            .chat(&json!({"chatbotId": "unnamed", "apiKey": key}))
            .is(200);
    }
    world
        .chat(&json!({"chatbotId": "unnamed", "apiKey": LONELY}))
        .is_refused(404);
}

#[test]
fn the_history_and_all_else_comes_from_the_vendor() {
    let world = World::plain();
    for key in [KEY, ACCOUNT] {
        let asked = format!(r#"{{"apiKey" : "{key}", "chatlogId": "of-last-year"}}"#);
        let answer = world.post("messages", &asked);
        assert_eq!(answer.text, r#"{"messages": []}"#);
        assert_eq!(world.sent(), asked);
        for path in ["export-chatlogs", "add-tags-to-chatlog", "new/path?x=%20y"] {
            world.post(path, &asked).is(200);
            let seen = world.vendor.seen();
            assert_eq!(seen.last().unwrap().target(), format!("/api/v1/{path}"));
        }
    }
}

#[test]
fn what_concerns_a_project_without_an_upstream_is_answered_here() {
    let world = World::plain();
    for key in [LONELY, ACCOUNT] {
        let asked = json!({"apiKey": key, "chatlogId": "lonely-chatlog"});
        let answer = world.post("messages", &asked.to_string()).is(200);
        assert_eq!(answer["messages"][0]["content"], "Alone.");
        let asked = json!({"apiKey": key, "chatbotId": LONELY_BOT});
        let answer = world.post("export-chatlogs", &asked.to_string()).is(200);
        assert_eq!(answer["chatlogs"].as_array().unwrap().len(), 1);
        let answer = world.post("add-pages", &asked.to_string());
        answer.is_refused(404);
        assert!(answer.text.contains("no upstream"), "{answer:?}");
    }
    assert!(world.vendor.seen().is_empty());
}

#[test]
fn with_a_key_of_the_project_the_clients_key_does_not_travel() {
    let world = World::with_credential();
    let body = |key: &str| {
        format!(r#"{{ "apiKey" : "{key}","urls":["https://a.example/é"], "chatbotId":"{BOT}" }}"#)
    };
    world.post("add-pages", &body(KEY)).is(200);
    assert_eq!(world.sent(), body(VENDOR_KEY));
    let asked = format!(r#"{{"chatbotId": "{BOT}", "question": "?", "apiKey": "{KEY}"}}"#);
    let answer = world.post("chat", &asked);
    assert_eq!(answer.text, ANSWER);
    assert!(!world.sent().contains(KEY), "{}", world.sent());
    assert!(!world.sent().contains(VENDOR_KEY), "the chat needs no key");
}

#[test]
fn who_may_not_has_nothing_handed_on() {
    let world = World::with_credential();
    let asked = |key: &str| json!({"apiKey": key, "chatlogId": "c", "tags": ["a"]}).to_string();
    for (path, key, status) in [
        ("messages", WRITER, 403),
        ("export-chatlogs", WRITER, 403),
        ("add-tags-to-chatlog", READER, 403),
        ("add-pages", READER, 403),
        ("add-pages", WRITER, 403),
        ("add-pages", "nobody", 401),
        ("messages", "nobody", 401),
    ] {
        world.post(path, &asked(key)).is_refused(status);
    }
    world.post("add-pages", "").is_refused(401);
    assert!(world.vendor.seen().is_empty());
    world.post("messages", &asked(READER)).is(200);
}

#[test]
fn a_project_that_is_switched_off_does_not_chat() {
    let world = World::plain();
    let url = format!("{}/candor/v1/projects/support", world.server.url());
    let off = json!({"enabled": false});
    let changed = world
        .client
        .patch(url)
        .bearer_auth(ADMIN)
        .json(&off)
        .send()
        .unwrap();
    assert!(changed.status().is_success());
    world.chat(&json!({})).is_refused(403);
    let asked = json!({"apiKey": KEY, "chatlogId": "c"}).to_string();
    world.post("messages", &asked).is_refused(403);
    assert!(world.vendor.seen().is_empty());
}

#[test]
fn tags_are_remembered_where_the_conversation_is() {
    let world = World::plain();
    world.chat(&json!({})).is(200);
    assert_eq!(world.remembered("conversations").len(), 1);
    let change = |path: &str, tags: &[&str]| {
        let asked = json!({"apiKey": KEY, "chatlogId": "cli7n0vvs000008l43ez2bxa0", "tags": tags});
        world.post(path, &asked.to_string()).is(200);
    };
    change("add-tags-to-chatlog", &["vip", "angry"]);
    change("delete-tags-from-chatlog", &["angry"]);
    let begun = Instant::now();
    while world.listed("conversations")[0]["tags"] != json!(["vip"]) {
        assert!(begun.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn what_the_vendor_says_of_other_pages_stands() {
    let world = World::plain();
    let asked = json!({"apiKey": KEY}).to_string();
    let answer = world.post("add-pages", &asked);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("https://a.example")
    );
    assert_eq!(answer.header("vary"), None);
    let answer = world.post("export-chatlogs", &asked);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
}

#[test]
fn a_vendor_that_is_gone_is_told_in_the_vendors_shape() {
    let World {
        vendor,
        server,
        client,
    } = World::plain();
    drop(vendor);
    let url = format!("{}/api/v1/chat", server.url());
    let asked = json!({"chatbotId": BOT, "question": "?"}).to_string();
    Answer::of(client.post(url).body(asked).send().unwrap()).is_refused(502);
}
