//! What votes are told when the database or what they say is at fault.

use super::world::{START, World, assert_consistent, cast};
use candor::clock::Clock;
use candor::domain::vote::Ask;
use candor::domain::{FeedbackId, Rating};
use candor::error::ErrorKind;
use candor::store::VoteError;
use candor::store::postgres::Connector;
use candor::store::postgres::lanes::{LaneOptions, Lanes};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[tokio::test]
async fn what_the_database_cannot_hold_is_refused_alone() {
    let Some(world) = World::open(&Clock::standing_at(START)).await else {
        return;
    };
    let mut vote = world.vote("m", "u", Rating::Positive);
    vote.asked.comment = Ask::Set("a\0b".to_owned());
    let Err(VoteError::Failed(error)) = cast(&world.lanes, vote).await else {
        panic!("it was stored");
    };
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(error.field(), Some("comment"));
    let vote = world.vote("m\0", "u", Rating::Positive);
    let Err(VoteError::Failed(error)) = cast(&world.lanes, vote).await else {
        panic!("it was stored");
    };
    assert_eq!(error.field(), Some("message"));
    let vote = world.vote("m", "u", Rating::Positive);
    cast(&world.lanes, vote).await.unwrap();
}

#[tokio::test]
async fn a_vote_that_a_constraint_refuses_takes_no_neighbour_with_it() {
    let Some(world) = World::open(&Clock::standing_at(START)).await else {
        return;
    };
    world
        .database
        .query("ALTER TABLE feedback ADD CHECK (comment <> 'poison')");
    let votes = (0..100).map(|number| {
        let mut vote = world.vote("m", &format!("u{number}"), Rating::Positive);
        if number % 40 == 7 {
            vote.asked.comment = Ask::Set("poison".to_owned());
        }
        cast(&world.lanes, vote)
    });
    let votes = futures_util::future::join_all(votes).await;
    for (number, voted) in votes.into_iter().enumerate() {
        match voted {
            Ok(_) => assert_ne!(number % 40, 7),
            Err(VoteError::Failed(error)) => {
                assert_eq!(number % 40, 7, "{error:?}");
                assert_eq!(error.kind(), ErrorKind::Unavailable);
                assert_eq!(
                    error.message(),
                    "the store could not write; nothing was stored, try again"
                );
            }
            Err(VoteError::Refused(reason)) => panic!("{reason:?}"),
        }
    }
    assert_consistent(&world.store).await;
}

#[tokio::test]
async fn without_a_database_votes_are_refused_at_once() {
    let lanes = Lanes::start(&LaneOptions {
        connector: Connector::new("postgres://nobody@127.0.0.1:9/none".parse().unwrap()).unwrap(),
        buckets: 2,
        hash_key: [0; 16],
        clock: Clock::default(),
    })
    .unwrap();
    let project = super::world::Ids::new().project;
    for _ in 0..20 {
        let began = Instant::now();
        let vote = super::world::thumb(project, "m", "u", Rating::Positive);
        let Err(VoteError::Failed(error)) = cast(&lanes, vote).await else {
            panic!("it was stored");
        };
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        let told = "the database cannot be reached; nothing was stored, try again";
        assert_eq!(error.message(), told);
        assert!(
            began.elapsed() < Duration::from_secs(1),
            "{:?}",
            began.elapsed()
        );
    }
    lanes.close().await;
}

/// What is acknowledged while connections are lost again and again is there, once, and nothing that was refused is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_connections_lose_no_vote_and_double_none() {
    let Some(world) = World::open(&Clock::default()).await else {
        return;
    };
    let world = Arc::new(world);
    let over = Arc::new(AtomicBool::new(false));
    let voters = (0..32).map(|voter| {
        let (world, over) = (Arc::clone(&world), Arc::clone(&over));
        tokio::spawn(async move {
            let (mut stored, mut refused, mut unknown) = (Vec::new(), Vec::new(), 0);
            for number in 0.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let message = format!("m{voter}-{number}");
                let user = format!("u{}", number % 50);
                let vote = world.vote(&message, &user, Rating::Positive);
                match cast(&world.lanes, vote).await {
                    Ok(voted) => stored.push((message, voted.feedback.unwrap())),
                    Err(VoteError::Failed(error)) if error.message().contains("nothing") => {
                        refused.push(message);
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    Err(VoteError::Failed(error)) => {
                        assert!(error.message().contains("not known"), "{error:?}");
                        unknown += 1;
                    }
                    Err(VoteError::Refused(reason)) => panic!("{reason:?}"),
                }
            }
            (stored, refused, unknown)
        })
    });
    let voters: Vec<_> = voters.collect();
    let killed = kill(Arc::clone(&world)).await;
    over.store(true, Ordering::Relaxed);
    let (mut stored, mut refused, mut unknown) = (Vec::new(), Vec::new(), 0);
    for voter in voters {
        let told = voter.await.unwrap();
        stored.extend(told.0);
        refused.extend(told.1);
        unknown += told.2;
    }
    world.lanes.close().await;
    let there = rows(&world);
    let ledger: HashSet<(String, FeedbackId)> = stored.iter().cloned().collect();
    assert!(killed > 5, "{killed} connections were ended");
    assert!(stored.len() > 100, "{} votes were stored", stored.len());
    assert_eq!(ledger.len(), stored.len());
    assert!(
        ledger.is_subset(&there.iter().cloned().collect()),
        "a vote is lost"
    );
    assert!(
        there.len() <= ledger.len() + unknown,
        "a vote is there that was refused"
    );
    let names: HashSet<&String> = there.iter().map(|(message, _)| message).collect();
    assert_eq!(names.len(), there.len(), "a vote is there twice");
    assert!(refused.iter().all(|message| !names.contains(message)));
    assert_consistent(&world.store).await;
}

/// Every feedback with its message's name.
fn rows(world: &World) -> Vec<(String, FeedbackId)> {
    let sql = "SELECT m.external_id || ' ' || f.id FROM feedback f JOIN messages m ON m.row_id = f.message";
    let rows = world.database.query(sql);
    rows.iter()
        .map(|row| {
            let (message, id) = row.split_once(' ').unwrap();
            (message.to_owned(), FeedbackId(id.parse().unwrap()))
        })
        .collect()
}

/// Ends the lanes' connections for a while.
async fn kill(world: Arc<World>) -> usize {
    let mut killed = 0;
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let world = Arc::clone(&world);
        let ended = tokio::task::spawn_blocking(move || {
            world.database.query(
                "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' \
                 ORDER BY random() LIMIT 3) AS chosen",
            )
        });
        killed += ended.await.unwrap().len();
    }
    killed
}
