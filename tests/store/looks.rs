//! Lists that look no further than a bound, numbered lists, searches and sums: all give what walking over the rows gives.

use crate::world::{EVERY_VOTE, MERGING, START, THUMB, World, commented, rated};
use candor::domain::vote::{Ask, Asked, RowRef, Verb};
use candor::domain::{
    Day, Dialect, Dimension, Feedback, FeedbackId, Interval, Quarter, Rating, Score, Sentiment,
    Sums, Zone,
};
use candor::limits;
use candor::store::{Cursor, FeedbackFilter, Paging, SumsQuery};
use std::collections::{BTreeMap, HashSet};

const DAY: i64 = 86_400_000_000;

/// Votes of many kinds over a hundred days, some of them changed or taken back later.
async fn varied() -> World {
    let world = World::in_memory().await;
    for number in 0..400_i64 {
        // Several of the same time, and some that come later than their time.
        let at = START.plus_microseconds(number / 3 * DAY * 3 / 4);
        world.clock.set(at);
        let asked = match number % 7 {
            0 => commented(Rating::Negative, "slow and wrong"),
            1 => commented(Rating::Positive, "quick and right"),
            2 => Asked {
                score: Ask::Set(Score::new(3.0, 1.0, 5.0).unwrap()),
                ..Asked::default()
            },
            3 => Asked {
                comment: Ask::Set("nothing to tell it by, but slow".to_owned()),
                ..Asked::default()
            },
            4 => Asked {
                resolved: Ask::Set(number % 2 == 0),
                ..Asked::default()
            },
            _ => rated(Rating::Positive),
        };
        let policy = [MERGING, EVERY_VOTE][usize::from(number % 5 == 0)];
        let user = format!("u{}", number % 11);
        let mut vote = world.vote(policy, &format!("m{number}"), &user, asked);
        if number % 13 == 0 {
            vote.created_at = Some(at.plus_microseconds(-40 * DAY));
        }
        world.cast(vote).await.unwrap();
        if number % 17 == 0 && number % 5 != 0 {
            let mut back = world.vote(MERGING, &format!("m{number}"), &user, Asked::default());
            back.verb = Verb::TakeBack;
            world.cast(back).await.unwrap();
        } else if number % 19 == 0 && number % 5 != 0 {
            let changed = commented(Rating::Negative, "wrong after all");
            world
                .cast(world.vote(THUMB, &format!("m{number}"), &user, changed))
                .await
                .unwrap();
        }
    }
    world
}

/// The whole list, page by page, and how many pages it had.
async fn walk(world: &World, filter: FeedbackFilter, limit: usize) -> (Vec<Feedback>, usize) {
    let filter = FeedbackFilter {
        projects: vec![world.project],
        ..filter
    };
    let mut paging = Paging::first(limit);
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let page = world
            .store
            .list_feedback(filter.clone(), paging)
            .await
            .unwrap();
        assert!(page.items.len() <= limit);
        found.extend(page.items);
        pages += 1;
        let Some(next) = page.next else {
            return (found, pages);
        };
        paging.after = Some(next);
    }
}

fn ids(feedback: &[Feedback]) -> Vec<FeedbackId> {
    feedback.iter().map(|one| one.id).collect()
}

fn says(one: &Feedback, word: &str) -> bool {
    let comment = one.judgement.comment.as_deref().unwrap_or_default();
    comment.split([' ', ',']).any(|said| said == word)
}

