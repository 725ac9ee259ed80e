use super::super::engines::Engine;
use super::super::sqlite::recent::Recent;
use super::super::sqlite::{Sqlite, schema};
use super::super::{Store, StoreOptions, StorePlace, filter, vote};
use super::*;
use crate::clock::{self, Clock};
use crate::domain::vote::{
    Absent, Addressee, Ask, Asked, AuthorRef, Command, Identity, Place, Policy, TakingBack, Told,
    UnknownAuthor, Verb,
};
use crate::domain::{
    ActorKind, AuditAction, AuditEntry, ConversationDraft, DEFAULT_NAME, Dialect, KeepText,
    MessageDraft, Mode, Project, ProjectId, Rating, Timestamp, UnknownTargets, Workspace,
    WorkspaceId,
};
use proptest::prelude::*;
use rusqlite::{Connection, params_from_iter};
use std::collections::BTreeSet;
use std::ops::Range;

#[test]
fn names_are_looked_up_by_their_hash() {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::migrate(&mut connection).unwrap();
    for sql in [
        FIND_END_USER,
        FIND_CONVERSATION,
        FIND_MESSAGE_IN,
        FIND_MESSAGE,
    ] {
        let mut explain = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let values = vec![0; explain.parameter_count()];
        let plan: String = explain
            .query_row(params_from_iter(values), |row| row.get("detail"))
            .unwrap();
        assert!(plan.contains("(external_key=?"), "{plan}");
    }
}

const START: Timestamp = Timestamp::from_microseconds(1_777_636_800_000_000);

const POLICY: Policy = Policy {
    identity: Identity::One,
    absent: Absent::Keeps,
    taking_back: TakingBack::Asked,
    unknown_author: UnknownAuthor::LikeTargets,
    only_the_owner: false,
    quiet_microseconds: None,
    may_be_empty: false,
};

/// The messages' names, by their numbers.
const NAMES: Range<u8> = 0..3;

/// The first conversations' rows, and 0 for none.
const CONVERSATIONS: Range<i64> = 0..12;

/// What happens to messages and their names. Names and conversations are few, so that they meet.
#[derive(Clone, Debug)]
enum Step {
    /// Somebody votes, and may tell of the conversation and some of its messages.
    Vote(Ballot),
    /// The same, and then the whole transaction fails.
    Lose(Ballot),
    Tell {
        conversation: u8,
        messages: Vec<u8>,
    },
    /// A vote on what is the newest message, by its number, as one of a conversation.
    VoteByNumber {
        conversation: u8,
    },
    Erase {
        conversation: u8,
    },
    Settle {
        most: usize,
    },
    Restart,
}

#[derive(Clone, Debug)]
struct Ballot {
    conversation: Option<u8>,
    message: u8,
    user: u8,
    told: Vec<u8>,
    refused: bool,
}

