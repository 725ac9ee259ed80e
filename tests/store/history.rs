//! What a feedback was before.

use crate::world::{MERGING, START, THUMB, World, commented, rated};
use candor::clock::Clock;
use candor::domain::vote::Asked;
use candor::domain::{ConversationDraft, FeedbackState, MessageDraft, Rating, Role, Timestamp};
use candor::store::FeedbackFilter;

#[tokio::test]
async fn every_version_is_kept_with_its_time() {
    let world = World::in_memory().await;
    let asked = [
        commented(Rating::Positive, "good"),
        rated(Rating::Negative),
        Asked::default(),
        rated(Rating::Positive),
    ];
    for (second, asked) in asked.into_iter().enumerate() {
        let later = START.plus_microseconds(1_000_000 * i64::try_from(second).unwrap());
        world.clock.set(later);
        world
            .cast(world.vote(THUMB, "m1", "u1", asked))
            .await
            .unwrap();
    }
    let id = world.all(FeedbackFilter::default()).await[0].id;
    let history = world.store.feedback(id).await.unwrap().unwrap().history;
    let seen: Vec<_> = history
        .iter()
        .map(|version| {
            let judgement = &version.judgement;
            (
                version.version,
                judgement.rating,
                judgement.comment.as_deref(),
                version.state,
                (version.at.microseconds() - START.microseconds()) / 1_000_000,
            )
        })
        .collect();
    let (up, down) = (Some(Rating::Positive), Some(Rating::Negative));
    let (standing, retracted) = (FeedbackState::Standing, FeedbackState::Retracted);
    assert_eq!(
        seen,
        [
            (1, up, Some("good"), standing, 0),
            (2, down, None, standing, 1),
            (3, None, None, retracted, 2),
            (4, up, None, standing, 3),
        ]
    );
    world.assert_consistent().await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_reorder_the_history() {
    let world = World::in_memory().await;
    world
        .cast(world.vote(MERGING, "m1", "u1", rated(Rating::Positive)))
        .await
        .unwrap();
    world.clock.set(START.plus_microseconds(-5_000_000));
    let changed = world
        .cast(world.vote(MERGING, "m1", "u1", rated(Rating::Negative)))
        .await
        .unwrap();
    assert_eq!(changed.updated_at, START);
}

#[tokio::test]
async fn a_vote_before_its_message_is_linked_to_it() {
    let world = World::in_memory().await;
    world
        .cast(world.vote(THUMB, "m2", "u1", rated(Rating::Negative)))
        .await
        .unwrap();
    let said = |id: &str, role, content: &str, second| MessageDraft {
        external_id: Some(id.to_owned()),
        role: Some(role),
        content: Some(content.to_owned()),
        created_at: Some(START.plus_microseconds(second)),
        ..MessageDraft::default()
    };
    let draft = ConversationDraft {
        external_id: Some("c1".to_owned()),
        end_user: Some("u1".to_owned()),
        messages: vec![
            said("m1", Role::User, "What is a refund?", 1),
            said("m2", Role::Assistant, "Money back.", 2),
        ],
        ..ConversationDraft::default()
    };
    world
        .store
        .ingest(world.project, vec![draft], None)
        .await
        .unwrap();
    let listed = world.all(FeedbackFilter::default()).await;
    let conversation = listed[0].target.conversation.as_ref().unwrap();
    assert_eq!(conversation.external_id.as_deref(), Some("c1"));
    let detail = world.store.feedback(listed[0].id).await.unwrap().unwrap();
    assert_eq!(
        detail.message.unwrap().content.as_deref(),
        Some("Money back.")
    );
    assert_eq!(detail.question.as_deref(), Some("What is a refund?"));
    world.assert_consistent().await;
}

#[tokio::test]
async fn ingesting_again_changes_nothing() {
    let world = World::in_memory().await;
    let draft = ConversationDraft {
        external_id: Some("c1".to_owned()),
        messages: vec![MessageDraft {
            external_id: Some("m1".to_owned()),
            content: Some("Hello".to_owned()),
            ..MessageDraft::default()
        }],
        ..ConversationDraft::default()
    };
    let first = world
        .store
        .ingest(world.project, vec![draft.clone()], None)
        .await
        .unwrap();
    let again = world
        .store
        .ingest(world.project, vec![draft], None)
        .await
        .unwrap();
    assert_eq!(again[0].conversation, first[0].conversation);
    assert_eq!(again[0].messages, first[0].messages);
    assert!(first[0].created && !again[0].created);
}

#[tokio::test]
async fn the_same_message_id_in_two_conversations_is_two_messages() {
    let world = World::in_memory().await;
    let draft = |conversation: &str| ConversationDraft {
        external_id: Some(conversation.to_owned()),
        messages: vec![MessageDraft {
            external_id: Some("msg-1".to_owned()),
            ..MessageDraft::default()
        }],
        ..ConversationDraft::default()
    };
    let made = world
        .store
        .ingest(world.project, vec![draft("c1"), draft("c2")], None)
        .await
        .unwrap();
    assert_ne!(made[0].messages, made[1].messages);
}

/// Days from now on, each in another month: months to come have tables on PostgreSQL, by the clock of the database.
const MONTHS: [i64; 3] = [0, 31, 62];

/// Votes of a person that are changed in each of [`MONTHS`] from now on.
async fn changed_for_months(world: &World) -> Vec<Timestamp> {
    let now = Clock::default().now();
    let mut times = Vec::new();
    for (place, days) in MONTHS.into_iter().enumerate() {
        let at = now.plus_microseconds(days * 86_400_000_000);
        world.clock.set(at);
        for message in ["m1", "m2"] {
            let vote = world.vote(
                MERGING,
                message,
                "u1",
                commented(Rating::Positive, &place.to_string()),
            );
            world.cast(vote).await.unwrap();
        }
        times.push(at);
    }
    times
}

#[tokio::test]
async fn history_is_counted_by_the_months_in_which_it_was_given() {
    let world = World::in_memory().await;
    let times = changed_for_months(&world).await;
    let history = world.store.history().await.unwrap();
    let kept = history.parts.iter().filter(|part| part.versions > 0);
    let kept: Vec<_> = kept
        .map(|part| (part.since, part.until, part.versions))
        .collect();
    let of = |time: &Timestamp| (Some(time.month()), Some(time.month().next()), 2);
    assert_eq!(kept, [of(&times[0]), of(&times[1])]);
    assert!(
        history
            .parts
            .iter()
            .all(|part| part.versions == 0 || part.bytes > 0)
    );
    assert_eq!(history.begins, None);
}

#[tokio::test]
async fn what_is_dropped_is_told_and_what_stands_stays() {
    let world = World::in_memory().await;
    let times = changed_for_months(&world).await;
    let sums = world.sums().await;
    let dropped = world
        .store
        .drop_history(times[1].month(), Vec::new(), &|_, _| {})
        .await;
    assert_eq!(dropped.unwrap(), 2);
    world.assert_consistent().await;
    assert_eq!(world.sums().await, sums);
    let history = world.store.history().await.unwrap();
    assert_eq!(history.begins, Some(times[1].month().start()));
    for feedback in world.all(FeedbackFilter::default()).await {
        let detail = world.store.feedback(feedback.id).await.unwrap().unwrap();
        let versions: Vec<_> = detail.history.iter().map(|one| one.version).collect();
        assert_eq!((versions, detail.dropped_versions), (vec![2, 3], 1));
        assert_eq!(feedback.judgement.comment.as_deref(), Some("2"));
    }
    // Once more finds nothing; and votes are changed as before.
    let again = world
        .store
        .drop_history(times[1].month(), Vec::new(), &|_, _| {})
        .await;
    assert_eq!(again.unwrap(), 0);
    let vote = world.vote(MERGING, "m1", "u1", rated(Rating::Negative));
    assert_eq!(world.cast(vote).await.unwrap().version, 4);
    world.assert_consistent().await;
}

#[tokio::test]
async fn a_version_of_then_that_is_replaced_now_is_kept_until_it_is_dropped_too() {
    let world = World::in_memory().await;
    let times = changed_for_months(&world).await;
    world.clock.set(times[0]);
    let vote = world.vote(MERGING, "m3", "u1", rated(Rating::Negative));
    let old = world.cast(vote).await.unwrap().feedback.unwrap();
    world
        .store
        .drop_history(times[1].month(), Vec::new(), &|_, _| {})
        .await
        .unwrap();
    world.clock.set(times[2]);
    let vote = world.vote(MERGING, "m3", "u1", rated(Rating::Positive));
    world.cast(vote).await.unwrap();
    let detail = world.store.feedback(old).await.unwrap().unwrap();
    assert_eq!((detail.history.len(), detail.dropped_versions), (2, 0));
    let dropped = world
        .store
        .drop_history(times[1].month(), Vec::new(), &|_, _| {})
        .await;
    assert_eq!(dropped.unwrap(), 1);
    let detail = world.store.feedback(old).await.unwrap().unwrap();
    assert_eq!((detail.history.len(), detail.dropped_versions), (1, 1));
    world.assert_consistent().await;
}

#[tokio::test]
async fn what_is_older_than_the_oldest_month_of_a_database_is_dropped_as_a_whole_only() {
    if !crate::engine::is_postgres() {
        // SQLite drops any month's rows.
        return;
    }
    let world = World::in_memory().await;
    for asked in [rated(Rating::Positive), rated(Rating::Negative)] {
        world
            .cast(world.vote(MERGING, "m1", "u1", asked))
            .await
            .unwrap();
    }
    let refused = world
        .store
        .drop_history(START.month().next(), Vec::new(), &|_, _| {})
        .await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("lies together"), "{refused}");
    let oldest = world.store.history().await.unwrap().parts[0].until.unwrap();
    let dropped = world
        .store
        .drop_history(oldest, Vec::new(), &|_, _| {})
        .await;
    assert_eq!(dropped.unwrap(), 1);
}
