//! A lane's connection: opened again whenever it is lost, while nobody waits for it.

use super::doubt::{Doubt, Fate};
use super::entry::Job;
use super::run::Run;
use super::session::Session;
use super::unreachable;
use crate::error::Result;
use crate::limits;
use crate::store::postgres::told;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

impl Run {
    /// What became of a commit: asked for as long as that helps.
    pub(super) async fn fate(&mut self, doubt: &Doubt) -> Fate {
        let until = Instant::now() + limits::LANE_DOUBT_TIME;
        loop {
            if self.session.is_none() {
                self.session = self.open().await.ok();
            }
            if let Some(session) = &self.session {
                match timeout(limits::LANE_UNDO_TIME, doubt.ask(session)).await {
                    Ok(Ok(Fate::UnderWay)) => {}
                    Ok(Ok(fate)) => return fate,
                    Ok(Err(_)) | Err(_) => self.session = None,
                }
            }
            if Instant::now() > until {
                return Fate::Unknown;
            }
            self.meanwhile_refusing(sleep(limits::LANE_REFUSES_AFTER))
                .await;
        }
    }

    /// Connects, trying until it works. Nobody waits for that: votes are refused meanwhile.
    pub(super) async fn connect(&mut self) {
        let mut pause = limits::LANE_PAUSES.0;
        loop {
            match self.open().await {
                Ok(session) => {
                    self.session = Some(session);
                    return;
                }
                Err(error) if !self.health.is_down.swap(true, Ordering::Relaxed) => {
                    let cause = told(&error);
                    tracing::error!(
                        cause,
                        bucket = self.bucket,
                        "the database cannot be reached"
                    );
                }
                Err(_) => {}
            }
            self.refuse_waiting();
            if self.queue.has_ended() {
                return;
            }
            self.meanwhile_refusing(sleep(pause)).await;
            pause = (pause * 2).min(limits::LANE_PAUSES.1);
        }
    }

    /// Tries to connect once.
    async fn open(&mut self) -> Result<Session> {
        let connector = self.connector.clone();
        let opening = async move { Session::open(&connector).await };
        let session = self.meanwhile_refusing(opening).await?;
        self.health.was_up.store(true, Ordering::Relaxed);
        if self.health.is_down.swap(false, Ordering::Relaxed) {
            tracing::info!(bucket = self.bucket, "the database can be reached again");
        }
        Ok(session)
    }

    /// Waits for `work`; if that takes long, nobody waits with it.
    async fn meanwhile_refusing<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        // All lanes connect at once when the server starts.
        let is_first = !self.health.was_up.load(Ordering::Relaxed)
            && !self.health.is_down.load(Ordering::Relaxed);
        let patience = if is_first {
            limits::LANE_REFUSES_FIRST
        } else {
            limits::LANE_REFUSES_AFTER
        };
        loop {
            match timeout(patience, &mut work).await {
                Ok(done) => return done,
                Err(_) => self.refuse_waiting(),
            }
        }
    }

    /// Refuses all that waits, for there is no connection.
    fn refuse_waiting(&mut self) {
        self.health.is_down.store(true, Ordering::Relaxed);
        let queue = Arc::clone(&self.queue);
        while queue.depth() > 0 {
            queue.take(&mut self.taken, 0, Duration::ZERO);
        }
        for job in self.taken.drain(..) {
            match job {
                Job::Vote(entry) if entry.reply.begin() => {
                    entry.reply.give(Err(unreachable().into()));
                }
                Job::Project(_, reply) if reply.begin() => reply.give(Err(unreachable().into())),
                Job::Bucket(_, reply) if reply.begin() => reply.give(Err(unreachable().into())),
                Job::Vote(_) | Job::Project(..) | Job::Bucket(..) => {}
            }
        }
        let parts = self.parts.drain(..).flatten();
        for entry in self.again.drain(..).chain(parts) {
            entry.reply.give(Err(unreachable().into()));
        }
    }
}
