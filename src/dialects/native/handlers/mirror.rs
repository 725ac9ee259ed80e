//! Votes on their way to the vendor behind a project.

use super::{Answer, administered, ok};
use crate::app::App;
use crate::dialects::native::auth::{MayAdminister, MayRead};
use crate::dialects::native::convert;
use crate::dialects::native::request::{At, Parameters};
use crate::dialects::native::wire::{
    self, List, MirrorDropQuery, MirrorDropped, MirrorQuery, MirrorRetried, ProjectPath,
};
use crate::domain::MirrorState;
use axum::extract::State;
use std::sync::Arc;

/// Shows how many votes the vendor behind the project has not heard of yet, or did not take.
#[utoipa::path(get, path = "/projects/{project}/mirror", tag = "mirror", params(ProjectPath), responses(
    (status = 200, description = "How the mirror is.", body = wire::Mirror),
))]
pub(in super::super) async fn get_mirror(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    At(place): At<ProjectPath>,
) -> Answer {
    let project = administered(&app, &caller, &place.project)?;
    let status = app.mirror_status(&caller, &project).await?;
    Ok(ok(&convert::mirror(status)))
}

/// Lists votes that the vendor did not take, or has not heard of yet, the latest first.
#[utoipa::path(get, path = "/projects/{project}/mirror/votes", tag = "mirror", params(ProjectPath, MirrorQuery),
    responses((status = 200, description = "A part of the list.", body = List<wire::MirroredVote>)),
)]
pub(in super::super) async fn list_mirrored_votes(
    State(app): State<Arc<App>>,
    MayRead(caller): MayRead,
    At(place): At<ProjectPath>,
    Parameters(query): Parameters<MirrorQuery>,
) -> Answer {
    let project = administered(&app, &caller, &place.project)?;
    let paging = convert::paging(query.cursor.as_deref(), query.limit.as_deref())?;
    let state = convert::mirror_state(query.state.as_deref())?.unwrap_or(MirrorState::Refused);
    let page = app.mirror_entries(&caller, &project, state, paging).await?;
    Ok(ok(&convert::shown(page, convert::mirrored_vote)))
}

/// Sends votes again that were refused, given up or without a call of the vendor's.
///
/// One stays as it is if the vendor has heard a later word on the same since, or is about to.
#[utoipa::path(post, path = "/projects/{project}/mirror/retry", tag = "mirror", params(ProjectPath), responses(
    (status = 200, description = "They are sent now.", body = MirrorRetried),
))]
pub(in super::super) async fn retry_mirror(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    At(place): At<ProjectPath>,
) -> Answer {
    let project = administered(&app, &caller, &place.project)?;
    let retried = app.retry_mirror(&caller, &project).await?;
    Ok(ok(&MirrorRetried { retried }))
}

/// Forgets votes that the vendor is not to hear of any more. The feedback itself stays.
#[utoipa::path(delete, path = "/projects/{project}/mirror/votes", tag = "mirror", params(ProjectPath, MirrorDropQuery),
    responses((status = 200, description = "They are forgotten.", body = MirrorDropped)),
)]
pub(in super::super) async fn drop_mirrored_votes(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    At(place): At<ProjectPath>,
    Parameters(query): Parameters<MirrorDropQuery>,
) -> Answer {
    let project = administered(&app, &caller, &place.project)?;
    let state = convert::mirror_state(query.state.as_deref())?;
    let dropped = app.drop_mirror(&caller, &project, state).await?;
    Ok(ok(&MirrorDropped { dropped }))
}
