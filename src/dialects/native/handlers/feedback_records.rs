//! Feedback as records, one on a line, for those who follow it.

use super::{Answer, project};
use crate::app::{App, Follower, LogFilter, LoggedFeedback, News};
use crate::dialects::answer;
use crate::dialects::native::auth::MayRead;
use crate::dialects::native::convert;
use crate::dialects::native::request::Parameters;
use crate::dialects::native::wire::{FeedbackRecord, RecordQuery};
use crate::domain::Caller;
use crate::error::{Error, Result};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse as _;
use futures_util::stream;
use serde::Serialize;
use std::sync::Arc;

/// JSON, one object on a line.
const CONTENT_TYPE: &str = "application/x-ndjson";

/// Tells that the answer still lives.
const EMPTY_LINE: Bytes = Bytes::from_static(b"\n");

/// Streams feedback as records, in the order in which it was accepted.
///
/// One line a record, as Amazon Q's vended logs have it: the feedback that came by Amazon Q's interface, a record for each
/// time that a usefulness was accepted. What was said again is no record. With `follow`, the answer goes on with what is
/// accepted while it is read.
#[utoipa::path(get, path = "/feedback-records", tag = "feedback", params(RecordQuery),
    responses((status = 200, description = "Records, one on a line; with `positions`, each in an object with its position.",
        body = FeedbackRecord, content_type = "application/x-ndjson")),
)]
pub(in super::super) async fn stream_feedback_records(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    Parameters(query): Parameters<RecordQuery>,
) -> Answer {
    let project = match &query.project {
        Some(name) => Some(project(&app, &caller, name)?),
        None => None,
    };
    let (filter, positions, follow) = convert::log_filter(&query, project.as_deref())?;
    let mut records = Records {
        follower: follow.then(|| app.follow_feedback()).transpose()?,
        app,
        caller,
        filter,
        positions,
        ended: false,
    };
    // Read before the answer begins, so that a refusal can still be one.
    let first = records.read().await?;
    let body = Body::from_stream(stream::try_unfold((records, Some(first)), next));
    let kind = HeaderValue::from_static(CONTENT_TYPE);
    Ok(([(header::CONTENT_TYPE, kind)], body).into_response())
}

/// A reader of the log, and how far it is.
struct Records {
    app: Arc<App>,
    caller: Caller,
    filter: LogFilter,
    positions: bool,
    follower: Option<Follower>,
    ended: bool,
}

/// The next piece of the answer. A failure breaks it off, for there is no other way left to tell.
async fn next(
    (mut records, first): (Records, Option<Vec<LoggedFeedback>>),
) -> Result<Option<(Bytes, (Records, Option<Vec<LoggedFeedback>>))>> {
    let piece = records.piece(first).await;
    match piece {
        Ok(piece) => Ok(piece.map(|piece| (piece, (records, None)))),
        Err(error) => {
            answer::log_failure(&error);
            Err(error)
        }
    }
}

impl Records {
    async fn piece(&mut self, first: Option<Vec<LoggedFeedback>>) -> Result<Option<Bytes>> {
        if self.ended {
            return Ok(None);
        }
        let mut page = match first {
            Some(page) => page,
            None => self.read().await?,
        };
        while page.is_empty() {
            let Some(follower) = &mut self.follower else {
                return Ok(None);
            };
            match follower.wait().await {
                News::Some => page = self.read().await?,
                News::None => return Ok(Some(EMPTY_LINE)),
                News::Last => return Ok(None),
            }
        }
        // Whoever does not follow is told what there was, however fast more comes.
        self.ended = self.follower.is_none() && page.len() < self.filter.limit;
        self.lines(page).map(Some)
    }

    async fn read(&mut self) -> Result<Vec<LoggedFeedback>> {
        let page = self
            .app
            .logged_feedback(&self.caller, self.filter.clone())
            .await?;
        if let Some(last) = page.last() {
            self.filter.after = last.position;
        }
        Ok(page)
    }

    fn lines(&self, page: Vec<LoggedFeedback>) -> Result<Bytes> {
        let directory = self.app.directory();
        let mut lines = Vec::new();
        for logged in page {
            if self.positions {
                write(&mut lines, &convert::placed_record(&directory, logged))?;
            } else {
                write(&mut lines, &convert::feedback_record(&directory, logged))?;
            }
        }
        Ok(lines.into())
    }
}

fn write(lines: &mut Vec<u8>, record: &impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *lines, record).map_err(Error::internal)?;
    lines.push(b'\n');
    Ok(())
}
