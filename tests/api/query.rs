//! Sums for charts.

use crate::world::{World, vote};
use candor::clock::Clock;
use candor::domain::Day;
use reqwest::Method;
use serde_json::{Value, json};

fn filled() -> World {
    let world = World::new();
    for (message, says) in [
        ("m1", json!({"rating": "positive", "comment": "good"})),
        ("m2", json!({"rating": "positive"})),
        ("m3", json!({"rating": "negative", "name": "tone"})),
        ("m4", json!({"score": {"value": 3}})),
        ("m5", json!({"comment": "who knows"})),
    ] {
        world.feedback(&vote(message, "ada", &says));
    }
    world
}

#[track_caller]
fn ask(world: &World, status: u16, body: &Value) -> Value {
    world.post("query", body).is(status)
}

/// What is asked, of the days about now.
fn asked(body: &Value) -> Value {
    let today = Clock::default().now().day();
    let (since, until) = (Day(today.0 - 2).to_string(), Day(today.0 + 2).to_string());
    let mut whole = json!({"metrics": ["votes"], "range": {"since": since, "until": until}});
    for (name, value) in body.as_object().unwrap() {
        whole[name] = value.clone();
    }
    whole
}

#[test]
fn everything_is_one_group_unless_something_is_told_apart() {
    let world = filled();
    let metrics = json!(["votes", "comments", "positive", "negative", "neutral"]);
    let answer = ask(&world, 200, &asked(&json!({"metrics": metrics})));
    let expected = json!([{"votes": 5, "comments": 2, "positive": 2, "negative": 1, "neutral": 1}]);
    assert_eq!(answer["rows"], expected);
}

#[test]
fn groups_are_told_apart_by_what_is_asked_for() {
    let world = filled();
    let body =
        json!({"dimensions": ["project", "name"], "metrics": ["votes"], "interval": "month"});
    let rows = ask(&world, 200, &asked(&body))["rows"].clone();
    let seen: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["project"]["name"].clone(),
                row["name"].clone(),
                row["votes"].clone(),
            )
        })
        .collect();
    let expected = [("tone", 1), ("user_feedback", 4)];
    assert_eq!(
        seen,
        expected.map(|(name, votes)| (json!("support"), json!(name), json!(votes)))
    );
    assert!(rows[0]["since"].as_str().unwrap().ends_with("-01"));
}

#[test]
fn a_share_comes_with_its_interval_and_what_it_is_of() {
    let world = filled();
    let share = ask(&world, 200, &asked(&json!({"metrics": ["positive_share"]})))["rows"][0]["positive_share"].clone();
    assert_eq!((&share["value"], &share["n"]), (&json!(0.5), &json!(4)));
    let (lowest, highest) = (
        share["lowest"].as_f64().unwrap(),
        share["highest"].as_f64().unwrap(),
    );
    assert!(
        (lowest - 0.15).abs() < 0.001 && (highest - 0.85).abs() < 0.001,
        "{share}"
    );
    let none = asked(&json!({"metrics": ["positive_share"], "filters": {"name": ["unheard"]}}));
    assert_eq!(
        ask(&world, 200, &none)["rows"],
        json!([{"positive_share": null}])
    );
}

#[test]
fn filters_narrow_the_sums() {
    let world = filled();
    for (filters, votes) in [
        (json!({"sentiment": ["positive", "neutral"]}), 3),
        (json!({"name": ["tone"]}), 1),
        (json!({"channel": ["dify"]}), 0),
        (json!({"project": ["strict"]}), 0),
        (json!({"project": ["support", "64"]}), 5),
    ] {
        let answer = ask(&world, 200, &asked(&json!({"filters": filters})));
        assert_eq!(answer["rows"], json!([{"votes": votes}]), "{filters}");
    }
}

#[test]
fn what_cannot_be_summed_is_refused_with_the_place() {
    let world = filled();
    for (body, field) in [
        (json!({"metrics": []}), "metrics"),
        (
            json!({"metrics": ["positive_share"], "dimensions": ["sentiment"]}),
            "metrics",
        ),
        (
            json!({"range": {"since": "2026-05-01T00:20:00Z", "until": "2026-06-01"}}),
            "range.since",
        ),
        (
            json!({"range": {"since": "2026-05-01", "until": "2026-05-01"}}),
            "range.until",
        ),
        (
            json!({"range": {"since": "1999-05-01", "until": "2026-05-01"}}),
            "range",
        ),
        (
            json!({"range": {"since": "2026-13-01", "until": "2026-05-01"}}),
            "range.since",
        ),
        (json!({"time_zone": "Europe/Bergen-op-Zoom"}), "time_zone"),
        (
            json!({"interval": "hour", "range": {"since": "2024-05-01", "until": "2026-05-01"}}),
            "dimensions",
        ),
        (json!({"filters": {"name": vec!["x"; 101]}}), "filters.name"),
    ] {
        let answer = ask(&world, 400, &asked(&body));
        assert_eq!(answer["field"], field, "{body}: {answer}");
    }
    ask(
        &world,
        404,
        &asked(&json!({"filters": {"project": ["unheard"]}})),
    );
    let may_not = world.request(Method::POST, "query", crate::world::WRITER);
    let refused = may_not.json(&asked(&json!({}))).send().unwrap();
    assert_eq!(refused.status(), 403);
}
