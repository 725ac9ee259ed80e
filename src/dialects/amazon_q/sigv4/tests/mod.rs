//! AWS's vectors, and whatever AWS's own signer signs.

mod request;
mod sign;
mod signer;

use super::{Claim, Rules, canonical};
use crate::domain::Timestamp;
use request::Request;
use serde_json::Value;
use std::time::Duration;

const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2015-08-30T12:36:00Z, in seconds.
const NOW: u64 = 1_440_938_160;
const WINDOW: Duration = Duration::from_mins(5);

fn now() -> Timestamp {
    Timestamp::from_microseconds(i64::try_from(NOW).unwrap() * 1_000_000)
}

const fn rules(service: &str) -> Rules<'_> {
    Rules {
        service,
        window: WINDOW,
        normalized_path: true,
    }
}

fn vectors() -> Value {
    serde_json::from_str(include_str!(
        "../../../../../tests/dialects/amazon_q/vectors.json"
    ))
    .unwrap()
}

/// The signed requests of AWS's vectors, with their names and the rules they follow.
fn cases() -> Vec<(String, Request, Rules<'static>, String)> {
    let mut cases = Vec::new();
    for case in vectors()["cases"].as_array().unwrap() {
        for variant in ["header", "query"] {
            let mut request = Request::parse(case[variant]["request"].as_str().unwrap());
            if case["token_after_signing"] == true {
                // It is added to what was signed without it, so it is taken away first.
                let kept = |pair: &&str| !pair.starts_with("X-Amz-Security-Token=");
                let pairs: Vec<_> = request.query.split('&').filter(kept).collect();
                request.query = pairs.join("&");
            }
            let rules = Rules {
                normalized_path: case["normalized"].as_bool().unwrap(),
                ..rules("service")
            };
            let name = format!("{} ({variant})", case["name"].as_str().unwrap());
            let canonical = case[variant]["canonical"].as_str().unwrap().to_owned();
            cases.push((name, request, rules, canonical));
        }
    }
    assert_eq!(cases.len(), 76);
    cases
}

#[test]
fn every_vector_verifies() {
    for (name, request, rules, _) in cases() {
        assert_eq!(request.verify(&rules), Ok(()), "{name}");
    }
}

#[test]
fn every_vector_with_one_byte_changed_is_refused() {
    let mut refused = 0;
    for (name, request, rules, _) in cases() {
        let own = request.canonical(&rules);
        for changed in request.changed() {
            // In a path that goes up again, or in what is not signed, a byte may mean nothing.
            if changed.canonical(&rules) == own
                && changed.body == request.body
                && changed.headers.last() == request.headers.last()
                && changed.query == request.query
            {
                continue;
            }
            assert!(changed.verify(&rules).is_err(), "{name}: {changed:?}");
            refused += 1;
        }
    }
    assert!(refused > 20_000, "{refused}");
}

#[test]
fn paths_are_encoded_twice() {
    for case in vectors()["canonical_only"].as_array().unwrap() {
        let canonical = case["canonical"].as_str().unwrap();
        let expected = canonical.lines().nth(1).unwrap();
        let path = Request::parse(case["request"].as_str().unwrap()).path;
        let head = Request {
            path,
            ..Request::default()
        };
        let found = head.with(|head| canonical::request(head, &[], "host", "", true));
        assert_eq!(found, Some(None), "host is not there");
        let headers = [("host".to_owned(), b"h".to_vec())].to_vec();
        let found = Request { headers, ..head }
            .with(|head| canonical::request(head, &[], "host", "", true));
        let found = String::from_utf8(found.flatten().unwrap()).unwrap();
        assert_eq!(found.lines().nth(1), Some(expected));
    }
}

#[test]
fn canonical_requests_are_the_vectors_own() {
    for (name, request, rules, canonical) in cases() {
        let hash = canonical.lines().last().unwrap();
        let found = request.with(|head| {
            let claim = Claim::read(head, &rules, now()).ok()?;
            claim.canonical(head, hash)
        });
        let found = String::from_utf8(found.flatten().unwrap()).unwrap();
        assert_eq!(found, canonical, "{name}");
    }
}
