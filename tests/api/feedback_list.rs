//! Lists of feedback: each filter, the order, the way through.

use crate::world::{ADMIN, STRICT, World, comments, vote};
use serde_json::{Value, json};
use std::collections::HashSet;

const FEEDBACK: &str = "projects/support/feedback";

/// Six feedbacks that differ in everything that can be asked for. Their comments tell them apart.
fn filled() -> World {
    let world = World::new();
    let conversation = json!({"end_user": "bob", "messages": [{"external_id": "m9"}]});
    world
        .put("projects/support/conversations/c2", &conversation)
        .is(201);
    for body in [
        vote(
            "m2",
            "ada",
            &json!({"comment": "one wrong answer", "rating": "negative", "reasons": ["wrong", "slow"]}),
        ),
        vote(
            "m2",
            "bob",
            &json!({"comment": "two good", "rating": "positive", "attributes": {"Quality": "Wonderful"}}),
        ),
        vote(
            "m9",
            "bob",
            &json!({"comment": "three middling", "score": {"value": 3}, "reasons": ["slow"]}),
        ),
        vote(
            "m9",
            "ada",
            &json!({"comment": "four", "score": {"value": 5}, "name": "tone"}),
        ),
        vote(
            "m9",
            "carol",
            &json!({"resolved": false, "attributes": {"Quality": "Poor"}}),
        ),
        json!({"conversation": {"external_id": "c1"}, "target": "conversation", "comment": "six", "resolved": true}),
    ] {
        world.feedback(&body);
    }
    world
}

#[track_caller]
fn found(world: &World, query: &str) -> Vec<String> {
    let list = world.get(&format!("{FEEDBACK}?{query}")).is(200);
    comments(&list)
        .into_iter()
        .map(|comment| comment.split(' ').next().unwrap().to_owned())
        .collect()
}

#[test]
fn the_newest_come_first() {
    let world = filled();
    assert_eq!(
        found(&world, ""),
        ["six", "-", "four", "three", "two", "one"]
    );
}

#[test]
fn every_filter_narrows_the_list() {
    let world = filled();
    for (query, expected) in [
        (
            "channel=native",
            &["six", "-", "four", "three", "two", "one"][..],
        ),
        ("channel=dify", &[]),
        ("name=tone", &["four"]),
        ("name=unheard", &[]),
        ("sentiment=positive", &["six", "four", "two"]),
        ("sentiment=negative", &["-", "one"]),
        ("sentiment=neutral", &["three"]),
        ("sentiment=unknown", &[]),
        ("rating=positive", &["two"]),
        ("rating=negative", &["one"]),
        ("score_min=4", &["four"]),
        ("score_max=3", &["three"]),
        ("score_min=3&score_max=5", &["four", "three"]),
        ("resolved=true", &["six"]),
        ("resolved=false", &["-"]),
        ("reason=slow", &["three", "one"]),
        ("reason=late", &[]),
        ("attribute=Quality&option=Poor", &["-"]),
        ("attribute=Speed&option=Fast", &[]),
        ("end_user=ada", &["four", "one"]),
        ("end_user=nobody", &[]),
        ("conversation=c1", &["six", "two", "one"]),
        ("conversation=c2", &["-", "four", "three"]),
        ("conversation=c9", &[]),
        ("message=m2", &["two", "one"]),
        ("message=m99", &[]),
        ("has_comment=true", &["six", "four", "three", "two", "one"]),
        ("has_comment=false", &["-"]),
        (
            "since=2026-01-01T00:00:00Z",
            &["six", "-", "four", "three", "two", "one"],
        ),
        ("since=9999-01-01T00:00:00Z", &[]),
        ("until=2026-01-01T00:00:00Z", &[]),
        ("search=wrong", &["one"]),
        ("search=answer%20wrong", &["one"]),
        ("search=absent", &[]),
        ("end_user=ada&conversation=c2&score_min=5", &["four"]),
    ] {
        assert_eq!(found(&world, query), expected, "{query}");
    }
}

#[test]
fn times_bound_the_list_to_the_microsecond() {
    let world = filled();
    let list = world.get(FEEDBACK).is(200);
    let third = list["items"][3]["created_at"].as_str().unwrap();
    assert_eq!(found(&world, &format!("until={third}")), ["two", "one"]);
    assert_eq!(
        found(&world, &format!("since={third}&limit=9"))
            .last()
            .unwrap(),
        "three"
    );
}

#[test]
fn rows_are_named_by_our_ids_too() {
    let world = filled();
    let list = world.get(&format!("{FEEDBACK}?rating=negative")).is(200);
    let one = &list["items"][0];
    for (parameter, id) in [
        ("message", &one["target"]["message"]["id"]),
        ("conversation", &one["target"]["conversation"]["id"]),
        ("end_user", &one["author"]["id"]),
    ] {
        let id = id.as_str().unwrap();
        assert!(found(&world, &format!("{parameter}=id:{id}")).contains(&"one".to_owned()));
        assert!(
            found(&world, &format!("{parameter}={id}")).is_empty(),
            "an id of ours has its prefix"
        );
    }
}

#[test]
fn what_was_taken_back_is_listed_on_demand() {
    let world = filled();
    let list = world.get(&format!("{FEEDBACK}?name=tone")).is(200);
    let id = list["items"][0]["id"].as_str().unwrap();
    world.delete(&format!("{FEEDBACK}/{id}")).is(200);
    assert!(found(&world, "name=tone").is_empty());
    assert_eq!(found(&world, "name=tone&with_retracted=true"), ["-"]);
    assert!(found(&world, "search=four").is_empty());
}

