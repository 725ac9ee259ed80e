//! Switching a mirror on and off, and whose votes it takes.

use crate::support::stand_in::StandIn;
use crate::support::{candor, run};
use crate::world::{ADMIN, MESSAGES, World, heard_of, nobody, success, wait_until};
use reqwest::Method;
use serde_json::{Value, json};

fn switch(world: &World, base_url: &str, mirror: bool) {
    let upstream = json!({"upstream": {"dialect": "dify", "base_url": base_url, "mirror": mirror}});
    world.ask(Method::PATCH, "projects/support", &upstream);
}

#[test]
fn what_waits_is_not_sent_while_the_mirror_is_off() {
    let address = nobody();
    let base_url = format!("http://{address}");
    let world = World::mirroring_to(&base_url);
    world.accepted(MESSAGES[0], Some("like"));
    world.wait_for_attempts(1);
    switch(&world, &base_url, false);
    world.accepted(MESSAGES[0], Some("dislike"));
    let mirror = world.mirror();
    assert_eq!(
        (&mirror["active"], &mirror["waiting"]),
        (&json!(false), &json!(1))
    );
    let vendor = StandIn::at(address, |_| success());
    switch(&world, &base_url, true);
    world.wait_until_nothing_waits();
    assert_eq!(heard_of(&vendor.seen(), MESSAGES[0]), ["like"]);
}

#[test]
fn what_waits_can_be_dropped() {
    let mut world = World::mirroring_to(&format!("http://{}", nobody()));
    world.accepted(MESSAGES[0], Some("like"));
    world.wait_for_attempts(1);
    let none = world.ask(
        Method::DELETE,
        "projects/support/mirror/votes?state=refused",
        &Value::Null,
    );
    assert_eq!(none, json!({"dropped": 0}));
    world.stop();
    let mut status = candor(world.folder());
    let shown: Value =
        serde_json::from_str(&run(status.args(["mirror", "status", "--json"]))).unwrap();
    assert_eq!(shown[0]["project"], "support");
    assert_eq!(shown[0]["waiting"], 1);
    let mut dropped = candor(world.folder());
    dropped.args(["mirror", "drop", "support", "--state", "waiting"]);
    assert_eq!(run(&mut dropped), "1 dropped\n");
    world.start();
    assert_eq!(world.mirror()["waiting"], 0);
    let feedback = world.get("projects/support/feedback");
    assert_eq!(feedback["items"][0]["rating"], "positive");
}

#[test]
fn the_command_line_shows_the_same_at_a_server_as_on_a_folder() {
    let mut world = World::mirroring_to(&format!("http://{}", nobody()));
    world.accepted(MESSAGES[0], Some("like"));
    world.wait_for_attempts(1);
    let votes = |world: &World, at_server: bool| {
        let mut command = candor(world.folder());
        command.args(["mirror", "votes", "support", "--state", "waiting", "--json"]);
        if at_server {
            command.env_remove("CANDOR_DATA_DIR");
            command.args(["--url", world.url(), "--key", ADMIN]);
        }
        let shown: Value = serde_json::from_str(&run(&mut command)).unwrap();
        let vote = &shown[0];
        assert!(
            vote["reason"]
                .as_str()
                .unwrap()
                .contains("cannot be reached"),
            "{vote}"
        );
        (vote["feedback_id"].clone(), vote["state"].clone())
    };
    let at_server = votes(&world, true);
    world.stop();
    assert_eq!(votes(&world, false), at_server);
    let status = run(candor(world.folder()).args(["mirror", "status"]));
    let line = status.lines().nth(1).unwrap();
    let cells: Vec<_> = line.split_whitespace().collect();
    assert_eq!(cells[..3], ["support", "true", "1"], "{status}");
    let doctor = run(candor(world.folder()).arg("doctor"));
    assert!(
        doctor.contains("1 votes to be sent or not taken"),
        "{doctor}"
    );
}

#[test]
fn vendors_hear_of_what_people_say_and_not_of_reviewers_and_models() {
    let vendor = StandIn::start(|_| success());
    let world = World::mirroring_to(&vendor.url());
    for author in [json!({"reviewer": "bo"}), json!({"model": "judge-1"})] {
        let vote = json!({"message": {"external_id": MESSAGES[0]}, "author": author, "rating": "negative"});
        world.ask(Method::POST, "projects/support/feedback", &vote);
    }
    let vote = json!({"message": {"external_id": MESSAGES[0]}, "author": {"end_user": "ada"},
        "rating": "positive", "comment": "yes"});
    world.ask(Method::POST, "projects/support/feedback", &vote);
    wait_until("it arrived", || !vendor.seen().is_empty());
    world.wait_until_nothing_waits();
    let seen = vendor.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(
        seen[0].json(),
        json!({"rating": "like", "user": "ada", "content": "yes"})
    );
}

#[test]
fn what_is_sent_is_counted() {
    let vendor = StandIn::start(|_| success());
    let world = World::mirroring_to(&vendor.url());
    world.accepted(MESSAGES[0], Some("like"));
    wait_until("it is counted", || {
        let line = r#"candor_mirror_tries_total{dialect="dify",outcome="sent"} 1"#;
        world.metrics().contains(line)
    });
    for name in [
        "candor_mirror_votes{state=\"waiting\"}",
        "candor_mirror_oldest_seconds",
    ] {
        assert!(world.metrics().contains(name), "{name}");
    }
}
