//! The verbs: one file a use case.
//!
//! Dialects, the command line and jobs call [`App`]; it checks who may do what and every bound, asks the store, and keeps
//! the [`Directory`] of projects and keys in memory.

mod accounts;
mod administration;
mod attributes;
mod audit;
mod authenticate;
mod backup;
mod client_settings;
mod continue_conversation;
mod conversations;
mod directory;
mod end_users;
mod erase;
mod first_start;
mod follow_feedback;
mod free_object;
mod history;
mod imports;
mod internal_end_users;
mod invites;
mod keys;
mod learn;
mod list_feedback;
mod mirror;
mod passwords;
mod people;
mod projects;
mod query;
mod rates;
mod record_feedback;
mod seal;
mod sessions;
mod setup;
mod sign_in_tries;
mod signing;
mod tags;
mod topics;
mod transcripts;
mod unquoted;
mod upstreams;
mod validate;
mod whereabouts;
mod workspaces;

pub use accounts::{AccountChange, AccountDraft};
pub use attributes::AttributeDraft;
pub use authenticate::Credential;
pub use backup::{Hearing, Kept, KeyPlace, Seals};
pub use directory::Directory;
pub use first_start::FirstStart;
pub use follow_feedback::{Follower, News};
pub use free_object::FreeObject;
pub use invites::{Accepting, InviteDraft, IssuedInvite};
pub use keys::{IssuedKey, KeyDraft};
pub use learn::Expected;
pub use mirror::{MirrorStatus, MirrorTask};
pub use projects::ProjectDraft;
pub use rates::{CountedFor, UsualRates, counting};
pub use seal::MasterKey;
pub use sessions::SignedIn;
pub use setup::{Counts, Setup, SetupReport};
pub use signing::SigningKey;
pub use unquoted::unquoted;
pub use upstreams::{UpstreamDraft, VendorCredential};

// Settings say which database; they never name the store.
pub use crate::store::postgres::DatabaseAddress;
// What the store answers reaches dialects through here: they never name the store.
pub use crate::store::{
    AuditFilter, Concern, ConversationFilter, CopyStage, Counted, Cursor, EndUserFilter, Excerpts,
    FeedbackDetail, FeedbackFilter, Finding, HeldLock, History, HistoryPart, Idempotency, Ingested,
    LogFilter, LoggedFeedback, MessageFilter, MetadataValue, MirrorCounts, MirrorJob, MirrorPlace,
    Page, Paging, PeopleFilter, Question, Rebuilding, Repaired, Settlement, Stage, SumsQuery,
    SumsRow, Transcript, TranscriptFeedback, TranscriptFilter, VoteError, Voted, VotedOutcome,
};

use crate::clock::Clock;
use crate::error::Result;
use crate::limits;
use crate::store::{Store, StoreOptions, StorePlace};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How to open an [`App`].
#[derive(Clone, Debug)]
pub struct AppOptions {
    /// The folder with the data; made if it is not there. None keeps everything in memory, for tests.
    pub data_dir: Option<PathBuf>,
    /// The database that keeps the data instead: `postgres://…`. The folder then keeps the master key alone.
    pub store: Option<DatabaseAddress>,
    /// The key under which secrets are sealed; read from the data folder, or made there, if there is none.
    pub master_key: Option<MasterKey>,
    /// The longest comment, in characters.
    pub comment_characters: usize,
    /// Whether upstreams may be on this machine or in a private network.
    pub allow_private_upstreams: bool,
    /// How many requests are taken of keys and for projects that have no limits of their own.
    pub usual_rates: UsualRates,
    /// Tells the time.
    pub clock: Clock,
    /// From how long on a statement of PostgreSQL is told to the log; zero tells none.
    pub slow_statement: Duration,
}

