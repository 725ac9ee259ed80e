//! Many feedbacks in one request.

use super::{Answer, feedback, ok, project, with_replayed};
use crate::app::App;
use crate::dialects::native::auth::MayCreate;
use crate::dialects::native::error::Rejection;
use crate::dialects::native::request::{self, At, FeedbacksBody, IdempotencyKey};
use crate::dialects::native::wire::{
    BatchResult, FeedbackBatch, FeedbackBatchItem, FeedbackBatchResults, FeedbackWritten,
    ProjectPath,
};
use crate::domain::{Caller, Project};
use crate::error::Error;
use crate::limits;
use axum::extract::State;
use axum::http::StatusCode;
use futures_util::future::join_all;
use std::sync::Arc;

/// Records many feedbacks, in their order. Each is recorded or refused alone, and answered in its place.
///
/// With an `Idempotency-Key`, feedback that was recorded is not recorded again when the request is sent again.
#[utoipa::path(post, path = "/projects/{project}/feedback/batch", tag = "feedback", params(ProjectPath, IdempotencyKey),
    request_body = FeedbackBatch,
    responses((status = 200, description = "What became of each.", body = FeedbackBatchResults))
)]
pub(in super::super) async fn create_feedback_batch(
    State(app): State<Arc<App>>,
    MayCreate(caller): MayCreate,
    At(place): At<ProjectPath>,
    key: IdempotencyKey,
    body: FeedbacksBody<FeedbackBatch>,
) -> Answer {
    let project = project(&app, &caller, &place.project)?;
    let items = &body.value.items;
    if items.len() > limits::BATCH_ITEMS {
        let message = format!("must have at most {} items", limits::BATCH_ITEMS);
        return Err(Error::invalid("items", message).into());
    }
    let batch = Batch {
        app: &app,
        caller: &caller,
        project: &project,
        key: &key,
        body: &body.bytes,
    };
    // All wait for the writer together, in this order, so that few transactions take them all.
    let recorded = join_all(
        items
            .iter()
            .enumerate()
            .map(|(place, item)| batch.record(place, item)),
    )
    .await;
    let replayed = !recorded.is_empty()
        && recorded
            .iter()
            .all(|item| matches!(item, Ok(recorded) if recorded.replayed));
    let items = recorded
        .into_iter()
        .enumerate()
        .map(|(place, item)| result(place, item))
        .collect();
    Ok(with_replayed(replayed, ok(&FeedbackBatchResults { items })))
}

struct Batch<'request> {
    app: &'request App,
    caller: &'request Caller,
    project: &'request Project,
    key: &'request IdempotencyKey,
    body: &'request [u8],
}

struct Recorded {
    status: StatusCode,
    feedback: FeedbackWritten,
    replayed: bool,
}

impl Batch<'_> {
    async fn record(&self, place: usize, item: &FeedbackBatchItem) -> Result<Recorded, Rejection> {
        let body = request::parse_part(item.get().as_bytes())?;
        let command = feedback::command(self.app, self.caller, self.project, body)?;
        let idempotency = self.key.of_item(self.caller, self.body, place);
        let voted = self
            .app
            .record_feedback(self.caller, command, idempotency)
            .await?;
        let (status, feedback) = feedback::after(self.app, self.caller, &voted).await?;
        Ok(Recorded {
            status,
            feedback,
            replayed: voted.replayed,
        })
    }
}

fn result(place: usize, item: Result<Recorded, Rejection>) -> BatchResult {
    match item {
        Ok(recorded) => BatchResult {
            status: recorded.status.as_u16(),
            feedback: Some(recorded.feedback),
            problem: None,
        },
        Err(rejection) => BatchResult {
            status: rejection.status().as_u16(),
            feedback: None,
            problem: Some(rejection.under(&format!("items[{place}]")).problem()),
        },
    }
}
