//! How far imports that go on for long have come.

use super::Store;
use super::administer::project_row;
use super::sql::{OptionalExtension as _, params};
use crate::domain::ProjectId;
use crate::error::Result;

impl Store {
    /// Where an import into a project stopped; none if it never began.
    pub async fn import_position(
        &self,
        project: ProjectId,
        source: String,
    ) -> Result<Option<String>> {
        self.read(move |connection| {
            let Some((project, _)) = project_row(connection, project)? else {
                return Ok(None);
            };
            connection
                .prepare_cached("SELECT position FROM imports WHERE project = ?1 AND source = ?2")?
                .query_row(params![project, source], |row| row.get(0))
                .optional()
        })
        .await
    }

    /// Keeps how far an import into a project has come.
    pub async fn keep_import_position(
        &self,
        project: ProjectId,
        source: String,
        position: String,
    ) -> Result<()> {
        self.write_for(project, move |batch| {
            let project = batch.project(project)?.project;
            batch
                .connection
                .prepare_cached(
                    "INSERT INTO imports (project, source, position, updated_at) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (project, source) DO UPDATE
                     SET position = excluded.position, updated_at = excluded.updated_at",
                )?
                .execute(params![
                    project,
                    source,
                    position,
                    batch.now().microseconds()
                ])?;
            Ok(Ok(()))
        })
        .await
    }
}
