//! A project with an upstream: what stays here, what goes on, and what is remembered of it.

use super::fixture::{ADMIN, Answer, Dify, KEY, USER};
use crate::support::dify_app::{self, conversation_of, id_of};
use crate::support::stand_in::{Seen, StandIn};
use crate::support::{self, Server};
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const VENDORS: &str = "app-of-the-vendor-itself-000";
const BARE: &str = "app-withoutupstream000000000";
const READING: &str = "app-readingonly0000000000000";
const PUBLIC: &str = "app-publishable0000000000000";
const OFF: &str = "app-switchedoff0000000000000";
const OWN: &str = "app-withitsownkey00000000000";
/// How long what passed may take to be written.
const WRITTEN: Duration = Duration::from_secs(10);

fn setup(url: &str) -> Value {
    let upstream = json!({"dialect": "dify", "base_url": url, "credential": {"secret": VENDORS}});
    let own = json!({"dialect": "dify", "base_url": url});
    json!({
        "projects": [
            {"name": "app", "upstream": upstream}, {"name": "bare"},
            {"name": "off", "enabled": false, "upstream": upstream}, {"name": "own", "upstream": own},
        ],
        "keys": [
            {"dialect": "dify", "project": "app", "secret": KEY},
            {"dialect": "dify", "project": "app", "secret": READING, "scopes": ["feedback:read"]},
            {"dialect": "dify", "project": "app", "secret": PUBLIC, "publishable": true},
            {"dialect": "dify", "project": "bare", "secret": BARE},
            {"dialect": "dify", "project": "off", "secret": OFF},
            {"dialect": "dify", "project": "own", "secret": OWN},
            {"dialect": "native", "secret": ADMIN, "scopes": ["feedback:read", "admin"]},
        ],
    })
}

fn app(upstream: &StandIn) -> Dify {
    Dify::set_up(&setup(&upstream.url()), KEY)
}

fn ask(dify: &Dify, key: &str, method: &str, path: &str, body: &Value) -> Answer {
    let authorization = format!("Bearer {key}");
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/json"),
    ];
    dify.send(method, path, &headers, Some(body.to_string().into_bytes()))
}

fn question(text: &str) -> Value {
    json!({"inputs": {}, "query": text, "user": USER, "response_mode": "blocking"})
}

