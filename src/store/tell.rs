//! What a request tells beside its vote: the conversation that it judges, the person who judges.

use super::batch::{Batch, ProjectRow};
use super::sql;
use crate::domain::vote::{Addressee, AuthorRef, Command, RowRef, Told};
use crate::error::Result;

impl Batch<'_> {
    /// Stores what a command tells. Returns the command as it is with that known.
    pub(super) fn tell(&mut self, command: &Command) -> sql::Result<Result<Command>> {
        let mut command = command.clone();
        let told = std::mem::take(&mut command.told);
        if let Err(error) = self.tell_of_author(&command, &told)? {
            return Ok(Err(error));
        }
        if let Some(draft) = &told.conversation {
            let ingested = match self.ingest(command.project, draft, command.may_change)? {
                Ok(ingested) => ingested,
                Err(error) => return Ok(Err(error)),
            };
            if let Addressee::Vote { place, .. } = &mut command.addressee {
                *place = place.clone().within(RowRef::Id(ingested.conversation.0));
            }
        }
        Ok(Ok(command))
    }

    fn tell_of_author(&mut self, command: &Command, told: &Told) -> sql::Result<Result<()>> {
        let Addressee::Vote {
            author:
                AuthorRef::EndUser {
                    external_id,
                    of_workspace,
                },
            ..
        } = &command.addressee
        else {
            return Ok(Ok(()));
        };
        let Some(draft) = &told.end_user else {
            return Ok(Ok(()));
        };
        let now = self.now();
        let ProjectRow { project, workspace } = self.project(command.project)?;
        let scope = (workspace, (!of_workspace).then_some(project));
        match self.find_person(scope, external_id)? {
            None => self
                .insert_end_user(scope, external_id, draft, now)
                .map(|_| Ok(())),
            Some(known) if command.may_change && !told.end_user_stays => {
                self.change_end_user(workspace, known.row, draft, now)
            }
            Some(_) => Ok(Ok(())),
        }
    }
}
