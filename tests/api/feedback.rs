//! One feedback: given, said again, changed, taken back, read.

use crate::world::{READER, STRICT, WRITER, World, vote};
use reqwest::Method;
use serde_json::json;

const FEEDBACK: &str = "projects/support/feedback";

#[test]
fn a_first_vote_creates_a_feedback_and_shows_it_whole() {
    let world = World::new();
    let body = vote(
        "m2",
        "ada",
        &json!({
            "rating": "negative", "score": {"value": 2}, "resolved": false, "reasons": ["wrong", "slow"],
            "comment": "No.", "correction": "Only within 30 days.", "attributes": {"Quality": "Poor"},
            "message_copied_at": "2026-05-01T14:00:00+02:00", "submitted_at": "2026-05-01T12:00:05.5Z",
            "metadata": {"page": 7, "tags": ["a", null]},
        }),
    );
    let answer = world.post(FEEDBACK, &body);
    assert_eq!(answer.content_type, "application/json");
    let feedback = answer.is(201);
    assert_eq!(feedback["outcome"], "created");
    assert_eq!(feedback["project"]["name"], "support");
    assert_eq!(feedback["name"], "user_feedback");
    assert_eq!(feedback["target"]["message"]["external_id"], "m2");
    assert_eq!(feedback["target"]["conversation"]["external_id"], "c1");
    assert_eq!(feedback["author"]["kind"], "end_user");
    assert_eq!(feedback["author"]["external_id"], "ada");
    assert_eq!(
        feedback["score"],
        json!({"value": 2.0, "lowest": 1.0, "highest": 5.0})
    );
    for same in [
        "rating",
        "resolved",
        "reasons",
        "comment",
        "correction",
        "attributes",
        "metadata",
    ] {
        assert_eq!(feedback[same], body[same], "{same}");
    }
    assert_eq!(feedback["message_copied_at"], "2026-05-01T12:00:00Z");
    assert_eq!(feedback["submitted_at"], "2026-05-01T12:00:05.5Z");
    assert_eq!(feedback["sentiment"], "negative");
    assert_eq!(feedback["channel"], "native");
    assert_eq!(feedback["state"], "standing");
    assert_eq!(feedback["version"], 1);
    assert_eq!(feedback["created_at"], feedback["updated_at"]);
    assert!(feedback["key_id"].is_string());
}

#[test]
fn saying_the_same_again_changes_nothing() {
    let world = World::new();
    let body = vote(
        "m2",
        "ada",
        &json!({"rating": "positive", "comment": "Yes."}),
    );
    let first = world.feedback(&body);
    let again = world.post(FEEDBACK, &body).is(200);
    assert_eq!(again["outcome"], "unchanged");
    assert_eq!(again["id"], first["id"]);
    assert_eq!(again["version"], 1);
}

#[test]
fn saying_otherwise_changes_it_and_keeps_what_is_not_mentioned() {
    let world = World::new();
    let first = world.feedback(&vote(
        "m2",
        "ada",
        &json!({"rating": "positive", "comment": "Yes."}),
    ));
    let again = world
        .post(FEEDBACK, &vote("m2", "ada", &json!({"rating": "negative"})))
        .is(200);
    assert_eq!(again["outcome"], "changed");
    assert_eq!(again["id"], first["id"]);
    assert_eq!(again["rating"], "negative");
    assert_eq!(again["comment"], "Yes.");
    assert_eq!(again["version"], 2);
}

#[test]
fn another_name_or_author_or_target_is_another_feedback() {
    let world = World::new();
    let first = world.feedback(&vote("m2", "ada", &json!({"rating": "positive"})));
    let mut ids = vec![first["id"].clone()];
    for other in [
        vote("m2", "ada", &json!({"rating": "positive", "name": "tone"})),
        vote("m2", "bob", &json!({"rating": "positive"})),
        vote("m1", "ada", &json!({"rating": "positive"})),
        json!({"message": {"external_id": "m2"}, "rating": "positive"}),
        json!({"message": {"external_id": "m2"}, "rating": "positive", "author": {"reviewer": "ada"}}),
        json!({"message": {"external_id": "m2"}, "rating": "positive", "author": {"model": "ada"}}),
        json!({"conversation": {"external_id": "c1"}, "target": "conversation", "rating": "positive"}),
    ] {
        ids.push(world.feedback(&other)["id"].clone());
    }
    let different = ids.iter().collect::<std::collections::HashSet<_>>();
    assert_eq!(different.len(), ids.len());
}

