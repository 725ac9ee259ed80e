//! A database with lanes, a store beside them that reads, and a store on SQLite to compare with.

use crate::postgres::{TestDatabase, database};
use candor::clock::{self, Clock};
use candor::domain::vote::{
    Absent, Addressee, Ask, Asked, AuthorRef, Command, Identity, Place, Policy, RowRef, TakingBack,
    Told, UnknownAuthor, Verb,
};
use candor::domain::{
    ActorKind, Attribute, AttributeId, AttributeOption, AuditAction, AuditEntry, DEFAULT_NAME,
    Dialect, Dimension, KeepText, MirrorState, Mode, OptionId, Project, ProjectId, Quarter, Rating,
    Timestamp, UnknownTargets, Workspace, WorkspaceId, Zone,
};
use candor::error::ErrorKind;
use candor::store::postgres::lanes::{Cast, LaneOptions, Lanes};
use candor::store::postgres::{Connector, Purpose};
use candor::store::{
    ConversationFilter, EndUserFilter, FeedbackFilter, Idempotency, LogFilter, MessageFilter,
    Paging, Store, StoreOptions, StorePlace, SumsQuery, VoteError, Voted,
};
use regex::Regex;
use uuid::Uuid;

pub(crate) const START: Timestamp = Timestamp::from_microseconds(1_777_636_800_000_000);

pub(super) const MERGING: Policy = Policy {
    identity: Identity::One,
    absent: Absent::Keeps,
    taking_back: TakingBack::Asked,
    unknown_author: UnknownAuthor::LikeTargets,
    only_the_owner: false,
    quiet_microseconds: None,
    may_be_empty: false,
};

/// One in an hour.
pub(super) const RARE: Policy = Policy {
    identity: Identity::EveryVote,
    quiet_microseconds: Some(60 * 60 * 1_000_000),
    ..MERGING
};

pub(super) const THUMB: Policy = Policy {
    absent: Absent::ClearsComment,
    taking_back: TakingBack::MissingRating,
    unknown_author: UnknownAuthor::AlwaysRegistered,
    only_the_owner: true,
    ..MERGING
};

/// What every project of these tests has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ids {
    pub(crate) workspace: WorkspaceId,
    pub(crate) project: ProjectId,
    pub(super) attribute: AttributeId,
    pub(super) options: [OptionId; 2],
}

impl Ids {
    pub(crate) fn new() -> Self {
        Self {
            workspace: WorkspaceId(clock::new_id()),
            project: ProjectId(clock::new_id()),
            attribute: AttributeId(clock::new_id()),
            options: [OptionId(clock::new_id()), OptionId(clock::new_id())],
        }
    }

    async fn save(&self, store: &Store) {
        let workspace = Workspace {
            number: 0,
            id: self.workspace,
            name: "test".to_owned(),
            created_at: START,
        };
        let entry = |action| {
            AuditEntry::new(
                clock::new_id(),
                self.workspace,
                START,
                ActorKind::Server,
                action,
            )
        };
        let made = entry(AuditAction::WorkspaceCreate);
        store.save_workspace(workspace, made).await.unwrap();
        let made = entry(AuditAction::ProjectCreate);
        let saved = store.save_project(self.project(), None, made).await;
        saved.unwrap();
        let option = |id: OptionId| AttributeOption {
            id,
            number: 0,
            name: id.0.to_string(),
            created_at: START,
        };
        let attribute = Attribute {
            id: self.attribute,
            number: 0,
            project: self.project,
            name: "Quality".to_owned(),
            options: self.options.map(option).to_vec(),
            created_at: START,
        };
        let made = entry(AuditAction::AttributeCreate);
        store.save_attribute(attribute, made).await.unwrap();
    }

    fn project(&self) -> Project {
        Project {
            id: self.project,
            workspace: self.workspace,
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
        }
    }
}

/// A store with a project.
pub(crate) async fn store(place: StorePlace, clock: &Clock, ids: &Ids) -> Store {
    let clock = clock.clone();
    // It waits for the database, which a thread of a runtime must not.
    let opened = tokio::task::spawn_blocking(move || Store::open(&StoreOptions::new(place, clock)));
    let store = opened.await.unwrap().unwrap();
    ids.save(&store).await;
    store
}

