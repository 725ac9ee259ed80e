//! Sends the votes that vendors are to hear of.
//!
//! Of each target one vote at a time, so that a vendor hears of them in the order in which they were accepted; of
//! several targets a few at once. What fails is tried again after longer and longer waits, and while nothing arrives at a
//! vendor's server, one vote alone tries whether it is back. A vote's job is kept until what became of it is on disk: a
//! server that is killed may send one twice, which vendors' own calls are made for, and never none.

use crate::app::{App, HeldLock, MirrorPlace, MirrorTask, Settlement};
use crate::clock::Clock;
use crate::dialects;
use crate::domain::{Dialect, ProjectId};
use crate::error::Error;
use crate::limits;
use crate::upstream::{Call, Heard, Passing};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};

/// Sends votes until it is stopped.
#[derive(Debug)]
pub struct Mirror {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Run {
    app: Arc<App>,
    passing: Arc<Passing>,
    lanes: HashMap<ProjectId, Lane>,
    sending: JoinSet<Health>,
    /// When what waits was last counted.
    counted: Option<Instant>,
    /// That this server is the one that sends.
    lead: Option<HeldLock>,
    /// When it last asked to be.
    lead_asked: Option<Instant>,
}

/// The way to one project's upstream.
#[derive(Debug, Default)]
struct Lane {
    sending: HashMap<Id, Sent>,
    /// How often in succession nothing arrived.
    failures: u32,
    /// Nothing is sent before.
    until: Option<Instant>,
}

/// A vote that is being sent.
#[derive(Clone, Copy, Debug)]
struct Sent {
    place: MirrorPlace,
    /// The failures of its lane when it began: what was sent at the same time fails for the same reason.
    failures: u32,
}

/// What a try tells of the vendor's server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    /// It answers.
    Well,
    /// It does not take anything now.
    Unwell {
        /// How long it asks to be left alone.
        asked: Option<Duration>,
    },
    /// Nothing: it was not asked.
    Unknown,
}

impl Mirror {
    /// Begins to send.
    pub fn start(app: Arc<App>, passing: Arc<Passing>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let run = Run {
            app,
            passing,
            lanes: HashMap::new(),
            sending: JoinSet::new(),
            counted: None,
            lead: None,
            lead_asked: None,
        };
        Self {
            stop,
            task: tokio::spawn(run.run(stopped)),
        }
    }

    /// Sends nothing more, and waits a little for what is being sent. To be called before the store is closed.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let ended = tokio::time::timeout(limits::MIRROR_STOP_TIME, &mut self.task).await;
        if ended.is_err() {
            self.task.abort();
            tracing::info!(
                "votes that were being sent to vendors are sent again after the next start"
            );
        }
    }
}

