//! Two servers that vote in the same database at once.

use super::world::{
    MERGING, START, THUMB, World, another, assert_consistent, cast, holds, key, lanes, rare, whole,
};
use candor::clock::Clock;
use candor::domain::vote::{Addressee, Command, Identity, Place, Policy, RefusalReason, RowRef};
use candor::domain::{Dialect, Rating};
use candor::error::ErrorKind;
use candor::store::{Idempotency, VoteError, Voted, VotedOutcome};
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
        commands.flat_map(|command| [cast(&world.lanes, command.clone()), cast(&other, command)]);
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
    let sums = "SELECT sum(votes)::text || ' ' || sum(ratings)::text FROM rollups WHERE kind = 0 AND level = 0";
    assert_eq!(world.database.query(sums), ["200 200"]);
}

/// Every pair is cast at once, one on each of two servers.
async fn cast_on_both(
    pairs: impl FnOnce(&World) -> Vec<[(Command, Option<Idempotency>); 2]>,
) -> Option<(World, Vec<[Result<Voted, VoteError>; 2]>)> {
    let clock = Clock::standing_at(START);
    let world = World::open(&clock).await?;
    let other = another(&world.database, &clock).await;
    let votes = pairs(&world).into_iter().map(async |[one, two]| {
        let (one, two) = tokio::join!(world.store.vote(one.0, one.1), other.vote(two.0, two.1));
        [one, two]
    });
    let told = join_all(votes).await;
    other.close().await.unwrap();
    assert_consistent(&world.store).await;
    Some((world, told))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_vote_in_an_hour_is_taken_whatever_server_it_comes_to() {
    let both = |world: &World| {
        let vote = |user: usize| (rare(world.ids.project, &format!("w{user}")), None);
        (0..60).map(|user| [vote(user), vote(user)]).collect()
    };
    let Some((world, told)) = cast_on_both(both).await else {
        return;
    };
    for pair in told {
        let taken = pair.iter().filter(|voted| voted.is_ok()).count();
        let refused = |voted: &&Result<Voted, VoteError>| {
            matches!(
                voted,
                Err(VoteError::Refused(RefusalReason::TooSoon { .. }))
            )
        };
        assert_eq!(
            (taken, pair.iter().filter(refused).count()),
            (1, 1),
            "{pair:?}"
        );
    }
    let rows = |sql: &str| world.database.query(sql);
    assert_eq!(rows("SELECT count(*) FROM feedback"), ["60"]);
    assert_eq!(rows("SELECT count(*) FROM end_users"), ["60"]);
    assert_eq!(rows("SELECT count(*) FROM conversations"), ["60"]);
    assert_eq!(rows("SELECT count(*) FROM quiet_times"), ["60"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hour_is_kept_when_another_conversation_has_become_the_latest() {
    let clock = Clock::standing_at(START);
    let Some(world) = World::open(&clock).await else {
        return;
    };
    let vote = || rare(world.ids.project, "w");
    world.store.vote(vote(), None).await.unwrap();
    // Conversations that have names lie in other buckets than the person's, some of them.
    for number in 0..8 {
        let mut named = whole(world.ids.project, &format!("c{number}"), "w");
        named.addressee = match (named.addressee, vote().addressee) {
            (Addressee::Vote { place, name, .. }, Addressee::Vote { author, .. }) => {
                Addressee::Vote {
                    place,
                    author,
                    name,
                }
            }
            (other, _) => other,
        };
        clock.set(START.plus_microseconds(1 + number));
        world.store.vote(named, None).await.unwrap();
        let again = world.store.vote(vote(), None).await;
        let until = START.plus_microseconds(60 * 60 * 1_000_000);
        assert!(
            matches!(again, Err(VoteError::Refused(RefusalReason::TooSoon { until: at })) if at == until),
            "{again:?}"
        );
    }
    clock.set(START.plus_microseconds(60 * 60 * 1_000_000));
    world.store.vote(vote(), None).await.unwrap();
    let latest = "SELECT c.external_id FROM feedback f JOIN conversations c ON c.row_id = f.conversation \
                  WHERE f.channel = 5 ORDER BY f.created_at DESC LIMIT 1";
    assert_eq!(world.database.query(latest), ["c7"]);
    assert_consistent(&world.store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_comes_to_two_servers_is_carried_out_once() {
    let both = |world: &World| {
        let vote = |number: usize| {
            let vote = world.vote(&format!("m{number}"), "u", Rating::Positive);
            (vote, Some(key(&format!("k{number}"), 1)))
        };
        (0..60).map(|number| [vote(number), vote(number)]).collect()
    };
    let Some((world, told)) = cast_on_both(both).await else {
        return;
    };
    for pair in told {
        let [one, two] = pair.map(Result::unwrap);
        assert_eq!(
            (one.outcome, two.outcome),
            (VotedOutcome::Created, VotedOutcome::Created)
        );
        assert_eq!(one.feedback, two.feedback);
        assert_ne!(one.replayed, two.replayed);
    }
    assert_eq!(
        world.database.query("SELECT count(*) FROM feedback"),
        ["60"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_requests_with_one_key_one_is_carried_out() {
    let both = |world: &World| {
        let vote = |number: usize, request: u8| {
            let message = format!("m{number}-{request}");
            let vote = world.vote(&message, "u", Rating::Positive);
            (vote, Some(key(&format!("k{number}"), request)))
        };
        (0..100)
            .map(|number| [vote(number, 1), vote(number, 2)])
            .collect()
    };
    let Some((world, told)) = cast_on_both(both).await else {
        return;
    };
    for pair in told {
        let stored = pair.iter().filter(|voted| voted.is_ok()).count();
        let refused = |voted: &&Result<Voted, VoteError>| matches!(voted, Err(VoteError::Failed(error)) if error.kind() == ErrorKind::Conflict);
        assert_eq!(
            (stored, pair.iter().filter(refused).count()),
            (1, 1),
            "{pair:?}"
        );
    }
    let rows = |sql: &str| world.database.query(sql);
    assert_eq!(rows("SELECT count(*) FROM feedback"), ["100"]);
    assert_eq!(rows("SELECT count(*) FROM idempotency_keys"), ["100"]);
}
