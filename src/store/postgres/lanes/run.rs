//! The thread of a lane: takes what waits, runs it in one transaction, and answers.

use super::doubt::{Doubt, Fate};
use super::entry::{Cast, Entry, Job, Reply, Sought};
use super::lane::{Health, not_known};
use super::plan::{Missing, Step, plan};
use super::rows::{Rows, Shared};
use super::save::{Fault, NotSaved, save};
use super::session::Session;
use super::{LaneOptions, load, make, unreachable};
use crate::clock::{self, Clock};
use crate::domain::ProjectId;
use crate::domain::vote::RefusalReason;
use crate::error::{Error, ErrorKind};
use crate::limits;
use crate::store::VoteError;
use crate::store::batch::ProjectRow;
use crate::store::postgres::connect::Connector;
use crate::store::queue::Queue;
use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// How long a lane waits for work before it looks after its connection.
const IDLE: Duration = Duration::from_millis(500);

/// The thread's own part.
pub(super) struct Run {
    pub(super) connector: Connector,
    buckets: usize,
    pub(super) bucket: u16,
    clock: Clock,
    /// Those of all lanes.
    queues: Arc<[Arc<Queue<Job>>]>,
    pub(super) queue: Arc<Queue<Job>>,
    pub(super) health: Arc<Health>,
    pub(super) session: Option<Session>,
    shared: Shared,
    /// What was taken out of the queue.
    pub(super) taken: VecDeque<Job>,
    /// What is to run again, before what was taken.
    pub(super) again: Vec<Entry>,
    /// Parts of a batch of which one vote fails all, each to run on its own.
    pub(super) parts: VecDeque<Vec<Entry>>,
}

/// Why a batch is not stored.
enum Failed {
    /// Nothing of it is.
    NotStored(Fault),
    /// It is not known.
    InDoubt(Doubt, Vec<Step>, tokio_postgres::Error),
}

impl Run {
    pub(super) fn new(
        options: &LaneOptions,
        bucket: u16,
        queues: &Arc<[Arc<Queue<Job>>]>,
        health: Arc<Health>,
    ) -> Self {
        Self {
            connector: options.connector.clone(),
            buckets: options.buckets.into(),
            bucket,
            clock: options.clock.clone(),
            queues: Arc::clone(queues),
            queue: Arc::clone(&queues[usize::from(bucket)]),
            health,
            session: None,
            shared: Shared::default(),
            taken: VecDeque::new(),
            again: Vec::new(),
            parts: VecDeque::new(),
        }
    }

    /// Runs until no more comes.
    pub(super) fn run(&mut self) {
        let built = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = match built {
            Ok(runtime) => runtime,
            Err(error) => {
                tracing::error!(%error, "a lane cannot run");
                return;
            }
        };
        loop {
            if self.session.is_none() {
                runtime.block_on(self.connect());
            }
            let waits = !(self.parts.is_empty() && self.again.is_empty());
            if !waits {
                self.queue.take(&mut self.taken, 0, IDLE);
                if self.taken.is_empty() && self.queue.has_ended() {
                    return;
                }
            }
            let ran = catch_unwind(AssertUnwindSafe(|| runtime.block_on(self.step())));
            if ran.is_err() {
                // Whoever waited for it has lost its answer, and with the connection the transaction is undone.
                tracing::error!("a lane panicked");
                self.session = None;
            }
        }
    }

    /// One batch, if anything waits; otherwise a look at the connection.
    async fn step(&mut self) {
        let entries = match self.parts.pop_front() {
            Some(part) => part,
            None => self.gather().await,
        };
        if entries.is_empty() {
            // The connection's own task runs meanwhile, and notices its end.
            sleep(Duration::ZERO).await;
            if self
                .session
                .as_ref()
                .is_some_and(|session| session.client.is_closed())
            {
                self.session = None;
            }
            return;
        }
        let started = Instant::now();
        let size = entries.len();
        self.batch(entries).await;
        let depth = self.queues.iter().map(|queue| queue.depth()).sum();
        observe(size, depth, started);
        let transaction = format!("a transaction of {size} votes in bucket {}", self.bucket);
        let slow = self.connector.slow();
        slow.note("vote", &transaction, started.elapsed());
    }

    /// What is to run: what is to run again, and what has come meanwhile, up to the bound.
    async fn gather(&mut self) -> Vec<Entry> {
        let mut entries = std::mem::take(&mut self.again);
        let queue = Arc::clone(&self.queue);
        let before = entries.len() + self.taken.len();
        queue.take(&mut self.taken, before, Duration::ZERO);
        let mut sought = Vec::new();
        while let Some(job) = self.taken.pop_front() {
            match job {
                Job::Vote(entry) if entry.reply.begin() => entries.push(*entry),
                Job::Project(id, reply) if reply.begin() => reply.give(self.project(id).await),
                Job::Bucket(id, reply) if reply.begin() => sought.push((id, reply)),
                Job::Vote(_) | Job::Project(..) | Job::Bucket(..) => {}
            }
        }
        if !sought.is_empty() {
            self.tell_buckets(sought).await;
        }
        entries
    }

