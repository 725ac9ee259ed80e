//! A store with one project, and short ways to vote.

use crate::engine;
use candor::clock::{self, Clock};
use candor::domain::vote::{
    Absent, Addressee, Ask, Asked, AuthorRef, Command, Identity, Place, Policy, RowRef, TakingBack,
    Told, UnknownAuthor, Verb,
};
use candor::domain::{
    ActorKind, AuditAction, AuditEntry, DEFAULT_NAME, Dialect, Dimension, Feedback, KeepText, Mode,
    Project, ProjectId, Quarter, Rating, Timestamp, UnknownTargets, Workspace, WorkspaceId, Zone,
};
use candor::store::{
    FeedbackFilter, Paging, Store, StoreOptions, StorePlace, SumsQuery, SumsRow, VoteError, Voted,
};
use std::path::Path;

pub(crate) const START: Timestamp = Timestamp::from_microseconds(1_777_636_800_000_000);

pub(crate) const MERGING: Policy = Policy {
    identity: Identity::One,
    absent: Absent::Keeps,
    taking_back: TakingBack::Asked,
    unknown_author: UnknownAuthor::LikeTargets,
    only_the_owner: false,
    quiet_microseconds: None,
    may_be_empty: false,
};

pub(crate) const THUMB: Policy = Policy {
    absent: Absent::ClearsComment,
    taking_back: TakingBack::MissingRating,
    unknown_author: UnknownAuthor::AlwaysRegistered,
    only_the_owner: true,
    ..MERGING
};

pub(crate) const EVERY_VOTE: Policy = Policy {
    identity: Identity::EveryVote,
    ..MERGING
};

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) project: ProjectId,
    pub(crate) workspace: WorkspaceId,
    pub(crate) clock: Clock,
}

/// That the server does something.
pub(crate) fn entry(workspace: WorkspaceId, action: AuditAction) -> AuditEntry {
    AuditEntry::new(clock::new_id(), workspace, START, ActorKind::Server, action)
}

impl World {
    pub(crate) async fn in_memory() -> Self {
        Self::open(None).await
    }

    pub(crate) async fn in_folder(folder: &Path) -> Self {
        Self::open(Some(folder)).await
    }

    async fn open(folder: Option<&Path>) -> Self {
        let clock = Clock::standing_at(START);
        let store = Store::open(&StoreOptions::new(place(folder), clock.clone())).unwrap();
        let workspace = WorkspaceId(clock::new_id());
        store
            .save_workspace(
                Workspace {
                    number: 0,
                    id: workspace,
                    name: "test".to_owned(),
                    created_at: START,
                },
                entry(workspace, AuditAction::WorkspaceCreate),
            )
            .await
            .unwrap();
        let project = ProjectId(clock::new_id());
        store
            .save_project(
                new_project(project, workspace, 1),
                None,
                entry(workspace, AuditAction::ProjectCreate),
            )
            .await
            .unwrap();
        Self {
            store,
            project,
            workspace,
            clock,
        }
    }

    pub(crate) async fn another_project(&self, number: u32) -> ProjectId {
        let id = ProjectId(clock::new_id());
        let project = new_project(id, self.workspace, number);
        let entry = entry(self.workspace, AuditAction::ProjectCreate);
        let saved = self.store.save_project(project, None, entry).await;
        saved.unwrap();
        id
    }

    pub(crate) fn vote(&self, policy: Policy, message: &str, user: &str, asked: Asked) -> Command {
        Command {
            project: self.project,
            channel: if policy.identity == Identity::EveryVote {
                Dialect::Melodi
            } else {
                Dialect::Native
            },
            key: None,
            policy,
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
            asked,
            told: Told::default(),
            created_at: None,
            updated_at: None,
            external_id: None,
            mirror: None,
        }
    }

    pub(crate) async fn cast(&self, command: Command) -> Result<Voted, VoteError> {
        self.store.vote(command, None).await
    }

    pub(crate) async fn all(&self, filter: FeedbackFilter) -> Vec<Feedback> {
        let filter = FeedbackFilter {
            projects: vec![self.project],
            ..filter
        };
        let paging = Paging::first(10_000);
        self.store
            .list_feedback(filter, paging)
            .await
            .unwrap()
            .items
    }

    /// The sums over everything, by sentiment.
    pub(crate) async fn sums(&self) -> Vec<SumsRow> {
        let query = SumsQuery {
            projects: vec![self.project],
            since: Quarter::of(Timestamp::MIN),
            until: Quarter::of(Timestamp::MAX),
            interval: None,
            zone: Zone::UTC,
            dimensions: vec![Dimension::Sentiment],
            channels: Vec::new(),
            names: Vec::new(),
            sentiments: Vec::new(),
            most: 100,
        };
        self.store.sums(query).await.unwrap().unwrap()
    }

    pub(crate) async fn assert_consistent(&self) {
        for finding in self.store.check().await.unwrap() {
            assert_eq!(finding.fault, None, "{}", finding.check);
        }
    }
}

pub(crate) fn new_project(id: ProjectId, workspace: WorkspaceId, number: u32) -> Project {
    Project {
        id,
        workspace,
        name: format!("project {number}"),
        description: None,
        number,
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

pub(crate) fn rated(rating: Rating) -> Asked {
    Asked {
        rating: Ask::Set(rating),
        ..Asked::default()
    }
}

pub(crate) fn commented(rating: Rating, comment: &str) -> Asked {
    Asked {
        comment: Ask::Set(comment.to_owned()),
        ..rated(rating)
    }
}

/// A folder, or memory; on PostgreSQL the folder's database, or a new one.
pub(crate) fn place(folder: Option<&Path>) -> StorePlace {
    let nowhere = clock::new_id().to_string();
    match engine::database_of(folder.unwrap_or(Path::new(&nowhere))) {
        Some(url) => StorePlace::Postgres(url.parse().unwrap()),
        None => folder.map_or(StorePlace::Memory, |folder| {
            StorePlace::Folder(folder.to_owned())
        }),
    }
}
