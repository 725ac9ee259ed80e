//! From SQLite to PostgreSQL and from there into a new folder: nothing changes, and each of the three goes on.

use crate::dump::dump;
use crate::told::{difference, everything, next_records, records};
use crate::world::{ADMIN, DIFY, World, filled, message};
use crate::{Place, assert_sound, copied};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn everything_goes_to_postgresql_and_back_and_goes_on_there() {
    let first = filled();
    let before = dump(&first.file());
    for (table, rows) in &before {
        assert!(
            !rows.is_empty() || table == "imports",
            "nothing is in {table}"
        );
    }
    let (database, last) = (Place::database(), Place::folder());
    database.take_key_of(&first);
    last.take_key_of(&first);
    let there = copied(&first, &database);
    let back = copied(&database, &last);
    assert_eq!(there, back, "digests and all");
    assert!(there.iter().all(|table| table["before"] == 0), "{there:?}");
    let after = dump(&last.file());
    for (table, rows) in &before {
        assert_eq!(rows, &after[table], "{table}");
    }
    let places = [first, database, last];
    let mut told = Vec::new();
    for place in &places {
        assert_sound(place);
        let world = World::on(place);
        told.push(everything(&world));
        goes_on(&world, &before);
        assert!(world.server.terminate());
        assert_sound(place);
    }
    for other in &told[1..] {
        assert_eq!(difference(&told[0], other), None);
    }
}

/// That new votes find what was copied, and get numbers of their own.
fn goes_on(world: &World, before: &std::collections::BTreeMap<String, Vec<String>>) {
    let standing = || {
        world.get("feedback?limit=100&with_retracted=true")["items"]
            .as_array()
            .unwrap()
            .clone()
    };
    let known = standing();
    world.vote(DIFY, &message(8), "ada", Some("like"), "once more");
    let now = standing();
    assert_eq!(known.len(), now.len(), "the copied feedback is changed");
    let changed = now
        .iter()
        .find(|one| one["comment"] == "once more")
        .unwrap();
    assert_eq!(changed["version"], 3);

    let feedback =
        json!({"feedbackType": "POSITIVE", "externalThreadId": "chat_123", "projectId": 64});
    let mut numbers = BTreeSet::new();
    for _ in 0..3 {
        let given = world.melodi_call(Method::POST, "/feedback", &feedback);
        let number = given["id"].as_i64().unwrap();
        assert!(numbers.insert(number), "{number} was given twice");
        let taken = format!("row_id=Integer({number}) ");
        let rows = &before["feedback"];
        assert!(!rows.iter().any(|row| row.starts_with(&taken)), "{number}");
    }
    let first = "row_id=Integer(";
    let given = before["topic_messages"].iter().map(|row| {
        let row = row.strip_prefix(first).unwrap();
        row.split(')').next().unwrap().parse::<i64>().unwrap()
    });
    // One was given after it, and is deleted.
    let last_given = given.max().unwrap() + 1;
    let number = world.associate();
    assert!(number > last_given, "{number} was given before");

    let known = records(world, "");
    assert_eq!(known.len(), 3, "{known:?}");
    let position = known[2]["position"].as_str().unwrap();
    world.useful("NOT_USEFUL", "bob");
    let news = next_records(world, position);
    assert_eq!(news.len(), 1, "{news:?}");
    assert_eq!(news[0]["record"]["usefulness"], "NOT_USEFUL");

    assert_replayed(world);
    let revoked = world.request(Method::GET, "/candor/v1/feedback");
    let revoked = revoked
        .bearer_auth("cnd_revoked-0123456789")
        .send()
        .unwrap();
    assert_eq!(revoked.status(), 401);
}

/// That a request from before the copy is known by its idempotency key.
fn assert_replayed(world: &World) {
    let other = json!({"message": {"external_id": "msg_2"}, "rating": "positive"});
    let request = world.request(Method::POST, "/candor/v1/projects/support/feedback");
    let request = request
        .bearer_auth(ADMIN)
        .header("idempotency-key", "key-0");
    let refused = request.json(&other).send().unwrap();
    let status = refused.status();
    let body: Value = refused.json().unwrap();
    assert_eq!(status, 409, "{body}");
}
