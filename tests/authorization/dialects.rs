//! The routes of every dialect with no key, with keys of other dialects, with another project's key and with another
//! workspace's: nothing is shown or changed of what is not the key's.

use crate::routes::{self, Carrier, Other};
use crate::signing::Signing;
use crate::support::{self, Server};
use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write as _;

const DIALECTS: [&str; 6] = [
    "native",
    "dify",
    "wonderchat",
    "melodi",
    "haptik",
    "amazon_q",
];
/// What "support" is called as an application, and a conversation and a message in it.
const APPLICATION: &str = "11111111-2222-4333-8444-555555555555";
const CONVERSATION: &str = "22222222-2222-4333-8444-555555555555";
const MESSAGE: &str = "33333333-2222-4333-8444-555555555555";
/// May do everything in the first workspace.
const ADMIN: &str = "cnd_admin-0123456789abcdef";
/// Stands in what belongs to the project "support" of the first workspace, and in no request.
const PRIVATE: &str = "nobody else's business";

struct World {
    server: Server,
    client: Client,
    _folder: tempfile::TempDir,
}

/// The secret of a dialect's key that its owner holds.
fn secret(dialect: &str, owner: &str) -> String {
    format!("{dialect}-{owner}-0123456789abcdef")
}

fn keys(owner: &str, project: &str) -> Vec<Value> {
    let key = |dialect: &&str| {
        let mut key =
            json!({"dialect": dialect, "secret": secret(dialect, owner), "project": project});
        if *dialect == "haptik" {
            key["client_id"] = json!(format!("client-of-{owner}"));
        }
        if *dialect == "amazon_q" {
            key["access_key_id"] = json!(format!("client-of-{owner}"));
        }
        if *dialect == "native" {
            key["scopes"] = json!(["admin"]);
        }
        key
    };
    DIALECTS.iter().map(key).collect()
}

fn first_workspace() -> Value {
    let mut all = keys("support", "support");
    all.extend(keys("sales", "sales"));
    all.push(json!({"dialect": "native", "secret": ADMIN, "scopes": ["admin"]}));
    json!({
        "projects": [
            {"name": "support", "number": 64, "haptik_business_id": 343, "wonderchat_chatbot_id": "bot-of-support",
             "amazon_q_application_id": APPLICATION, "description": PRIVATE},
            {"name": "sales", "number": 65},
        ],
        "keys": all,
        "end_users": [{"project": "support", "external_id": "ada", "name": PRIVATE}],
        "conversations": [{"project": "support", "external_id": "c1", "end_user": "ada", "title": PRIVATE, "messages": [
            {"external_id": "m1", "content": PRIVATE},
        ]}, {"project": "support", "external_id": CONVERSATION, "end_user": "ada", "title": PRIVATE, "messages": [
            {"external_id": MESSAGE, "content": PRIVATE},
        ]}],
    })
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        support::apply(folder.path(), &first_workspace());
        support::run(support::candor(folder.path()).args(["workspace", "create", "elsewhere"]));
        let mut whole = keys("elsewhere", "own");
        for key in &mut whole {
            if key["dialect"] != "dify" {
                key.as_object_mut().unwrap().remove("project");
            }
        }
        let setup = json!({"projects": [{"name": "own"}], "keys": whole});
        let mut file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
        write!(file, "{setup}").unwrap();
        let mut apply = support::candor(folder.path());
        support::run(
            apply
                .args(["apply", "--workspace", "elsewhere"])
                .arg(file.path()),
        );
        let world = Self {
            server: Server::on(folder.path(), &[]),
            client: support::client(),
            _folder: folder,
        };
        let vote =
            json!({"message": {"external_id": "m1"}, "rating": "positive", "comment": PRIVATE});
        let (status, _) = world.native(Method::POST, "projects/support/feedback", ADMIN, &vote);
        assert!(status < 300, "{status}");
        world
    }

    fn native(&self, method: Method, path: &str, key: &str, body: &Value) -> (u16, String) {
        let url = format!("{}/candor/v1/{path}", self.server.url());
        let request = self.client.request(method, url).bearer_auth(key);
        let request = match body {
            Value::Null => request,
            body => request.json(body),
        };
        let answer = request.send().unwrap();
        (answer.status().as_u16(), answer.text().unwrap())
    }

    /// Everything of the first workspace that a route might change.
    fn seen(&self) -> Vec<String> {
        [
            "projects",
            "keys",
            "feedback",
            "projects/support/conversations",
            "projects/support/conversations/c1/messages",
            "projects/support/end-users",
            "projects/support/attributes",
        ]
        .map(|path| self.native(Method::GET, path, ADMIN, &Value::Null).1)
        .to_vec()
    }

    /// Asks a route with what may be a key, carried as the dialect does.
    fn call(&self, route: &Other, key: Option<&str>, client: &str, number: u32) -> (u16, String) {
        let uuid = "0198c2f4-5c1e-7b7e-9d0a-3f4f6a1f2b3c";
        let path = route
            .path
            .replace("{message_id}", uuid)
            .replace("{end_user_id}", uuid)
            .replace("{external_id}", "ada")
            .replace("{application}", APPLICATION)
            .replace("{conversation}", CONVERSATION)
            .replace("{message}", MESSAGE)
            .replace("{id}", &number.to_string());
        assert!(!path.contains('{'), "{path} has a part that is not known");
        let method: Method = route.method.parse().unwrap();
        let mut body: Value = serde_json::from_str(route.body).unwrap();
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.server.url()));
        if let Some(key) = key {
            request = match route.carrier {
                Carrier::Native | Carrier::Bearer => request.bearer_auth(key),
                Carrier::BearerWithClient => request.bearer_auth(key).header("client-id", client),
                Carrier::Header => request.header("api-key", key),
                Carrier::Signature => {
                    let url = format!("{}{path}", self.server.url());
                    let signing = Signing::with(client, key);
                    let said = body.to_string();
                    let (_, headers) = signing.sign(route.method, &url, None, said.as_bytes());
                    let request = request.body(said);
                    body = Value::Null;
                    headers.iter().fold(request, |request, (name, value)| {
                        request.header(name, value)
                    })
                }
                Carrier::Body => {
                    body["apiKey"] = json!(key);
                    request
                }
            };
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().unwrap();
        (answer.status().as_u16(), answer.text().unwrap())
    }

    /// Walks every route with this owner's keys. Returns the routes that told what is not the owner's.
    fn told_to(&self, owner: &str) -> Vec<String> {
        let client = format!("client-of-{owner}");
        let mut told = Vec::new();
        let mut opened = BTreeSet::new();
        for route in routes::others() {
            let secret = secret(route.dialect, owner);
            let numbers = if route.path.contains("{id}") {
                1..=3
            } else {
                1..=1
            };
            for number in numbers {
                let (status, text) = self.call(route, Some(&secret), &client, number);
                if status != route.refused() {
                    opened.insert(route.dialect);
                }
                assert!(status < 500, "{} {}: {text}", route.method, route.path);
                if text.contains(PRIVATE) {
                    told.push(format!("{} {}: {text}", route.method, route.path));
                }
            }
        }
        // Melodi answers 401 to keys that may not, too; that all were would mean that the keys are wrong.
        let walked: BTreeSet<_> = routes::others().iter().map(|route| route.dialect).collect();
        assert_eq!(opened, walked);
        told
    }
}