/// What a filter is called, how it is set, and what it finds.
type Case = (&'static str, fn(&mut FeedbackFilter), fn(&Feedback) -> bool);

const CASES: [Case; 16] = [
    ("all", |_| {}, |_| true),
    (
        "sentiment",
        |f| f.sentiment = Some(Sentiment::Neutral),
        |one| one.judgement.sentiment() == Sentiment::Neutral,
    ),
    (
        "unknown",
        |f| f.sentiment = Some(Sentiment::Unknown),
        |one| one.judgement.sentiment() == Sentiment::Unknown,
    ),
    (
        "rating",
        |f| f.rating = Some(Rating::Negative),
        |one| one.judgement.rating == Some(Rating::Negative),
    ),
    (
        "rated",
        |f| f.has_rating = Some(true),
        |one| one.judgement.rating.is_some(),
    ),
    (
        "not rated",
        |f| f.has_rating = Some(false),
        |one| one.judgement.rating.is_none(),
    ),
    (
        "commented",
        |f| f.has_comment = Some(true),
        |one| one.judgement.comment.is_some(),
    ),
    (
        "complaints",
        |f| (f.has_comment, f.sentiment) = (Some(true), Some(Sentiment::Negative)),
        |one| one.judgement.comment.is_some() && one.judgement.sentiment() == Sentiment::Negative,
    ),
    (
        "thumbs down with comment",
        |f| (f.has_comment, f.rating) = (Some(true), Some(Rating::Negative)),
        |one| one.judgement.comment.is_some() && one.judgement.rating == Some(Rating::Negative),
    ),
    (
        "channel",
        |f| f.channel = Some(Dialect::Melodi),
        |one| one.channel == Dialect::Melodi,
    ),
    (
        "no such channel",
        |f| f.channel = Some(Dialect::Haptik),
        |_| false,
    ),
    (
        "contradiction",
        |f| (f.sentiment, f.rating) = (Some(Sentiment::Neutral), Some(Rating::Positive)),
        |_| false,
    ),
    (
        "resolved",
        |f| f.resolved = Some(true),
        |one| one.judgement.resolved == Some(true),
    ),
    (
        "times",
        |f| {
            f.since = Some(START.plus_microseconds(10 * DAY));
            f.until = Some(START.plus_microseconds(30 * DAY));
            f.sentiment = Some(Sentiment::Positive);
        },
        |one| {
            one.created_at >= START.plus_microseconds(10 * DAY)
                && one.created_at < START.plus_microseconds(30 * DAY)
                && one.judgement.sentiment() == Sentiment::Positive
        },
    ),
    (
        "words",
        |f| f.search = Some("slow".to_owned()),
        |one| says(one, "slow"),
    ),
    (
        "words and more",
        |f| {
            f.search = Some("slow wro".to_owned());
            f.sentiment = Some(Sentiment::Negative);
            f.until = Some(START.plus_microseconds(30 * DAY));
        },
        |one| {
            says(one, "slow")
                && says(one, "wrong")
                && one.created_at < START.plus_microseconds(30 * DAY)
        },
    ),
];

#[tokio::test]
async fn every_filter_gives_what_going_through_all_rows_gives() {
    let world = varied().await;
    let (all, _) = walk(&world, FeedbackFilter::default(), 1000).await;
    for (what, set, matches) in CASES {
        let expected: Vec<_> = all.iter().filter(|one| matches(one)).cloned().collect();
        let mut filter = FeedbackFilter::default();
        set(&mut filter);
        let (found, _) = walk(&world, filter, 7).await;
        assert_eq!(ids(&found), ids(&expected), "{what}");
    }
    world.assert_consistent().await;
}

#[tokio::test]
async fn a_look_ends_at_its_bound_and_the_next_page_goes_on() {
    let world = World::in_memory().await;
    let vote = |number: usize, user: &str| {
        let rating = rated(Rating::Positive);
        world.cast(world.vote(MERGING, &format!("m{number}"), user, rating))
    };
    vote(0, "rare").await.unwrap();
    let numbers: Vec<usize> = (1..=limits::LIST_LOOKED + 10).collect();
    for some in numbers.chunks(500) {
        let votes = some.iter().map(|number| vote(*number, "other"));
        let stored = futures_util::future::join_all(votes).await;
        assert!(stored.iter().all(Result::is_ok));
    }
    let rare = FeedbackFilter {
        projects: vec![world.project],
        end_user: Some(RowRef::External("rare".to_owned())),
        ..FeedbackFilter::default()
    };
    let first = world
        .store
        .list_feedback(rare.clone(), Paging::first(5))
        .await
        .unwrap();
    assert!(first.items.is_empty() && first.next.is_some());
    let (found, pages) = walk(&world, rare, 5).await;
    assert_eq!((found.len(), pages), (1, 2));
}

#[tokio::test]
async fn what_comes_in_during_a_walk_hides_nothing_and_repeats_nothing() {
    let world = varied().await;
    let (before, _) = walk(&world, FeedbackFilter::default(), 1000).await;
    let filter = FeedbackFilter {
        projects: vec![world.project],
        ..FeedbackFilter::default()
    };
    let mut paging = Paging::first(10);
    let mut seen = Vec::new();
    for turn in 0.. {
        let vote = world.vote(
            MERGING,
            &format!("new {turn}"),
            "u1",
            rated(Rating::Positive),
        );
        world.cast(vote).await.unwrap();
        let page = world
            .store
            .list_feedback(filter.clone(), paging)
            .await
            .unwrap();
        seen.extend(ids(&page.items));
        let Some(next) = page.next else { break };
        paging.after = Some(next);
    }
    let unique: HashSet<_> = seen.iter().collect();
    assert_eq!(unique.len(), seen.len());
    assert!(ids(&before).iter().all(|id| unique.contains(id)));
}

#[tokio::test]
async fn numbered_pages_are_the_pages_of_the_walk() {
    let world = varied().await;
    let rated = FeedbackFilter {
        has_rating: Some(true),
        ..FeedbackFilter::default()
    };
    let (all, _) = walk(&world, rated, 1000).await;
    for skip in [0, 1, 6, 20, 100, all.len() - 1, all.len(), all.len() + 5] {
        let page = world
            .store
            .rated_feedback(world.project, skip.try_into().unwrap(), 20)
            .await
            .unwrap();
        let expected: Vec<_> = all.iter().skip(skip).take(20).cloned().collect();
        assert_eq!(ids(&page), ids(&expected), "after {skip}");
    }
}

#[tokio::test]
async fn a_search_finds_its_own_projects_comments_only() {
    let world = World::in_memory().await;
    let second = world.another_project(2).await;
    for (project, comment) in [(world.project, "blue sky"), (second, "blue sea")] {
        let mut vote = world.vote(MERGING, "m", "u", commented(Rating::Positive, comment));
        vote.project = project;
        world.cast(vote).await.unwrap();
    }
    for (projects, words, count) in [
        (vec![world.project], "blue", 1),
        (vec![second], "sky", 0),
        (vec![world.project, second], "blu", 2),
    ] {
        let filter = FeedbackFilter {
            projects,
            search: Some(words.to_owned()),
            ..FeedbackFilter::default()
        };
        let page = world.store.list_feedback(filter, Paging::first(5)).await;
        assert_eq!(page.unwrap().items.len(), count, "{words}");
    }
}

#[tokio::test]
async fn searches_end_at_a_time_that_the_index_has_no_second_for() {
    let world = World::in_memory().await;
    for (number, at) in [
        "1969-03-01T00:00:00Z",
        "1969-09-01T00:00:00Z",
        "2200-03-01T00:00:00Z",
    ]
    .into_iter()
    .enumerate()
    {
        let asked = commented(Rating::Negative, "slow");
        let mut vote = world.vote(EVERY_VOTE, &format!("m{number}"), "ada", asked);
        vote.created_at = Some(at.parse().unwrap());
        world.cast(vote).await.unwrap();
    }
    for (until, there) in [
        ("1969-06-01T00:00:00Z", 1),
        ("1970-01-01T00:00:00Z", 2),
        ("2300-01-01T00:00:00Z", 3),
    ] {
        let filter = FeedbackFilter {
            search: Some("slow".to_owned()),
            until: Some(until.parse().unwrap()),
            ..FeedbackFilter::default()
        };
        let (found, _) = walk(&world, filter, 1).await;
        assert_eq!(found.len(), there, "{until}");
    }
}

#[tokio::test]
async fn a_cursor_of_something_that_is_not_there_is_a_place_all_the_same() {
    let world = varied().await;
    let nowhere = Cursor {
        at: START.plus_microseconds(20 * DAY),
        id: candor::clock::new_id(),
    };
    let filter = FeedbackFilter {
        projects: vec![world.project],
        search: Some("slow".to_owned()),
        ..FeedbackFilter::default()
    };
    let paging = Paging {
        after: Some(nowhere),
        limit: 5,
    };
    let page = world.store.list_feedback(filter, paging).await.unwrap();
    assert_eq!(page.items.len(), 5);
    assert!(page.items.iter().all(|one| one.created_at <= nowhere.at));
}

#[tokio::test]
async fn sums_are_what_counting_the_rows_gives() {
    let world = varied().await;
    let (all, _) = walk(&world, FeedbackFilter::default(), 1000).await;
    let since = START.plus_microseconds(-20 * DAY).day();
    let until = START.plus_microseconds(80 * DAY).day();
    let quarter = |day: Day| Quarter::of(day.start());
    for interval in [
        None,
        Some(Interval::Day),
        Some(Interval::Week),
        Some(Interval::Month),
    ] {
        for channels in [Vec::new(), vec![Dialect::Melodi]] {
            let query = SumsQuery {
                projects: vec![world.project],
                since: quarter(since),
                until: quarter(until),
                interval,
                zone: Zone::UTC,
                dimensions: vec![Dimension::Sentiment, Dimension::Channel],
                channels: channels.clone(),
                names: Vec::new(),
                sentiments: Vec::new(),
                most: 1000,
            };
            let mut expected = BTreeMap::new();
            for one in &all {
                let (day, sentiment) = (one.created_at.day(), one.judgement.sentiment());
                if (since..until).contains(&day)
                    && (channels.is_empty() || channels.contains(&one.channel))
                {
                    let group = (
                        interval.map(|it| it.start(day).start()),
                        one.channel.name(),
                        sentiment.name(),
                    );
                    *expected.entry(group).or_insert_with(Sums::default) +=
                        Sums::of(&one.judgement);
                }
            }
            let found: Vec<_> = world.store.sums(query).await.unwrap().unwrap();
            let found: Vec<_> = found
                .into_iter()
                .map(|row| {
                    let (channel, sentiment) = (row.channel.unwrap(), row.sentiment.unwrap());
                    ((row.since, channel.name(), sentiment.name()), row.sums)
                })
                .collect();
            assert_eq!(
                found,
                expected.into_iter().collect::<Vec<_>>(),
                "{interval:?}"
            );
        }
    }
}

#[tokio::test]
async fn more_groups_than_are_allowed_give_none() {
    let world = varied().await;
    let query = SumsQuery {
        projects: vec![world.project],
        since: Quarter::of(START),
        until: Quarter::of(START.plus_microseconds(50 * DAY)),
        interval: Some(Interval::Day),
        zone: Zone::UTC,
        dimensions: Vec::new(),
        channels: Vec::new(),
        names: Vec::new(),
        sentiments: Vec::new(),
        most: 10,
    };
    assert_eq!(world.store.sums(query).await.unwrap(), None);
}