    /// Tells in which buckets things lie: outside of a transaction, for none of them ever goes to another.
    async fn tell_buckets(&self, sought: Vec<(Sought, Reply<Option<i16>>)>) {
        let found = match &self.session {
            None => Err(Fault::Silence),
            Some(session) => {
                let ids = sought.iter().map(|(sought, _)| *sought);
                let found = load::buckets(session, ids);
                timeout(limits::LANE_STATEMENT_TIME, found)
                    .await
                    .unwrap_or(Err(Fault::Silence))
            }
        };
        match found {
            Ok(found) => {
                for (sought, reply) in sought {
                    reply.give(Ok(found.get(&sought.id()).copied()));
                }
            }
            Err(fault) => {
                let because = fault.told();
                tracing::error!(error = %because, "no bucket could be looked up");
                for (_, reply) in sought {
                    reply.give(Err(not_stored(because.clone())));
                }
            }
        }
    }

    async fn project(&self, id: ProjectId) -> Result<ProjectRow, VoteError> {
        let Some(session) = &self.session else {
            return Err(unreachable().into());
        };
        let statement = &session.statements.project;
        let found = session.client.query_opt(statement, &[&id.0]).await;
        match found.map_err(not_stored)? {
            None => Err(Error::not_found("no such project").into()),
            Some(row) => Ok(ProjectRow {
                project: row.try_get(0).map_err(not_stored)?,
                workspace: row.try_get(1).map_err(not_stored)?,
            }),
        }
    }

    /// Runs a batch, and answers.
    async fn batch(&mut self, entries: Vec<Entry>) {
        let ran = timeout(limits::LANE_BATCH_TIME, self.transaction(&entries)).await;
        let steps = match ran {
            Ok(Ok(steps)) => steps,
            Ok(Err(Failed::NotStored(fault))) => {
                return self.not_stored(entries, fault).await;
            }
            Ok(Err(Failed::InDoubt(doubt, steps, error))) => {
                tracing::error!(%error, "the connection was lost in a commit");
                self.session = None;
                match self.fate(&doubt).await {
                    Fate::Committed => steps,
                    Fate::Aborted => return self.run_again(entries),
                    Fate::UnderWay | Fate::Unknown => {
                        for entry in entries {
                            entry.reply.give(Err(not_known()));
                        }
                        return;
                    }
                }
            }
            Err(_) => {
                let session = self.session.take();
                let committing = session.is_none_or(|session| session.is_committing());
                tracing::error!(committing, "the database does not answer");
                for entry in entries {
                    entry.reply.give(Err(if committing {
                        not_known()
                    } else {
                        not_stored("the database does not answer")
                    }));
                }
                return;
            }
        };
        self.answer(entries, steps).await;
    }

    /// Loads, decides and commits.
    async fn transaction(&mut self, entries: &[Entry]) -> Result<Vec<Step>, Failed> {
        let Some(session) = &self.session else {
            return Err(Failed::NotStored(Fault::Silence));
        };
        session
            .count_batch()
            .await
            .map_err(|error| Failed::NotStored(Fault::Engine(error)))?;
        load::learn_shared(session, entries, &mut self.shared)
            .await
            .map_err(Failed::NotStored)?;
        let mut rows = load::load(session, self.bucket, entries, &self.shared)
            .await
            .map_err(Failed::NotStored)?;
        let steps = plan_all(&mut rows, entries, &self.clock);
        let learnt = std::mem::take(&mut rows.learnt);
        let (_, batch) = clock::new_id().as_u64_pair();
        let batch = batch.cast_signed();
        let saved = if rows.is_unchanged() {
            let ended = session.client.batch_execute("ROLLBACK").await;
            ended.map_err(|error| NotSaved::Certainly(Fault::Engine(error)))
        } else {
            save(session, &rows, batch).await
        };
        let transaction = rows.transaction;
        drop(rows);
        self.shared.remember(learnt);
        match saved {
            Ok(()) => Ok(steps),
            Err(NotSaved::Certainly(fault)) => Err(Failed::NotStored(fault)),
            Err(NotSaved::Perhaps(error)) => {
                let doubt = Doubt {
                    transaction,
                    timeline: session.timeline.clone(),
                    bucket: i16::try_from(self.bucket).unwrap_or(-1),
                    batch,
                };
                Err(Failed::InDoubt(doubt, steps, error))
            }
        }
    }

