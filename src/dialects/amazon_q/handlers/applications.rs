//! Projects, as applications.

use super::found;
use crate::app::App;
use crate::dialects::amazon_q::auth::{Expected, Signed};
use crate::dialects::amazon_q::constraint::Faults;
use crate::dialects::amazon_q::convert;
use crate::dialects::amazon_q::error::Rejection;
use crate::dialects::amazon_q::page::{self, Wanted};
use crate::dialects::amazon_q::pass_on::{PassOn, Passed};
use crate::dialects::amazon_q::settings::Settings;
use crate::dialects::amazon_q::wire::Applications;
use crate::domain::Scope;
use crate::upstream::Passing;
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use std::sync::Arc;

/// `GetApplication`. Keys that administer hear the upstream, which tells roles and keys at the vendor too.
pub(in crate::dialects::amazon_q) async fn get_application(
    State(app): State<Arc<App>>,
    Extension(settings): Extension<Arc<Settings>>,
    Extension(passing): Extension<Arc<Passing>>,
    request: Request,
) -> Result<Response, Rejection> {
    let mut signed = Signed::read(&app, &settings, request, Expected::Small).await?;
    if App::require(&signed.caller, Scope::Admin).is_ok() {
        match PassOn::new(Arc::clone(&app), passing)
            .or_here(signed)
            .await?
        {
            Passed::On(answer) => return Ok(answer),
            Passed::Here(here) => signed = *here,
        }
    }
    let id = signed.segment(2);
    let mut faults = Faults::default();
    faults.id("applicationId", &id);
    faults.check()?;
    App::require(&signed.caller, Scope::FeedbackRead)?;
    let project = signed.application(&app, &id)?;
    Ok(found(&convert::application(&project, true)))
}

/// `ListApplications`: those that the key opens, in the order in which they were made.
pub(in crate::dialects::amazon_q) async fn list_applications(
    State(app): State<Arc<App>>,
    Extension(settings): Extension<Arc<Settings>>,
    request: Request,
) -> Result<Response, Rejection> {
    let signed = Signed::read(&app, &settings, request, Expected::Small).await?;
    let mut faults = Faults::default();
    let wanted = Wanted::read(&signed, page::after_number, &mut faults);
    faults.check()?;
    App::require(&signed.caller, Scope::FeedbackRead)?;
    let mut projects = app.directory().projects(&signed.caller);
    projects.sort_by_key(|project| project.number);
    projects.retain(|project| wanted.after.is_none_or(|after| project.number > after));
    let goes_on = projects.len() > wanted.limit;
    projects.truncate(wanted.limit);
    let last = projects.last().filter(|_| goes_on);
    Ok(found(&Applications {
        next_token: last.map(|project| page::number_token(project.number)),
        applications: projects
            .iter()
            .map(|project| convert::application(project, false))
            .collect(),
    }))
}
