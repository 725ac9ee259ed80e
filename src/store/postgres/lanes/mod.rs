//! Votes on PostgreSQL, many in one transaction.
//!
//! Everything that is judged has a bucket, and every bucket a lane: a thread with a connection of its own.
//! A lane takes all votes that wait for it, locks its bucket's row, loads what they meet in a few statements over arrays,
//! decides each in order in memory, saves in a few statements over arrays, commits once, and answers. Servers that vote in
//! the same bucket take turns at its row, so what a lane has loaded stays true until it commits.
//!
//! What lies in other buckets (people, and the names of conversations) is only read here. Where a vote needs a new one, it
//! is made in a transaction of its own ([`make`]), and the vote runs again in the next batch.
//!
//! A vote for somebody's latest conversation is written in the bucket of that person, beside the time of the person's last
//! vote: whatever server it comes to, and whichever conversation is the latest, the rule of one vote in an hour is kept in
//! one place. Conversations without a name lie with their person for that reason. If the latest lies elsewhere, the vote
//! is one for the writer that holds all buckets.

mod arrays;
mod columns;
mod doubt;
mod entry;
mod facets;
mod known;
mod lane;
mod load;
mod make;
mod plan;
mod reach;
mod rows;
mod run;
mod save;
mod scene;
mod session;
mod statements;

use super::connect::Connector;
use crate::clock::Clock;
use crate::domain::vote::{Addressee, Ask, AuthorRef, Command, Place, RowRef};
use crate::domain::{Dialect, ProjectId};
use crate::error::{Error, ErrorKind, Result};
use crate::store::batch::ProjectRow;
use crate::store::queue::Queue;
use crate::store::{Idempotency, VoteError};
pub use entry::Cast;
use entry::{Job, Prepared, Sought};
use lane::{Health, Lane};
use run::Run;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// How many rows a bucket's count steps over for each: as many as there may be buckets.
pub(super) const MOST_BUCKETS: i64 = 64;

/// What the lanes need to know.
#[derive(Clone)]
pub struct LaneOptions {
    /// How the database is reached.
    pub connector: Connector,
    /// How many buckets the database has, which is how many lanes there are.
    pub buckets: u16,
    /// The database's key of the hashes of names.
    pub hash_key: [u8; 16],
    /// Tells the time.
    pub clock: Clock,
}

/// The lanes.
pub struct Lanes {
    all: Vec<Lane>,
    hash_key: [u8; 16],
    /// Projects never disappear and keep their rows.
    projects: RwLock<HashMap<ProjectId, ProjectRow>>,
}

impl fmt::Debug for LaneOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LaneOptions")
            .field("buckets", &self.buckets)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Lanes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Lanes")
            .field("lanes", &self.all.len())
            .finish_non_exhaustive()
    }
}

impl Lanes {
    /// Starts a thread for each bucket. They connect on their own, and again whenever a connection is lost.
    pub fn start(options: &LaneOptions) -> Result<Self> {
        let buckets = i64::from(options.buckets);
        if !(1..=MOST_BUCKETS).contains(&buckets) {
            return Err(Error::internal(format!("{buckets} buckets")));
        }
        let places = lane::bounds(options.buckets);
        let queues: Arc<[_]> = (0..options.buckets)
            .map(|_| Arc::new(Queue::new(places)))
            .collect();
        let lanes = (0..options.buckets)
            .map(|bucket| Lane::start(Run::new(options, bucket, &queues, Arc::<Health>::default())))
            .collect::<Result<_>>()?;
        Ok(Self {
            all: lanes,
            hash_key: options.hash_key,
            projects: RwLock::default(),
        })
    }

    /// Whether a vote is one for the lanes: for a message or a conversation by its name or our id, for a feedback, or for
    /// somebody's latest conversation, and with nothing told beside it.
    pub const fn takes(command: &Command) -> bool {
        if Sought::by(command).is_some() {
            return command.told.is_empty() && command.policy.quiet_microseconds.is_none();
        }
        let Addressee::Vote { place, author, .. } = &command.addressee else {
            return false;
        };
        let takes = match place {
            Place::Message {
                conversation: None | Some(RowRef::External(_)),
                message: RowRef::External(_),
            }
            | Place::Conversation {
                conversation: RowRef::External(_),
            } => command.policy.quiet_microseconds.is_none(),
            Place::LatestConversation => matches!(
                author,
                AuthorRef::EndUser {
                    of_workspace: true,
                    ..
                }
            ),
            _ => false,
        };
        takes && command.told.is_empty()
    }

