//! Dify's clients: `dify-client` 0.1.10 for Python and `dify-client` 2.3.2 for node.

use crate::installed::Script;
use crate::support::{Server, client};
use serde_json::{Value, json};

const ACCEPTING: &str = "app-accepting000000000000000";
const REJECTING: &str = "app-rejecting000000000000000";
const ADMIN: &str = "cnd_administrator000000000000";
const USER: &str = "abc-123";
const KNOWN: &str = "23890902-dec2-55aa-a685-6d0b13a925ed";
const UNKNOWN: &str = "11111111-1111-4111-8111-111111111111";

fn server() -> Server {
    Server::set_up(&json!({
        "projects": [{"name": "accepting"}, {"name": "rejecting", "unknown_targets": "reject"}],
        "keys": [
            {"dialect": "dify", "project": "accepting", "secret": ACCEPTING},
            {"dialect": "dify", "project": "rejecting", "secret": REJECTING},
            {"dialect": "native", "secret": ADMIN, "scopes": ["feedback:write", "feedback:read", "admin"]},
        ],
        "conversations": [{
            "project": "rejecting", "external_id": "e2facc2b-57e3-555d-808c-37f5fa693c21", "end_user": USER,
            "messages": [{"external_id": KNOWN, "query": "Why?", "content": "Because."}],
        }],
    }))
}

fn vote(key: &str, message: &str, rating: Option<&str>) -> Value {
    json!({"key": key, "message": message, "rating": rating, "user": USER})
}

fn success() -> (u64, Value) {
    (200, json!({"result": "success"}))
}

fn refusal(status: u64, code: &str, message: &str) -> (u64, Value) {
    (
        status,
        json!({"code": code, "message": message, "status": status}),
    )
}

/// Everything that the client can do, and what it hears.
fn votes_as_with_dify(script: &Script) {
    let server = server();
    let nothing = refusal(
        400,
        "invalid_param",
        "rating cannot be None when feedback not exists",
    );
    let steps = [
        (vote(REJECTING, KNOWN, Some("like")), success()),
        (vote(REJECTING, KNOWN, Some("dislike")), success()),
        (vote(REJECTING, KNOWN, None), success()),
        (vote(REJECTING, KNOWN, None), nothing),
        (vote(REJECTING, KNOWN, Some("dislike")), success()),
        (
            vote(REJECTING, UNKNOWN, Some("like")),
            refusal(404, "not_found", "Message Not Exists."),
        ),
        (vote(ACCEPTING, UNKNOWN, Some("like")), success()),
        (
            vote("app-nobody00000000000000000", KNOWN, Some("like")),
            refusal(401, "unauthorized", "Access token is invalid"),
        ),
    ];
    let votes: Vec<_> = steps.iter().map(|(vote, _)| vote).collect();
    let url = format!("{}/v1", server.url());
    let answers = script.run(&json!({"url": url, "votes": votes}));
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), steps.len());
    for (answer, (vote, (status, body))) in answers.iter().zip(&steps) {
        assert_eq!(answer["status"], *status, "{vote}: {answer}");
        assert_eq!(answer["body"], *body, "{vote}");
    }
    comments(&server);
    is_listed_by_dify(&server);
    is_listed_by_candor(&server);
}

/// Neither client can send a comment, though the API takes one: it is given without them.
fn comments(server: &Server) {
    let url = format!("{}/v1/messages/{KNOWN}/feedbacks", server.url());
    let vote = json!({"rating": "dislike", "user": USER, "content": "Why, though?"});
    let answer = client().post(url).bearer_auth(REJECTING).json(&vote).send();
    assert!(answer.unwrap().status().is_success());
}

fn get(server: &Server, key: &str, path: &str) -> Value {
    let url = format!("{}{path}", server.url());
    let answer = client().get(url).bearer_auth(key).send().unwrap();
    assert!(answer.status().is_success(), "{path}: {answer:?}");
    answer.json().unwrap()
}

fn is_listed_by_dify(server: &Server) {
    for (key, message, rating) in [(REJECTING, KNOWN, "dislike"), (ACCEPTING, UNKNOWN, "like")] {
        let listed = get(server, key, "/v1/app/feedbacks");
        let items = listed["data"].as_array().unwrap();
        assert_eq!(items.len(), 1, "{listed}");
        assert_eq!(
            (
                &items[0]["message_id"],
                &items[0]["rating"],
                &items[0]["from_source"]
            ),
            (&json!(message), &json!(rating), &json!("user"))
        );
    }
}

fn is_listed_by_candor(server: &Server) {
    let path = "/candor/v1/projects/rejecting/feedback";
    let listed = get(server, ADMIN, path);
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{listed}");
    let id = items[0]["id"].as_str().unwrap();
    let feedback = get(server, ADMIN, &format!("{path}/{id}"));
    assert_eq!(
        (
            &feedback["channel"],
            &feedback["rating"],
            &feedback["comment"]
        ),
        (&json!("dify"), &json!("negative"), &json!("Why, though?"))
    );
    assert_eq!(feedback["author"]["external_id"], USER);
    assert_eq!(feedback["message"]["external_id"], KNOWN);
    assert_eq!(feedback["message"]["content"], "Because.");
    assert_eq!(feedback["question"], "Why?");
    let history: Vec<_> = feedback["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| {
            (
                version["state"].as_str().unwrap(),
                version["rating"].as_str(),
                version["comment"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        history,
        [
            ("standing", Some("positive"), None),
            ("standing", Some("negative"), None),
            ("retracted", None, None),
            ("standing", Some("negative"), None),
            ("standing", Some("negative"), Some("Why, though?")),
        ]
    );
}

#[test]
fn the_python_client_votes_as_with_dify() {
    if let Some(script) = Script::python("dify_client.py") {
        votes_as_with_dify(&script);
    }
}

#[test]
fn the_node_client_votes_as_with_dify() {
    if let Some(script) = Script::node("dify_client.mjs") {
        votes_as_with_dify(&script);
    }
}
