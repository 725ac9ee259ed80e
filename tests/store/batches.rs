//! Many writes in one transaction.

use crate::world::{EVERY_VOTE, MERGING, THUMB, World, commented, rated};
use candor::domain::vote::{RefusalReason, Verb};
use candor::domain::{Rating, Sentiment, UnknownTargets};
use candor::store::{FeedbackFilter, Idempotency, VoteError, VotedOutcome};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn parallel_first_votes_of_one_message_leave_one_feedback() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::in_folder(folder.path()).await);
    for round in 0..50 {
        let votes: Vec<_> = (0..8)
            .map(|_| {
                let world = Arc::clone(&world);
                tokio::spawn(async move {
                    let message = format!("m{round}");
                    world
                        .cast(world.vote(THUMB, &message, "u1", rated(Rating::Positive)))
                        .await
                })
            })
            .collect();
        let mut created = 0;
        for vote in votes {
            created += usize::from(vote.await.unwrap().unwrap().outcome == VotedOutcome::Created);
        }
        assert_eq!(created, 1);
    }
    assert_eq!(world.all(FeedbackFilter::default()).await.len(), 50);
    world.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_vote_leaves_its_neighbours_alone() {
    let world = Arc::new(World::in_memory().await);
    let votes: Vec<_> = (0..64)
        .map(|number| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let message = format!("m{number}");
                let mut vote = world.vote(MERGING, &message, "u1", rated(Rating::Positive));
                if number % 2 == 0 {
                    vote.unknown_targets = UnknownTargets::Reject;
                }
                world.cast(vote).await
            })
        })
        .collect();
    for (number, vote) in votes.into_iter().enumerate() {
        assert_eq!(vote.await.unwrap().is_ok(), number % 2 == 1);
    }
    assert_eq!(world.all(FeedbackFilter::default()).await.len(), 32);
    world.assert_consistent().await;
}

#[tokio::test]
async fn an_idempotency_key_answers_the_same_request_with_the_first_answer() {
    let world = World::in_memory().await;
    let once = |key: &str, request: u8| Idempotency {
        key: key.to_owned(),
        request_sha256: [request; 32],
    };
    let vote = || world.vote(EVERY_VOTE, "m1", "u1", rated(Rating::Positive));
    let first = world.store.vote(vote(), Some(once("k", 1))).await.unwrap();
    let again = world.store.vote(vote(), Some(once("k", 1))).await.unwrap();
    assert_eq!(again.feedback, first.feedback);
    assert!(again.replayed && !first.replayed);
    let other = world.store.vote(vote(), Some(once("k", 2))).await;
    assert!(matches!(other, Err(VoteError::Failed(_))));
    assert_eq!(world.all(FeedbackFilter::default()).await.len(), 1);
}

#[tokio::test]
async fn a_refused_vote_registers_its_author_where_the_policy_says_so() {
    let world = World::in_memory().await;
    let mut vote = world.vote(THUMB, "m1", "u1", rated(Rating::Positive));
    vote.unknown_targets = UnknownTargets::Reject;
    let refused = world.cast(vote).await;
    assert!(matches!(
        refused,
        Err(VoteError::Refused(RefusalReason::UnknownTarget))
    ));
    let name = candor::domain::vote::RowRef::External("u1".to_owned());
    let user = world.store.end_user(world.project, name).await.unwrap();
    assert!(user.is_some());
}

#[tokio::test]
async fn taking_back_takes_the_vote_out_of_the_sums() {
    let world = World::in_memory().await;
    world
        .cast(world.vote(MERGING, "m1", "u1", commented(Rating::Negative, "slow")))
        .await
        .unwrap();
    let mut back = world.vote(MERGING, "m1", "u1", candor::domain::vote::Asked::default());
    back.verb = Verb::TakeBack;
    world.cast(back).await.unwrap();
    assert_eq!(world.sums().await, []);
    world.assert_consistent().await;
}

#[tokio::test]
async fn sums_follow_a_vote_that_changes_its_mind() {
    let world = World::in_memory().await;
    for asked in [commented(Rating::Negative, "slow"), rated(Rating::Positive)] {
        world
            .cast(world.vote(THUMB, "m1", "u1", asked))
            .await
            .unwrap();
    }
    let seen: Vec<_> = world
        .sums()
        .await
        .into_iter()
        .map(|row| (row.sentiment, row.sums.votes, row.sums.comments))
        .collect();
    assert_eq!(seen, [(Some(Sentiment::Positive), 1, 0)]);
    world.assert_consistent().await;
}
