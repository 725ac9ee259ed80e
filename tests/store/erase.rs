//! Erasing conversations.

use crate::world::{MERGING, World, commented};
use candor::domain::vote::{Addressee, AuthorRef, Command, Place, RowRef};
use candor::domain::{ConversationDraft, MessageDraft, Rating};
use candor::store::{
    ConversationFilter, FeedbackFilter, Ingested, MessageFilter, Paging, TranscriptFilter,
};

fn named(name: &str) -> RowRef {
    RowRef::External(name.to_owned())
}

async fn told(world: &World, name: &str) -> Ingested {
    let draft = ConversationDraft {
        external_id: Some(name.to_owned()),
        end_user: Some("ada".to_owned()),
        title: Some("private title".to_owned()),
        messages: vec![MessageDraft {
            external_id: Some("m1".to_owned()),
            query: Some("private question".to_owned()),
            content: Some("private answer".to_owned()),
            ..MessageDraft::default()
        }],
        ..ConversationDraft::default()
    };
    let ingested = world.store.ingest(world.project, vec![draft], None).await;
    ingested.unwrap().remove(0)
}

fn vote(world: &World, place: Place) -> Command {
    Command {
        addressee: Addressee::Vote {
            place,
            author: AuthorRef::EndUser {
                external_id: "ada".to_owned(),
                of_workspace: false,
            },
            name: "user_feedback".to_owned(),
        },
        ..world.vote(MERGING, "unused", "ada", commented(Rating::Negative, "bad"))
    }
}

fn on_message(conversation: &str) -> Place {
    Place::Message {
        conversation: Some(named(conversation)),
        message: named("m1"),
    }
}

async fn erased(world: &World, name: &str, owner: Option<&str>) -> bool {
    let owner = owner.map(str::to_owned);
    let erased = world
        .store
        .erase_conversation(world.project, named(name), owner);
    erased.await.unwrap()
}

#[tokio::test]
async fn nothing_finds_an_erased_conversation() {
    let world = World::in_memory().await;
    let ingested = told(&world, "c1").await;
    assert!(erased(&world, "c1", None).await);
    let by_id = RowRef::Id(ingested.conversation.0);
    for reference in [named("c1"), by_id, RowRef::Number(1)] {
        let found = world.store.conversation(world.project, reference).await;
        assert_eq!(found.unwrap(), None);
    }
    for reference in [
        named("m1"),
        RowRef::Id(ingested.messages[0].0),
        RowRef::Number(1),
    ] {
        let found = world.store.message(world.project, reference).await;
        assert_eq!(found.unwrap(), None);
    }
    let filter = ConversationFilter {
        project: world.project,
        end_user: None,
    };
    let listed = world
        .store
        .list_conversations(filter, Paging::first(10))
        .await;
    assert!(listed.unwrap().items.is_empty());
    let filter = TranscriptFilter {
        projects: vec![world.project],
        ..TranscriptFilter::default()
    };
    let listed = world.store.transcripts(filter, Paging::first(10)).await;
    assert!(listed.unwrap().items.is_empty());
}

#[tokio::test]
async fn its_texts_are_gone() {
    let world = World::in_memory().await;
    let ingested = told(&world, "c1").await;
    assert!(erased(&world, "c1", None).await);
    let filter = MessageFilter {
        conversation: ingested.conversation,
        before: None,
        limit: 10,
    };
    let kept = world.store.list_messages(filter).await.unwrap().items;
    assert!(!format!("{kept:?}").contains("private"), "{kept:?}");
}

#[tokio::test]
async fn votes_on_it_stay_and_count() {
    let world = World::in_memory().await;
    told(&world, "c1").await;
    world.cast(vote(&world, on_message("c1"))).await.unwrap();
    assert!(erased(&world, "c1", None).await);
    let [feedback] = world
        .all(FeedbackFilter::default())
        .await
        .try_into()
        .unwrap();
    assert_eq!(feedback.judgement.comment.as_deref(), Some("bad"));
    world.assert_consistent().await;
}

#[tokio::test]
async fn a_vote_after_it_is_for_another_conversation_of_its_name() {
    let world = World::in_memory().await;
    told(&world, "c1").await;
    world.cast(vote(&world, on_message("c1"))).await.unwrap();
    assert!(erased(&world, "c1", None).await);
    world.cast(vote(&world, on_message("c1"))).await.unwrap();
    assert_eq!(world.all(FeedbackFilter::default()).await.len(), 2);
    let found = world.store.conversation(world.project, named("c1")).await;
    assert_eq!(found.unwrap().unwrap().title, None);
    world.assert_consistent().await;
}

#[tokio::test]
async fn the_latest_conversation_is_one_that_was_not_erased() {
    let world = World::in_memory().await;
    let first = told(&world, "c1").await;
    told(&world, "c2").await;
    assert!(erased(&world, "c2", None).await);
    world
        .cast(vote(&world, Place::LatestConversation))
        .await
        .unwrap();
    let [feedback] = world
        .all(FeedbackFilter::default())
        .await
        .try_into()
        .unwrap();
    assert_eq!(
        feedback.target.conversation.map(|row| row.id),
        Some(first.conversation)
    );
}

#[tokio::test]
async fn another_persons_conversation_is_left_alone() {
    let world = World::in_memory().await;
    told(&world, "c1").await;
    assert!(!erased(&world, "c1", Some("bob")).await);
    assert!(!erased(&world, "c2", None).await);
    assert!(erased(&world, "c1", Some("ada")).await);
    assert!(!erased(&world, "c1", Some("ada")).await);
}
