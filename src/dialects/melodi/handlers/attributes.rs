//! Attributes.

use super::{Answer, ok, organization, project, read};
use crate::app::App;
use crate::dialects::melodi::auth::Private;
use crate::dialects::melodi::convert::{self, ProjectRef};
use crate::dialects::melodi::wire;
use axum::extract::{Request, State};
use std::sync::Arc;

/// `POST /attributes`: options are added to an attribute that is known already.
pub(in super::super) async fn define_attribute(
    State(app): State<Arc<App>>,
    Private(caller): Private,
    request: Request,
) -> Answer {
    let body: wire::AttributeBody = read(&app, request.into_body()).await?;
    let draft = convert::attribute_draft(body.name, body.options)?;
    App::check_attribute(&draft)?;
    let named = ProjectRef::of(body.project_id, body.project_name);
    let project = project(&app, &caller, named).await?;
    let attribute = app.define_attribute(&caller, &project, draft).await?;
    let organization = organization(&app, &caller);
    Ok(ok(&convert::attribute(organization, &project, &attribute)))
}