/// What the native interface has at a path, once it is as it should be.
fn once(server: &Server, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let url = format!("{}/candor/v1/projects/app/{path}", server.url());
        let answer = support::client().get(url).bearer_auth(ADMIN).send();
        let found: Value = answer.unwrap().json().unwrap();
        if fits(&found) {
            return found;
        }
        assert!(begun.elapsed() < WRITTEN, "{path}: {found}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn message(dify: &Dify, conversation: &str) -> Value {
    let path = format!("conversations/{conversation}/messages");
    once(&dify.server, &path, |found| found["items"][0].is_object())["items"][0].clone()
}

#[test]
fn what_is_asked_is_answered_by_the_upstream_and_remembered() {
    let upstream = dify_app::start();
    let dify = app(&upstream);
    let answer = ask(&dify, KEY, "POST", "/v1/chat-messages", &question("Why?"));
    assert_eq!(answer.header("x-version"), Some("1.14.1"));
    assert_eq!(answer.json()["answer"], "You asked: Why?");
    let message = message(&dify, &conversation_of("Why?"));
    assert_eq!(message["external_id"], id_of("Why?"));
    assert_eq!(message["query"], "Why?");
    assert_eq!(message["content"], "You asked: Why?");
    assert_eq!(message["end_user"]["external_id"], USER);
}

#[test]
fn an_answer_is_the_upstreams_to_the_byte() {
    let upstream = dify_app::start();
    let dify = app(&upstream);
    for mode in ["blocking", "streaming"] {
        let mut question = question("Why is it blue, é?");
        question["response_mode"] = json!(mode);
        let both = [&upstream.url(), dify.server.url()].map(|url| {
            let key = if url == dify.server.url() {
                KEY
            } else {
                VENDORS
            };
            let parameters = format!("{url}/v1/parameters");
            let opened = dify.client.get(parameters).bearer_auth(key).send();
            assert!(opened.unwrap().status().is_success());
            let request = dify.client.post(format!("{url}/v1/chat-messages"));
            let answer = request.bearer_auth(key).json(&question).send().unwrap();
            let mut headers = answer.headers().clone();
            headers.remove("date");
            (answer.status(), headers, answer.bytes().unwrap())
        });
        assert_eq!(both[0], both[1], "{mode}");
    }
}

#[test]
fn the_projects_credential_goes_instead_of_the_clients() {
    let upstream = dify_app::start();
    let dify = app(&upstream);
    for (key, sent) in [(KEY, VENDORS), (OWN, OWN)] {
        ask(&dify, key, "POST", "/v1/chat-messages", &question("Why?"));
        let seen = upstream.seen().pop().unwrap();
        assert_eq!(seen.headers["authorization"], format!("Bearer {sent}"));
    }
}

#[test]
fn a_path_and_a_query_go_on_as_they_were_written() {
    let upstream = dify_app::start();
    let dify = app(&upstream);
    for (method, target) in [
        ("GET", "/v1/parameters?user=a%20b"),
        ("GET", "/v1/info"),
        ("GET", "/v1/conversations?user=a&limit=1"),
        ("GET", "/v1/end-users/11111111-1111-4111-8111-111111111111"),
        ("POST", "/v1/conversations"),
        ("PUT", "/v1/conversations/a%2Fb//variables/"),
        ("POST", "/v1/files/upload?"),
        ("GET", "/v1/"),
    ] {
        ask(&dify, KEY, method, target, &json!({}));
        let seen = upstream.seen().pop().unwrap();
        assert_eq!(
            (seen.method.as_str(), seen.target()),
            (method, target.to_owned())
        );
    }
}

#[test]
fn votes_stay_here() {
    let upstream = dify_app::start();
    let dify = app(&upstream);
    let like = json!({"rating": "like", "user": USER});
    dify.vote(&id_of("Why?"), &like).assert_success();
    assert_eq!(dify.feedback(&id_of("Why?")).len(), 1);
    let person = dify.feedback(&id_of("Why?"))[0]["from_end_user_id"].clone();
    let path = format!("/v1/end-users/{}", person.as_str().unwrap());
    assert_eq!(dify.get(&path).json()["external_user_id"], USER);
    assert_eq!(upstream.seen().len(), 0);
}

#[test]
fn a_vote_before_its_message_is_shown_beside_it() {
    let upstream = dify_app::start();
    let dify = app(&upstream);
    let like = json!({"rating": "like", "user": USER});
    dify.vote(&id_of("Why?"), &like).assert_success();
    ask(&dify, KEY, "POST", "/v1/chat-messages", &question("Why?"));
    message(&dify, &conversation_of("Why?"));
    let feedback = &dify.feedback(&id_of("Why?"))[0];
    assert_eq!(feedback["conversation_id"], conversation_of("Why?"));
}

#[test]
fn a_completion_is_remembered_with_its_question() {
    let upstream = dify_app::start();
    let dify = app(&upstream);
    let asked = json!({"inputs": {"query": "Why?"}, "user": USER, "response_mode": "blocking"});
    ask(&dify, KEY, "POST", "/v1/completion-messages", &asked);
    let message = message(&dify, &id_of("Why?"));
    assert_eq!(message["query"], "Why?");
    assert_eq!(message["content"], "You asked: Why?");
}

#[test]
fn a_conversation_that_is_renamed_and_deleted_there_is_so_here() {
    let upstream = dify_app::start();
    let dify = app(&upstream);
    let conversation = conversation_of("Why?");
    ask(&dify, KEY, "POST", "/v1/chat-messages", &question("Why?"));
    let path = format!("/v1/conversations/{conversation}/name");
    ask(
        &dify,
        KEY,
        "POST",
        &path,
        &json!({"name": "Reasons", "user": USER}),
    );
    let shown = format!("conversations/{conversation}");
    once(&dify.server, &shown, |found| found["title"] == "Reasons");
    let path = format!("/v1/conversations/{conversation}");
    let deleted = ask(&dify, KEY, "DELETE", &path, &json!({"user": USER}));
    assert_eq!(deleted.status, 204);
    once(&dify.server, &shown, |found| found["status"] == 404);
}

#[test]
fn a_project_without_an_upstream_says_so() {
    let upstream = dify_app::start();
    let dify = app(&upstream);
    let answer = ask(&dify, BARE, "POST", "/v1/chat-messages", &question("Why?"));
    answer.assert_refused(404, "not_found");
    let message = answer.json()["message"].clone();
    assert!(message.as_str().unwrap().contains("upstream"), "{message}");
    assert_eq!(dify.get_with(BARE, "/v1/info").json()["name"], "bare");
    assert_eq!(upstream.seen().len(), 0);
}

#[test]
fn nothing_goes_on_for_who_may_not_ask() {
    let upstream = dify_app::start();
    let dify = app(&upstream);
    for (key, status, code) in [
        ("app-nobody00000000000000000", 401, "unauthorized"),
        (READING, 403, "forbidden"),
        (PUBLIC, 403, "forbidden"),
        (OFF, 403, "forbidden"),
    ] {
        let answer = ask(&dify, key, "POST", "/v1/chat-messages", &question("Why?"));
        answer.assert_refused(status, code);
    }
    dify.get_with(PUBLIC, "/v1/parameters")
        .assert_refused(403, "forbidden");
    dify.send("GET", "/v1/parameters", &[], None)
        .assert_refused(401, "unauthorized");
    assert_eq!(upstream.seen().len(), 0);
}

#[test]
fn a_browser_may_ask_whether_it_may_ask() {
    let upstream = dify_app::start();
    let dify = app(&upstream);
    let headers = [
        ("Origin", "https://page.example"),
        ("Access-Control-Request-Method", "POST"),
        (
            "Access-Control-Request-Headers",
            "authorization,content-type",
        ),
    ];
    let answer = dify.send("OPTIONS", "/v1/chat-messages", &headers, None);
    assert_eq!(answer.status, 200);
    for (name, value) in [
        ("access-control-allow-origin", "https://page.example"),
        (
            "access-control-allow-headers",
            "authorization, content-type",
        ),
    ] {
        assert_eq!(answer.header(name), Some(value));
    }
}

#[test]
fn an_upstream_that_is_not_there_is_told_in_difys_shape() {
    let upstream = dify_app::start();
    let dify = app(&upstream);
    drop(upstream);
    let answer = ask(&dify, KEY, "POST", "/v1/chat-messages", &question("Why?"));
    answer.assert_refused(502, "bad_gateway");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("retry-after"), None);
}

