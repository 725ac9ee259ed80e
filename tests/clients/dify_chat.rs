//! Chatting through Candor with Dify's clients, and then voting on what came.

use crate::installed::Script;
use crate::support::dify_app::{self, id_of};
use crate::support::{Server, client};
use serde_json::{Value, json};

const KEY: &str = "app-chatting0000000000000000";
const VENDORS: &str = "app-of-the-vendor-itself-000";
const ADMIN: &str = "cnd_administrator000000000000";
const USER: &str = "abc-123";
const QUERY: &str = "Why is the sky blue, é?";

/// A server that knows no message but those that passed.
fn server(upstream: &str) -> Server {
    Server::set_up(&json!({
        "projects": [{
            "name": "app", "unknown_targets": "reject",
            "upstream": {"dialect": "dify", "base_url": upstream, "credential": {"secret": VENDORS}},
        }],
        "keys": [
            {"dialect": "dify", "project": "app", "secret": KEY},
            {"dialect": "native", "secret": ADMIN, "scopes": ["feedback:read"]},
        ],
    }))
}

fn chats_then_votes(script: &Script, stream: bool) {
    let app = dify_app::start();
    let told = |url: &str, key: &str, rating: Value| json!({"url": format!("{url}/v1"), "key": key, "user": USER, "query": QUERY, "stream": stream, "rating": rating});
    let direct = script.run(&told(&app.url(), VENDORS, Value::Null));
    let server = server(&app.url());
    let passed = script.run(&told(server.url(), KEY, json!("dislike")));
    assert_eq!(
        (&passed["status"], &passed["body"]),
        (&direct["status"], &direct["body"])
    );
    assert_eq!(
        passed["vote"],
        json!({"status": 200, "body": {"result": "success"}})
    );
    let votes = |seen: &crate::support::stand_in::Seen| seen.uri.path().ends_with("/feedbacks");
    assert!(!app.seen().iter().any(votes), "votes stay here");
    is_listed_with_its_answer(&server);
}

fn is_listed_with_its_answer(server: &Server) {
    let get = |path: &str| -> Value {
        let url = format!("{}/candor/v1/projects/app/{path}", server.url());
        let answer = client().get(url).bearer_auth(ADMIN).send().unwrap();
        assert!(answer.status().is_success(), "{path}: {answer:?}");
        answer.json().unwrap()
    };
    let listed = get("feedback?with_texts=true");
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
    let texts = json!({"question": QUERY, "answer": format!("You asked: {QUERY}")});
    assert_eq!(listed["items"][0]["texts"], texts);
    let id = listed["items"][0]["id"].as_str().unwrap();
    let feedback = get(&format!("feedback/{id}"));
    assert_eq!(feedback["rating"], "negative");
    assert_eq!(feedback["author"]["external_id"], USER);
    assert_eq!(feedback["question"], QUERY);
    let message = &feedback["message"];
    assert_eq!(message["external_id"], id_of(QUERY));
    assert_eq!(message["content"], format!("You asked: {QUERY}"));
    assert_eq!(message["metadata"]["usage"]["total_tokens"], 8);
}

#[test]
fn the_python_client_chats_then_votes() {
    if let Some(script) = Script::python("dify_chat.py") {
        chats_then_votes(&script, false);
    }
}

#[test]
fn the_python_client_hears_the_first_word_before_the_others_are_said() {
    if let Some(script) = Script::python("dify_chat.py") {
        chats_then_votes(&script, true);
    }
}

#[test]
fn the_node_client_chats_then_votes() {
    if let Some(script) = Script::node("dify_chat.mjs") {
        chats_then_votes(&script, false);
    }
}

#[test]
fn the_node_client_hears_the_first_word_before_the_others_are_said() {
    if let Some(script) = Script::node("dify_chat.mjs") {
        chats_then_votes(&script, true);
    }
}