#[test]
fn authors_are_shown_by_their_kind() {
    let world = World::new();
    for (author, shown) in [
        (json!(null), json!({"kind": "anonymous"})),
        (
            json!({"reviewer": "Ada"}),
            json!({"kind": "reviewer", "name": "Ada"}),
        ),
        (
            json!({"model": "judge-1"}),
            json!({"kind": "model", "name": "judge-1"}),
        ),
    ] {
        let body = json!({"message": {"external_id": "m2"}, "resolved": true, "author": author});
        assert_eq!(world.feedback(&body)["author"], shown);
    }
}

#[test]
fn a_message_is_named_by_our_id_too() {
    let world = World::new();
    let first = world.feedback(&vote("m2", "ada", &json!({"rating": "positive"})));
    let id = &first["target"]["message"]["id"];
    let body = json!({"message": {"id": id}, "author": {"end_user": "ada"}, "rating": "positive"});
    assert_eq!(world.post(FEEDBACK, &body).is(200)["id"], first["id"]);
}

#[test]
fn the_last_message_of_a_conversation_can_be_judged() {
    let world = World::new();
    let body = json!({"conversation": {"external_id": "c1"}, "target": "last_message", "rating": "positive"});
    let feedback = world.feedback(&body);
    assert_eq!(feedback["target"]["message"]["external_id"], "m2");
}

#[test]
fn a_conversation_as_a_whole_can_be_judged() {
    let world = World::new();
    let body =
        json!({"conversation": {"external_id": "c1"}, "target": "conversation", "resolved": true});
    let feedback = world.feedback(&body);
    assert_eq!(feedback["target"]["message"], json!(null));
    assert_eq!(feedback["target"]["conversation"]["external_id"], "c1");
    assert_eq!(feedback["sentiment"], "positive");
}

#[test]
fn a_target_must_be_said_clearly() {
    let world = World::new();
    let (message, conversation) = (json!({"external_id": "m2"}), json!({"external_id": "c1"}));
    for (body, field) in [
        (json!({"rating": "positive"}), "message"),
        (
            json!({"rating": "positive", "conversation": conversation}),
            "target",
        ),
        (
            json!({"rating": "positive", "target": "conversation"}),
            "conversation",
        ),
        (
            json!({"rating": "positive", "target": "last_message"}),
            "conversation",
        ),
        (
            json!({"rating": "positive", "target": "conversation", "message": message, "conversation": conversation}),
            "message",
        ),
        (
            json!({"rating": "positive", "target": "thread", "conversation": conversation}),
            "target",
        ),
        (
            json!({"rating": "positive", "message": {"id": "7"}}),
            "message.id",
        ),
        (
            json!({"rating": "positive", "message": {"external_id": ""}}),
            "message",
        ),
    ] {
        assert_eq!(world.post(FEEDBACK, &body).refused(400), field, "{body}");
    }
}

#[test]
fn a_feedback_must_say_something() {
    let world = World::new();
    for nothing in [
        json!({}),
        json!({"comment": ""}),
        json!({"metadata": {"a": 1}}),
        json!({"rating": null}),
    ] {
        world
            .post(FEEDBACK, &vote("m2", "ada", &nothing))
            .refused(400);
    }
    assert!(world.walk(FEEDBACK, 50).is_empty());
}

#[test]
fn unknown_targets_and_people_are_registered_where_they_are_accepted() {
    let world = World::new();
    let mut body = vote("new", "carol", &json!({"rating": "positive"}));
    body["conversation"] = json!({"external_id": "also-new"});
    let feedback = world.feedback(&body);
    assert_eq!(
        feedback["target"]["conversation"]["external_id"],
        "also-new"
    );
    let detail = world
        .get(&format!("{FEEDBACK}/{}", feedback["id"].as_str().unwrap()))
        .is(200);
    assert_eq!(detail["message"]["stub"], true);
    assert_eq!(
        world.get("projects/support/end-users/carol").is(200)["external_id"],
        "carol"
    );
}

#[test]
fn unknown_targets_and_people_are_refused_where_they_are_rejected() {
    let world = World::new();
    let feedback = "projects/strict/feedback";
    world
        .post(
            feedback,
            &vote("new", "bob", &json!({"rating": "positive"})),
        )
        .refused(404);
    world
        .post(
            feedback,
            &vote("sm1", "carol", &json!({"rating": "positive"})),
        )
        .refused(404);
    world
        .post(
            feedback,
            &vote("sm1", "bob", &json!({"rating": "positive"})),
        )
        .is(201);
}

