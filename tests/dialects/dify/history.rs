//! `candor import dify --upstream`, against a stand-in that lists conversations as Dify does.

use super::fixture::{ADMIN, KEY};
use crate::support::dify_app::{self, SAID_AT};
use crate::support::stand_in::{Seen, StandIn};
use crate::support::{self, Server, candor};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use url::form_urlencoded;

const VENDORS: &str = "app-of-the-vendor-itself-000";
/// The people, each with so many conversations of so many messages.
const PEOPLE: [(&str, usize, usize); 3] = [("ada", 3, 2), ("bob & co", 101, 1), ("carol", 1, 250)];

fn conversation(user: &str, number: usize) -> String {
    dify_app::id_of(&format!("{user} {number}"))
}

fn message(conversation: &str, number: usize) -> String {
    dify_app::id_of(&format!("{conversation} {number}"))
}

/// An app whose people are [`PEOPLE`]. While `broken`, it fails at the second conversation of ada.
fn app(broken: &Arc<AtomicBool>) -> StandIn {
    let broken = Arc::clone(broken);
    StandIn::start(move |seen| {
        if seen.headers["authorization"] != format!("Bearer {VENDORS}") {
            return refused(StatusCode::UNAUTHORIZED);
        }
        let query: HashMap<_, _> =
            form_urlencoded::parse(seen.uri.query().unwrap_or("").as_bytes())
                .into_owned()
                .collect();
        let person = PEOPLE.iter().find(|(user, ..)| *user == query["user"]);
        let (user, conversations, messages) = *person.unwrap_or(&("", 0, 0));
        if seen.uri.path() == "/v1/conversations" {
            let all: Vec<_> = (0..conversations)
                .map(|number| {
                    let id = conversation(user, number);
                    json!({"id": id, "name": format!("{user} {number}"), "inputs": {}, "created_at": SAID_AT})
                })
                .collect();
            return after(&all, query.get("last_id"));
        }
        assert_eq!(seen.uri.path(), "/v1/messages");
        let id = &query["conversation_id"];
        if broken.load(Ordering::SeqCst) && *id == conversation("ada", 1) {
            return refused(StatusCode::FORBIDDEN);
        }
        let all: Vec<_> = (0..messages)
            .map(|number| {
                let at = SAID_AT + i64::try_from(number).unwrap();
                json!({
                    "id": message(id, number), "conversation_id": id, "query": format!("q{number}"),
                    "answer": format!("a{number}"), "feedback": null, "created_at": at,
                })
            })
            .collect();
        before(&all, query.get("first_id"))
    })
}

fn refused(status: StatusCode) -> Response {
    dify_app::status(status, "{\"code\":\"no\"}")
}

fn place(items: &[Value], id: &str) -> usize {
    items.iter().position(|item| item["id"] == id).unwrap()
}

fn after(items: &[Value], last: Option<&String>) -> Response {
    let rest = &items[last.map_or(0, |last| place(items, last) + 1)..];
    page(&rest[..rest.len().min(100)], rest.len() > 100)
}

fn before(items: &[Value], first: Option<&String>) -> Response {
    let rest = &items[..first.map_or(items.len(), |first| place(items, first))];
    page(&rest[rest.len().saturating_sub(100)..], rest.len() > 100)
}

fn page(items: &[Value], has_more: bool) -> Response {
    let page = json!({"limit": 100, "has_more": has_more, "data": items});
    dify_app::status(StatusCode::OK, &page.to_string())
}

fn set_up(folder: &Path, url: &str) {
    support::apply(
        folder,
        &json!({
            "projects": [{
                "name": "app",
                "upstream": {"dialect": "dify", "base_url": format!("{url}/v1"), "credential": {"secret": VENDORS}},
            }, {"name": "bare"}],
            "keys": [
                {"dialect": "dify", "project": "app", "secret": KEY},
                {"dialect": "native", "secret": ADMIN, "scopes": ["feedback:read"]},
            ],
            "conversations": [{
                "project": "app", "external_id": conversation("carol", 0), "end_user": "carol",
                "messages": [{"external_id": message(&conversation("carol", 0), 249), "query": "q249", "content": "a2"}],
            }],
        }),
    );
}

