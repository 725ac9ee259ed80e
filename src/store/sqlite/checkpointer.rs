//! Moves committed pages from the log into the database, so that the log begins anew and stays of one size.
//!
//! The log is written from its beginning again as soon as all of it is in the database. A thread of its own moves the most of
//! it while votes are committed, in small steps: what is on its way to the disk holds up the commits behind it. The last few
//! pages, which would never be the last while commits go on, are moved by the writer between two batches. Readers who come one after the other may keep the log from beginning anew for as long as they come; when
//! it has grown beyond a bound, votes wait for a moment, and those who read then are waited for. The log is not cut: a commit
//! into a file that does not grow is synced without the file's own size, in half of the time.

use super::engine::{Location, Syncer};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, ErrorCode};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// The thread.
#[derive(Debug)]
pub(super) struct Checkpointer {
    log: Arc<Log>,
    stop: SyncSender<()>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the writer and the checkpointer tell each other about the log.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// Pages that the log holds and that may not all be in the database yet; the last commit's word.
    pages: AtomicI64,
    /// Whether the writer is asked for the last step of a checkpoint.
    last_step: AtomicBool,
    full: AtomicBool,
    emptied: Notify,
}

impl Log {
    /// Notes, after each commit of the writer's connection, how large the log is.
    pub(super) fn watch(self: &Arc<Self>, writer: &mut Connection) -> rusqlite::Result<()> {
        let log = Arc::clone(self);
        writer.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            log.pages.store(i64::from(pages), Ordering::Release);
            Ok(())
        }))
    }

    /// Notes that nothing in the log is needed, unless something was committed since it had so many pages.
    fn begins_anew(&self, pages: i64) {
        let _ = self
            .pages
            .compare_exchange(pages, 0, Ordering::AcqRel, Ordering::Acquire);
    }

    /// The writer's part, between two batches: moves the few pages that are left, if it is asked to.
    pub(super) fn take_last_step(&self, writer: &Connection) {
        if self.last_step.load(Ordering::Acquire) {
            if checkpoint(writer, CheckpointMode::PASSIVE) == Some(0) {
                self.pages.store(0, Ordering::Release);
            }
            self.last_step.store(false, Ordering::Release);
        }
    }
}

