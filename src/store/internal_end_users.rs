//! People who belong to the operator rather than to the public.

use super::Store;
use super::batch::Batch;
use super::sql::{self, OptionalExtension as _, params};
use crate::domain::ProjectId;
use crate::error::Result;

impl Store {
    /// Says of people, by number, whether they are internal for a project. All of them, or none: an unknown number is
    /// answered with None. Else tells how many there were that this was not known of.
    pub async fn set_internal(
        &self,
        project: ProjectId,
        people: Vec<i64>,
        internal: bool,
    ) -> Result<Option<usize>> {
        self.write_for(project, move |batch| {
            let scope = batch.project(project)?;
            let mut changed = 0;
            let mut find = batch.connection.prepare_cached(
                "SELECT 1 FROM end_users WHERE row_id = ?1 AND workspace = ?2 AND coalesce(project, ?3) = ?3",
            )?;
            for person in &people {
                let known = find
                    .query_row([*person, scope.workspace, scope.project], |_| Ok(()))
                    .optional()?;
                if known.is_none() {
                    return Ok(Ok(None));
                }
            }
            for person in people {
                changed += batch.set_internal(scope.project, person, internal)?;
            }
            Ok(Ok(Some(changed)))
        })
        .await
    }
}

impl Batch<'_> {
    /// Says of a person whether they are internal for a project. Returns how many rows that changed.
    pub(super) fn set_internal(
        &self,
        project: i64,
        person: i64,
        internal: bool,
    ) -> sql::Result<usize> {
        let sql = if internal {
            "INSERT INTO internal_end_users (project, end_user) VALUES (?1, ?2) ON CONFLICT DO NOTHING"
        } else {
            "DELETE FROM internal_end_users WHERE project = ?1 AND end_user = ?2"
        };
        self.connection
            .prepare_cached(sql)?
            .execute(params![project, person])
    }
}