#[test]
fn one_of_our_ids_that_does_not_exist_is_refused_everywhere() {
    let world = World::new();
    let body =
        json!({"message": {"id": "0198c2f4-5c1e-7b7e-9d0a-3f4f6a1f2b3c"}, "rating": "positive"});
    world.post(FEEDBACK, &body).refused(404);
}

#[test]
fn scores_lie_on_their_scale() {
    let world = World::new();
    let score = |score| vote("m2", "ada", &json!({"score": score}));
    for wrong in [
        json!({"value": 6}),
        json!({"value": 0}),
        json!({"value": 1, "lowest": 2, "highest": 2}),
        json!({"value": 1, "lowest": 3, "highest": 2}),
    ] {
        assert_eq!(world.post(FEEDBACK, &score(wrong)).refused(400), "score");
    }
    let feedback = world.feedback(&score(json!({"value": 9.5, "lowest": 0, "highest": 10})));
    assert_eq!(feedback["sentiment"], "positive");
}

#[test]
fn attributes_are_named_by_the_project() {
    let world = World::new();
    for wrong in [json!({"Colour": "Red"}), json!({"Quality": "Red"})] {
        let answer = world.post(FEEDBACK, &vote("m2", "ada", &json!({"attributes": wrong})));
        assert_eq!(answer.refused(400), "attributes");
    }
    let answers = json!({"Quality": "Poor", "Speed": "Fast"});
    let feedback = world.feedback(&vote("m2", "ada", &json!({"attributes": answers})));
    assert_eq!(feedback["attributes"], answers);
}

#[test]
fn a_change_by_id_keeps_what_is_absent_and_clears_what_is_null() {
    let world = World::new();
    let first = world.feedback(&vote(
        "m2",
        "ada",
        &json!({"rating": "negative", "comment": "No.", "reasons": ["wrong"], "metadata": {"a": 1, "b": 2}}),
    ));
    let path = format!("{FEEDBACK}/{}", first["id"].as_str().unwrap());
    let change = json!({"comment": null, "reasons": ["late"], "metadata": {"a": 3}});
    let changed = world.patch(&path, &change).is(200);
    assert_eq!(changed["outcome"], "changed");
    assert_eq!(changed["rating"], "negative");
    assert_eq!(changed["comment"], json!(null));
    assert_eq!(changed["reasons"], json!(["late"]));
    assert_eq!(changed["metadata"], json!({"a": 3}));
    assert_eq!(changed["version"], 2);
}

#[test]
fn a_change_that_says_nothing_new_is_none() {
    let world = World::new();
    let first = world.feedback(&vote("m2", "ada", &json!({"rating": "negative"})));
    let path = format!("{FEEDBACK}/{}", first["id"].as_str().unwrap());
    for change in [
        json!({}),
        json!({"rating": "negative"}),
        json!({"comment": ""}),
    ] {
        let answer = world.patch(&path, &change).is(200);
        assert_eq!(answer["outcome"], "unchanged", "{change}");
        assert_eq!(answer["version"], 1, "{change}");
    }
}

#[test]
fn a_change_that_would_leave_nothing_is_refused() {
    let world = World::new();
    let first = world.feedback(&vote("m2", "ada", &json!({"rating": "negative"})));
    let path = format!("{FEEDBACK}/{}", first["id"].as_str().unwrap());
    world.patch(&path, &json!({"rating": null})).refused(400);
    assert_eq!(world.get(&path).is(200)["rating"], "negative");
}

#[test]
fn taking_back_keeps_the_history_and_can_be_repeated() {
    let world = World::new();
    let first = world.feedback(&vote(
        "m2",
        "ada",
        &json!({"rating": "negative", "comment": "No."}),
    ));
    let path = format!("{FEEDBACK}/{}", first["id"].as_str().unwrap());
    let retracted = world.delete(&path).is(200);
    assert_eq!(retracted["outcome"], "retracted");
    assert_eq!(retracted["state"], "retracted");
    assert_eq!(world.delete(&path).is(200)["outcome"], "unchanged");
    let detail = world.get(&path).is(200);
    assert_eq!(detail["rating"], json!(null));
    let history = detail["history"].as_array().unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(history[0]["comment"], "No.");
    assert_eq!(history[0]["state"], "standing");
    assert_eq!(history[1]["state"], "retracted");
}