pub(super) struct World {
    pub(super) store: Store,
    pub(super) lanes: Lanes,
    pub(super) ids: Ids,
    pub(super) database: TestDatabase,
}

impl World {
    /// None if there is no PostgreSQL.
    pub(super) async fn open(clock: &Clock) -> Option<Self> {
        let database = tokio::task::spawn_blocking(database).await.unwrap()?;
        let ids = Ids::new();
        let store = store(
            StorePlace::Postgres(database.url().parse().unwrap()),
            clock,
            &ids,
        )
        .await;
        let lanes = lanes(&database, clock).await;
        Some(Self {
            store,
            lanes,
            ids,
            database,
        })
    }

    /// A thumb for a message.
    pub(super) fn vote(&self, message: &str, user: &str, rating: Rating) -> Command {
        thumb(self.ids.project, message, user, rating)
    }
}

pub(super) fn thumb(project: ProjectId, message: &str, user: &str, rating: Rating) -> Command {
    Command {
        project,
        channel: Dialect::Native,
        key: None,
        policy: MERGING,
        unknown_targets: UnknownTargets::Accept,
        may_change: true,
        addressee: Addressee::Vote {
            place: Place::Message {
                conversation: None,
                message: RowRef::External(message.to_owned()),
            },
            author: AuthorRef::EndUser {
                external_id: user.to_owned(),
                of_workspace: false,
            },
            name: DEFAULT_NAME.to_owned(),
        },
        verb: Verb::Say,
        asked: Asked {
            rating: Ask::Set(rating),
            ..Asked::default()
        },
        told: Told::default(),
        created_at: None,
        updated_at: None,
        external_id: None,
        mirror: None,
    }
}

/// A vote for the latest conversation of one of the workspace's people.
pub(super) fn rare(project: ProjectId, user: &str) -> Command {
    let mut vote = thumb(project, "", user, Rating::Positive);
    vote.policy = RARE;
    vote.channel = Dialect::Haptik;
    if let Addressee::Vote { place, author, .. } = &mut vote.addressee {
        *place = Place::LatestConversation;
        *author = AuthorRef::EndUser {
            external_id: user.to_owned(),
            of_workspace: true,
        };
    }
    vote
}

/// A vote for a conversation as a whole.
pub(super) fn whole(project: ProjectId, conversation: &str, user: &str) -> Command {
    let mut vote = thumb(project, "", user, Rating::Negative);
    if let Addressee::Vote { place, .. } = &mut vote.addressee {
        let conversation = RowRef::External(conversation.to_owned());
        *place = Place::Conversation { conversation };
    }
    vote
}

/// A key for a request; other requests have other digests.
pub(super) fn key(name: &str, request: u8) -> Idempotency {
    Idempotency {
        key: name.to_owned(),
        request_sha256: [request; 32],
    }
}

/// Another server's store on the same database.
pub(super) async fn another(database: &TestDatabase, clock: &Clock) -> Store {
    let place = StorePlace::Postgres(database.url().parse().unwrap());
    let options = StoreOptions::new(place, clock.clone());
    let opened = tokio::task::spawn_blocking(move || Store::open(&options));
    opened.await.unwrap().unwrap()
}

/// Votes in a lane, which must be the one for it.
pub(super) async fn cast(lanes: &Lanes, command: Command) -> Result<Voted, VoteError> {
    match lanes.vote(command, None).await? {
        Cast::Voted(voted) => Ok(voted),
        Cast::ByAll(command, _) => panic!("{command:?}"),
    }
}

/// The lanes of another server on a database.
pub(super) async fn lanes(database: &TestDatabase, clock: &Clock) -> Lanes {
    let connector = Connector::new(database.address()).unwrap();
    let (client, _) = connector.connect(Purpose::Upkeep).await.unwrap();
    let setting = async |name: &str| -> Vec<u8> {
        let sql = "SELECT value FROM settings WHERE name = $1";
        client.query_one(sql, &[&name]).await.unwrap().get(0)
    };
    let hash_key = setting("hash_key").await.try_into().unwrap();
    let buckets = setting("buckets").await[0];
    Lanes::start(&LaneOptions {
        connector,
        buckets: buckets.into(),
        hash_key,
        clock: clock.clone(),
    })
    .unwrap()
}

