//! Lists, filters and search.

use crate::engine;
use crate::world::{EVERY_VOTE, MERGING, START, World, commented, place, rated};
use candor::clock;
use candor::domain::vote::{Ask, Asked, RowRef};
use candor::domain::{
    ConversationDraft, EndUserDraft, FeedbackId, MessageDraft, Rating, Score, Segment, Sentiment,
};
use candor::limits;
use candor::store::{FeedbackFilter, Paging, Store, StoreOptions, StorePlace};
use std::collections::HashSet;

async fn with_votes() -> World {
    let world = World::in_memory().await;
    for number in 0..10_i64 {
        world.clock.set(START.plus_microseconds(number / 2));
        let asked = match number % 4 {
            0 => rated(Rating::Positive),
            1 => commented(Rating::Negative, "slow and wrong answer"),
            2 => commented(Rating::Negative, "回答很慢 très lent"),
            _ => Asked {
                score: Ask::Set(Score::new(3.0, 1.0, 5.0).unwrap()),
                reasons: Ask::Set(vec!["too long".to_owned()]),
                ..Asked::default()
            },
        };
        let (message, user) = (format!("m{number}"), format!("u{}", number % 3));
        world
            .cast(world.vote(MERGING, &message, &user, asked))
            .await
            .unwrap();
    }
    world
}

async fn count(world: &World, filter: FeedbackFilter) -> usize {
    world.all(filter).await.len()
}

type Narrow = fn(&mut FeedbackFilter);

fn found(words: &str) -> FeedbackFilter {
    FeedbackFilter {
        search: Some(words.to_owned()),
        ..FeedbackFilter::default()
    }
}

#[tokio::test]
async fn pages_walk_the_whole_list_once() {
    let world = with_votes().await;
    let filter = FeedbackFilter {
        projects: vec![world.project],
        ..FeedbackFilter::default()
    };
    let mut paging = Paging::first(3);
    let mut seen = Vec::new();
    loop {
        let page = world
            .store
            .list_feedback(filter.clone(), paging)
            .await
            .unwrap();
        seen.extend(page.items.iter().map(|item| item.id));
        let Some(next) = page.next else { break };
        paging.after = Some(next);
    }
    assert_eq!(seen.len(), 10);
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 10);
}

#[tokio::test]
async fn pages_of_several_projects_walk_them_as_one_list() {
    let world = with_votes().await;
    let second = world.another_project(2).await;
    for number in 0..5_i64 {
        world.clock.set(START.plus_microseconds(number));
        let mut vote = world.vote(
            MERGING,
            &format!("m{number}"),
            "u1",
            rated(Rating::Positive),
        );
        vote.project = second;
        world.cast(vote).await.unwrap();
    }
    let filter = FeedbackFilter {
        projects: vec![world.project, second],
        ..FeedbackFilter::default()
    };
    let mut paging = Paging::first(4);
    let mut times = Vec::new();
    let mut ids = HashSet::new();
    loop {
        let page = world
            .store
            .list_feedback(filter.clone(), paging)
            .await
            .unwrap();
        times.extend(page.items.iter().map(|item| item.created_at));
        ids.extend(page.items.iter().map(|item| item.id));
        let Some(next) = page.next else { break };
        paging.after = Some(next);
    }
    assert_eq!((times.len(), ids.len()), (15, 15));
    assert!(times.is_sorted_by(|one, next| one >= next));
}

#[tokio::test]
async fn a_message_id_of_very_many_conversations_can_be_filtered_by() {
    let world = World::in_memory().await;
    let drafts = (0..1000).map(|number| ConversationDraft {
        external_id: Some(format!("c{number}")),
        messages: vec![MessageDraft {
            external_id: Some("msg-1".to_owned()),
            ..MessageDraft::default()
        }],
        ..ConversationDraft::default()
    });
    let made = world
        .store
        .ingest(world.project, drafts.collect(), None)
        .await
        .unwrap();
    let last = made.last().unwrap().messages[0];
    world
        .cast(world.vote(MERGING, "msg-1", "u1", rated(Rating::Positive)))
        .await
        .unwrap();
    let messages = vec![RowRef::External("msg-1".to_owned()); 40];
    let found = world
        .all(FeedbackFilter {
            messages,
            ..FeedbackFilter::default()
        })
        .await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].target.message.as_ref().unwrap().id, last);
}