impl Run {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        loop {
            if self.leads().await {
                self.count().await;
                self.send_what_is_due().await;
            }
            let app = Arc::clone(&self.app);
            tokio::select! {
                Some(done) = self.sending.join_next_with_id() => {
                    self.done(done);
                    while let Some(done) = self.sending.try_join_next_with_id() {
                        self.done(done);
                    }
                }
                () = app.mirror_news() => {}
                () = tokio::time::sleep(limits::MIRROR_INTERVAL) => {}
                _ = stopped.wait_for(|stopped| *stopped) => break,
            }
        }
        while self.sending.join_next().await.is_some() {}
    }

    /// Whether this server is the one that sends. Of several, one does, and when it is gone, another.
    async fn leads(&mut self) -> bool {
        if self.lead.as_ref().is_some_and(HeldLock::is_held) {
            return true;
        }
        if self
            .lead_asked
            .is_some_and(|at| at.elapsed() < limits::MIRROR_LEAD_INTERVAL)
        {
            return false;
        }
        self.lead_asked = Some(Instant::now());
        self.lead = match self.app.lead_mirror().await {
            Ok(lead) => lead,
            Err(error) => {
                tracing::warn!(%error, "it is not known who sends votes to vendors");
                None
            }
        };
        self.lead.is_some()
    }

    async fn send_what_is_due(&mut self) {
        for project in self.app.mirrored_projects() {
            let lane = self.lanes.entry(project.id).or_default();
            let places = lane.places(Instant::now());
            if places == 0 {
                continue;
            }
            let besides = lane.sending.values().map(|sent| sent.place).collect();
            let due = match self.app.due_mirror_tasks(&project, besides, places).await {
                Ok(due) => due,
                Err(error) => {
                    tracing::warn!(%error, project = %project.id, "votes that are to be sent could not be read");
                    continue;
                }
            };
            for task in due {
                let place = task.job.place;
                let work = send(Arc::clone(&self.app), Arc::clone(&self.passing), task);
                let id = self.sending.spawn(work).id();
                let failures = lane.failures;
                lane.sending.insert(id, Sent { place, failures });
            }
        }
    }

    fn done(&mut self, done: Result<(Id, Health), JoinError>) {
        let (id, health) = match done {
            Ok(done) => done,
            Err(error) => {
                tracing::error!("sending a vote panicked");
                (error.id(), Health::Unwell { asked: None })
            }
        };
        for lane in self.lanes.values_mut() {
            if let Some(sent) = lane.sending.remove(&id) {
                lane.heard(sent, health, Instant::now());
            }
        }
    }

    /// Tells how much waits, every now and then.
    async fn count(&mut self) {
        let recently = |at: Instant| at.elapsed() < limits::MIRROR_COUNT_INTERVAL;
        if self.counted.is_some_and(recently) {
            return;
        }
        self.counted = Some(Instant::now());
        let Ok(counts) = self.app.all_mirror_counts().await else {
            return;
        };
        for (state, count) in [
            ("waiting", counts.waiting),
            ("refused", counts.refused),
            ("given_up", counts.given_up),
            ("not_mirrored", counts.not_mirrored),
        ] {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            metrics::gauge!("candor_mirror_votes", "state" => state).set(f64::from(count));
        }
        let now = self.app.clock().now();
        let oldest = counts.oldest_waiting_at.map_or(0, |oldest| {
            now.seconds().saturating_sub(oldest.seconds()).max(0)
        });
        let oldest = u32::try_from(oldest).unwrap_or(u32::MAX);
        metrics::gauge!("candor_mirror_oldest_seconds").set(f64::from(oldest));
    }
}

impl Lane {
    /// How many more may be sent now.
    fn places(&self, now: Instant) -> usize {
        if self.until.is_some_and(|until| now < until) {
            return 0;
        }
        let most = match self.failures {
            0 => limits::MIRROR_AT_ONCE,
            _ => 1,
        };
        let places = most.saturating_sub(self.sending.len());
        // A look into the store is for several, as long as there is enough to do meanwhile.
        if places * 2 < most { 0 } else { places }
    }

    fn heard(&mut self, sent: Sent, health: Health, now: Instant) {
        match health {
            Health::Well => {
                self.failures = 0;
                self.until = None;
            }
            Health::Unwell { asked } => {
                if sent.failures >= self.failures {
                    self.failures = self.failures.saturating_add(1);
                }
                let wait = asked.unwrap_or_else(|| wait_after(self.failures));
                self.until = Some(now + wait).max(self.until);
            }
            Health::Unknown => {}
        }
    }
}

/// How long to wait after so many failures.
fn wait_after(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    limits::MIRROR_FIRST_WAIT
        .saturating_mul(1 << doublings)
        .min(limits::MIRROR_LONGEST_WAIT)
}

/// Sends a vote, and keeps what became of it.
async fn send(app: Arc<App>, passing: Arc<Passing>, task: MirrorTask) -> Health {
    let upstream = task.project.upstream.as_ref();
    let dialect = upstream.map_or(Dialect::Native, |upstream| upstream.dialect);
    let (settlement, health) = match dialects::mirrored(&task) {
        Ok(call) => try_once(app.clock(), &passing, dialect, &task, call).await,
        Err(error) => {
            let reason = error.message().to_owned();
            (Settlement::NotMirrored { reason }, Health::Unknown)
        }
    };
    note(dialect, &task, &settlement);
    settle(&app, task.job.place, settlement).await;
    health
}

