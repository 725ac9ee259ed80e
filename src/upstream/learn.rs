//! Reading what passed, and writing what is learnt from it, behind the answers.

use super::copies::{Copies, Forgotten};
use super::decode::decoded;
use super::exchange::{Exchange, Learnt, Read};
use super::pass::Passing;
use crate::app::{App, Expected};
use crate::domain::vote::RowRef;
use crate::domain::{Project, ProjectId, Timestamp};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, header};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// What passed, as it came.
#[derive(Debug)]
pub(super) struct Passed {
    pub(super) asked: Asked,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) copies: Copies,
    pub(super) whole: bool,
}

/// What is known of an exchange when its request comes.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) project: Arc<Project>,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) encoding: HeaderMap,
    pub(super) at: Timestamp,
    pub(super) read: Read,
    /// Until this is dropped, votes on what is not known wait.
    pub(super) expected: Expected,
}

/// The task that learns. It goes on until it is stopped.
#[derive(Debug)]
pub struct Learning {
    app: Arc<App>,
    task: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

/// What one exchange taught.
struct Lesson {
    project: ProjectId,
    learnt: Vec<Learnt>,
    expected: Expected,
}

impl Passing {
    /// Starts to learn from what passes. Without it, nothing is learnt.
    pub fn start_learning(&self) -> Option<Learning> {
        let mut queue = self.take_queue()?;
        let (stop, mut stopped) = watch::channel(false);
        let app = Arc::clone(self.app());
        let learning = Arc::clone(&app);
        let task = tokio::spawn(async move {
            let mut batch = Vec::with_capacity(limits::LEARN_BATCH);
            loop {
                let received = tokio::select! {
                    received = queue.recv_many(&mut batch, limits::LEARN_BATCH) => received,
                    _ = stopped.wait_for(|stopped| *stopped), if !queue.is_closed() => {
                        // What waits is still received.
                        queue.close();
                        continue;
                    }
                };
                if received == 0 {
                    return;
                }
                learn(&learning, &mut batch).await;
            }
        });
        Some(Learning { app, task, stop })
    }
}

impl Learning {
    /// Takes no more, and writes what waits, if that does not take too long.
    pub async fn stop(self) {
        // Streams that were cut off a moment ago may not have come to the queue yet.
        self.app.learnt_so_far(None).await;
        self.stop.send_replace(true);
        let task = self.task;
        let abort = task.abort_handle();
        if tokio::time::timeout(limits::LEARN_STOP_TIME, task)
            .await
            .is_err()
        {
            abort.abort();
            tracing::warn!("not all that passed was written before the stop");
        }
    }
}

/// Counts what is not learnt.
pub(super) fn forget(project: &Project, why: Forgotten) {
    let dialect = project
        .upstream
        .as_ref()
        .map_or("", |upstream| upstream.dialect.name());
    metrics::counter!("candor_forgotten_total", "dialect" => dialect, "reason" => why.name())
        .increment(1);
}

async fn learn(app: &Arc<App>, batch: &mut Vec<Passed>) {
    let passed = std::mem::take(batch);
    // Taking compression off and reading may take milliseconds, for which no request has to wait.
    let read = tokio::task::spawn_blocking(move || {
        passed.into_iter().filter_map(read).collect::<Vec<_>>()
    });
    let Ok(lessons) = read.await else { return };
    let mut writes = Vec::new();
    for lesson in lessons {
        let Lesson {
            project,
            learnt,
            expected,
        } = lesson;
        let expected = Arc::new(expected);
        for learnt in learnt {
            // The others share a commit, and keep their order as long as the writer takes them on. What is deleted must
            // not come back because something before it had to wait.
            let alone = matches!(learnt, Learnt::Deleted { .. });
            if alone {
                futures_util::future::join_all(writes.drain(..)).await;
            }
            let write = write(app, project, learnt, Arc::clone(&expected));
            if alone {
                write.await;
            } else {
                writes.push(write);
            }
        }
    }
    futures_util::future::join_all(writes).await;
}

/// What one exchange teaches; none if there is nothing in it.
fn read(passed: Passed) -> Option<Lesson> {
    let Passed {
        asked,
        status,
        headers,
        mut copies,
        whole,
    } = passed;
    if let Some(why) = copies.forgotten {
        forget(&asked.project, why);
        return None;
    }
    let (request, answer) = (
        std::mem::take(&mut copies.request),
        std::mem::take(&mut copies.answer),
    );
    // Whatever came over the network, it must not take others down that are read with it.
    let plain = catch_unwind(AssertUnwindSafe(|| {
        Some((
            decoded(&asked.encoding, request)?,
            decoded(&headers, answer)?,
        ))
    }));
    let Ok(Some(((request, _), (answer, ended)))) = plain else {
        forget(&asked.project, Forgotten::Unreadable);
        return None;
    };
    let exchange = Exchange {
        project: asked.project,
        method: asked.method,
        path: asked.path,
        query: asked.query,
        request: Bytes::from(request),
        status,
        headers,
        answer: Bytes::from(answer),
        whole: whole && ended,
        asked_at: asked.at,
    };
    // What it leaves half done is dropped with it.
    let Ok(learnt) = catch_unwind(AssertUnwindSafe(|| (asked.read)(&exchange))) else {
        forget(&exchange.project, Forgotten::Unreadable);
        return None;
    };
    (!learnt.is_empty()).then(|| Lesson {
        project: exchange.project.id,
        learnt,
        expected: asked.expected,
    })
}

/// Writes one thing, and waits for a place in the writer's queue, within a bound.
async fn write(app: &App, project: ProjectId, learnt: Learnt, expected: Arc<Expected>) {
    let directory = app.directory();
    let Some(project) = directory.project(project) else {
        return;
    };
    let mut written = apply(app, project, learnt.clone()).await;
    for wait in limits::LEARN_RETRIES {
        if !matches!(&written, Err(error) if error.kind() == ErrorKind::Busy) {
            break;
        }
        tokio::time::sleep(wait).await;
        written = apply(app, project, learnt.clone()).await;
    }
    drop(expected);
    match written {
        Ok(()) => {
            let dialect = project
                .upstream
                .as_ref()
                .map_or("", |upstream| upstream.dialect.name());
            metrics::counter!("candor_remembered_total", "dialect" => dialect).increment(1);
        }
        Err(error) => {
            let why = match error.kind() {
                ErrorKind::Busy | ErrorKind::Unavailable | ErrorKind::Internal => {
                    Forgotten::Unwritten
                }
                _ => Forgotten::Refused,
            };
            // Not the message, which may quote what somebody said.
            tracing::warn!(
                kind = ?error.kind(), why = why.name(),
                "something that passed is not remembered"
            );
            forget(project, why);
        }
    }
}

/// Tells the application what was learnt, as its operator: the client that asked need not know what it teaches.
async fn apply(app: &App, project: &Project, learnt: Learnt) -> Result<()> {
    if project.deleted_at.is_some() {
        return Err(Error::not_found("the project was deleted"));
    }
    let operator = App::operator(project.workspace);
    match learnt {
        Learnt::Conversation(draft) => app
            .ingest(&operator, project, vec![*draft], None)
            .await
            .map(drop),
        Learnt::Said(said) => app
            .continue_conversation(&operator, project, *said)
            .await
            .map(drop),
        Learnt::Person { end_user, draft } => app
            .put_workspace_end_user(&operator, project.workspace, &end_user, *draft)
            .await
            .map(drop),
        Learnt::Tags {
            conversation,
            change,
        } => app
            .change_tags(&operator, project, RowRef::External(conversation), change)
            .await
            .map(drop),
        Learnt::Deleted {
            conversation,
            end_user,
        } => app
            .erase_conversation(&operator, project, RowRef::External(conversation), end_user)
            .await
            .map(drop),
    }
}

/// What says how a request's body is encoded, and nothing else: its other headers hold credentials.
pub(super) fn encoding_of(headers: &HeaderMap) -> HeaderMap {
    let all = headers.get_all(header::CONTENT_ENCODING);
    all.iter()
        .map(|value| (header::CONTENT_ENCODING, value.clone()))
        .collect()
}

/// The way to the task that learns.
pub(super) fn queue() -> (mpsc::Sender<Passed>, mpsc::Receiver<Passed>) {
    mpsc::channel(limits::LEARN_QUEUE)
}