/// An answer without its ids, and these.
pub(super) fn told(voted: Result<Voted, VoteError>) -> (String, Vec<Uuid>) {
    match voted {
        Err(VoteError::Refused(reason)) => (format!("{reason:?}"), Vec::new()),
        Err(VoteError::Failed(error)) if error.kind() == ErrorKind::Conflict => {
            (error.to_string(), Vec::new())
        }
        Err(VoteError::Failed(error)) => panic!("{error:?}"),
        Ok(voted) => {
            let told = format!(
                "{:?} {} {:?} {:?} {} {} {}",
                voted.outcome,
                voted.version,
                voted.created_at,
                voted.updated_at,
                voted.feedback.is_some(),
                voted.end_user.is_some(),
                voted.replayed
            );
            let ids = voted.feedback.map(|id| id.0).into_iter();
            (told, ids.chain(voted.end_user.map(|id| id.0)).collect())
        }
    }
}

/// All that a store holds, line by line, without the ids and numbers that differ from store to store.
pub(super) async fn holds(store: &Store, ids: &Ids) -> Vec<String> {
    let mut lines = Vec::new();
    let all = || Paging::first(10_000);
    let filter = FeedbackFilter {
        projects: vec![ids.project],
        ..FeedbackFilter::default()
    };
    for feedback in store.list_feedback(filter, all()).await.unwrap().items {
        let detail = store.feedback(feedback.id).await.unwrap();
        lines.push(format!("{detail:?}"));
    }
    let filter = ConversationFilter {
        project: ids.project,
        end_user: None,
    };
    for conversation in store.list_conversations(filter, all()).await.unwrap().items {
        let filter = MessageFilter {
            conversation: conversation.id,
            before: None,
            limit: 10_000,
        };
        let messages = store.list_messages(filter).await.unwrap().items;
        let messages = bare(messages.iter().map(|one| format!("{one:?}")).collect());
        lines.push(format!("{conversation:?} {messages:?}"));
    }
    for filter in [
        EndUserFilter::OfProject(ids.project),
        EndUserFilter::OfWorkspace(ids.workspace),
    ] {
        let people = store.list_end_users(filter, all()).await.unwrap().items;
        lines.extend(people.iter().map(|person| format!("{person:?}")));
    }
    for state in MirrorState::ALL {
        let entries = store.mirror_entries(ids.project, state, all()).await;
        let entries = entries.unwrap().items;
        lines.extend(entries.iter().map(|entry| format!("{entry:?}")));
    }
    lines.extend(sums(store, ids).await);
    lines.extend(log(store, ids).await);
    bare(lines)
}

/// Lines without ids and numbers, sorted.
fn bare(mut lines: Vec<String>) -> Vec<String> {
    let strip = Regex::new(
        r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(number|position|conversation): -?\d+",
    )
    .unwrap();
    for line in &mut lines {
        *line = strip.replace_all(line, "").into_owned();
    }
    lines.sort();
    lines
}

async fn sums(store: &Store, ids: &Ids) -> Vec<String> {
    let query = SumsQuery {
        projects: vec![ids.project],
        since: Quarter::of(Timestamp::MIN),
        until: Quarter::of(Timestamp::MAX),
        interval: None,
        zone: Zone::UTC,
        dimensions: vec![Dimension::Sentiment, Dimension::Channel, Dimension::Name],
        channels: Vec::new(),
        names: Vec::new(),
        sentiments: Vec::new(),
        most: 1000,
    };
    let sums = store.sums(query).await.unwrap().unwrap();
    sums.iter().map(|row| format!("{row:?}")).collect()
}

async fn log(store: &Store, ids: &Ids) -> Vec<String> {
    let filter = LogFilter {
        projects: vec![ids.project],
        since: None,
        after: 0,
        limit: 10_000,
    };
    let log = store.logged_feedback(filter).await.unwrap();
    log.iter().map(|entry| format!("{entry:?}")).collect()
}

pub(super) async fn assert_consistent(store: &Store) {
    for finding in store.check().await.unwrap() {
        assert_eq!(finding.fault, None, "{}", finding.check);
    }
}
