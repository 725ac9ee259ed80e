//! `GET /threads`: which of them.

use super::fixture::{APP, Melodi, OTHER, PRIVATE};
use serde_json::{Value, json};

/// What the filters tell apart: `t1` has all of it, `t2` has some, `t3` belongs to nobody; `t1` of the other project has
/// the names of the first.
struct World {
    melodi: Melodi,
    threads: Vec<Value>,
}

impl World {
    fn new() -> Self {
        let melodi = Melodi::start();
        let put = |thread: Value| melodi.call(PRIVATE, "PUT", "/threads", &thread).success();
        let said = |text: &str| json!([{"externalId": "m1", "role": "user", "content": text}]);
        let threads = vec![
            put(
                json!({"externalId": "t1", "projectId": APP, "messages": said("100% Refund_now"), "createdAt": "2024-01-01T00:00:00Z",
                       "metadata": {"outcome": "successful", "plan": "free", "seats": 3, "trial": true},
                       "externalUser": {"externalId": "ada", "name": "Ada L", "segments": {"team": "a"}}}),
            ),
            put(
                json!({"externalId": "t2", "projectId": APP, "messages": said("cancel"), "createdAt": "2024-02-01T00:00:00Z",
                       "metadata": {"plan": "paid"},
                       "externalUser": {"externalId": "7", "email": "bob@example.com", "isInternal": true, "segments": {"team": "b"}}}),
            ),
            put(
                json!({"externalId": "t3", "projectId": APP, "messages": said("hello"), "createdAt": "2024-03-01T00:00:00Z"}),
            ),
            put(
                json!({"externalId": "t1", "projectId": OTHER, "messages": said("elsewhere"), "createdAt": "2024-04-01T00:00:00Z"}),
            ),
        ];
        Self { melodi, threads }
    }

    /// The external ids of the threads of the project `app` that are found, the latest first.
    fn found(&self, query: &str) -> Vec<String> {
        self.of_all(&format!("projectId={APP}&before=2025-01-01&{query}"))
    }

    fn of_all(&self, query: &str) -> Vec<String> {
        let listed = self.melodi.get(&format!("/threads?{query}")).success();
        let rows = listed["rows"].as_array().unwrap();
        assert_eq!(listed["count"], rows.len(), "{query}");
        rows.iter()
            .map(|thread| thread["externalId"].as_str().unwrap().to_owned())
            .collect()
    }

    fn judge(&self, thread: &str, more: &Value) -> Value {
        let mut body = json!({"externalThreadId": thread, "projectId": APP});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.melodi.give(&body).success()
    }
}

#[test]
fn threads_are_found_by_their_names_and_ids() {
    let world = World::new();
    let id = |place: usize| world.threads[place]["id"].clone();
    for (query, found) in [
        (String::new(), vec!["t3", "t2", "t1"]),
        ("externalIds=t1&externalIds=t3".to_owned(), vec!["t3", "t1"]),
        ("externalIds=t1,t3".to_owned(), vec!["t3", "t1"]),
        ("externalIds=unknown".to_owned(), vec![]),
        (format!("ids={}&ids={}", id(0), id(1)), vec!["t2", "t1"]),
        (format!("ids={}", id(3)), vec![]),
    ] {
        assert_eq!(world.found(&query), found, "{query}");
    }
    assert_eq!(world.of_all("externalIds=t1"), ["t1", "t1"]);
}

#[test]
fn threads_are_found_by_who_talks() {
    let world = World::new();
    let user = |place: usize, field: &str| world.threads[place]["externalUser"][field].clone();
    let segment = &user(1, "segments")[0]["id"];
    for (query, found) in [
        (format!("externalUserIds={}", user(0, "id")), vec!["t1"]),
        ("externalUserIds=ada".to_owned(), vec!["t1"]),
        ("externalUserIds=999".to_owned(), vec![]),
        ("userSearch=ada".to_owned(), vec!["t1"]),
        ("userSearch=EXAMPLE.com".to_owned(), vec!["t2"]),
        (format!("userSegmentIds={segment}"), vec!["t2"]),
        ("userSegmentIds=999".to_owned(), vec![]),
        ("filterInternal=True".to_owned(), vec!["t3", "t1"]),
        ("filterInternal=False".to_owned(), vec!["t3", "t2", "t1"]),
        ("filterAnonymousSessions=1".to_owned(), vec!["t2", "t1"]),
    ] {
        assert_eq!(world.found(&query), found, "{query}");
    }
}