fn ballot() -> impl Strategy<Value = Ballot> {
    let told = prop::collection::vec(0..3_u8, 0..3);
    let conversation = prop::option::of(0..3_u8);
    (conversation, 0..3_u8, 0..2_u8, told, any::<bool>()).prop_map(
        |(conversation, message, user, told, refused)| Ballot {
            conversation,
            message,
            user,
            told,
            refused,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let messages = prop::collection::vec(0..3_u8, 0..3);
    prop_oneof![
        6 => ballot().prop_map(Step::Vote),
        2 => ballot().prop_map(Step::Lose),
        2 => (0..3_u8, messages)
            .prop_map(|(conversation, messages)| Step::Tell { conversation, messages }),
        1 => (0..3_u8).prop_map(|conversation| Step::VoteByNumber { conversation }),
        1 => (0..3_u8).prop_map(|conversation| Step::Erase { conversation }),
        3 => (0..4_usize).prop_map(|most| Step::Settle { most }),
        1 => Just(Step::Restart),
    ]
}

/// A store with one project.
struct World {
    store: Store,
    project: ProjectId,
}

impl World {
    async fn open() -> Self {
        let store = Store::open(&StoreOptions::new(
            StorePlace::Memory,
            Clock::standing_at(START),
        ))
        .unwrap();
        let workspace = WorkspaceId(clock::new_id());
        let made = Workspace {
            number: 0,
            id: workspace,
            name: "test".to_owned(),
            created_at: START,
        };
        let entry =
            |action| AuditEntry::new(clock::new_id(), workspace, START, ActorKind::Server, action);
        let noted = entry(AuditAction::WorkspaceCreate);
        store.save_workspace(made, noted).await.unwrap();
        let project = ProjectId(clock::new_id());
        let made = Project {
            id: project,
            workspace,
            name: "project".to_owned(),
            description: None,
            number: 1,
            amazon_q_application_id: None,
            haptik_business_id: None,
            wonderchat_chatbot_id: None,
            rate_limit: None,
            client_settings: None,
            unknown_targets: UnknownTargets::Accept,
            enabled: true,
            keep_text: KeepText::All,
            mode: Mode::Chat,
            upstream: None,
            created_at: START,
            updated_at: START,
            deleted_at: None,
        };
        let noted = entry(AuditAction::ProjectCreate);
        store.save_project(made, None, noted).await.unwrap();
        Self { store, project }
    }

    fn vote(&self, conversation: Option<u8>, message: RowRef, user: u8) -> Command {
        Command {
            project: self.project,
            channel: Dialect::Native,
            key: None,
            policy: POLICY,
            unknown_targets: UnknownTargets::Accept,
            may_change: true,
            addressee: Addressee::Vote {
                place: Place::Message {
                    conversation: conversation.map(|number| RowRef::External(called("c", number))),
                    message,
                },
                author: AuthorRef::EndUser {
                    external_id: called("u", user),
                    of_workspace: false,
                },
                name: DEFAULT_NAME.to_owned(),
            },
            verb: Verb::Say,
            asked: Asked {
                rating: Ask::Set(Rating::Positive),
                ..Asked::default()
            },
            told: Told::default(),
            created_at: None,
            updated_at: None,
            external_id: None,
            mirror: None,
        }
    }

    fn cast(&self, ballot: &Ballot) -> Command {
        let message = RowRef::External(called("m", ballot.message));
        let mut command = self.vote(ballot.conversation, message, ballot.user);
        if let (Some(conversation), false) = (ballot.conversation, ballot.told.is_empty()) {
            command.told.conversation = Some(draft(conversation, &ballot.told));
        }
        if ballot.refused {
            // Nothing is said, so it is refused after all was told.
            command.asked = Asked::default();
        }
        command
    }

    fn sqlite(&self) -> &Sqlite {
        let Engine::Sqlite(sqlite) = &self.store.engine else {
            panic!("what is in memory is in SQLite");
        };
        sqlite
    }

    async fn take(&self, step: &Step) {
        let sqlite = self.sqlite();
        match step {
            Step::Vote(ballot) => {
                let _ = self.store.vote(self.cast(ballot), None).await;
            }
            Step::Lose(ballot) => {
                let command = self.cast(ballot);
                let lost = sqlite.write_now(None, move |batch| {
                    let _ = vote::vote(batch, &command, None)?;
                    Err::<(), _>(sql::Error::NoRows)
                });
                lost.await.unwrap_err();
            }
            Step::Tell {
                conversation,
                messages,
            } => {
                let drafts = vec![draft(*conversation, messages)];
                self.store.ingest(self.project, drafts, None).await.unwrap();
            }
            Step::VoteByNumber { conversation } => {
                let newest = "SELECT coalesce(max(row_id), 0) FROM messages";
                let newest = self
                    .store
                    .read(|connection| connection.query_row(newest, [], |row| row.get(0)));
                let newest = RowRef::Number(newest.await.unwrap());
                let _ = self
                    .store
                    .vote(self.vote(Some(*conversation), newest, 0), None)
                    .await;
            }
            Step::Erase { conversation } => {
                let name = RowRef::External(called("c", *conversation));
                let erased = self.store.erase_conversation(self.project, name, None);
                erased.await.unwrap();
            }
            Step::Settle { most } => {
                let most = *most;
                let settled = sqlite.write_now(None, move |batch| {
                    let connection = sqlite_of(batch.connection);
                    Ok(batch.memory.recent.settle_at_rest(connection, most)?)
                });
                settled.await.unwrap();
            }
            Step::Restart => {
                let restarted = sqlite.write_now(None, |batch| {
                    batch.memory.recent = Recent::read(sqlite_of(batch.connection))?;
                    Ok(())
                });
                restarted.await.unwrap();
            }
        }
    }

    /// Whether each message is found by its name, in every way in which it is looked for.
    async fn assert_found(&self) {
        let truth = self.store.read(truth).await.unwrap();
        assert_eq!(self.found_by_writer().await, expected(&truth), "{truth:?}");
        let all: Vec<Vec<i64>> = NAMES
            .map(|number| {
                let named = truth
                    .iter()
                    .filter(|(name, ..)| *name == called("m", number));
                let rows: BTreeSet<i64> = named.map(|(.., row)| *row).collect();
                rows.into_iter().rev().collect()
            })
            .collect();
        assert_eq!(self.found_by_reader().await, all, "{truth:?}");
    }

    /// For each name the message that it means alone, and those that it means in conversations.
    async fn found_by_writer(&self) -> Vec<Option<i64>> {
        let project = self.project;
        let look = move |batch: &mut Batch<'_>| {
            let project = batch.project(project)?.project;
            let mut found = Vec::new();
            for number in NAMES {
                let name = called("m", number);
                let key = batch.external_key(Kind::Message, project, &name);
                found.push(batch.message_named(project, &name)?);
                for conversation in CONVERSATIONS {
                    found.push(batch.message_keyed_in(key, project, &name, conversation)?);
                }
            }
            Ok(found
                .into_iter()
                .map(|found| found.map(|message| message.row))
                .collect())
        };
        self.sqlite().write_now(None, look).await.unwrap()
    }

    /// For each name all messages that it means.
    async fn found_by_reader(&self) -> Vec<Vec<i64>> {
        let look = |connection: sql::Connection<'_>| {
            let project: i64 =
                connection.query_row("SELECT row_id FROM projects", [], |row| row.get(0))?;
            NAMES
                .map(|number| {
                    let name = RowRef::External(called("m", number));
                    filter::message_rows(connection, project, &name)
                })
                .collect()
        };
        self.store.read(look).await.unwrap()
    }
}