    /// Answers votes that are stored or refused, after making what others need to run again.
    async fn answer(&mut self, entries: Vec<Entry>, steps: Vec<Step>) {
        let mut wanting: Vec<(Missing, Option<RefusalReason>, Entry)> = Vec::new();
        for (entry, step) in entries.into_iter().zip(steps) {
            match step {
                Step::Answer(answer) => entry.reply.give(answer.map(Cast::Voted)),
                Step::Elsewhere => entry.hand_back(),
                Step::Again(missing) => wanting.push((missing, None, entry)),
                Step::Register(reason) => {
                    let author = true;
                    let missing = Missing {
                        author,
                        ..Missing::default()
                    };
                    wanting.push((missing, Some(reason), entry));
                }
            }
        }
        if wanting.is_empty() {
            return;
        }
        let wanted: Vec<_> = wanting
            .iter()
            .map(|(missing, _, entry)| (*missing, entry))
            .collect();
        let made = match &self.session {
            None => Err(Fault::Silence),
            Some(session) => {
                let made = make::make(session, self.buckets, &wanted, self.clock.now());
                timeout(limits::LANE_BATCH_TIME, made)
                    .await
                    .unwrap_or_else(|_| Err(Fault::Silence))
            }
        };
        drop(wanted);
        let mut again = Vec::new();
        for (_, refused, entry) in wanting {
            match refused {
                Some(reason) if made.is_ok() => {
                    entry.reply.give(Err(VoteError::Refused(reason)));
                }
                _ => again.push(entry),
            }
        }
        match made {
            Ok(()) => self.run_again(again),
            Err(fault) => self.not_stored(again, fault).await,
        }
    }

    /// Has votes of which nothing is stored run again, but for those that did so too often.
    fn run_again(&mut self, entries: Vec<Entry>) {
        for mut entry in entries {
            entry.runs += 1;
            if entry.runs > limits::LANE_RUNS {
                entry.reply.give(Err(not_stored("it was run too often")));
            } else {
                self.again.push(entry);
            }
        }
    }

    /// A failed batch. If the connection was lost it runs again on the next; if it is a row's fault, its neighbours run
    /// without it.
    async fn not_stored(&mut self, mut entries: Vec<Entry>, fault: Fault) {
        let undone = match &self.session {
            Some(session) => session.undo().await,
            None => false,
        };
        if !undone {
            self.session = None;
        }
        let jobs = entries.len();
        let is_of_row = match &fault {
            Fault::Row(_) => true,
            Fault::Silence => false,
            Fault::Engine(error) => is_of_row(error),
        };
        let because = fault.told();
        tracing::error!(error = %because, jobs, "a batch could not be written");
        if is_of_row && entries.len() > 1 {
            let rest = entries.split_off(entries.len() / 2);
            self.parts.push_front(rest);
            self.parts.push_front(entries);
        } else if !undone {
            self.run_again(entries);
        } else {
            for entry in entries {
                entry.reply.give(Err(not_stored(because.clone())));
            }
        }
    }
}

impl Drop for Run {
    /// Whatever ends the thread, nobody waits for it any more.
    fn drop(&mut self) {
        self.queue.abandon();
    }
}

fn not_stored(because: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> VoteError {
    let message = "the store could not write; nothing was stored, try again";
    Error::new(ErrorKind::Unavailable, message)
        .because(because)
        .into()
}

/// Decides votes in their order. After one that was overtaken by those before it, the others for what it judges run
/// again too. Where one waits for what is to be made for it, others go before it, for all of them are under way at once.
fn plan_all<'batch>(rows: &mut Rows<'batch>, entries: &'batch [Entry], clock: &Clock) -> Vec<Step> {
    let mut later = HashSet::new();
    let mut steps = Vec::with_capacity(entries.len());
    for Entry { vote, .. } in entries {
        let aim = vote.aim();
        let step = if !later.is_empty() && later.contains(&aim) {
            Step::Again(Missing::default())
        } else {
            plan(rows, vote, clock.now())
        };
        if matches!(&step, Step::Again(missing) if missing.is_nothing()) {
            later.insert(aim);
        }
        steps.push(step);
    }
    steps
}

/// Whether a failure is of what one vote says, rather than of the database's state.
fn is_of_row(error: &tokio_postgres::Error) -> bool {
    // Exceptions of data, breaches of constraints, and what no statement of ours should meet.
    error.code().map_or_else(
        || !error.is_closed() && error.as_db_error().is_none() && is_of_values(error),
        |code| matches!(code.code().get(..2), Some("22" | "23" | "54" | "XX" | "42")),
    )
}

/// Whether values could not be sent or read.
fn is_of_values(error: &tokio_postgres::Error) -> bool {
    let source = std::error::Error::source(error);
    source.is_some_and(|source| !source.is::<std::io::Error>())
}

fn observe(size: usize, depth: usize, started: Instant) {
    #[expect(
        clippy::cast_precision_loss,
        reason = "sizes and depths are far below 2^52"
    )]
    let (size, depth) = (size as f64, depth as f64);
    metrics::histogram!("candor_write_batch_size").record(size);
    metrics::gauge!("candor_write_queue_depth").set(depth);
    metrics::histogram!("candor_commit_seconds").record(started.elapsed().as_secs_f64());
}