fn import(folder: &Path, arguments: &[&str]) -> Output {
    candor(folder)
        .args(["import", "dify", "--upstream", "--json", "--project", "app"])
        .args(arguments)
        .output()
        .unwrap()
}

fn report(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn count(seen: &[Seen], path: &str) -> usize {
    seen.iter().filter(|seen| seen.uri.path() == path).count()
}

#[test]
fn history_is_brought_whole_and_once_and_goes_on_where_it_stopped() {
    let broken = Arc::new(AtomicBool::new(true));
    let upstream = app(&broken);
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path(), &upstream.url());
    let named = ["--user", "ada", "--user", "bob & co"];
    let stopped = import(folder.path(), &named);
    let told = String::from_utf8_lossy(&stopped.stderr).into_owned();
    assert!(!stopped.status.success() && told.contains("403"), "{told}");
    assert!(!told.contains(VENDORS), "{told}");

    broken.store(false, Ordering::SeqCst);
    let before = upstream.seen().len();
    let first = report(&import(folder.path(), &named));
    // Of ada's three conversations the first was stored before; of carol's messages one was known in part.
    let expected = json!({"imported": 2 * 2 + 101 + 250, "unchanged": 0, "refused": []});
    assert_eq!(first, expected);
    let asked = &upstream.seen()[before..];
    assert_eq!(count(asked, "/v1/conversations"), 1 + 2 + 1);
    assert_eq!(count(asked, "/v1/messages"), 2 + 101 + 3);

    let again = report(&import(folder.path(), &named));
    let expected = json!({"imported": 0, "unchanged": 3 * 2 + 101 + 250, "refused": []});
    assert_eq!(again, expected);

    let server = Server::on(folder.path(), &[]);
    let shown = |path: &str| -> Value {
        let url = format!(
            "{}/candor/v1/projects/app/conversations/{path}",
            server.url()
        );
        let answer = support::client().get(url).bearer_auth(ADMIN).send();
        answer.unwrap().json().unwrap()
    };
    let carols = conversation("carol", 0);
    assert_eq!(shown(&carols)["title"], "carol 0");
    let messages = shown(&format!("{carols}/messages?limit=200"));
    let items = messages["items"].as_array().unwrap();
    let told: Vec<_> = items.iter().map(|item| &item["content"]).collect();
    assert!(told.contains(&&json!("a249")), "{told:?}");
    let bobs = shown(&format!("{}/messages", conversation("bob & co", 100)));
    assert_eq!(bobs["items"][0]["query"], "q0");
    assert_eq!(bobs["items"][0]["end_user"]["external_id"], "bob & co");
}

#[test]
fn a_key_given_for_the_import_is_used_instead_of_the_upstreams() {
    let upstream = app(&Arc::new(AtomicBool::new(false)));
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path(), &upstream.url());
    let output = import(folder.path(), &["--vendor-key", "another"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("401"));
}

#[test]
fn a_project_without_an_upstream_has_no_history_to_fetch() {
    let upstream = app(&Arc::new(AtomicBool::new(false)));
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path(), &upstream.url());
    let output = candor(folder.path())
        .args(["import", "dify", "--upstream", "--project", "bare"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && told.contains("no upstream"),
        "{told}"
    );
}

#[test]
fn a_server_that_gives_the_same_page_for_ever_is_not_asked_for_ever() {
    let one = json!({"id": conversation("ada", 0), "name": "x", "query": "q", "answer": "a", "created_at": SAID_AT});
    for endless in ["/v1/conversations", "/v1/messages"] {
        let one = one.clone();
        let upstream = StandIn::start(move |seen| {
            page(std::slice::from_ref(&one), seen.uri.path() == endless)
        });
        let folder = tempfile::tempdir().unwrap();
        set_up(folder.path(), &upstream.url());
        let output = import(folder.path(), &[]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && told.contains("same page"),
            "{told}"
        );
    }
}