/// The application: everything that a request, a command or a job can do.
#[derive(Debug)]
pub struct App {
    store: Arc<Store>,
    clock: Clock,
    comment_characters: usize,
    allow_private_upstreams: bool,
    master_key: MasterKey,
    opened_secrets: signing::OpenedSecrets,
    directory: Arc<administration::Shared>,
    /// Held while projects, keys, attributes or accounts change, so that the directory follows the store in order.
    administration: Arc<tokio::sync::Mutex<()>>,
    followers: follow_feedback::Followers,
    expectations: Arc<learn::Expectations>,
    passwords: passwords::Passwords,
    sign_in_tries: sign_in_tries::SignInTries,
    /// Told of votes that are to be sent to vendors.
    mirror_news: tokio::sync::Notify,
}

impl AppOptions {
    /// Everything at its default, with the data in `data_dir`.
    pub fn in_folder(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: Some(data_dir.into()),
            ..Self::in_memory()
        }
    }

    /// Everything at its default, kept in memory only.
    pub fn in_memory() -> Self {
        Self {
            data_dir: None,
            store: None,
            master_key: None,
            comment_characters: limits::COMMENT_CHARACTERS,
            allow_private_upstreams: false,
            usual_rates: UsualRates::default(),
            clock: Clock::default(),
            slow_statement: limits::SLOW_STATEMENT,
        }
    }
}

impl App {
    /// Opens the store and reads the directory. A folder that another process has open is refused.
    ///
    /// Blocks: call it before serving, or where blocking is allowed.
    pub fn open(options: AppOptions) -> Result<Self> {
        let store = Store::open(&StoreOptions {
            place: match (&options.store, &options.data_dir) {
                (Some(address), _) => StorePlace::Postgres(address.clone()),
                (None, Some(folder)) => StorePlace::Folder(folder.clone()),
                (None, None) => StorePlace::Memory,
            },
            clock: options.clock.clone(),
            slow_statement: options.slow_statement,
        })?;
        let master_key = match (options.master_key, &options.data_dir) {
            (Some(key), _) => key,
            (None, Some(folder)) => MasterKey::in_folder(folder)?,
            (None, None) => MasterKey::random(),
        };
        let rates = rates::Rates::new(options.usual_rates);
        let directory = Directory::of(store.read_directory()?, &rates);
        Ok(Self {
            store: Arc::new(store),
            clock: options.clock,
            comment_characters: options.comment_characters,
            allow_private_upstreams: options.allow_private_upstreams,
            master_key,
            opened_secrets: signing::OpenedSecrets::default(),
            directory: Arc::new(administration::Shared::new(directory)),
            administration: Arc::default(),
            followers: follow_feedback::Followers::new(),
            expectations: Arc::default(),
            passwords: passwords::Passwords::new(),
            sign_in_tries: sign_in_tries::SignInTries::default(),
            mirror_news: tokio::sync::Notify::new(),
        })
    }

    /// The projects, keys, attributes and accounts as they are now.
    pub fn directory(&self) -> Arc<Directory> {
        self.directory.get()
    }

    /// The clock that all rules go by.
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Whether writes and reads are answered.
    pub async fn ready(&self) -> Result<()> {
        self.store.ready().await
    }

    /// Checks the data and says what was found.
    pub async fn check(&self) -> Result<Vec<Finding>> {
        let mut findings = self.store.check().await?;
        findings.push(self.check_sealed_secrets());
        Ok(findings)
    }

    /// Rebuilds what is derived from the rows, and changes no row. `noted` hears how many rows of how many are done.
    pub async fn repair(
        &self,
        noted: &(dyn Fn(Rebuilding, usize, usize) + Sync),
    ) -> Result<Repaired> {
        self.store.repair(noted).await
    }

    /// Whether the master key opens what was sealed: a folder restored without its key file has lost those secrets.
    fn check_sealed_secrets(&self) -> Finding {
        let directory = self.directory();
        let sealed: Vec<_> = directory.sealed_secrets().collect();
        let closed = sealed
            .iter()
            .filter(|secret| self.master_key.unseal(secret).is_none())
            .count();
        Finding {
            check: "the master key opens what was sealed",
            fault: (closed != 0).then(|| format!("{closed} secrets do not open")),
            seen: format!("{} secrets", sealed.len()),
            concern: Concern::MasterKey,
        }
    }

    /// Takes no more writes, commits what was taken, and closes the store.
    pub async fn close(&self) -> Result<()> {
        self.store.close().await
    }
}
