//! What a server tells of its store by the interfaces, which must be the same wherever the store is.

use crate::world::{ADMIN, COMMENTS, World};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Longer than anything that goes on in a test's databases.
const PATIENCE: Duration = Duration::from_mins(1);

/// Everything that clients may remember.
pub fn everything(world: &World) -> Value {
    let melodi = |path: &str| world.melodi_call(Method::GET, path, &Value::Null);
    let found: Vec<Value> = COMMENTS
        .iter()
        .map(|(_, word)| {
            let found = world.get(&format!("feedback?search={word}"));
            assert!(
                !found["items"].as_array().unwrap().is_empty(),
                "{word}: {found}"
            );
            found["items"].clone()
        })
        .collect();
    let feedback = world.get("feedback?limit=100&with_retracted=true");
    let details: Vec<Value> = feedback["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let project = one["project"]["name"].as_str().unwrap();
            let id = one["id"].as_str().unwrap();
            let mut detail = world.get(&format!("projects/{project}/feedback/{id}"));
            // The servers try meanwhile what is to be mirrored.
            detail.as_object_mut().unwrap().remove("mirror");
            detail
        })
        .collect();
    json!({
        "found": found,
        "details": details,
        "projects": world.get("projects"),
        "keys": world.get("keys"),
        "people": world.get("end-users"),
        "conversations": world.get("projects/support/conversations"),
        "mirror": world.get("projects/mirrored/mirror")["waiting"],
        "threads": melodi("/threads?projectId=64&includeIssues=True&includeIntents=True"),
        "users": melodi("/users"),
        "records": records(world, ""),
    })
}

/// The records of Amazon Q's feedback after a position, with their own.
pub fn records(world: &World, after: &str) -> Vec<Value> {
    let path = format!("/candor/v1/feedback-records?format=amazon-q&positions=true&after={after}");
    let path = path.trim_end_matches("&after=");
    let answer = world
        .request(Method::GET, path)
        .bearer_auth(ADMIN)
        .send()
        .unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
    let text = answer.text().unwrap();
    let lines = text.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The same, once there is one. On PostgreSQL a record is told when no transaction before it goes on.
pub fn next_records(world: &World, after: &str) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let found = records(world, after);
        if !found.is_empty() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "no record came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Where two values differ first, and how.
pub fn difference(one: &Value, other: &Value) -> Option<String> {
    let below = |place: String, one: &Value, other: &Value| {
        difference(one, other).map(|found| format!("{place}/{found}"))
    };
    match (one, other) {
        (Value::Object(fields), Value::Object(others)) if fields.len() == others.len() => fields
            .iter()
            .find_map(|(name, value)| below(name.clone(), value, other.get(name)?)),
        (Value::Array(items), Value::Array(others)) if items.len() == others.len() => {
            let mut pairs = items.iter().zip(others).enumerate();
            pairs.find_map(|(place, (one, other))| below(place.to_string(), one, other))
        }
        _ => (one != other).then(|| format!(": {one} and {other}")),
    }
}
