//! Sums over feedback.

use super::{Answer, ok, project};
use crate::app::App;
use crate::dialects::native::auth::MayRead;
use crate::dialects::native::convert;
use crate::dialects::native::request::Body;
use crate::dialects::native::wire::{self, QueryAnswer, QueryBody};
use crate::domain::Caller;
use crate::error::Error;
use axum::extract::State;
use std::sync::Arc;

/// Sums feedback, for charts.
///
/// What was taken back is not counted. A feedback counts at the time at which its first version was accepted, with what it says
/// now. Days and hours are those of the time zone, of 23 or 25 hours where clocks are put on or back.
#[utoipa::path(post, path = "/query", tag = "feedback", request_body = QueryBody, responses(
    (status = 200, description = "The sums.", body = QueryAnswer),
    (status = 404, description = "No such project.", body = wire::Problem, content_type = "application/problem+json"),
))]
pub(in super::super) async fn query(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    body: Body<QueryBody>,
) -> Answer {
    Ok(ok(&answer(&app, &caller, &body.value).await?))
}

/// The sums that are asked for.
pub(in super::super) async fn answer(
    app: &App,
    caller: &Caller,
    asked: &QueryBody,
) -> Result<QueryAnswer, Error> {
    let query = convert::sums_query(asked, |name| {
        project(app, caller, name).map(|project| project.id)
    })?;
    let zone = query.zone.clone();
    let rows = app.query(caller, query).await?;
    Ok(convert::sums(&app.directory(), asked, &zone, rows))
}