#[tokio::test]
async fn each_filter_narrows_the_list() {
    let world = with_votes().await;
    let filters: [(&str, Narrow, usize); 10] = [
        ("rating", |f| f.rating = Some(Rating::Negative), 5),
        ("sentiment", |f| f.sentiment = Some(Sentiment::Neutral), 2),
        ("thumb", |f| f.has_rating = Some(true), 8),
        ("comment", |f| f.has_comment = Some(true), 5),
        ("reason", |f| f.reason = Some("too long".to_owned()), 2),
        ("lowest", |f| f.score_minimum = Some(3.5), 0),
        ("highest", |f| f.score_maximum = Some(3.0), 2),
        (
            "end user",
            |f| f.end_user = Some(RowRef::External("u0".to_owned())),
            4,
        ),
        ("name", |f| f.name = Some("other".to_owned()), 0),
        ("since", |f| f.since = Some(START.plus_microseconds(4)), 2),
    ];
    for (what, set, expected) in filters {
        let mut filter = FeedbackFilter::default();
        set(&mut filter);
        assert_eq!(count(&world, filter).await, expected, "{what}");
    }
}

#[tokio::test]
async fn a_search_finds_what_was_just_acknowledged() {
    let world = with_votes().await;
    assert_eq!(count(&world, found("wrong slow")).await, 3);
    assert_eq!(count(&world, found("TRES")).await, 2);
    assert_eq!(count(&world, found("很慢")).await, 2);
    assert_eq!(count(&world, found("慢很")).await, 0);
    assert_eq!(count(&world, found("answ")).await, 3);
    assert_eq!(count(&world, found("***")).await, 0);
}

#[tokio::test]
async fn a_search_does_not_find_what_a_comment_said_before() {
    let world = World::in_memory().await;
    for comment in ["blue", "green"] {
        world
            .cast(world.vote(MERGING, "m1", "u1", commented(Rating::Negative, comment)))
            .await
            .unwrap();
        assert_eq!(count(&world, found(comment)).await, 1);
    }
    assert_eq!(count(&world, found("blue")).await, 0);
    world.assert_consistent().await;
}

#[tokio::test]
async fn a_persons_segments_are_bounded_however_many_requests_bring_them() {
    let world = World::in_memory().await;
    let named = |from: usize, to: usize| EndUserDraft {
        segments: (from..to)
            .map(|number| Segment {
                kind: format!("kind {number}"),
                value: "x".to_owned(),
            })
            .collect(),
        ..EndUserDraft::default()
    };
    let put = |draft| world.store.put_end_user(world.workspace, None, "u1", draft);
    put(named(0, limits::SEGMENTS)).await.unwrap();
    let more = put(named(limits::SEGMENTS, limits::SEGMENTS + 1)).await;
    assert_eq!(more.unwrap_err().field(), Some("segments"));
    put(named(0, 1)).await.unwrap();
}

#[tokio::test]
async fn what_was_closed_is_there_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::in_folder(folder.path()).await;
    world
        .cast(world.vote(EVERY_VOTE, "m1", "u1", rated(Rating::Positive)))
        .await
        .unwrap();
    world.store.close().await.unwrap();
    let (clock, project) = (world.clock.clone(), world.project);
    drop(world);
    let store = Store::open(&StoreOptions::new(place(Some(folder.path())), clock)).unwrap();
    let filter = FeedbackFilter {
        projects: vec![project],
        ..FeedbackFilter::default()
    };
    let page = store
        .list_feedback(filter, Paging::first(10))
        .await
        .unwrap();
    assert_eq!(page.items.len(), 1);
}

#[tokio::test]
async fn a_folder_that_is_open_cannot_be_opened_again() {
    if engine::is_postgres() {
        // A database is for many servers.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::in_folder(folder.path()).await;
    let second = Store::open(&StoreOptions::new(
        StorePlace::Folder(folder.path().to_owned()),
        world.clock.clone(),
    ));
    assert!(second.unwrap_err().message().contains("in use by another"));
}

#[tokio::test]
async fn a_feedback_as_it_stands_is_the_one_of_its_detail() {
    let world = World::in_memory().await;
    let mut id = None;
    for rating in [Rating::Positive, Rating::Negative] {
        let voted = world
            .cast(world.vote(MERGING, "m", "u", rated(rating)))
            .await
            .unwrap();
        id = voted.feedback;
    }
    let id = id.unwrap();
    let detail = world.store.feedback(id).await.unwrap().unwrap();
    assert_eq!(detail.history.len(), 2);
    let current = world.store.current_feedback(id).await.unwrap();
    assert_eq!(current, Some(detail.feedback));
    let nobody = FeedbackId(clock::new_id());
    assert_eq!(world.store.current_feedback(nobody).await.unwrap(), None);
}
