//! Which routes there are.

use reqwest::Method;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// What opens without a key and tells something of the server. Nothing is added here: a new route takes a key.
pub const OPEN: &[&str] = &[
    "/candor/v1/docs",
    "/candor/v1/docs/",
    "/candor/v1/docs/{*file}",
    "/candor/v1/openapi.json",
    "/healthz",
    "/metrics",
    "/readyz",
];

/// The dashboard's files, which hold no data: what they show they ask for, with a session.
pub const DASHBOARD: &[&str] = &[
    "/",
    "/assets/{*file}",
    "/inbox",
    "/invite",
    "/settings",
    "/settings/{*page}",
    "/sign-in",
];

/// What opens by what stands in the body: a password, or the token of a one-time link. Nothing of it helps with a wrong one.
pub const BY_BODY: &[&str] = &[
    "/candor/v1/session",
    "/candor/v1/invites/look",
    "/candor/v1/invites/accept",
];

/// Paths that only say that nothing is there.
pub const NOT_FOUND: &[&str] = &[
    "/v1/",
    "/v1.0/",
    "/api/v1/",
    "/api/external/",
    "/applications/",
];

/// Paths that a vendor's server answers, or that a vendor calls and signs for: where no project has an upstream, they only
/// say that nothing is there. What opens them where one has is tested with their dialects.
pub const OF_UPSTREAMS: &[(&str, &str)] = &[
    ("POST", "/api/v1/chat"),
    ("POST", "/integration/external/{*path}"),
    ("POST", "/candor/webhooks/haptik/{project}"),
];

/// How the requests of a dialect carry their key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A native key, as a bearer.
    Native,
    /// As a bearer.
    Bearer,
    /// As a bearer, with the client's id in a header of its own.
    BearerWithClient,
    /// In the header `api-key`.
    Header,
    /// As `apiKey` in the body.
    Body,
    /// By signing the request; the client's id is the access key id.
    Signature,
}

/// A route that the native API's description does not tell of.
pub struct Other {
    /// The dialect whose keys open it.
    pub dialect: &'static str,
    pub carrier: Carrier,
    pub method: &'static str,
    pub path: &'static str,
    /// A body that a caller who may would be answered for.
    pub body: &'static str,
}

impl Other {
    /// The status without a key that is right.
    pub fn refused(&self) -> u16 {
        match self.carrier {
            Carrier::Signature => 403,
            _ => 401,
        }
    }
}

/// The routes that the description does not tell of, a list a dialect. A test finds those that are left out.
pub fn others() -> Vec<&'static Other> {
    let all = [
        crate::native::ROUTES,
        crate::dify::ROUTES,
        crate::wonderchat::ROUTES,
        crate::melodi::ROUTES,
        crate::haptik::ROUTES,
        crate::amazon_q::ROUTES,
    ];
    let found = in_source();
    let routes = all.into_iter().flatten();
    routes
        .filter(|route| found.iter().any(|path| path == route.path))
        .collect()
}

/// A route of the native API, with a body that would do something.
pub struct Route {
    pub method: Method,
    pub path: String,
    pub body: Value,
}

impl Route {
    /// Whether publishable keys may call it.
    pub fn creates_feedback(&self) -> bool {
        self.method == Method::POST
            && ["/feedback", "/feedback/batch"]
                .iter()
                .any(|end| self.path.ends_with(end))
    }

    /// Whether it opens by what stands in its body.
    pub fn opens_by_body(&self) -> bool {
        self.method == Method::POST && BY_BODY.contains(&self.path.as_str())
    }

    /// Whether it is about the session that calls it.
    pub fn is_of_sessions(&self) -> bool {
        self.path.starts_with("/candor/v1/session")
    }