/// A page of messages as Dify writes it, with the rating of one of them.
fn page(rating: &str) -> String {
    format!(
        "{{\"limit\": 20, \"has_more\": false, \"data\": [{{\"id\": \"{}\", \"answer\": \"a\\/b\", \"feedback\": {rating}}}]}}\n",
        id_of("Why?")
    )
}

fn upstream_with_pages() -> StandIn {
    StandIn::start(|seen: Seen| {
        let plain = seen.headers.get("accept-encoding");
        let mut answer = dify_app::status(StatusCode::OK, &page("{\"rating\":\"like\"}"));
        if plain.is_none_or(|plain| plain != "identity") {
            *answer.body_mut() = Body::from("compressed");
        }
        let etag = "\"1\"".parse().unwrap();
        answer.headers_mut().insert("etag", etag);
        answer
    })
}

#[test]
fn an_upstreams_page_shows_the_ratings_that_were_given_here() {
    let upstream = upstream_with_pages();
    let dify = app(&upstream);
    let path = format!(
        "/v1/messages?user={USER}&conversation_id={}",
        conversation_of("Why?")
    );
    let get = |shown: &str| {
        let answer = dify.get(&path);
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (200, page(shown).as_str())
        );
        answer
    };
    assert_eq!(get("{\"rating\":\"like\"}").header("etag"), Some("\"1\""));
    let dislike = json!({"rating": "dislike", "user": USER});
    dify.vote(&id_of("Why?"), &dislike).assert_success();
    assert_eq!(get("{\"rating\":\"dislike\"}").header("etag"), None);
    let nothing = json!({"rating": null, "user": USER});
    dify.vote(&id_of("Why?"), &nothing).assert_success();
    get("null");
    let others = path.replace(USER, "another");
    assert_eq!(dify.get(&others).text, page("{\"rating\":\"like\"}"));
}

#[test]
fn a_page_that_cannot_be_read_passes_as_it_is() {
    let upstream = StandIn::start(|_| {
        let mut answer = Response::new(Body::from("\u{1f}\u{8b} not really"));
        let headers = answer.headers_mut();
        headers.insert("content-type", "application/json".parse().unwrap());
        headers.insert("x-mine", "1".parse().unwrap());
        answer
    });
    let dify = app(&upstream);
    let answer = dify.get(&format!("/v1/messages?user={USER}"));
    assert_eq!(answer.text, "\u{1f}\u{8b} not really");
    assert_eq!(answer.header("x-mine"), Some("1"));
}