#[test]
fn what_was_taken_back_is_not_changed_but_may_be_given_anew() {
    let world = World::new();
    let vote = vote("m2", "ada", &json!({"rating": "negative"}));
    let first = world.feedback(&vote);
    let path = format!("{FEEDBACK}/{}", first["id"].as_str().unwrap());
    world.delete(&path).is(200);
    world
        .patch(&path, &json!({"rating": "positive"}))
        .refused(409);
    let again = world.post(FEEDBACK, &vote).is(200);
    assert_eq!(again["id"], first["id"]);
    assert_eq!(again["state"], "standing");
    assert_eq!(again["version"], 3);
}

#[test]
fn the_history_tells_every_version_with_its_key() {
    let world = World::new();
    let first = world.feedback(&vote("m2", "ada", &json!({"rating": "negative"})));
    let path = format!("{FEEDBACK}/{}", first["id"].as_str().unwrap());
    world
        .send_as(WRITER, Method::PATCH, &path, &json!({"comment": "No."}))
        .is(200);
    let detail = world.get(&path).is(200);
    let history = detail["history"].as_array().unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(
        (&history[0]["version"], &history[1]["version"]),
        (&json!(1), &json!(2))
    );
    assert_ne!(history[0]["key_id"], history[1]["key_id"]);
    assert_eq!(history[1]["key_id"], detail["key_id"]);
    assert_eq!(history[1]["at"], detail["updated_at"]);
}

#[test]
fn one_feedback_is_shown_with_its_message_and_the_question() {
    let world = World::new();
    let first = world.feedback(&vote("m2", "ada", &json!({"rating": "negative"})));
    let id = first["id"].as_str().unwrap();
    for path in [format!("{FEEDBACK}/{id}"), format!("feedback/{id}")] {
        let detail = world.get(&path).is(200);
        assert_eq!(detail["message"]["content"], "Money back.");
        assert_eq!(detail["message"]["model"], "gpt-4o");
        assert_eq!(detail["message"]["conversation"]["external_id"], "c1");
        assert_eq!(detail["message"]["end_user"]["external_id"], "ada");
        assert_eq!(detail["question"], "What is a refund?");
    }
}

#[test]
fn feedback_of_another_project_is_not_there() {
    let world = World::new();
    let first = world.feedback(&vote("m2", "ada", &json!({"rating": "negative"})));
    let id = first["id"].as_str().unwrap();
    world
        .get(&format!("projects/strict/feedback/{id}"))
        .refused(404);
    world
        .patch(
            &format!("projects/strict/feedback/{id}"),
            &json!({"rating": "positive"}),
        )
        .refused(404);
    world
        .delete(&format!("projects/strict/feedback/{id}"))
        .refused(404);
    world.get_as(STRICT, &format!("feedback/{id}")).refused(404);
    world
        .get_as(STRICT, &format!("{FEEDBACK}/{id}"))
        .refused(404);
}

#[test]
fn an_id_that_is_none_is_not_there() {
    let world = World::new();
    for id in ["7", "0198c2f4-5c1e-7b7e-9d0a-3f4f6a1f2b3c"] {
        world.get(&format!("{FEEDBACK}/{id}")).refused(404);
        world
            .patch(&format!("{FEEDBACK}/{id}"), &json!({"rating": "positive"}))
            .refused(404);
        world.delete(&format!("{FEEDBACK}/{id}")).refused(404);
    }
}

#[test]
fn a_key_that_may_not_read_gets_a_receipt() {
    let world = World::new();
    world.feedback(&vote("m2", "ada", &json!({"comment": "A secret."})));
    let body = vote("m2", "ada", &json!({"rating": "positive"}));
    let receipt = world.send_as(WRITER, Method::POST, FEEDBACK, &body).is(200);
    let mut told: Vec<_> = receipt.as_object().unwrap().keys().cloned().collect();
    told.sort();
    assert_eq!(
        told,
        ["created_at", "id", "outcome", "updated_at", "version"]
    );
    assert_eq!(receipt["outcome"], "changed");
    assert_eq!(receipt["version"], 2);
}

#[test]
fn a_key_that_may_only_read_writes_nothing() {
    let world = World::new();
    let body = vote("m2", "ada", &json!({"rating": "positive"}));
    world
        .send_as(READER, Method::POST, FEEDBACK, &body)
        .refused(403);
    assert!(world.walk(FEEDBACK, 50).is_empty());
}

#[test]
fn a_project_that_is_switched_off_takes_no_feedback() {
    let world = World::new();
    world
        .patch("projects/support", &json!({"enabled": false}))
        .is(200);
    world
        .post(FEEDBACK, &vote("m2", "ada", &json!({"rating": "positive"})))
        .refused(403);
}
