//! What a vote can judge beside a message that it names.

use crate::world::{EVERY_VOTE, MERGING, THUMB, World, rated};
use candor::domain::vote::{Addressee, AuthorRef, Command, Place, RefusalReason, RowRef};
use candor::domain::{ConversationDraft, EndUserDraft, MessageDraft, Rating, UnknownTargets};
use candor::store::{FeedbackFilter, VoteError};

fn external(id: &str) -> RowRef {
    RowRef::External(id.to_owned())
}

fn judging(world: &World, place: Place) -> Command {
    let mut vote = world.vote(EVERY_VOTE, "unused", "u1", rated(Rating::Positive));
    vote.addressee = Addressee::Vote {
        place,
        author: AuthorRef::EndUser {
            external_id: "u1".to_owned(),
            of_workspace: false,
        },
        name: "user_feedback".to_owned(),
    };
    vote
}

async fn with_conversation(messages: &[&str]) -> World {
    let world = World::in_memory().await;
    let draft = ConversationDraft {
        external_id: Some("c1".to_owned()),
        end_user: Some("u1".to_owned()),
        messages: messages
            .iter()
            .map(|id| MessageDraft {
                external_id: Some((*id).to_owned()),
                ..MessageDraft::default()
            })
            .collect(),
        ..ConversationDraft::default()
    };
    world
        .store
        .ingest(world.project, vec![draft], None)
        .await
        .unwrap();
    world
}

#[tokio::test]
async fn the_last_message_of_a_conversation() {
    let world = with_conversation(&["m1", "m2"]).await;
    let place = Place::LastMessage {
        conversation: external("c1"),
    };
    world.cast(judging(&world, place)).await.unwrap();
    let judged = world.all(FeedbackFilter::default()).await;
    let message = judged[0].target.message.as_ref().unwrap();
    assert_eq!(message.external_id.as_deref(), Some("m2"));
}

#[tokio::test]
async fn the_last_message_of_a_conversation_without_any_is_refused_where_targets_must_be_known() {
    let world = with_conversation(&[]).await;
    let mut vote = judging(
        &world,
        Place::LastMessage {
            conversation: external("c1"),
        },
    );
    vote.unknown_targets = UnknownTargets::Reject;
    assert!(matches!(
        world.cast(vote).await,
        Err(VoteError::Refused(RefusalReason::NoMessage))
    ));
}

#[tokio::test]
async fn the_latest_conversation_of_the_author() {
    let world = with_conversation(&["m1"]).await;
    world
        .cast(judging(&world, Place::LatestConversation))
        .await
        .unwrap();
    let judged = world.all(FeedbackFilter::default()).await;
    let target = &judged[0].target;
    assert_eq!(target.message, None);
    assert_eq!(
        target.conversation.as_ref().unwrap().external_id.as_deref(),
        Some("c1")
    );
}

#[tokio::test]
async fn a_conversation_that_is_not_known_becomes_a_stub() {
    let world = World::in_memory().await;
    let place = Place::Conversation {
        conversation: external("later"),
    };
    for _ in 0..2 {
        let mut vote = judging(&world, place.clone());
        vote.policy = MERGING;
        world.cast(vote).await.unwrap();
    }
    let judged = world
        .all(FeedbackFilter {
            conversation: Some(external("later")),
            ..FeedbackFilter::default()
        })
        .await;
    assert_eq!(judged.len(), 1);
}

#[tokio::test]
async fn a_stub_is_linked_to_the_conversation_that_a_later_vote_names() {
    let world = World::in_memory().await;
    let named = |conversation| Place::Message {
        conversation,
        message: external("m1"),
    };
    for conversation in [None, Some(external("c9"))] {
        let mut vote = judging(&world, named(conversation));
        vote.policy = MERGING;
        world.cast(vote).await.unwrap();
    }
    let judged = world.all(FeedbackFilter::default()).await;
    assert_eq!(judged.len(), 1);
    let conversation = judged[0].target.conversation.as_ref().unwrap();
    assert_eq!(conversation.external_id.as_deref(), Some("c9"));
}

#[tokio::test]
async fn a_person_of_the_workspace_owns_and_judges_in_its_projects() {
    let world = World::in_memory().await;
    let draft = EndUserDraft::default();
    let (person, _) = world
        .store
        .put_end_user(world.workspace, None, "u1", draft)
        .await
        .unwrap();
    let conversation = ConversationDraft {
        external_id: Some("c1".to_owned()),
        end_user: Some("u1".to_owned()),
        messages: vec![MessageDraft {
            external_id: Some("m1".to_owned()),
            ..MessageDraft::default()
        }],
        ..ConversationDraft::default()
    };
    world
        .store
        .ingest(world.project, vec![conversation], None)
        .await
        .unwrap();
    let mut vote = world.vote(THUMB, "m1", "u1", rated(Rating::Positive));
    vote.unknown_targets = UnknownTargets::Reject;
    let voted = world.cast(vote).await.unwrap();
    assert_eq!(voted.end_user, Some(person.id));
}

#[tokio::test]
async fn an_hour_must_pass_where_the_policy_asks_for_it() {
    let world = World::in_memory().await;
    let hourly = || {
        let mut vote = judging(&world, Place::LatestConversation);
        vote.policy.quiet_microseconds = Some(3_600_000_000);
        vote
    };
    let start = world.clock.now();
    assert!(world.cast(hourly()).await.is_ok());
    world.clock.set(start.plus_microseconds(3_599_999_999));
    assert!(matches!(
        world.cast(hourly()).await,
        Err(VoteError::Refused(RefusalReason::TooSoon { .. }))
    ));
    world.clock.set(start.plus_microseconds(3_600_000_000));
    assert!(world.cast(hourly()).await.is_ok());
    assert_eq!(world.all(FeedbackFilter::default()).await.len(), 2);
}
