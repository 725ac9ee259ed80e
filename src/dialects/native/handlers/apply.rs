//! Everything that one file sets up, as `candor apply` sends it.

use super::{Answer, ok};
use crate::app::{App, Setup};
use crate::dialects::native::auth::MayAdminister;
use crate::dialects::native::request::LargeBody;
use axum::extract::State;
use std::sync::Arc;

/// Makes projects, keys, people and conversations be as the file says.
///
/// The API's description leaves this out: the body is the file of `candor apply`, and that command's own business.
pub(in super::super) async fn apply(
    State(app): State<Arc<App>>,
    MayAdminister(caller): MayAdminister,
    body: LargeBody<Setup>,
) -> Answer {
    Ok(ok(&app.apply(&caller, body.value).await?))
}