fn sqlite_of(connection: sql::Connection<'_>) -> &Connection {
    let sql::Connection::Sqlite(connection) = connection else {
        panic!("what is in memory is in SQLite");
    };
    connection
}

/// What the writer is to find.
fn expected(truth: &[(String, i64, i64)]) -> Vec<Option<i64>> {
    let mut expected = Vec::new();
    for number in NAMES {
        let name = called("m", number);
        let named = truth.iter().filter(|(called, ..)| *called == name);
        let newest = named
            .clone()
            .map(|(_, conversation, row)| (conversation, *row))
            .max();
        expected.push(newest.map(|(_, row)| row));
        for conversation in CONVERSATIONS {
            let within = named.clone().filter(|(_, lies, _)| *lies == conversation);
            expected.push(within.map(|(.., row)| *row).max());
        }
    }
    expected
}

fn called(kind: &str, number: u8) -> String {
    format!("{kind}{number}")
}

fn draft(conversation: u8, messages: &[u8]) -> ConversationDraft {
    let message = |number: &u8| MessageDraft {
        external_id: Some(called("m", *number)),
        ..MessageDraft::default()
    };
    ConversationDraft {
        external_id: Some(called("c", conversation)),
        messages: messages.iter().map(message).collect(),
        ..ConversationDraft::default()
    }
}

/// The messages that have a name: the name, the conversation or 0, the row.
fn truth(connection: sql::Connection<'_>) -> sql::Result<Vec<(String, i64, i64)>> {
    connection
        .prepare_cached("SELECT external_id, ifnull(conversation, 0), row_id FROM messages WHERE external_key IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect()
}

async fn run(steps: Vec<Step>) {
    let world = World::open().await;
    for step in &steps {
        world.take(step).await;
        world.assert_found().await;
    }
    for finding in world.store.check().await.unwrap() {
        assert_eq!(finding.fault, None, "{}", finding.check);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_message_is_found_by_its_name_whatever_happened(steps in prop::collection::vec(step(), 1..30)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run(steps));
    }
}
