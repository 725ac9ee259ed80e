//! People who belong to the operator rather than to the public: colleagues who try things out.

use super::{App, validate};
use crate::domain::{Caller, Project, Scope};
use crate::error::{Error, Result};
use crate::limits;

impl App {
    /// Says of people of a project or its workspace, by number, whether they are internal for the project. All of them,
    /// or none. Tells how many there were that this was not known of.
    pub async fn set_internal_end_users(
        &self,
        caller: &Caller,
        project: &Project,
        people: Vec<i64>,
        internal: bool,
    ) -> Result<usize> {
        self.require_for_data(caller, Scope::FeedbackWrite)?;
        self.count_request_for(project.id)?;
        validate::count("end_users", people.len(), limits::BATCH_ITEMS)?;
        self.store
            .set_internal(project.id, people, internal)
            .await?
            .ok_or_else(|| Error::not_found("one of these people is not known"))
    }
}
