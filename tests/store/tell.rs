//! What is told beside a vote.

use crate::world::{EVERY_VOTE, World, rated};
use candor::domain::vote::{Addressee, AuthorRef, Command, Place, RowRef, Told};
use candor::domain::{
    ConversationDraft, EndUserDetails, EndUserDraft, MessageDraft, Rating, Segment, UnknownTargets,
};
use candor::store::{FeedbackFilter, Paging, TranscriptFilter, VoteError};

fn message(id: &str, content: &str) -> MessageDraft {
    MessageDraft {
        external_id: Some(id.to_owned()),
        content: Some(content.to_owned()),
        ..MessageDraft::default()
    }
}

fn conversation(name: Option<&str>, messages: Vec<MessageDraft>) -> ConversationDraft {
    ConversationDraft {
        external_id: name.map(str::to_owned),
        messages,
        ..ConversationDraft::default()
    }
}

fn called(name: &str, team: &str) -> EndUserDraft {
    EndUserDraft {
        details: EndUserDetails {
            name: Some(name.to_owned()),
            ..EndUserDetails::default()
        },
        segments: vec![Segment {
            kind: "team".to_owned(),
            value: team.to_owned(),
        }],
        ..EndUserDraft::default()
    }
}

/// A vote for the last message of the conversation that it tells of.
fn telling(world: &World, draft: ConversationDraft, person: EndUserDraft) -> Command {
    let vote = world.vote(EVERY_VOTE, "unused", "u1", rated(Rating::Positive));
    Command {
        unknown_targets: UnknownTargets::Reject,
        addressee: Addressee::Vote {
            place: Place::LastMessage {
                conversation: RowRef::External("told".to_owned()),
            },
            author: AuthorRef::EndUser {
                external_id: "u1".to_owned(),
                of_workspace: true,
            },
            name: "user_feedback".to_owned(),
        },
        told: Told {
            conversation: Some(draft),
            end_user: Some(person),
            ..Told::default()
        },
        ..vote
    }
}

/// Names of people of the workspace, with their groups.
async fn people(world: &World) -> Vec<(Option<String>, Vec<String>)> {
    let filter = candor::store::EndUserFilter::OfWorkspace(world.workspace);
    let page = world.store.list_end_users(filter, Paging::first(10)).await;
    let people = page.unwrap().items.into_iter();
    people
        .map(|person| {
            let segments = person.segments.into_iter();
            let groups = segments.map(|known| known.segment.value).collect();
            (person.details.name, groups)
        })
        .collect()
}

/// Texts of messages, by conversation.
async fn texts(world: &World) -> Vec<Vec<Option<String>>> {
    let filter = TranscriptFilter {
        projects: vec![world.project],
        ..TranscriptFilter::default()
    };
    let page = world.store.transcripts(filter, Paging::first(10)).await;
    let told = page.unwrap().items.into_iter();
    told.map(|transcript| {
        let messages = transcript.messages.into_iter();
        messages.map(|message| message.content).collect()
    })
    .collect()
}

#[tokio::test]
async fn a_vote_brings_its_conversation_and_its_person() {
    let world = World::in_memory().await;
    let draft = conversation(Some("told"), vec![message("m1", "hi"), message("m2", "ho")]);
    world
        .cast(telling(&world, draft, called("Ada", "a")))
        .await
        .unwrap();
    let judged = world.all(FeedbackFilter::default()).await;
    let target = judged[0].target.message.as_ref().unwrap();
    assert_eq!(target.external_id.as_deref(), Some("m2"));
    assert_eq!(
        people(&world).await,
        [(Some("Ada".to_owned()), vec!["a".to_owned()])]
    );
    world.assert_consistent().await;
}

#[tokio::test]
async fn a_conversation_without_a_name_is_a_new_one_at_every_call() {
    let world = World::in_memory().await;
    for _ in 0..2 {
        let draft = conversation(None, vec![message("m1", "hi")]);
        let vote = telling(&world, draft, EndUserDraft::default());
        world.cast(vote).await.unwrap();
    }
    assert_eq!(texts(&world).await.len(), 2);
}

#[tokio::test]
async fn a_refused_vote_takes_what_was_told_with_it() {
    let world = World::in_memory().await;
    let nothing_to_judge = conversation(Some("told"), Vec::new());
    let vote = telling(&world, nothing_to_judge, called("Ada", "a"));
    let refused = world.cast(vote).await;
    assert!(matches!(refused, Err(VoteError::Refused(_))), "{refused:?}");
    assert!(texts(&world).await.is_empty());
    assert!(people(&world).await.is_empty());
}

#[tokio::test]
async fn who_may_not_change_what_stands_adds_what_is_new() {
    let world = World::in_memory().await;
    let known = conversation(Some("told"), vec![message("m1", "hi")]);
    world
        .cast(telling(&world, known, called("Ada", "a")))
        .await
        .unwrap();
    let forged = conversation(Some("told"), vec![message("m1", "no"), message("m2", "ho")]);
    let vote = Command {
        may_change: false,
        ..telling(&world, forged, called("Eve", "b"))
    };
    world.cast(vote).await.unwrap();
    let kept = ["hi", "ho"].map(|text| Some(text.to_owned()));
    assert_eq!(texts(&world).await, [kept.to_vec()]);
    assert_eq!(
        people(&world).await,
        [(Some("Ada".to_owned()), vec!["a".to_owned()])]
    );
}

#[tokio::test]
async fn feedback_is_found_by_a_group_of_its_author() {
    let world = World::in_memory().await;
    let draft = conversation(Some("told"), vec![message("m1", "hi")]);
    world
        .cast(telling(&world, draft, called("Ada", "a")))
        .await
        .unwrap();
    for (value, found) in [("a", 1), ("b", 0)] {
        let segment = Segment {
            kind: "team".to_owned(),
            value: value.to_owned(),
        };
        let filter = FeedbackFilter {
            segment: Some(segment),
            ..FeedbackFilter::default()
        };
        assert_eq!(world.all(filter).await.len(), found, "{value}");
    }
}
