//! The answer to `POST /export-chatlogs`: any number of conversations, of which few are in memory at once.

use super::convert;
use super::error::Rejection;
use super::wire::CONTENT_TYPE;
use crate::app::{App, Cursor, Page, Paging, Transcript, TranscriptFilter};
use crate::dialects::answer;
use crate::domain::Caller;
use crate::error::{Error, Result};
use crate::limits;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use std::io;
use std::sync::Arc;

/// What is asked, and by whom.
struct Export {
    app: Arc<App>,
    caller: Caller,
    filter: TranscriptFilter,
}

/// What the answer goes on with.
enum Step {
    /// The first page, which was read before the answer began.
    First(Page<Transcript>),
    /// The page after this place.
    After(Cursor),
    /// Nothing.
    End,
}

/// Begins the answer. What is wrong from the start is told with its status; what fails later cuts the answer short, which
/// leaves it no JSON.
pub(super) async fn answer(
    app: Arc<App>,
    caller: Caller,
    filter: TranscriptFilter,
) -> Result<Response, Rejection> {
    let export = Export {
        app,
        caller,
        filter,
    };
    let first = export.page(None).await?;
    let body = stream::try_unfold((export, Step::First(first)), |(export, step)| async {
        let (text, next) = match step {
            Step::End => return Ok(None),
            Step::First(page) => export.written(page, "{\"chatlogs\":["),
            Step::After(place) => {
                let page = export
                    .page(Some(place))
                    .await
                    .map_err(|error| cut(&error))?;
                export.written(page, ",")
            }
        }
        .map_err(|error| cut(&error))?;
        Ok::<_, io::Error>(Some((text, (export, next))))
    });
    let content_type = HeaderValue::from_static(CONTENT_TYPE);
    Ok((
        [(header::CONTENT_TYPE, content_type)],
        Body::from_stream(body),
    )
        .into_response())
}

fn cut(error: &Error) -> io::Error {
    answer::log_failure(error);
    io::Error::other("the export could not be read to its end")
}

impl Export {
    async fn page(&self, after: Option<Cursor>) -> Result<Page<Transcript>> {
        let paging = Paging {
            after,
            limit: limits::WONDERCHAT_EXPORT_PAGE,
        };
        self.app
            .transcripts(&self.caller, self.filter.clone(), paging)
            .await
    }

    /// A page as a part of the answer, with what stands before it, and what comes after it.
    fn written(&self, page: Page<Transcript>, before: &str) -> Result<(Vec<u8>, Step)> {
        let directory = self.app.directory();
        let mut text = before.as_bytes().to_vec();
        for (place, transcript) in page.items.into_iter().enumerate() {
            if place > 0 {
                text.push(b',');
            }
            let project = directory.project(transcript.conversation.project);
            let chatlog = convert::chatlog(project.map(AsRef::as_ref), transcript);
            serde_json::to_writer(&mut text, &chatlog).map_err(Error::internal)?;
        }
        if let Some(next) = page.next {
            return Ok((text, Step::After(next)));
        }
        text.extend_from_slice(b"]}");
        Ok((text, Step::End))
    }
}
