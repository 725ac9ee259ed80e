//! A clock that jumps back and forth.

use crate::world::{EVERY_VOTE, MERGING, START, World, commented, rated};
use candor::domain::vote::{Policy, RefusalReason};
use candor::domain::{Rating, Timestamp};
use candor::store::{FeedbackFilter, Idempotency, Paging, VoteError};
use std::collections::HashSet;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// What the clock says, one after the other.
const JUMPS: [i64; 9] = [0, HOUR, -HOUR, YEAR, 1, -YEAR, 2, DAY, -DAY];

fn at(microseconds: i64) -> Timestamp {
    START.plus_microseconds(microseconds)
}

/// A world in which each of these moments brought a new vote and a change of the first one.
async fn jumped() -> World {
    let world = World::in_memory().await;
    for (number, jump) in JUMPS.into_iter().enumerate() {
        world.clock.set(at(jump));
        let rating = if number % 2 == 0 {
            Rating::Positive
        } else {
            Rating::Negative
        };
        for message in ["changed".to_owned(), format!("new {number}")] {
            let asked = commented(rating, &format!("comment {number}"));
            let vote = world.vote(MERGING, &message, "u1", asked);
            world.cast(vote).await.unwrap();
        }
    }
    world
}

#[tokio::test]
async fn identifiers_are_given_once_and_grow() {
    let world = jumped().await;
    let mut feedback = world.all(FeedbackFilter::default()).await;
    assert_eq!(feedback.len(), JUMPS.len() + 1);
    let ids: HashSet<_> = feedback.iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), feedback.len());
    feedback.sort_by_key(|one| one.id.0);
    let order = feedback.iter().filter_map(|one| {
        let comment = one.judgement.comment.as_deref()?;
        comment.strip_prefix("comment ")?.parse::<usize>().ok()
    });
    // The changed one was the first, and says what was said last.
    let said: Vec<_> = order.skip(1).collect();
    assert!(said.is_sorted(), "{said:?}");
}

#[tokio::test]
async fn histories_stay_in_the_order_of_what_was_said() {
    let world = jumped().await;
    let feedback = world.all(FeedbackFilter::default()).await;
    let changed = feedback.iter().find(|one| one.version > 1).unwrap();
    let found = world.store.feedback(changed.id).await.unwrap().unwrap();
    let said: Vec<_> = found
        .history
        .iter()
        .map(|version| version.judgement.comment.clone().unwrap())
        .collect();
    let expected: Vec<_> = (0..JUMPS.len())
        .map(|number| format!("comment {number}"))
        .collect();
    assert_eq!(said, expected);
    assert!(found.history.is_sorted_by_key(|version| version.at));
}

#[tokio::test]
async fn sums_and_histories_equal_the_rows() {
    jumped().await.assert_consistent().await;
}

#[tokio::test]
async fn a_list_that_is_read_part_by_part_while_the_clock_jumps_shows_everything_that_was_there_once()
 {
    let world = jumped().await;
    let before: HashSet<_> = world
        .all(FeedbackFilter::default())
        .await
        .into_iter()
        .map(|one| one.id)
        .collect();
    let mut paging = Paging::first(2);
    let mut seen = Vec::new();
    for number in 0.. {
        world.clock.set(at(JUMPS[number % JUMPS.len()] + 7));
        let vote = world.vote(
            MERGING,
            &format!("later {number}"),
            "u1",
            rated(Rating::Positive),
        );
        world.cast(vote).await.unwrap();
        let filter = FeedbackFilter {
            projects: vec![world.project],
            ..FeedbackFilter::default()
        };
        let page = world.store.list_feedback(filter, paging).await.unwrap();
        seen.extend(page.items.into_iter().map(|one| one.id));
        let Some(next) = page.next else { break };
        assert!(number < 100, "the list ends");
        paging.after = Some(next);
    }
    let distinct: HashSet<_> = seen.iter().copied().collect();
    assert_eq!(distinct.len(), seen.len(), "nothing is shown twice");
    assert!(before.is_subset(&distinct), "nothing is left out");
}

#[tokio::test]
async fn a_quiet_hour_lasts_an_hour_and_not_until_a_wrong_clock_is_reached_again() {
    let world = World::in_memory().await;
    let hourly = Policy {
        quiet_microseconds: Some(HOUR),
        ..EVERY_VOTE
    };
    let cast = async |jump| {
        world.clock.set(at(jump));
        let vote = world.vote(hourly, "m1", "u1", rated(Rating::Positive));
        world.cast(vote).await
    };
    cast(YEAR).await.unwrap();
    assert!(matches!(
        cast(YEAR - 5).await,
        Err(VoteError::Refused(RefusalReason::TooSoon { .. }))
    ));
    cast(0).await.unwrap();
    assert!(cast(HOUR - 1).await.is_err());
    cast(HOUR).await.unwrap();
}

#[tokio::test]
async fn a_request_sent_again_within_a_day_is_answered_again_wherever_the_clock_was_meanwhile() {
    let world = World::in_memory().await;
    for jump in [0, HOUR, -HOUR, -YEAR, DAY - HOUR] {
        world.clock.set(at(jump));
        let vote = world.vote(MERGING, "m1", "u1", rated(Rating::Positive));
        let again = Idempotency {
            key: "the same".to_owned(),
            request_sha256: [7; 32],
        };
        let voted = world.store.vote(vote, Some(again)).await.unwrap();
        assert_eq!(voted.replayed, jump != 0, "{jump}");
        assert_eq!(voted.version, 1);
    }
    world.assert_consistent().await;
}
