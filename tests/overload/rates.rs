//! Limits on the requests of keys and projects, by every dialect.

use crate::support::{self, Server};
use crate::world::{DIALECTS, World, keys, setup};
use reqwest::blocking::Response;
use serde_json::{Value, json};
use std::time::Duration;

/// The lowest there is: whoever asks twice within a second is refused.
fn one() -> Value {
    json!({"per_second": 1})
}

/// Whether a refusal has the dialect's own shape.
fn is_in_shape(dialect: &str, refusal: Response) -> bool {
    let header = |name: &str| {
        refusal
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    let (kind, wait) = (header("content-type").unwrap(), header("retry-after"));
    let (error, milliseconds) = (header("x-amzn-errortype"), header("x-amz-retry-after"));
    let status = refusal.status().as_u16();
    let body: Value = refusal.json().unwrap();
    let told = |name: &str| {
        body[name]
            .as_str()
            .is_some_and(|text| text.contains("more requests"))
    };
    let in_shape = match dialect {
        "native" => kind == "application/problem+json" && body["code"] == "busy" && told("detail"),
        "dify" => body["code"] == "too_many_requests" && body["status"] == 429 && told("message"),
        "wonderchat" => body["status"] == "error" && told("message"),
        "melodi" => told("error") || told("message"),
        "haptik" => told("error_message"),
        _ => {
            error.as_deref() == Some("ThrottlingException")
                && milliseconds.as_deref() == Some("1000")
                && told("message")
        }
    };
    assert_eq!(
        (status, wait.as_deref()),
        (429, Some("1")),
        "{dialect}: {body}"
    );
    assert!(in_shape, "{dialect}: {kind} {body}");
    in_shape
}

/// Votes until it is taken.
fn try_again(world: &World, dialect: &str, of: &str) {
    for _ in 0..600 {
        if world.vote(dialect, of).status().is_success() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{dialect}: it was never taken");
}

#[test]
fn a_key_that_asks_too_much_is_refused_by_every_dialect_in_its_own_shape_and_nothing_is_stored() {
    let world = World::new(&setup(
        &Value::Null,
        keys("support", &json!("support"), &one()),
    ));
    let mut stored = 0;
    for dialect in DIALECTS {
        let (refusal, taken) = world.until_refused(dialect, "support");
        assert!(taken >= 1, "{dialect}: the first was refused");
        assert!(is_in_shape(dialect, refusal));
        stored += taken;
        assert_eq!(world.stored(), stored, "{dialect}");
    }
}

#[test]
fn who_waits_is_taken_again() {
    let world = World::new(&setup(
        &Value::Null,
        keys("support", &json!("support"), &one()),
    ));
    for dialect in DIALECTS {
        world.until_refused(dialect, "support");
        try_again(&world, dialect, "support");
    }
}

#[test]
fn a_projects_limit_is_for_all_its_keys_together() {
    let world = World::new(&setup(
        &one(),
        keys("support", &json!("support"), &Value::Null),
    ));
    for dialects in DIALECTS.windows(2) {
        let [one, other] = dialects else { continue };
        let refused = (0..100).any(|_| {
            world.vote(one, "support");
            world.vote(other, "support").status() == 429
        });
        assert!(refused, "{one} and {other}");
    }
}

#[test]
fn a_key_of_the_workspace_counts_for_the_project_that_it_votes_in() {
    let world = World::new(&setup(&one(), keys("all", &Value::Null, &Value::Null)));
    for dialect in DIALECTS.iter().filter(|dialect| **dialect != "dify") {
        let (refusal, _) = world.until_refused(dialect, "all");
        assert!(is_in_shape(dialect, refusal));
    }
}

#[test]
fn what_the_settings_say_is_for_keys_without_a_limit_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = keys("support", &json!("support"), &Value::Null);
    all.extend(keys("free", &json!("support"), &json!({"per_second": 0})));
    support::apply(folder.path(), &setup(&Value::Null, all));
    let file = folder.path().join("settings.toml");
    std::fs::write(&file, "key_requests_per_second = 1\n").unwrap();
    let server = Server::on(folder.path(), &["--config", file.to_str().unwrap()]);
    let world = World::of(server);
    world.until_refused("dify", "support");
    for _ in 0..20 {
        assert!(world.vote("dify", "free").status().is_success());
    }
}

#[test]
fn refusals_are_counted_by_limit() {
    let world = World::new(&setup(
        &Value::Null,
        keys("support", &json!("support"), &one()),
    ));
    world.until_refused("dify", "support");
    let told = world.metrics();
    assert!(
        told.contains("candor_rate_limited_total{limit=\"key\"} 1"),
        "{told}"
    );
}

#[test]
fn a_wrong_signature_uses_nothing_up() {
    let world = World::new(&setup(
        &Value::Null,
        keys("support", &json!("support"), &one()),
    ));
    for _ in 0..20 {
        let url = format!("{}/applications", world.server.url());
        let signing = crate::signing::Signing::with("support", "not the secret of this key");
        let (_, headers) = signing.sign("GET", &url, None, b"");
        let request = world.client.get(&url);
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(name, value)
        });
        assert_eq!(request.send().unwrap().status(), 403);
    }
}