    /// Votes, and answers once the vote is on disk. The vote must be one that [`Lanes::takes`].
    pub async fn vote(
        &self,
        command: Command,
        idempotency: Option<Idempotency>,
    ) -> Result<Cast, VoteError> {
        refuse_what_cannot_be_stored(&command)?;
        let project = self.project(command.project).await?;
        let named = Some(command.project);
        let found = match Sought::by(&command) {
            None => None,
            Some(sought) => Some(self.bucket(command.project, sought).await?),
        };
        let prepared = Prepared::new(command, idempotency, project, &self.hash_key, found);
        let Some(waiting) = prepared else {
            return Err(Error::internal("a vote that is none for the lanes").into());
        };
        self.lane(waiting.key)
            .ask(named, |reply| Job::Vote(Box::new(waiting.with(reply))))
            .await
    }

    /// Commits what was taken, takes no more, and ends the threads.
    pub async fn close(&self) {
        for lane in &self.all {
            lane.close();
        }
        for lane in &self.all {
            lane.ended().await;
        }
    }

    /// The bucket of what has an id of ours, which it has for good. Where nothing has it, any lane says so.
    async fn bucket(&self, project: ProjectId, sought: Sought) -> Result<i64, VoteError> {
        let (_, key) = sought.id().as_u64_pair();
        let key = key.cast_signed();
        let found = self
            .lane(key)
            .ask(Some(project), |reply| Job::Bucket(sought, reply))
            .await?;
        Ok(found.map_or(key, i64::from))
    }

    fn lane(&self, key: i64) -> &Lane {
        &self.all[bucket_of(key, self.all.len())]
    }

    async fn project(&self, id: ProjectId) -> Result<ProjectRow, VoteError> {
        let known = self
            .projects
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .copied();
        if let Some(known) = known {
            return Ok(known);
        }
        // Any lane will do, as long as they share the work.
        let (_, key) = id.0.as_u64_pair();
        let key = key.cast_signed();
        let found = self
            .lane(key)
            .ask(Some(id), |reply| Job::Project(id, reply))
            .await?;
        self.projects
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, found);
        Ok(found)
    }
}

/// The bucket of what has this key.
fn bucket_of(key: i64, buckets: usize) -> usize {
    let place = key.cast_unsigned() % (buckets as u64);
    usize::try_from(place).unwrap_or(0)
}

/// Refuses a vote whose texts hold what PostgreSQL's cannot: its failure would be everybody's in the same transaction.
fn refuse_what_cannot_be_stored(command: &Command) -> Result<()> {
    fn name(row: &RowRef) -> &str {
        match row {
            RowRef::External(name) => name,
            RowRef::Id(_) | RowRef::Number(_) => "",
        }
    }
    fn said(ask: &Ask<String>) -> &str {
        match ask {
            Ask::Set(text) => text,
            Ask::Absent | Ask::Clear => "",
        }
    }
    let asked = &command.asked;
    if let Ask::Set(reasons) = &asked.reasons
        && reasons.iter().any(|reason| reason.contains('\0'))
    {
        return Err(cannot_be_stored("reasons"));
    }
    let mut texts = vec![
        ("comment", said(&asked.comment)),
        ("correction", said(&asked.correction)),
        ("metadata", said(&asked.metadata)),
        ("external_id", command.external_id.as_deref().unwrap_or("")),
    ];
    if let Addressee::Vote {
        place,
        author,
        name: criterion,
    } = &command.addressee
    {
        texts.push(("name", criterion));
        texts.push(match author {
            AuthorRef::Anonymous => ("author", ""),
            AuthorRef::EndUser { external_id, .. } => ("end_user", external_id),
            AuthorRef::Reviewer(name) | AuthorRef::Model(name) => ("author", name),
        });
        match place {
            Place::Message {
                conversation,
                message,
            } => {
                texts.push(("message", name(message)));
                texts.push(("conversation", conversation.as_ref().map_or("", name)));
            }
            Place::LastMessage { conversation } | Place::Conversation { conversation } => {
                texts.push(("conversation", name(conversation)));
            }
            Place::LatestConversation => {}
        }
    }
    match texts.into_iter().find(|(_, text)| text.contains('\0')) {
        None => Ok(()),
        Some((field, _)) => Err(cannot_be_stored(field)),
    }
}

fn cannot_be_stored(field: &str) -> Error {
    Error::invalid(
        field,
        "holds the character U+0000, which the database cannot store",
    )
}

/// How a value of one of the domain's lists stands in a small column.
fn code<T: crate::store::codes::Coded>(value: T) -> i16 {
    i16::try_from(value.code()).unwrap_or(-1)
}

/// Whether a vote that came so is one that those who follow Amazon Q's feedback are told of.
const fn is_followed(command: &Command) -> bool {
    matches!(command.channel, Dialect::AmazonQ) && matches!(command.asked.rating, Ask::Set(_))
}

fn unreachable() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the database cannot be reached; nothing was stored, try again",
    )
}