async fn try_once(
    clock: &Clock,
    passing: &Passing,
    dialect: Dialect,
    task: &MirrorTask,
    call: Call,
) -> (Settlement, Health) {
    let reply = match passing.call(call).await {
        Ok(reply) => reply,
        Err(failure) => {
            let settlement = failed(clock, task, None, None, told(&failure.error));
            return (settlement, Health::Unwell { asked: None });
        }
    };
    let status = reply.status.as_u16();
    let reason = reply.word(&task.credential.secrets());
    match dialects::heard(dialect, task, &reply) {
        Heard::Arrived => (Settlement::Arrived, Health::Well),
        Heard::Refused => (Settlement::Refused { status, reason }, Health::Well),
        Heard::Later => {
            // None at all, or one that is over, would have us ask again and again without a pause.
            let asked = reply
                .retry_after(clock.now())
                .filter(|wait| *wait >= limits::MIRROR_FIRST_WAIT)
                .map(|wait| wait.min(limits::MIRROR_LONGEST_ASKED_WAIT));
            let settlement = failed(clock, task, asked, Some(status), reason);
            (settlement, Health::Unwell { asked })
        }
    }
}

/// Why a server could not be asked, with what the system says of it.
fn told(error: &Error) -> String {
    use std::error::Error as _;
    let mut told = error.message().to_owned();
    let mut cause = error.source();
    while let Some(source) = cause {
        told = format!("{told}: {source}");
        cause = source.source();
    }
    told.chars()
        .take(limits::MIRROR_REASON_CHARACTERS)
        .collect()
}

/// What becomes of a vote that did not arrive: it is tried again, unless that went on for too long.
fn failed(
    clock: &Clock,
    task: &MirrorTask,
    asked: Option<Duration>,
    status: Option<u16>,
    reason: String,
) -> Settlement {
    let now = clock.now();
    let since = task.job.tried_since.unwrap_or(now);
    let longest = i64::try_from(limits::MIRROR_TRIED_FOR.as_micros()).unwrap_or(i64::MAX);
    if since.plus_microseconds(longest) <= now {
        return Settlement::GivenUp { status, reason };
    }
    let wait = asked.unwrap_or_else(|| wait_after(task.job.attempts.saturating_add(1)));
    let wait = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
    Settlement::Again {
        at: now.plus_microseconds(wait),
        status,
        reason,
    }
}

/// Keeps what became of a vote. A store that is busy is asked again; if it takes nothing at all, the vote is sent again
/// later.
async fn settle(app: &App, place: MirrorPlace, settlement: Settlement) {
    for failures in 1.. {
        let Err(error) = app.settle_mirror_task(place, settlement.clone()).await else {
            return;
        };
        tracing::warn!(%error, "what became of a vote that was sent could not be kept yet");
        tokio::time::sleep(wait_after(failures)).await;
    }
}

/// Counts what became of a try, and tells of what will not be tried again. The vendor's words may hold anything: they are
/// kept with the vote, not in the log.
fn note(dialect: Dialect, task: &MirrorTask, settlement: &Settlement) {
    let (outcome, status) = match settlement {
        Settlement::Arrived => ("sent", None),
        Settlement::Again { status, .. } => ("failed", *status),
        Settlement::Refused { status, .. } => ("refused", Some(*status)),
        Settlement::GivenUp { status, .. } => ("given_up", *status),
        Settlement::NotMirrored { .. } => ("not_mirrored", None),
    };
    metrics::counter!(
        "candor_mirror_tries_total", "dialect" => dialect.name(), "outcome" => outcome
    )
    .increment(1);
    let (project, feedback) = (task.project.id, task.job.feedback.id);
    match settlement {
        Settlement::Refused { .. } | Settlement::GivenUp { .. } => {
            tracing::warn!(%project, %feedback, outcome, status, "a vote is not at the vendor");
        }
        Settlement::Again { .. } => {
            tracing::debug!(%project, %feedback, status, "a vote is to be sent again");
        }
        Settlement::Arrived | Settlement::NotMirrored { .. } => {}
    }
}
