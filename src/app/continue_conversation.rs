//! Messages of a person who names no conversation.

use super::{App, validate};
use crate::domain::{Caller, Continuation, Message, Project, Scope, UnknownTargets};
use crate::error::Result;
use crate::limits;

impl App {
    /// Adds a message to the person's latest conversation of a project if that still goes on, else begins a new one.
    /// None if the person is not known and the project refuses unknown ones.
    pub async fn continue_conversation(
        &self,
        caller: &Caller,
        project: &Project,
        said: Continuation,
    ) -> Result<Option<Message>> {
        self.require_for_data(caller, Scope::FeedbackWrite)?;
        self.count_request_for(project.id)?;
        validate::name("end_user", &said.end_user, limits::EXTERNAL_ID_CHARACTERS)?;
        validate::message(&said.message).map_err(|error| error.under("message"))?;
        let said = Continuation {
            message: project.keep_text.redacted(said.message),
            ..said
        };
        let unknown = if said.registers {
            UnknownTargets::Accept
        } else {
            project.unknown_targets
        };
        self.store
            .continue_conversation(project.id, unknown, said)
            .await
    }
}
