//! Conversations with everything that belongs to them, counted and narrowed; what messages are about.

use crate::world::{MERGING, START, World, rated};
use candor::domain::{
    ConversationDraft, MessageDraft, ProjectId, Rating, Role, TopicDraft, TopicKind,
};
use candor::error::ErrorKind;
use candor::limits;
use candor::store::{MetadataValue, Paging, TranscriptFeedback, TranscriptFilter};

fn conversation(number: i64) -> ConversationDraft {
    ConversationDraft {
        external_id: Some(format!("c{number}")),
        created_at: Some(START.plus_microseconds(number)),
        messages: vec![MessageDraft {
            external_id: Some(format!("m{number}")),
            ..MessageDraft::default()
        }],
        ..ConversationDraft::default()
    }
}

async fn ingest(world: &World, project: ProjectId, drafts: Vec<ConversationDraft>) {
    world.store.ingest(project, drafts, None).await.unwrap();
}

fn topic(kind: TopicKind, name: &str) -> TopicDraft {
    TopicDraft {
        kind,
        name: name.to_owned(),
        description: None,
        created_at: None,
    }
}

async fn number_of_message(world: &World, project: ProjectId) -> i64 {
    let filter = TranscriptFilter {
        projects: vec![project],
        ..TranscriptFilter::default()
    };
    let page = world.store.transcripts(filter, Paging::first(1)).await;
    page.unwrap().items[0].messages[0].number
}

#[tokio::test]
async fn pages_of_several_projects_are_numbered_and_counted_as_one_list() {
    let world = World::in_memory().await;
    let other = world.another_project(2).await;
    let of = |remainder: i64| {
        let numbers = (0..30).filter(|number| number % 3 == remainder);
        numbers.map(conversation).collect::<Vec<_>>()
    };
    ingest(&world, world.project, [of(0), of(1)].concat()).await;
    ingest(&world, other, of(2)).await;
    let filter = TranscriptFilter {
        projects: vec![world.project, other],
        since: Some(START.plus_microseconds(5)),
        ..TranscriptFilter::default()
    };
    let mut walked = Vec::new();
    for skip in (0..30).step_by(7) {
        let page = world
            .store
            .counted_transcripts(filter.clone(), skip, 7)
            .await;
        let page = page.unwrap();
        assert_eq!(page.count, 25);
        walked.extend(
            page.items
                .into_iter()
                .filter_map(|one| one.conversation.external_id),
        );
    }
    let expected: Vec<_> = (5..30).rev().map(|number| format!("c{number}")).collect();
    assert_eq!(walked, expected);
}

#[tokio::test]
async fn feedback_on_a_message_is_found_among_many_conversations() {
    let world = World::in_memory().await;
    let drafts = (0..1000).map(conversation).collect();
    ingest(&world, world.project, drafts).await;
    let vote = world.vote(MERGING, "m500", "ada", rated(Rating::Negative));
    world.cast(vote).await.unwrap();
    let of = |none, rating| TranscriptFilter {
        projects: vec![world.project],
        feedback: vec![TranscriptFeedback {
            none,
            rating,
            options: Vec::new(),
        }],
        ..TranscriptFilter::default()
    };
    for (filter, count) in [
        (of(false, None), 1),
        (of(true, None), 999),
        (of(false, Some(Rating::Negative)), 1),
        (of(false, Some(Rating::Positive)), 0),
    ] {
        let page = world.store.counted_transcripts(filter, 0, 1).await;
        assert_eq!(page.unwrap().count, count);
    }
}

#[tokio::test]
async fn nothing_of_another_project_is_attached_or_detached() {
    let world = World::in_memory().await;
    let other = world.another_project(2).await;
    ingest(&world, world.project, vec![conversation(1)]).await;
    ingest(&world, other, vec![conversation(2)]).await;
    let store = &world.store;
    let (ours, theirs) = (vec![world.project], vec![other]);
    let message = number_of_message(&world, world.project).await;
    let issue = store
        .put_topic(world.project, topic(TopicKind::Issue, "x"))
        .await
        .unwrap()
        .number;
    let attach =
        |projects, kind, topic, message| store.attach_topic(projects, kind, topic, message);
    let attached = attach(ours.clone(), TopicKind::Issue, issue, message)
        .await
        .unwrap()
        .unwrap();
    let elsewhere = number_of_message(&world, other).await;
    for (projects, kind, message) in [
        (theirs.clone(), TopicKind::Issue, message),
        (ours.clone(), TopicKind::Intent, message),
        (vec![world.project, other], TopicKind::Issue, elsewhere),
    ] {
        assert_eq!(attach(projects, kind, issue, message).await.unwrap(), None);
    }
    let seen = store
        .topics_of_messages(theirs.clone(), vec![message])
        .await
        .unwrap();
    assert_eq!(seen, []);
    let number = attached.number;
    assert!(
        !store
            .detach_topic(theirs, TopicKind::Issue, number)
            .await
            .unwrap()
    );
    assert!(
        !store
            .detach_topic(ours.clone(), TopicKind::Intent, number)
            .await
            .unwrap()
    );
    assert!(
        store
            .detach_topic(ours.clone(), TopicKind::Issue, number)
            .await
            .unwrap()
    );
    let again = attach(ours, TopicKind::Issue, issue, message)
        .await
        .unwrap()
        .unwrap();
    assert!(again.number > number, "a number is not given twice");
}

