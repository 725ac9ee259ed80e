//! What a feedback was before.

use crate::world::{MERGING, START, THUMB, World, commented, rated};
use candor::domain::vote::Asked;
use candor::domain::{ConversationDraft, FeedbackState, MessageDraft, Rating, Role};
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
