//! Every route without a key, with a key that may not, and with another project's key.
//!
//! The native API's routes are read from its description, the others stand in [`routes::others`]; the source is read for
//! routes that are in neither. What opens without a key is in [`routes::OPEN`], which may only shrink.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "a test crate: it fails loudly and nobody reads its documentation"
)]

#[path = "authorization/amazon_q.rs"]
mod amazon_q;
#[path = "authorization/dialects.rs"]
mod dialects;
#[path = "authorization/dify.rs"]
mod dify;
#[path = "authorization/haptik.rs"]
mod haptik;
#[path = "authorization/melodi.rs"]
mod melodi;
#[path = "authorization/native.rs"]
mod native;
#[path = "authorization/routes.rs"]
mod routes;
#[path = "authorization/sessions.rs"]
mod sessions;
#[path = "support/signing.rs"]
mod signing;
#[path = "support/mod.rs"]
mod support;
#[path = "authorization/wonderchat.rs"]
mod wonderchat;

use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder};
use routes::{DASHBOARD, OF_UPSTREAMS, OPEN, Route};
use serde_json::{Value, json};
use support::Server;

/// May do everything in all projects.
const ADMIN: &str = "cnd_admin-0123456789abcdef";
/// May do nothing.
const IDLE: &str = "cnd_idle-0123456789abcdef";
/// May do everything in the project "other".
const OTHER: &str = "cnd_other-0123456789abcdef";
/// May create feedback in the project "support".
const PUBLISHABLE: &str = "cnd_publishable-0123456789abcdef";
/// Opens the application "support" to Dify's clients.
const DIFY: &str = "app-support-0123456789abcdef";
/// Was revoked.
const REVOKED: &str = "cnd_revoked-0123456789abcdef";

struct World {
    server: Server,
    client: Client,
    routes: Vec<Route>,
    /// A feedback of the project "support".
    feedback: String,
    /// A key that opens all projects.
    key: String,
    /// A one-time link that nobody has used.
    invite: String,
}

impl World {
    fn new() -> Self {
        let server = Server::set_up(&json!({
            "projects": [{"name": "support"}, {"name": "other"}],
            "keys": [
                {"dialect": "native", "secret": ADMIN, "scopes": ["admin"], "name": "admin"},
                {"dialect": "native", "secret": REVOKED, "scopes": ["admin"], "name": "revoked"},
                {"dialect": "native", "secret": IDLE, "scopes": []},
                {"dialect": "native", "secret": OTHER, "scopes": ["admin"], "project": "other"},
                {"dialect": "native", "secret": PUBLISHABLE, "publishable": true, "project": "support"},
                {"dialect": "dify", "secret": DIFY, "project": "support"},
            ],
            "conversations": [{"project": "support", "external_id": "c1", "end_user": "ada", "messages": [
                {"external_id": "m1", "content": "Money back."},
            ]}],
        }));
        let mut world = Self {
            server,
            client: support::client(),
            routes: Vec::new(),
            feedback: String::new(),
            key: String::new(),
            invite: String::new(),
        };
        let description = world.get("/candor/v1/openapi.json");
        world.routes = routes::described(&description);
        assert!(world.routes.len() > 20, "the description is read");
        let vote = json!({"message": {"external_id": "m1"}, "rating": "positive"});
        let (_, feedback) = world.ask(
            Method::POST,
            "/candor/v1/projects/support/feedback",
            Some(ADMIN),
            &vote,
        );
        feedback["id"]
            .as_str()
            .unwrap()
            .clone_into(&mut world.feedback);
        let keys = world.get("/candor/v1/keys");
        let id = |name: &str| {
            let keys = keys["items"].as_array().unwrap();
            let key = keys.iter().find(|key| key["name"] == name).unwrap();
            key["id"].as_str().unwrap().to_owned()
        };
        world.key = id("admin");
        sessions::account(&world, "somebody@example.com", "viewer", None);
        let invite = world.ask(
            Method::POST,
            "/candor/v1/invites",
            Some(ADMIN),
            &json!({"role": "viewer"}),
        );
        invite.1["id"]
            .as_str()
            .unwrap()
            .clone_into(&mut world.invite);
        let revoked = format!("/candor/v1/keys/{}", id("revoked"));
        world.ask(Method::DELETE, &revoked, Some(ADMIN), &Value::Null);
        world
    }

    fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, Some(ADMIN), &Value::Null).1
    }

    fn ask(&self, method: Method, path: &str, key: Option<&str>, body: &Value) -> (u16, Value) {
        self.ask_as(method, path, body, |request| match key {
            Some(key) => request.bearer_auth(key),
            None => request,
        })
    }

    /// Asks as whoever `who` says.
    fn ask_as(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        who: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> (u16, Value) {
        let request = self
            .client
            .request(method, format!("{}{path}", self.server.url()));
        let request = who(request);
        let request = match body {
            Value::Null => request,
            body => request.json(body),
        };
        let answer = request.send().unwrap();
        (
            answer.status().as_u16(),
            serde_json::from_slice(&answer.bytes().unwrap()).unwrap_or_default(),
        )
    }

    /// Asks a route for things that are there.
    fn call(&self, route: &Route, key: Option<&str>) -> u16 {
        let (method, path) = (route.method.clone(), self.path(route));
        self.ask(method, &path, key, &route.body).0
    }

    /// The path of a route to things that are there.
    fn path(&self, route: &Route) -> String {
        let path = route
            .path
            .replace("{project}", "support")
            .replace("{conversation}", "c1")
            .replace("{end_user}", "ada")
            .replace("{account}", "somebody@example.com")
            .replace("/keys/{id}", &format!("/keys/{}", self.key))
            .replace("/invites/{id}", &format!("/invites/{}", self.invite))
            .replace("{id}", &self.feedback)
            .replace("/feedback-records", "/feedback-records?format=amazon-q");
        assert!(
            !path.contains('{'),
            "{path} has a part that this test does not know"
        );
        path
    }

    fn every_route(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter()
    }
}

/// What of the routes was answered otherwise.
fn assert_none(what: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{what}:\n{}\n", breaches.join("\n"));
}

fn breaches(
    world: &World,
    key: Option<&str>,
    allowed: impl Fn(&Route, u16) -> bool,
) -> Vec<String> {
    world
        .every_route()
        .filter_map(|route| {
            let status = world.call(route, key);
            (!allowed(route, status)).then(|| format!("{} {}: {status}", route.method, route.path))
        })
        .collect()
}

/// The answer to a wrong password, and to the token of no link.
fn opened_by(route: &Route) -> u16 {
    if route.is_of_sessions() { 401 } else { 404 }
}

#[test]
fn no_route_opens_without_a_key() {
    let world = World::new();
    for (what, key) in [
        ("without a key", None),
        ("with an unknown key", Some("cnd_nobody-0123456789abcdef")),
        ("with a revoked key", Some(REVOKED)),
        ("with a Dify key", Some(DIFY)),
    ] {
        let refused = breaches(&world, key, |route, status| {
            status
                == if route.opens_by_body() {
                    opened_by(route)
                } else {
                    401
                }
        });
        assert_none(what, &refused);
    }
}

#[test]
fn no_route_opens_without_the_scope() {
    let world = World::new();
    let refused = breaches(&world, Some(IDLE), |route, status| {
        status
            == if route.opens_by_body() {
                opened_by(route)
            } else {
                403
            }
    });
    assert_none("with a key that may do nothing", &refused);
}

#[test]
fn a_publishable_key_creates_feedback_and_does_nothing_else() {
    let world = World::new();
    let refused = breaches(&world, Some(PUBLISHABLE), |route, status| {
        if route.creates_feedback() {
            status < 300
        } else if route.opens_by_body() {
            status == opened_by(route)
        } else {
            status == 403
        }
    });
    assert_none("with a publishable key", &refused);
}

#[test]
fn no_route_of_a_project_opens_to_another_projects_key() {
    let world = World::new();
    let refused = breaches(&world, Some(OTHER), |route, status| {
        match route.path.as_str() {
            // These list what the key opens.
            "/candor/v1/projects"
            | "/candor/v1/feedback"
            | "/candor/v1/feedback-records"
            | "/candor/v1/keys"
                if route.method == Method::GET =>
            {
                status == 200
            }
            // This sums up what the key opens.
            "/candor/v1/query" => status == 200,
            _ if route.opens_by_body() => status == opened_by(route),
            _ => [403, 404].contains(&status),
        }
    });
    assert_none("with another project's key", &refused);
    for path in ["projects", "feedback", "keys"] {
        let list = world
            .ask(
                Method::GET,
                &format!("/candor/v1/{path}"),
                Some(OTHER),
                &Value::Null,
            )
            .1;
        assert!(!list.to_string().contains("support"), "{list}");
    }
}

