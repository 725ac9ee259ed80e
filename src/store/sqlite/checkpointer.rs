//! Moves committed pages from the log into the database, on a thread of its own, so that no commit waits for it.

use super::engine::Location;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::Notify;

/// The thread.
#[derive(Debug)]
pub(super) struct Checkpointer {
    state: Arc<State>,
    stop: SyncSender<()>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct State {
    full: AtomicBool,
    emptied: Notify,
}

impl Checkpointer {
    pub(super) fn start(location: &Location, database: &Path) -> Result<Self> {
        let cannot_start = |error: String| {
            Error::new(ErrorKind::Unavailable, "the checkpointer cannot start").because(error)
        };
        let connection = location
            .open_checkpointer()
            .map_err(|error| cannot_start(error.to_string()))?;
        let state = Arc::new(State::default());
        let (stop, asked) = sync_channel(1);
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        let run = Run {
            connection,
            log: PathBuf::from(log),
            state: Arc::clone(&state),
        };
        let thread = std::thread::Builder::new()
            .name("checkpointer".to_owned())
            .spawn(move || run.run(&asked))
            .map_err(|error| cannot_start(error.to_string()))?;
        Ok(Self {
            state,
            stop,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Waits while the log is larger than [`limits::LOG_BYTES`].
    pub(super) async fn wait_while_full(&self) {
        while self.state.full.load(Ordering::Acquire) {
            let emptied = self.state.emptied.notified();
            if self.state.full.load(Ordering::Acquire) {
                emptied.await;
            }
        }
    }

    /// Empties the log and ends the thread. Called when the writer has ended.
    pub(super) async fn stop(&self) {
        let _ = self.stop.try_send(());
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

struct Run {
    connection: Connection,
    log: PathBuf,
    state: Arc<State>,
}

impl Run {
    fn run(&self, asked_to_stop: &Receiver<()>) {
        loop {
            match asked_to_stop.recv_timeout(limits::CHECKPOINT_INTERVAL) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) => return self.checkpoint("TRUNCATE"),
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.log_bytes() == 0 {
                continue;
            }
            self.checkpoint("PASSIVE");
            if self.log_bytes() > limits::LOG_BYTES {
                // Under load a passive checkpoint never meets a moment without a writer, and the log grows. Votes are
                // held back for the one that empties it; where a reader is in its way they go on after a short wait,
                // and it is tried again.
                self.state.full.store(true, Ordering::Release);
                self.checkpoint("TRUNCATE");
                self.state.full.store(false, Ordering::Release);
                self.state.emptied.notify_waiters();
            }
        }
    }

    fn log_bytes(&self) -> u64 {
        std::fs::metadata(&self.log).map_or(0, |file| file.len())
    }

    fn checkpoint(&self, mode: &str) {
        let sql = format!("PRAGMA wal_checkpoint({mode})");
        if let Err(error) = self.connection.query_row(&sql, [], |_| Ok(())) {
            tracing::warn!(%error, mode, "a checkpoint failed");
        }
    }
}
