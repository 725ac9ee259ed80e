//! Every route with a session of each role: it opens what a key with the role's scopes does, and nothing from elsewhere.

use crate::routes::Route;
use crate::{ADMIN, World, assert_none, opened_by};
use reqwest::Method;
use reqwest::blocking::RequestBuilder;
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

/// May read and write feedback in all projects.
const EDITING: &str = "cnd_editing-0123456789abcdef";
/// May read feedback in all projects.
const READING: &str = "cnd_reading-0123456789abcdef";

/// Makes an account of a role, of one project or of all.
pub fn account(world: &World, email: &str, role: &str, project: Option<&str>) {
    let body = json!({
        "email": email, "name": email, "password": PASSWORD, "role": role,
        "projects": project.map(|name| vec![name]),
    });
    let (status, made) = world.ask(Method::POST, "/candor/v1/accounts", Some(ADMIN), &body);
    assert_eq!(status, 201, "{made}");
}

/// The cookie of a new account that is signed in.
fn signed_in(world: &World, role: &str, project: Option<&str>) -> String {
    let email = format!("{role}@example.com");
    account(world, &email, role, project);
    let url = format!("{}/candor/v1/session", world.server.url());
    let words = json!({"email": email, "password": PASSWORD});
    let answer = world.client.post(url).json(&words).send().unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

fn key(world: &World, secret: &str, scopes: &[&str]) {
    let body = json!({"dialect": "native", "secret": secret, "scopes": scopes});
    let (status, made) = world.ask(Method::POST, "/candor/v1/keys", Some(ADMIN), &body);
    assert_eq!(status, 201, "{made}");
}

/// What the server's own pages send.
fn from_own_page<'world>(
    world: &'world World,
    cookie: &'world str,
) -> impl Fn(RequestBuilder) -> RequestBuilder {
    move |request| {
        let request = request.header("cookie", cookie);
        request.header("origin", world.server.url())
    }
}

fn call(world: &World, route: &Route, who: impl Fn(RequestBuilder) -> RequestBuilder) -> u16 {
    let (method, path) = (route.method.clone(), world.path(route));
    world.ask_as(method, &path, &route.body, who).0
}

/// The routes that a session opens and a key does not, or the other way round.
fn differing(world: &World, key: &str, cookie: &str) -> Vec<String> {
    let routes = world.every_route().filter(|route| {
        let attributes = route.path.ends_with("/attributes");
        !route.is_of_sessions() && !route.opens_by_body() && !attributes
    });
    routes
        .filter_map(|route| {
            let by_key = world.call(route, Some(key));
            let by_session = call(world, route, from_own_page(world, cookie));
            let differs = (by_key == 403) != (by_session == 403) || by_session == 401;
            let told = format!("{} {}: {by_key}, {by_session}", route.method, route.path);
            differs.then_some(told)
        })
        .collect()
}

#[test]
fn a_role_may_do_what_a_key_with_its_scopes_may() {
    for (role, scopes) in [
        ("viewer", &["feedback:read"][..]),
        ("editor", &["feedback:read", "feedback:write"]),
        ("owner", &["admin"]),
    ] {
        let world = World::new();
        let secret = format!("cnd_as-a-{role}-0123456789");
        key(&world, &secret, scopes);
        let cookie = signed_in(&world, role, None);
        assert_none(role, &differing(&world, &secret, &cookie));
    }
}

#[test]
fn a_viewer_changes_nothing() {
    let world = World::new();
    key(&world, READING, &["feedback:read"]);
    let cookie = signed_in(&world, "viewer", None);
    let seen = |world: &World| {
        [
            "projects", "keys", "feedback", "accounts", "invites", "audit",
        ]
        .map(|path| world.get(&format!("/candor/v1/{path}")))
    };
    let before = seen(&world);
    let changing = world.every_route().filter(|route| {
        let reads = route.method == Method::GET || route.path.ends_with("/query");
        !reads && !route.is_of_sessions() && !route.opens_by_body()
    });
    let breaches: Vec<_> = changing
        .filter_map(|route| {
            let status = call(&world, route, from_own_page(&world, &cookie));
            (status != 403).then(|| format!("{} {}: {status}", route.method, route.path))
        })
        .collect();
    assert_none("a viewer", &breaches);
    assert_eq!(seen(&world), before);
}

#[test]
fn nothing_is_changed_from_a_page_of_another_server() {
    let world = World::new();
    let cookie = signed_in(&world, "owner", None);
    for origin in [None, Some("https://elsewhere.example"), Some("null")] {
        let who = |request: RequestBuilder| {
            let request = request.header("cookie", &cookie);
            match origin {
                Some(origin) => request.header("origin", origin),
                None => request,
            }
        };
        let breaches: Vec<_> = world
            .every_route()
            .filter(|route| route.method != Method::GET)
            .filter_map(|route| {
                let status = call(&world, route, who);
                let by_body = route.opens_by_body() && status == opened_by(route);
                let refused = status == 403 || by_body;
                (!refused).then(|| format!("{} {}: {status}", route.method, route.path))
            })
            .collect();
        assert_none("from elsewhere", &breaches);
    }
    let applied = world.ask_as(Method::POST, "/candor/v1/apply", &json!({}), |request| {
        request.header("cookie", &cookie)
    });
    assert_eq!(applied.0, 403);
}

#[test]
fn an_account_of_another_project_sees_nothing() {
    let world = World::new();
    key(&world, EDITING, &["feedback:read", "feedback:write"]);
    let cookie = signed_in(&world, "editor", Some("other"));
    let own = from_own_page(&world, &cookie);
    let breaches: Vec<_> = world
        .every_route()
        .filter(|route| !route.is_of_sessions() && !route.opens_by_body())
        .filter_map(|route| {
            let status = call(&world, route, &own);
            let lists = ["/projects", "/feedback", "/feedback-records", "/query"];
            let of_all = lists
                .iter()
                .any(|list| route.path == format!("/candor/v1{list}"));
            let reads = route.method == Method::GET || route.path.ends_with("/query");
            let fine = if of_all && reads {
                status == 200
            } else {
                [403, 404].contains(&status)
            };
            (!fine).then(|| format!("{} {}: {status}", route.method, route.path))
        })
        .collect();
    assert_none("an account of another project", &breaches);
    for path in ["projects", "feedback"] {
        let path = format!("/candor/v1/{path}");
        let list = world.ask_as(Method::GET, &path, &Value::Null, &own).1;
        assert!(!list.to_string().contains("support"), "{list}");
    }
}