#[test]
fn after_all_refusals_everything_is_as_it_was() {
    let world = World::new();
    let seen = |world: &World| {
        [
            "projects",
            "keys",
            "feedback",
            "projects/support/conversations",
            "projects/support/end-users",
            "accounts",
            "invites",
        ]
        .map(|path| world.get(&format!("/candor/v1/{path}")))
    };
    let before = seen(&world);
    for key in [None, Some(REVOKED), Some(DIFY), Some(IDLE), Some(OTHER)] {
        breaches(&world, key, |_, _| true);
    }
    assert_eq!(seen(&world), before);
}

#[test]
fn a_file_does_no_more_than_its_key_may() {
    let world = World::new();
    let before = world.get("/candor/v1/keys");
    for file in [
        json!({"projects": [{"name": "new"}]}),
        json!({"projects": [{"name": "support", "description": "changed"}]}),
        json!({"keys": [{"dialect": "native", "secret": "cnd_mine-0123456789abcdef", "scopes": ["admin"]}]}),
        json!({"keys": [{"dialect": "dify", "secret": "app-mine-0123456789abcdef", "project": "support"}]}),
        json!({"end_users": [{"project": "support", "external_id": "eve"}]}),
        json!({"end_users": [{"external_id": "eve"}]}),
        json!({"conversations": [{"project": "support", "external_id": "c1", "title": "changed"}]}),
    ] {
        let (status, answer) = world.ask(Method::POST, "/candor/v1/apply", Some(OTHER), &file);
        assert!(
            [400, 403, 404, 409].contains(&status),
            "{file}: {status} {answer}"
        );
    }
    assert_eq!(world.get("/candor/v1/keys"), before);
    let people = world.get("/candor/v1/projects/support/end-users");
    assert!(!people.to_string().contains("eve"), "{people}");
}

#[test]
fn what_is_open_is_open() {
    assert!(
        OPEN.len() <= 7,
        "what opens without a key may only become less"
    );
    let world = World::new();
    for path in OPEN {
        let path = path.replace("{*file}", "swagger-ui.css");
        let (status, _) = world.ask(Method::GET, &path, None, &Value::Null);
        assert_eq!(status, 200, "{path}");
    }
}

#[test]
fn paths_of_upstreams_are_not_there_without_an_upstream() {
    let world = World::new();
    let project = world.get("/candor/v1/projects/support");
    for (method, path) in OF_UPSTREAMS {
        let path = path
            .replace("{*path}", "v1.0/send_chat_to_agent/")
            .replace("{project}", project["id"].as_str().unwrap());
        for key in [None, Some(DIFY), Some(ADMIN)] {
            let body = json!({"chatbotId": "bot", "question": "?"});
            let (status, _) = world.ask(method.parse().unwrap(), &path, key, &body);
            assert_eq!(status, 404, "{path}");
        }
    }
}

#[test]
fn every_route_of_the_source_is_covered() {
    let world = World::new();
    let found = routes::in_source();
    let others = routes::others();
    assert!(found.len() >= 10, "{found:?}");
    let uncovered: Vec<_> = found
        .iter()
        .filter(|path| {
            let covered = world.routes.iter().any(|route| route.path == **path)
                || others.iter().any(|route| route.path == **path);
            !covered
                && !OPEN.contains(&path.as_str())
                && !DASHBOARD.contains(&path.as_str())
                && !routes::NOT_FOUND.contains(&path.as_str())
                && !OF_UPSTREAMS.iter().any(|(_, known)| known == path)
        })
        .cloned()
        .collect();
    assert_none("routes that no test of this file knows", &uncovered);
    let stale: Vec<_> = [OPEN, DASHBOARD]
        .concat()
        .into_iter()
        .filter(|path| !found.iter().any(|known| known == path))
        .map(ToOwned::to_owned)
        .collect();
    assert_none("open routes that are no more", &stale);
}