#[test]
fn threads_are_found_by_what_was_said() {
    let world = World::new();
    for (query, found) in [
        ("search=refund", vec!["t1"]),
        ("search=100%25", vec!["t1"]),
        ("search=%25", vec!["t1"]),
        ("search=d_n", vec!["t1"]),
        ("search=c_n", vec![]),
        ("search=elsewhere", vec![]),
        ("metadataField=plan", vec!["t2", "t1"]),
        ("metadataField=plan&metadataValue=paid", vec!["t2"]),
        ("metadataField=seats&metadataValue=3", vec!["t1"]),
        ("metadataField=trial&metadataValue=true", vec!["t1"]),
        ("metadataField=pl%22an&metadataValue=paid", vec![]),
        ("outcome=successful", vec!["t1"]),
        ("after=2024-02-01T00:00:00", vec!["t3", "t2"]),
    ] {
        assert_eq!(world.found(query), found, "{query}");
    }
    let between = format!("projectId={APP}&after=2024-01-15&before=2024-02-15");
    assert_eq!(world.of_all(&between), ["t2"]);
}

#[test]
fn threads_are_found_by_their_feedback() {
    let world = World::new();
    let wonderful = json!({"feedbackType": "POSITIVE", "attributes": {"Quality": "Wonderful"}});
    let given = world.judge("t1", &wonderful);
    world.judge(
        "t2",
        &json!({"feedbackType": "NEGATIVE", "externalMessageId": "m1"}),
    );
    let option = &given["attributeOptions"][0]["id"];
    for (query, found) in [
        ("hasFeedback=True".to_owned(), vec!["t2", "t1"]),
        ("has_feedback=true".to_owned(), vec!["t2", "t1"]),
        ("hasFeedback=False".to_owned(), vec!["t3"]),
        ("feedbackType=POSITIVE".to_owned(), vec!["t1"]),
        ("feedbackType=negative".to_owned(), vec!["t2"]),
        ("hasFeedback=false&feedbackType=NEGATIVE".to_owned(), vec![]),
        (format!("attributeOptionIds={option}"), vec!["t1"]),
        (
            format!("attributeOptionIds={option}&feedbackType=NEGATIVE"),
            vec![],
        ),
        ("attributeOptionIds=999".to_owned(), vec![]),
    ] {
        assert_eq!(world.found(&query), found, "{query}");
    }
}

#[test]
fn feedback_that_was_taken_back_does_not_count() {
    let world = World::new();
    world.judge("t1", &json!({"feedbackType": "POSITIVE"}));
    let id = world.melodi.feedback("app")[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/projects/app/feedback/{id}");
    world.melodi.native("DELETE", &path, None);
    assert_eq!(world.found("hasFeedback=True"), [""; 0]);
}

#[test]
fn pages_are_counted_as_a_whole() {
    let world = World::new();
    let page = |query: &str| {
        let listed = world.melodi.get(&format!("/threads?{query}")).success();
        let rows = listed["rows"].as_array().unwrap().clone();
        let names = rows.iter().map(|thread| thread["id"].clone());
        (listed["count"].clone(), names.collect::<Vec<_>>())
    };
    // Four of ours, three of the fixture.
    let (count, all) = page("pageSize=50&pageIndex=0");
    assert_eq!((count, all.len()), (json!(7), 7));
    let mut walked = Vec::new();
    for index in 0..4 {
        let (count, some) = page(&format!("pageSize=2&pageIndex={index}"));
        assert_eq!(count, json!(7));
        walked.extend(some);
    }
    assert_eq!(walked, all);
    assert_eq!(page("pageSize=2&pageIndex=99999999999"), (json!(7), vec![]));
}

#[test]
fn what_cannot_be_asked_is_told() {
    let world = World::new();
    for query in [
        "projectId=9999",
        "projectId=app",
        "ids=x",
        "issueIds=x",
        "hasFeedback=maybe",
        "feedbackType=NEUTRAL",
        "before=yesterday",
        "pageSize=0",
    ] {
        world.melodi.get(&format!("/threads?{query}")).refused(400);
    }
    let long = "x".repeat(501);
    world
        .melodi
        .get(&format!("/threads?search={long}"))
        .refused(400);
}