#[tokio::test]
async fn a_message_is_about_a_bounded_number_of_topics() {
    let world = World::in_memory().await;
    ingest(&world, world.project, vec![conversation(1)]).await;
    let message = number_of_message(&world, world.project).await;
    for place in 0..=limits::MESSAGE_TOPICS {
        let draft = topic(TopicKind::Intent, &format!("intent {place}"));
        let intent = world
            .store
            .put_topic(world.project, draft)
            .await
            .unwrap()
            .number;
        let projects = vec![world.project];
        let attached = world
            .store
            .attach_topic(projects, TopicKind::Intent, intent, message)
            .await;
        let refused = attached.map_err(|error| error.kind()).err();
        let full = place == limits::MESSAGE_TOPICS;
        assert_eq!(refused, full.then_some(ErrorKind::Conflict), "{place}");
    }
}

#[tokio::test]
async fn a_speaker_who_is_a_role_after_all_is_no_other() {
    let world = World::in_memory().await;
    let told = |role, speaker: Option<&str>| {
        let mut draft = conversation(1);
        draft.messages[0].role = role;
        draft.messages[0].speaker = speaker.map(str::to_owned);
        draft
    };
    for (role, speaker, known) in [
        (
            None,
            Some("calculator"),
            (Role::Assistant, Some("calculator")),
        ),
        (None, None, (Role::Assistant, Some("calculator"))),
        (Some(Role::User), None, (Role::User, None)),
        (None, Some("robot"), (Role::Assistant, Some("robot"))),
    ] {
        ingest(&world, world.project, vec![told(role, speaker)]).await;
        let filter = TranscriptFilter {
            projects: vec![world.project],
            ..TranscriptFilter::default()
        };
        let page = world
            .store
            .transcripts(filter, Paging::first(1))
            .await
            .unwrap();
        let message = &page.items[0].messages[0];
        assert_eq!((message.role.unwrap(), message.speaker.as_deref()), known);
    }
}

#[tokio::test]
async fn metadata_with_the_character_that_ends_texts_elsewhere_is_searched_as_any_other() {
    let world = World::in_memory().await;
    let with = |number, metadata: &str| ConversationDraft {
        metadata: Some(metadata.to_owned()),
        ..conversation(number)
    };
    let drafts = vec![
        with(1, r#"{"plan":"a\u0000b","\u0000":"x"}"#),
        with(2, r#"{"plan":"pro"}"#),
    ];
    ingest(&world, world.project, drafts).await;
    for (field, value, found) in [
        (Some("plan"), Some("pro"), 1),
        (Some("plan"), Some("a\0b"), 1),
        (Some("\0"), None, 1),
        (None, Some("a\0c"), 0),
    ] {
        let wanted = MetadataValue {
            field: field.map(str::to_owned),
            value: value.map(str::to_owned),
        };
        let filter = TranscriptFilter {
            projects: vec![world.project],
            metadata: vec![wanted],
            ..TranscriptFilter::default()
        };
        let page = world.store.counted_transcripts(filter, 0, 10).await;
        assert_eq!(page.unwrap().count, found, "{field:?} {value:?}");
    }
}

#[tokio::test]
async fn a_page_has_of_each_conversation_what_is_its_own_in_order() {
    let world = World::in_memory().await;
    let message = |name: &str, second| MessageDraft {
        external_id: Some(name.to_owned()),
        created_at: Some(START.plus_microseconds(second)),
        ..MessageDraft::default()
    };
    let drafts = (1..4).map(|number| ConversationDraft {
        end_user: (number != 2).then(|| format!("u{number}")),
        messages: vec![
            message(&format!("b{number}"), 2),
            message(&format!("a{number}"), 1),
        ],
        ..conversation(number)
    });
    ingest(&world, world.project, drafts.collect()).await;
    for (message, person) in [("b1", "u1"), ("a1", "v"), ("b3", "u3")] {
        let vote = world.vote(MERGING, message, person, rated(Rating::Negative));
        world.cast(vote).await.unwrap();
    }
    let filter = TranscriptFilter {
        projects: vec![world.project],
        ..TranscriptFilter::default()
    };
    let page = world
        .store
        .transcripts(filter, Paging::first(10))
        .await
        .unwrap();
    let told: Vec<_> = page
        .items
        .iter()
        .map(|one| {
            let names = |found: &[candor::domain::Message]| -> Vec<String> {
                found
                    .iter()
                    .filter_map(|message| message.external_id.clone())
                    .collect()
            };
            let judged = one
                .feedback
                .iter()
                .filter_map(|one| one.target.message.as_ref()?.external_id.clone());
            let person = one
                .end_user
                .as_ref()
                .map(|person| person.external_id.clone());
            (
                names(&one.messages).join(" "),
                person,
                judged.collect::<Vec<_>>().join(" "),
            )
        })
        .collect();
    let expected = |messages: &str, person: Option<&str>, judged: &str| {
        (
            messages.to_owned(),
            person.map(str::to_owned),
            judged.to_owned(),
        )
    };
    assert_eq!(
        told,
        [
            expected("a3 b3", Some("u3"), "b3"),
            expected("a2 b2", None, ""),
            expected("a1 b1", Some("u1"), "b1 a1"),
        ]
    );
}
