//! The documented cases and those of our decisions, each on a server of its own that was set up as the case says.

use super::world::{CLIENT, Haptik, TOKEN, duplicate, feedback, success};
use crate::cases::{Case, Fixture, read};
use regex::Regex;
use serde_json::json;

/// The number after some words of the case, if they are there.
fn number(given: &str, words: &str) -> Option<i64> {
    let pattern = Regex::new(&format!(r"{words}(\d+)")).unwrap();
    let found = pattern.captures(given)?;
    found[1].parse().ok()
}

/// A server in the state that the case needs.
fn given(case: &Case) -> Haptik {
    let haptik = Haptik::rejecting();
    let given = case.given.as_str();
    let registered = [
        ("u1 is registered", "u1"),
        ("u2 is registered", "u2"),
        ("u3 is registered", "u3"),
    ];
    for (words, person) in registered {
        if given.contains(words) {
            haptik.register(person);
        }
    }
    let conversations = [
        ("has sent a message to business 343", "u1", 343),
        ("u1 also has a conversation on business 344", "u1", 344),
        ("u2 is registered with a conversation on 343", "u2", 343),
    ];
    for (words, person, business) in conversations {
        if given.contains(words) {
            haptik.say(person, business);
        }
    }
    let mut now = 0;
    let mut at = |second: i64| {
        haptik.wait(second - now);
        now = second;
    };
    if given.contains("feedback accepted at t=0") {
        assert_eq!(haptik.give(&feedback("u1", 343)), success());
    }
    if let Some(second) = number(given, "duplicate was rejected at t=") {
        at(second);
        assert_eq!(haptik.give(&feedback("u1", 343)), duplicate());
    }
    if let Some(second) = number(given, "now t=") {
        at(second);
    }
    if let Some(hours) = number(given, "last message ") {
        at(hours * 3600);
    }
    haptik
}

#[test]
fn all_cases_are_answered_as_they_say() {
    let cases = read(include_str!("cases.json"));
    assert_eq!(cases.len(), 18);
    let fixture = json!({"TOKEN": TOKEN, "CLIENT": CLIENT});
    let fixture: Fixture = fixture.as_object().unwrap().clone();
    let mut faults = Vec::new();
    for case in &cases {
        let haptik = given(case);
        faults.extend(case.faults(&haptik.client, &haptik.url, &fixture));
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