#[test]
fn no_route_of_a_dialect_opens_without_its_key() {
    let world = World::new();
    for route in routes::others() {
        let others = DIALECTS.iter().filter(|dialect| **dialect != route.dialect);
        let mut keys: Vec<_> = others
            .map(|dialect| Some(secret(dialect, "support")))
            .collect();
        keys.extend([None, Some("nobody-0123456789abcdef".to_owned())]);
        for key in keys {
            let (status, _) = world.call(route, key.as_deref(), "client-of-support", 1);
            let Other { method, path, .. } = route;
            assert_eq!(status, route.refused(), "{method} {path} with {key:?}");
        }
    }
}

#[test]
fn no_route_of_a_client_opens_with_another_clients_id() {
    let world = World::new();
    let clients = |route: &&Other| route.carrier == Carrier::BearerWithClient;
    for route in routes::others().into_iter().filter(clients) {
        let key = secret(route.dialect, "support");
        let (status, _) = world.call(route, Some(&key), "client-of-sales", 1);
        assert_eq!(status, 401, "{} {}", route.method, route.path);
    }
}

#[test]
fn no_route_shows_or_changes_what_is_another_projects() {
    let world = World::new();
    let before = world.seen();
    let told = world.told_to("sales");
    assert!(told.is_empty(), "{}", told.join("\n"));
    assert_eq!(world.seen()[3..], before[3..]);
    assert_eq!(world.seen()[..2], before[..2]);
}

#[test]
fn no_route_shows_or_changes_what_is_another_workspaces() {
    let world = World::new();
    let before = world.seen();
    let told = world.told_to("elsewhere");
    assert!(told.is_empty(), "{}", told.join("\n"));
    assert_eq!(world.seen(), before);
}

#[test]
fn no_native_route_shows_or_changes_what_is_another_workspaces() {
    let world = World::new();
    let before = world.seen();
    let key = secret("native", "elsewhere");
    let description = world
        .native(Method::GET, "openapi.json", ADMIN, &Value::Null)
        .1;
    let description = serde_json::from_str(&description).unwrap();
    for route in routes::described(&description) {
        let path = route
            .path
            .replace("{project}", "support")
            .replace("{conversation}", "c1")
            .replace("{end_user}", "ada")
            .replace("{id}", "0198c2f4-5c1e-7b7e-9d0a-3f4f6a1f2b3c");
        let path = path.trim_start_matches("/candor/v1/");
        let (status, text) = world.native(route.method.clone(), path, &key, &route.body);
        assert!(!text.contains(PRIVATE), "{} {path}: {text}", route.method);
        if path.starts_with("projects/support") {
            assert_eq!(status, 404, "{} {path}: {text}", route.method);
        }
    }
    assert_eq!(world.seen(), before);
}