    fn body(method: &Method, path: &str) -> Value {
        let vote = json!({"message": {"external_id": "m1"}, "author": {"end_user": "eve"}, "rating": "negative"});
        match (method.as_str(), path) {
            ("GET" | "DELETE", _) => Value::Null,
            ("POST", path) if path.ends_with("/mirror/retry") => Value::Null,
            ("POST", path) if path.ends_with("/password-link") => Value::Null,
            (_, "/session") => {
                json!({"email": "nobody@example.com", "password": "a wrong password"})
            }
            (_, "/session/password") => {
                json!({"current": "a wrong password", "new": "another long one"})
            }
            (_, "/accounts") => {
                json!({"email": "n@example.com", "name": "N", "password": "a long password", "role": "viewer"})
            }
            (_, "/accounts/{account}") => json!({"name": "changed"}),
            (_, "/invites") => json!({"role": "viewer"}),
            (_, "/invites/look") => json!({"token": "cni_unknown"}),
            (_, "/invites/accept") => {
                json!({"token": "cni_unknown", "email": "n@example.com", "name": "N", "password": "a long password"})
            }
            (_, "/projects") => json!({"name": "new"}),
            (_, "/query") => {
                json!({"metrics": ["votes"], "range": {"since": "2026-01-01", "until": "2027-01-01"}})
            }
            (_, "/keys") => json!({"dialect": "native"}),
            (_, path) if path.ends_with("/batch") => json!({"items": [vote]}),
            (_, path) if path.ends_with("/feedback") => vote,
            (_, path) if path.ends_with("/conversations") => {
                json!({"conversations": [{"external_id": "new"}]})
            }
            (_, path) if path.ends_with("/attributes") => json!({"name": "new"}),
            ("PATCH", "/keys/{id}") => json!({"rate_limit": null}),
            ("PATCH", path) if path.ends_with("/{id}") => json!({"rating": "negative"}),
            (_, "/projects/{project}") => json!({"description": "changed"}),
            (_, path) if path.ends_with("{end_user}") => json!({"name": "changed"}),
            (_, path) if path.ends_with("{conversation}") => json!({"title": "changed"}),
            _ => panic!("{method} {path} has no body in this test yet"),
        }
    }
}

/// Every route of an OpenAPI document.
pub fn described(document: &Value) -> Vec<Route> {
    let root = document["servers"][0]["url"].as_str().unwrap();
    let mut routes = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            routes.push(Route {
                body: Route::body(&method, path),
                path: format!("{root}{path}"),
                method,
            });
        }
    }
    routes
}

/// Every path that the source routes by name.
pub fn in_source() -> Vec<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let dialects = fs::read_to_string(source.join("dialects/mod.rs")).unwrap();
    let mut found = routed(&dialects, "");
    for file in ["http/mod.rs", "ui.rs"] {
        found.extend(routed(&fs::read_to_string(source.join(file)).unwrap(), ""));
    }
    for (root, name) in nested(&dialects) {
        for file in files(&source.join("dialects").join(name)) {
            found.extend(routed(&fs::read_to_string(file).unwrap(), &root));
        }
    }
    found
}

/// `.nest("ROOT", NAME::routes())`
fn nested(text: &str) -> Vec<(String, String)> {
    let nested: Vec<_> = text
        .split(".nest(")
        .skip(1)
        .map(|rest| {
            let mut parts = rest.split('"');
            let root = parts.nth(1).unwrap();
            let name = parts.next().unwrap().trim_start_matches([',', ' ', '\n']);
            (root.to_owned(), name.split("::").next().unwrap().to_owned())
        })
        .collect();
    assert!(nested.len() >= 2, "{nested:?}");
    nested
}

/// `.route("PATH", …)`
fn routed(text: &str, root: &str) -> Vec<String> {
    text.split(".route(")
        .skip(1)
        .map(|rest| match rest.split('"').nth(1).unwrap() {
            // The root of what is nested is called without a slash.
            "/" if !root.is_empty() => root.to_owned(),
            path => format!("{root}{path}"),
        })
        .collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
