//! Two servers that vote in the same database at once.

use super::world::{MERGING, START, THUMB, World, assert_consistent, holds, lanes};
use candor::clock::Clock;
use candor::domain::vote::{Addressee, Command, Identity, Place, Policy, RowRef};
use candor::domain::{Dialect, Rating};
use candor::store::VotedOutcome;
use futures_util::future::join_all;
use std::collections::HashMap;

/// Every one of these votes is cast on both servers at once.
async fn cast_twice(commands: Vec<Command>) -> Option<(World, HashMap<VotedOutcome, usize>)> {
    let clock = Clock::standing_at(START);
    let world = World::open(&clock).await?;
    let other = lanes(&world.database, &clock).await;
    let commands = commands.into_iter().map(|command| Command {
        project: world.ids.project,
        ..command
    });
    let votes =
        commands.flat_map(|command| [world.lanes.vote(command.clone()), other.vote(command)]);
    let mut outcomes = HashMap::new();
    for voted in join_all(votes).await {
        *outcomes.entry(voted.unwrap().outcome).or_default() += 1;
    }
    world.lanes.close().await;
    other.close().await;
    assert_consistent(&world.store).await;
    Some((world, outcomes))
}

fn count(lines: &[String], start: &str) -> usize {
    lines.iter().filter(|line| line.starts_with(start)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_message_is_made_once_and_each_person_votes_once() {
    let project = super::world::Ids::new().project;
    let commands = (0..50)
        .map(|user| super::world::thumb(project, "m", &format!("u{user}"), Rating::Positive))
        .collect();
    let Some((world, outcomes)) = cast_twice(commands).await else {
        return;
    };
    assert_eq!(outcomes[&VotedOutcome::Created], 50);
    assert_eq!(outcomes[&VotedOutcome::Unchanged], 50);
    let lines = holds(&world.store, &world.ids).await;
    assert_eq!(count(&lines, "Some(FeedbackDetail"), 50);
    assert_eq!(count(&lines, "EndUser"), 50);
    let sql = "SELECT count(*) FROM messages";
    assert_eq!(world.database.query(sql), ["1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_conversation_is_made_once_whatever_messages_name_it() {
    let project = super::world::Ids::new().project;
    let commands = (0..40)
        .map(|number| {
            let message = format!("m{number}");
            let mut vote = super::world::thumb(project, &message, "u", Rating::Negative);
            vote.policy = Policy {
                identity: Identity::OneOrRefused,
                ..THUMB
            };
            if let Addressee::Vote { place, .. } = &mut vote.addressee {
                let conversation = RowRef::External("c".to_owned());
                *place = Place::within(place.clone(), conversation);
            }
            vote
        })
        .collect();
    let Some((world, outcomes)) = cast_twice(commands).await else {
        return;
    };
    assert_eq!(outcomes[&VotedOutcome::Created], 40);
    let rows = |sql: &str| world.database.query(sql);
    assert_eq!(rows("SELECT count(*) FROM conversations"), ["1"]);
    assert_eq!(rows("SELECT count(*) FROM end_users"), ["1"]);
    let linked = "SELECT count(*) FROM messages m JOIN conversations c ON c.row_id = m.conversation \
                  WHERE m.owner = c.end_user";
    assert_eq!(rows(linked), ["40"]);
    let alone = "SELECT count(*) FROM (SELECT row_id FROM feedback UNION SELECT row_id FROM messages \
                 UNION SELECT row_id FROM end_users UNION SELECT row_id FROM conversations) rows";
    assert_eq!(rows(alone), ["82"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_vote_of_those_that_are_all_new_is_kept() {
    let project = super::world::Ids::new().project;
    let mut vote = super::world::thumb(project, "m", "u", Rating::Positive);
    vote.policy = Policy {
        identity: Identity::EveryVote,
        ..MERGING
    };
    vote.channel = Dialect::Melodi;
    let Some((world, outcomes)) = cast_twice(vec![vote; 100]).await else {
        return;
    };
    assert_eq!(outcomes[&VotedOutcome::Created], 200);
    let sums = "SELECT sum(votes)::text || ' ' || sum(ratings)::text FROM rollups";
    assert_eq!(world.database.query(sums), ["200 200"]);
}