impl Checkpointer {
    pub(super) fn start(location: &Location, log: &Arc<Log>) -> Result<Self> {
        let cannot_start = |error: String| {
            Error::new(ErrorKind::Unavailable, "the checkpointer cannot start").because(error)
        };
        let connection = location
            .open_checkpointer()
            .map_err(|error| cannot_start(error.to_string()))?;
        let (stop, asked) = sync_channel(1);
        let syncer = location
            .open_syncer()
            .map_err(|error| cannot_start(error.to_string()))?;
        let run = Run {
            connection,
            syncer,
            log: Arc::clone(log),
        };
        let thread = std::thread::Builder::new()
            .name("checkpointer".to_owned())
            .spawn(move || run.run(&asked))
            .map_err(|error| cannot_start(error.to_string()))?;
        Ok(Self {
            log: Arc::clone(log),
            stop,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Waits while the log is larger than [`limits::LOG_PAGES_HELD_BACK`].
    pub(super) async fn wait_while_full(&self) {
        while self.log.full.load(Ordering::Acquire) {
            let emptied = self.log.emptied.notified();
            if self.log.full.load(Ordering::Acquire) {
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
    syncer: Syncer,
    log: Arc<Log>,
}

/// What was seen of the log.
struct Seen {
    /// Its pages,
    pages: i64,
    /// since when there are so many,
    since: Instant,
    /// and how many of them were moved on the way.
    moved: i64,
}

impl Run {
    fn run(&self, asked_to_stop: &Receiver<()>) {
        let mut seen = Seen {
            pages: 0,
            since: Instant::now(),
            moved: 0,
        };
        let mut wait = limits::CHECKPOINT_INTERVAL;
        loop {
            match asked_to_stop.recv_timeout(wait) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) => {
                    // SQLite takes the empty log away with the last connection.
                    checkpoint(&self.connection, CheckpointMode::PASSIVE);
                    return;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
            wait = self.look(&mut seen);
        }
    }

    /// Does what the log needs, and says when to look again.
    fn look(&self, seen: &mut Seen) -> Duration {
        let pages = self.log.pages.load(Ordering::Acquire);
        if pages != seen.pages {
            // Fewer pages than before: it began anew.
            seen.moved = if pages < seen.pages { 0 } else { seen.moved };
            seen.pages = pages;
            seen.since = Instant::now();
        }
        let at_rest = seen.since.elapsed() >= limits::CHECKPOINT_INTERVAL;
        if pages > 0 && (at_rest || pages >= limits::LOG_PAGES) {
            let emptied = self.empty();
            if !emptied && pages > limits::LOG_PAGES_HELD_BACK {
                self.hold_back(pages);
            }
            if !emptied {
                return limits::CHECKPOINT_INTERVAL;
            }
        } else if pages - seen.moved >= limits::LOG_STEP_PAGES {
            self.take_step();
            seen.moved = pages;
        }
        if at_rest {
            limits::CHECKPOINT_INTERVAL
        } else {
            limits::LOG_STEP_LOOK
        }
    }

    /// Moves what it can and has it on the disk, beside commits: SQLite syncs the database only after a checkpoint during which
    /// nothing was committed, and the writer's last step would wait for all that was moved before. Returns what
    /// [`checkpoint`] does.
    fn take_step(&self) -> Option<i64> {
        let left = checkpoint(&self.connection, CheckpointMode::PASSIVE);
        if let Err(error) = self.syncer.sync() {
            tracing::error!(%error, "the database could not be synced, though its log could: see whether the disk is well, and run candor doctor");
        }
        left
    }

    /// Moves what the log holds while commits go on, and has the writer move what came meanwhile. Returns whether the log
    /// begins anew, which a reader that still needs it prevents.
    fn empty(&self) -> bool {
        for _ in 0..limits::CHECKPOINT_ROUNDS {
            let pages = self.log.pages.load(Ordering::Acquire);
            let left = self.take_step();
            // A reader kept back what is left.
            if left != Some(0) {
                return false;
            }
            let came = self.log.pages.load(Ordering::Acquire) - pages;
            if came == 0 {
                self.log.begins_anew(pages);
                return true;
            }
            if came < limits::LAST_STEP_PAGES {
                break;
            }
        }
        self.log.last_step.store(true, Ordering::Release);
        let began = Instant::now();
        while self.log.last_step.load(Ordering::Acquire) {
            if began.elapsed() > limits::CHECKPOINT_WAIT {
                return false;
            }
            std::thread::sleep(limits::LAST_STEP_LOOK);
        }
        self.log.pages.load(Ordering::Acquire) < limits::LOG_PAGES
    }

    /// Has votes wait for a moment, so that the log does not fill the disk while readers keep it from beginning anew. With nothing
    /// new in it, it can begin anew as soon as those that read now are done, whoever comes after them. The larger it is, the longer
    /// they are waited for.
    fn hold_back(&self, pages: i64) {
        let parts = u32::try_from(pages / limits::LOG_PAGES_HELD_BACK).unwrap_or(u32::MAX);
        let wait = limits::CHECKPOINT_WAIT.saturating_mul(parts);
        self.log.full.store(true, Ordering::Release);
        self.wait_for_readers(wait.min(limits::HELD_BACK_LONGEST));
        self.log.full.store(false, Ordering::Release);
        self.log.emptied.notify_waiters();
    }

    /// Has the log begin anew, if those who read it are done within the time.
    fn wait_for_readers(&self, wait: Duration) {
        if let Err(error) = self.connection.busy_timeout(wait) {
            tracing::warn!(%error, "a checkpoint cannot wait");
        }
        let pages = self.log.pages.load(Ordering::Acquire);
        if checkpoint(&self.connection, CheckpointMode::RESTART) == Some(0) {
            self.log.begins_anew(pages);
        }
    }
}

/// Moves what it can. Returns how many pages are left, of those that it found; none if it failed, or waited in vain.
fn checkpoint(connection: &Connection, mode: CheckpointMode) -> Option<i64> {
    match connection.wal_checkpoint_v2(None::<&str>, mode) {
        Ok((in_log, moved)) => Some(i64::from(in_log) - i64::from(moved)),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => None,
        Err(error) => {
            tracing::warn!(%error, "a checkpoint failed");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_begins_anew_while_commits_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::File(folder.path().join("test.sqlite3"));
        let mut writer = location.open_writer().unwrap();
        let log = Arc::new(Log::default());
        log.watch(&mut writer).unwrap();
        let _checkpointer = Checkpointer::start(&location, &log).unwrap();
        writer
            .execute_batch("CREATE TABLE filler (bytes BLOB)")
            .unwrap();
        // Far more than the log may hold, if it did not begin anew.
        let began_anew = (0..100_000).any(|_| {
            writer
                .execute("INSERT INTO filler (bytes) VALUES (zeroblob(100000))", [])
                .unwrap();
            let before = log.pages.load(Ordering::Acquire);
            log.take_last_step(&writer);
            log.pages.load(Ordering::Acquire) < before
        });
        assert!(began_anew);
    }

    #[test]
    fn pages_are_moved_on_the_way_while_commits_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.sqlite3");
        let location = Location::File(file.clone());
        let mut writer = location.open_writer().unwrap();
        let log = Arc::new(Log::default());
        log.watch(&mut writer).unwrap();
        writer
            .execute_batch("CREATE TABLE filler (bytes BLOB)")
            .unwrap();
        let _checkpointer = Checkpointer::start(&location, &log).unwrap();
        // The last step is never taken, so that the log does not begin anew.
        let moved_at = std::iter::repeat_with(|| {
            writer
                .execute("INSERT INTO filler (bytes) VALUES (zeroblob(100000))", [])
                .unwrap();
            std::thread::sleep(limits::LOG_STEP_LOOK);
            let pages = i64::try_from(file.metadata().unwrap().len() / 4096).unwrap();
            (pages > limits::LOG_STEP_PAGES / 2).then(|| log.pages.load(Ordering::Acquire))
        });
        let moved_at = moved_at.take(2000).flatten().next().unwrap();
        assert!(moved_at < limits::LOG_PAGES / 2, "{moved_at} pages");
    }

    #[test]
    fn the_log_begins_anew_while_there_is_always_somebody_who_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::File(folder.path().join("test.sqlite3"));
        let mut writer = location.open_writer().unwrap();
        let log = Arc::new(Log::default());
        log.watch(&mut writer).unwrap();
        writer
            .execute_batch("CREATE TABLE filler (bytes BLOB)")
            .unwrap();
        let readers = [(); 2].map(|()| location.open_reader().unwrap());
        let begin = |reader: &Connection| {
            let read = "BEGIN; SELECT count(*) FROM (SELECT 1 FROM filler LIMIT 1)";
            reader.execute_batch(read).unwrap();
        };
        let _checkpointer = Checkpointer::start(&location, &log).unwrap();
        let done = &AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                begin(&readers[0]);
                for turn in (0..2).cycle() {
                    std::thread::sleep(limits::CHECKPOINT_WAIT / 10);
                    begin(&readers[1 - turn]);
                    readers[turn].execute_batch("COMMIT").unwrap();
                    if done.load(Ordering::Acquire) {
                        break;
                    }
                }
            });
            let mut before = 0;
            let began_anew = (0..2000).any(|_| {
                while log.full.load(Ordering::Acquire) {
                    std::thread::sleep(limits::LAST_STEP_LOOK);
                }
                writer
                    .execute("INSERT INTO filler (bytes) VALUES (zeroblob(1000000))", [])
                    .unwrap();
                log.take_last_step(&writer);
                let pages = log.pages.load(Ordering::Acquire);
                std::mem::replace(&mut before, pages) > pages
            });
            done.store(true, Ordering::Release);
            assert!(began_anew);
        });
    }
}