#[test]
fn a_changed_comment_is_found_by_its_new_words_alone() {
    let world = filled();
    let id = world.get(&format!("{FEEDBACK}?name=tone")).is(200)["items"][0]["id"].clone();
    let path = format!("{FEEDBACK}/{}", id.as_str().unwrap());
    world
        .patch(&path, &json!({"comment": "fünf Größen"}))
        .is(200);
    assert!(found(&world, "search=four").is_empty());
    assert_eq!(found(&world, "search=f%C3%BCnf"), ["fünf"]);
}

#[test]
fn any_words_can_be_searched_for() {
    let world = filled();
    for odd in [
        "%22",
        "*",
        "a%20OR%20b",
        "NEAR(",
        "-x",
        "comment%3Aone",
        "%27%3B--",
        "(",
        "%E2%80%A6",
        "AND",
        "+",
    ] {
        world.get(&format!("{FEEDBACK}?search={odd}")).is(200);
    }
}

#[test]
fn the_list_is_walked_without_gap_or_double() {
    let world = World::new();
    for number in 0..23 {
        world.feedback(&vote(
            &format!("w{number}"),
            "ada",
            &json!({"rating": "positive"}),
        ));
    }
    let whole = world.walk(FEEDBACK, 200);
    let ids: HashSet<_> = whole.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 23);
    for limit in [1, 5, 22, 23, 24] {
        assert_eq!(world.walk(FEEDBACK, limit), whole, "{limit}");
    }
}

#[test]
fn a_walk_holds_its_place_while_feedback_comes_in() {
    let world = World::new();
    for number in 0..6 {
        world.feedback(&vote(
            &format!("w{number}"),
            "ada",
            &json!({"comment": number.to_string()}),
        ));
    }
    let first = world.get(&format!("{FEEDBACK}?limit=3")).is(200);
    world.feedback(&vote("later", "ada", &json!({"comment": "later"})));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = world
        .get(&format!("{FEEDBACK}?limit=3&cursor={cursor}"))
        .is(200);
    assert_eq!(comments(&first), ["5", "4", "3"]);
    assert_eq!(comments(&second), ["2", "1", "0"]);
    assert_eq!(second["next_cursor"], Value::Null);
}

#[test]
fn all_projects_are_listed_together_for_a_key_that_opens_them() {
    let world = filled();
    let body = vote("sm1", "bob", &json!({"comment": "strict"}));
    world.post("projects/strict/feedback", &body).is(201);
    let all = |key, query: &str| {
        let list = world.get_as(key, &format!("feedback?{query}")).is(200);
        list["items"].as_array().unwrap().len()
    };
    assert_eq!(all(ADMIN, ""), 7);
    assert_eq!(all(ADMIN, "project=strict"), 1);
    assert_eq!(all(ADMIN, "project=65"), 1);
    assert_eq!(all(ADMIN, "end_user=bob"), 3);
    assert_eq!(all(STRICT, ""), 1);
    assert_eq!(
        all(ADMIN, "project=support&attribute=Quality&option=Poor"),
        1
    );
    world
        .get_as(STRICT, "feedback?project=support")
        .refused(404);
    assert_eq!(
        world
            .get("feedback?attribute=Quality&option=Poor")
            .refused(400),
        "attribute"
    );
}

#[test]
fn question_and_answer_stand_beside_a_feedback_if_they_are_asked_for() {
    let world = World::new();
    let long = "ä".repeat(1001);
    let conversation = json!({"end_user": "ada", "messages": [
        {"external_id": "q7", "role": "user", "content": "What is a refund?"},
        {"external_id": "a7", "role": "assistant", "content": long},
        {"external_id": "a8", "role": "assistant", "query": "And then?", "content": "Nothing."},
    ]});
    world
        .put("projects/support/conversations/c7", &conversation)
        .is(201);
    for message in ["a7", "a8", "unknown"] {
        world.feedback(&vote(message, "ada", &json!({"rating": "positive"})));
    }
    let list = world.get(&format!("{FEEDBACK}?with_texts=true")).is(200);
    let texts: Vec<_> = list["items"].as_array().unwrap().iter().collect();
    let texts: Vec<_> = texts.iter().map(|item| item["texts"].clone()).collect();
    assert_eq!(
        texts,
        [
            json!({"question": null, "answer": null}),
            json!({"question": "And then?", "answer": "Nothing."}),
            json!({"question": "What is a refund?", "answer": "ä".repeat(1000)}),
        ]
    );
    let list = world.get(FEEDBACK).is(200);
    assert_eq!(list["items"][0].get("texts"), None);
}

#[test]
fn a_parameter_that_is_wrong_is_named() {
    let world = World::new();
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=ten", "limit"),
        ("cursor=nonsense", "cursor"),
        ("channel=fax", "channel"),
        ("sentiment=happy", "sentiment"),
        ("rating=like", "rating"),
        ("score_min=low", "score_min"),
        ("score_max=NaN", "score_max"),
        ("score_max=inf", "score_max"),
        ("resolved=maybe", "resolved"),
        ("has_comment=1", "has_comment"),
        ("with_retracted=yes", "with_retracted"),
        ("with_texts=1", "with_texts"),
        ("since=yesterday", "since"),
        ("until=2026-05-01", "until"),
        ("search=", "search"),
        ("name=", "name"),
        ("message=%00", "message"),
        ("attribute=Quality", "option"),
        ("option=Poor", "option"),
        ("attribute=Quality&option=Red", "attributes"),
        ("project=support", "project"),
        ("colour=red", ""),
        ("limit=1&limit=2", ""),
        ("search=%FF", ""),
    ] {
        let answer = world.get(&format!("{FEEDBACK}?{query}"));
        assert_eq!(answer.refused(400), field, "{query}");
    }
    let long = "x".repeat(501);
    assert_eq!(
        world.get(&format!("{FEEDBACK}?search={long}")).refused(400),
        "search"
    );
}
