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

#[test]
fn hours_and_days_are_those_of_the_time_zone() {
    let world = filled();
    let body = json!({"interval": "hour", "time_zone": "Asia/Kathmandu"});
    let rows = ask(&world, 200, &asked(&body))["rows"].clone();
    let since = rows[0]["since"].as_str().unwrap();
    assert!(since.ends_with(":00:00+05:45"), "{since}");
    let day: Day = since[..10].parse().unwrap();
    let body = json!({
        "interval": "day", "time_zone": "Asia/Kathmandu",
        "range": {"since": day.to_string(), "until": Day(day.0 + 2).to_string()},
    });
    let rows = ask(&world, 200, &asked(&body))["rows"].clone();
    assert_eq!(rows[0]["since"], day.to_string());
    let votes: u64 = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["votes"].as_u64().unwrap())
        .sum();
    assert_eq!(votes, 5);
}

#[test]
fn answers_and_scores_are_summed() {
    let world = filled();
    world.feedback(&vote("m6", "ada", &json!({"resolved": true})));
    world.feedback(&vote(
        "m7",
        "ada",
        &json!({"resolved": false, "score": {"value": 5}}),
    ));
    let metrics = json!([
        "resolved",
        "unresolved",
        "resolved_share",
        "scored",
        "mean_score"
    ]);
    let row = ask(&world, 200, &asked(&json!({"metrics": metrics})))["rows"][0].clone();
    assert_eq!(
        (&row["resolved"], &row["unresolved"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(row["resolved_share"]["n"], 2);
    assert_eq!(row["scored"], 2);
    assert_eq!(row["mean_score"], json!({"value": 0.75, "n": 2}));
}

#[test]
fn a_model_that_is_learnt_after_the_vote_is_told_apart() {
    let world = filled();
    world.feedback(&vote(
        "late",
        "ada",
        &json!({"rating": "negative", "reasons": ["slow", "wrong"]}),
    ));
    let told = json!({"messages": [{"external_id": "late", "model": "large"}]});
    world
        .put("projects/support/conversations/late", &told)
        .is(201);
    let by_model = asked(&json!({"dimensions": ["model", "version"]}));
    let rows = ask(&world, 200, &by_model)["rows"].clone();
    assert!(
        rows.as_array()
            .unwrap()
            .contains(&json!({"model": "large", "version": null, "votes": 1})),
        "{rows}"
    );
    let by_reason = asked(&json!({"dimensions": ["reason"], "filters": {"model": ["large"]}}));
    let expected = json!([{"reason": "slow", "votes": 1}, {"reason": "wrong", "votes": 1}]);
    assert_eq!(ask(&world, 200, &by_reason)["rows"], expected);
}

#[test]
fn two_kinds_of_facets_are_not_told_apart_at_once() {
    let world = filled();
    for dimensions in [json!(["model", "reason"]), json!(["segment_kind"])] {
        let answer = ask(&world, 400, &asked(&json!({"dimensions": dimensions})));
        assert_eq!(answer["field"], "dimensions", "{answer}");
    }
}
