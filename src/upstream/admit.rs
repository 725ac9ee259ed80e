//! Who may have something handed on.

use crate::app::App;
use crate::domain::{Caller, Project, Scope};
use crate::error::{Error, ErrorKind, Result};
use axum::http::Method;

/// Whether a caller may have a request with this method handed on to the upstream of a project that the caller's key
/// opens.
///
/// Publishable keys may not: what is handed on may go with the project's own credential.
pub fn admit(caller: &Caller, project: &Project, method: &Method) -> Result<()> {
    let scope = match *method {
        Method::GET | Method::HEAD | Method::OPTIONS => Scope::FeedbackRead,
        _ => Scope::FeedbackWrite,
    };
    admit_for(caller, project, scope)
}

/// The same where the method does not tell what is needed.
pub fn admit_for(caller: &Caller, project: &Project, scope: Scope) -> Result<()> {
    App::require(caller, scope)?;
    admit_anybody(project)
}

/// The same where the vendor asks for no key.
pub fn admit_anybody(project: &Project) -> Result<()> {
    if project.enabled {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Forbidden,
        "this project is switched off",
    ))
}
