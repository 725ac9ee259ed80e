//! What goes on to the project's upstream, and with whose key.

use super::fixture::{Answer, Melodi, PRIVATE, PUBLISHABLE, setup};
use crate::support::stand_in::{Seen, StandIn};
use axum::body::Body;
use axum::http::Response;
use serde_json::{Value, json};

const SECRET: &str = "vendor/secret";
const ONLY_APP: &str = "only-the-app";
const ONLY_OTHER: &str = "only-the-other";

/// A server whose project "app" has an upstream, with this credential.
struct Passing {
    melodi: Melodi,
    vendor: StandIn,
}

impl Passing {
    fn start(credential: &Value) -> Self {
        let vendor = StandIn::start(|seen| {
            Response::builder()
                .status(207)
                .header("content-type", "text/csv")
                .header("x-request-id", "the-vendors")
                .header("access-control-allow-origin", "https://only.example")
                .body(Body::from(format!("{} passed", seen.method)))
                .unwrap()
        });
        let mut setup = setup();
        setup["projects"][0]["upstream"] =
            json!({"dialect": "melodi", "base_url": vendor.url(), "credential": credential});
        for (project, secret) in [("app", ONLY_APP), ("other", ONLY_OTHER)] {
            setup["keys"]
                .as_array_mut()
                .unwrap()
                .push(json!({"dialect": "melodi", "project": project, "secret": secret}));
        }
        let melodi = Melodi::set_up(&setup);
        Self { melodi, vendor }
    }

    fn with_credential() -> Self {
        Self::start(&json!({"secret": SECRET}))
    }

    fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.melodi.send("GET", path, headers, None)
    }

    /// What went to the vendor, of which there is one.
    #[track_caller]
    fn went(&self) -> Seen {
        let seen = self.vendor.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }

    #[track_caller]
    fn assert_nothing_went(&self) {
        let seen = self.vendor.seen();
        assert!(seen.is_empty(), "{seen:?}");
    }
}

#[test]
fn what_is_not_answered_here_goes_on_as_it_was_asked() {
    let passing = Passing::start(&Value::Null);
    let path = format!("/logs?apiKey={PRIVATE}&q=a%20b+c");
    let headers = [("X-Mine", "1"), ("Content-Type", "text/plain")];
    let answer = passing
        .melodi
        .send("POST", &path, &headers, Some("{\"Ü\":  1}".to_owned()));
    assert_eq!((answer.status, answer.text.as_str()), (207, "POST passed"));
    assert_eq!(answer.headers["x-request-id"], "the-vendors");
    let went = passing.went();
    assert_eq!(went.target(), format!("/api/external{path}"));
    assert_eq!(went.body, "{\"Ü\":  1}");
    assert_eq!(went.headers["x-mine"], "1");
    assert_eq!(went.headers["host"], passing.vendor.address().to_string());
}

#[test]
fn the_vendor_says_which_pages_read_its_answers() {
    let passing = Passing::start(&Value::Null);
    let headers = [("api-key", PRIVATE), ("Origin", "https://a.example")];
    let answer = passing.get("/logs", &headers);
    let said: Vec<_> = answer
        .headers
        .get_all("access-control-allow-origin")
        .iter()
        .collect();
    assert_eq!(said, ["https://only.example"]);
}

#[test]
fn a_projects_credential_takes_the_place_of_the_clients_key() {
    let passing = Passing::with_credential();
    let bearer = format!("Bearer {PRIVATE}");
    passing.get("/logs", &[("api-key", PRIVATE)]);
    passing.get("/logs", &[("Authorization", bearer.as_str())]);
    passing.get(&format!("/logs?x=1&apiKey={PRIVATE}"), &[]);
    let seen = passing.vendor.seen();
    assert_eq!(seen[0].headers["api-key"], SECRET);
    assert_eq!(seen[1].headers["authorization"], format!("Bearer {SECRET}"));
    // Not in the query, which servers repeat in redirections and links.
    assert_eq!(seen[2].target(), "/api/external/logs?x=1");
    assert_eq!(seen[2].headers["api-key"], SECRET);
    assert!(!format!("{seen:?}").contains(PRIVATE), "{seen:?}");
}

#[test]
fn feedback_and_threads_stay_here() {
    let passing = Passing::with_credential();
    let feedback = json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_123"});
    passing.melodi.give(&feedback).success();
    passing.melodi.get("/threads").success();
    passing.assert_nothing_went();
}

#[test]
fn a_method_that_is_not_answered_here_goes_on_too() {
    let passing = Passing::with_credential();
    let answer = passing
        .melodi
        .send("DELETE", "/projects", &[("api-key", PRIVATE)], None);
    assert_eq!(answer.text, "DELETE passed");
    assert_eq!(answer.header("allow"), None, "the vendor did not say that");
}

#[test]
fn a_key_of_one_project_goes_on_to_that_projects_upstream_only() {
    let passing = Passing::with_credential();
    assert_eq!(passing.get("/logs", &[("api-key", ONLY_APP)]).status, 207);
    let refused = passing
        .get("/logs", &[("api-key", ONLY_OTHER)])
        .refused(404);
    assert!(
        refused.contains("no project of this key has an upstream"),
        "{refused}"
    );
    assert_eq!(passing.vendor.seen().len(), 1);
}

#[test]
fn who_may_not_call_passes_nothing() {
    let passing = Passing::with_credential();
    for headers in [
        vec![],
        vec![("api-key", "nobody")],
        vec![("api-key", PUBLISHABLE)],
    ] {
        passing.get("/logs", &headers).refused(401);
    }
    passing.assert_nothing_went();
}

#[test]
fn without_an_upstream_there_is_nothing_else() {
    let melodi = Melodi::start();
    let known = melodi.send("GET", "/logs", &[("api-key", PRIVATE)], None);
    assert!(known.refused(404).contains("upstream"));
    let wrong = melodi.send("DELETE", "/projects", &[("api-key", PRIVATE)], None);
    assert!(wrong.refused(405).contains("upstream"));
    assert_eq!(wrong.header("allow"), Some("GET,HEAD,POST"));
    for headers in [vec![], vec![("api-key", "nobody")]] {
        let unknown = melodi.send("GET", "/logs", &headers, None);
        assert_eq!(unknown.refused(404), "Not found");
    }
}

#[test]
fn a_vendor_that_breaks_off_is_a_bad_gateway() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut setup = setup();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    setup["projects"][0]["upstream"] = json!({"dialect": "melodi", "base_url": url});
    let melodi = Melodi::set_up(&setup);
    let answer = melodi.send("GET", "/logs", &[("api-key", PRIVATE)], None);
    let told = answer.refused(502);
    assert!(
        told.contains("upstream") && !told.contains("127.0.0.1"),
        "{told}"
    );
}
