//! How often the database is asked for a page of a list: as often for a long one as for a short one.

use crate::lanes::world::{Ids, START, store};
use crate::postgres::{Options, Server};
use candor::clock::Clock;
use candor::domain::{ConversationDraft, EndUserDraft, MessageDraft, MessageId, Role, Segment};
use candor::store::{Paging, PeopleFilter, Store, StorePlace, TranscriptFilter};

const CONVERSATIONS: i64 = 20;

fn conversation(number: i64) -> ConversationDraft {
    let message = |role, name: &str| MessageDraft {
        external_id: Some(format!("{name}{number}")),
        role: Some(role),
        content: Some(name.to_owned()),
        ..MessageDraft::default()
    };
    ConversationDraft {
        external_id: Some(format!("c{number}")),
        end_user: Some(format!("u{number}")),
        workspace_end_user: true,
        end_user_draft: EndUserDraft {
            segments: vec![Segment {
                kind: "plan".to_owned(),
                value: format!("p{}", number % 3),
            }],
            ..EndUserDraft::default()
        },
        created_at: Some(START.plus_microseconds(number)),
        messages: vec![
            message(Role::User, "question"),
            message(Role::Assistant, "answer"),
        ],
        ..ConversationDraft::default()
    }
}

/// The lists of which a page is read.
#[derive(Clone, Copy, Debug)]
enum List {
    Transcripts,
    Numbered,
    Excerpts,
    People,
}

/// Reads a page of so many; returns how many there are.
async fn page(store: &Store, ids: &Ids, messages: &[MessageId], list: List, most: usize) -> usize {
    let filter = TranscriptFilter {
        projects: vec![ids.project],
        ..TranscriptFilter::default()
    };
    match list {
        List::Transcripts => {
            let page = store.transcripts(filter, Paging::first(most)).await;
            page.unwrap().items.len()
        }
        List::Numbered => {
            let page = store.counted_transcripts(filter, 0, most).await;
            page.unwrap().items.len()
        }
        List::Excerpts => {
            let messages = messages.iter().take(most).copied().map(Some);
            let excerpts = store.excerpts(messages.collect()).await.unwrap();
            let told =
                |one: &&candor::store::Excerpts| one.question.is_some() && one.answer.is_some();
            excerpts.iter().filter(told).count()
        }
        List::People => {
            let filter = PeopleFilter::default();
            let people = store.people(ids.workspace, filter, 0, most).await;
            people.unwrap().1.len()
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_takes_as_many_statements_however_long_it_is() {
    let options = Options {
        fsync: false,
        tls: None,
        settings: vec!["log_statement=all".to_owned()],
    };
    let Some(server) = tokio::task::spawn_blocking(move || Server::start(&options))
        .await
        .unwrap()
    else {
        return;
    };
    let database = server.database();
    let ids = Ids::new();
    let place = StorePlace::Postgres(database.address());
    let store = store(place, &Clock::standing_at(START), &ids).await;
    let drafts = (0..CONVERSATIONS).map(conversation).collect();
    let ingested = store.ingest(ids.project, drafts, None).await.unwrap();
    let answers: Vec<MessageId> = ingested.iter().map(|one| one.messages[1]).collect();
    let executed = || server.log().matches("LOG:  execute ").count();
    for list in [
        List::Transcripts,
        List::Numbered,
        List::Excerpts,
        List::People,
    ] {
        let mut taken = Vec::new();
        for most in [1, 20] {
            // Whatever is prepared is.
            page(&store, &ids, &answers, list, most).await;
            let before = executed();
            assert_eq!(
                page(&store, &ids, &answers, list, most).await,
                most,
                "{list:?}"
            );
            taken.push(executed() - before);
        }
        assert!(taken[0] > 0 && taken[0] == taken[1], "{list:?}: {taken:?}");
    }
    store.close().await.unwrap();
}
