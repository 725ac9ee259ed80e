//! People who talk to an application.

use super::administer::project_row;
use super::batch::{Batch, Kind, external_key, hash_key};
use super::codes::{blob, id, optional_id, time};
use super::find::UserRow;
use super::sql::Value;
use super::sql::{self, Connection, OptionalExtension as _, Row, params};
use super::{Store, filter, one_more, segments};
use crate::clock;
use crate::domain::vote::RowRef;
use crate::domain::{
    EndUser, EndUserDetails, EndUserDraft, EndUserId, ProjectId, Segment, Timestamp, WorkspaceId,
};
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{Cursor, EndUserFilter, Page, Paging};
use std::collections::HashMap;

const SELECT: &str = "SELECT u.id, p.id, u.external_id, u.name, u.email, u.username, u.phone, u.language, u.metadata, \
     u.created_at, u.updated_at, u.row_id FROM end_users u LEFT JOIN projects p ON p.row_id = u.project";

impl Store {
    /// Registers a person, or adds to what is known. Tells whether the person is new.
    pub async fn put_end_user(
        &self,
        workspace: WorkspaceId,
        project: Option<ProjectId>,
        external_id: &str,
        draft: EndUserDraft,
    ) -> Result<(EndUser, bool)> {
        let external_id = external_id.to_owned();
        self.write_for(project, move |batch| {
            let scope = match project {
                Some(project) => {
                    let row = batch.project(project)?;
                    (row.workspace, Some(row.project))
                }
                None => (batch.workspace(workspace)?, None),
            };
            let now = batch.now();
            let (row, created) = match batch.find_person(scope, &external_id)? {
                Some(known) => (known.row, false),
                None => (
                    batch.insert_end_user(scope, &external_id, &draft, now)?.row,
                    true,
                ),
            };
            if !created && let Err(error) = batch.change_end_user(scope.0, row, &draft, now)? {
                return Ok(Err(error));
            }
            find(batch.connection, row).map(|user| Ok((user, created)))
        })
        .await
    }

    /// One person of a project, or of its workspace.
    pub async fn end_user(&self, project: ProjectId, end_user: RowRef) -> Result<Option<EndUser>> {
        self.read(move |connection| {
            let Some(scope) = project_row(connection, project)? else {
                return Ok(None);
            };
            end_user_row(connection, scope, &end_user)?
                .map(|row| find(connection, row))
                .transpose()
        })
        .await
    }

    /// People of a workspace or its projects by our ids. Those who are not there are left out.
    pub async fn end_users(
        &self,
        workspace: WorkspaceId,
        people: Vec<EndUserId>,
    ) -> Result<Vec<EndUser>> {
        self.read(move |connection| {
            let workspace = workspace_row(connection, workspace)?;
            let sql = format!("{SELECT} WHERE u.id = ?1 AND +u.workspace = ?2");
            let mut select = connection.prepare_cached(&sql)?;
            let mut found = Vec::with_capacity(people.len());
            for id in people {
                let person = select
                    .query_row(params![blob(&id.0), workspace], |row| read(connection, row))
                    .optional()?;
                found.extend(person);
            }
            Ok(found)
        })
        .await
    }

    /// One person of a workspace as a whole.
    pub async fn workspace_end_user(
        &self,
        workspace: WorkspaceId,
        end_user: RowRef,
    ) -> Result<Option<EndUser>> {
        self.read(move |connection| {
            let Some(workspace) = workspace_row(connection, workspace)? else {
                return Ok(None);
            };
            workspace_end_user_row(connection, workspace, &end_user)?
                .map(|row| find(connection, row))
                .transpose()
        })
        .await
    }

    /// A page of people of a project or of a workspace as a whole, the latest first.
    pub async fn list_end_users(
        &self,
        filter: EndUserFilter,
        paging: Paging,
    ) -> Result<Page<EndUser>> {
        self.read(move |connection| {
                let scope = match filter {
                    EndUserFilter::OfProject(project) => project_row(connection, project)?
                        .map(|(project, workspace)| (workspace, Some(project))),
                    EndUserFilter::OfWorkspace(workspace) => {
                        workspace_row(connection, workspace)?.map(|workspace| (workspace, None))
                    }
                };
                let Some((workspace, project)) = scope else {
                    return Ok(Page {
                        items: Vec::new(),
                        next: None,
                    });
                };
                let (at, after) = match paging.after {
                    Some(cursor) => (cursor.at, row_of(connection, cursor)?),
                    None => (Timestamp::MAX, i64::MAX),
                };
                let sql = format!(
                    "{SELECT} WHERE u.workspace = ?1 AND u.project IS NOT DISTINCT FROM ?2 AND (u.created_at, u.row_id) < (?3, ?4)
                     ORDER BY u.created_at DESC, u.row_id DESC LIMIT ?5"
                );
                let users = connection
                    .prepare_cached(&sql)?
                    .query_map(
                        params![workspace, project, at.microseconds(), after, one_more(paging.limit)],
                        |row| read(connection, row),
                    )?
                    .collect::<sql::Result<Vec<_>>>()?;
                Ok(Page::from_one_more(users, paging.limit, |user| Cursor {
                    at: user.created_at,
                    id: user.id.0,
                }))
            })
            .await
    }
}

fn row_of(connection: Connection<'_>, cursor: Cursor) -> sql::Result<i64> {
    connection
        .prepare_cached("SELECT row_id FROM end_users WHERE id = ?1")?
        .query_row([blob(&cursor.id)], |row| row.get(0))
        .optional()
        .map(|row| row.unwrap_or(i64::MAX))
}

/// The row of a person of a project, or of its workspace.
pub(super) fn end_user_row(
    connection: Connection<'_>,
    (project, workspace): (i64, i64),
    end_user: &RowRef,
) -> sql::Result<Option<i64>> {
    match end_user {
        RowRef::Id(id) => connection
            .prepare_cached(
                "SELECT row_id FROM end_users WHERE id = ?1 AND workspace = ?2 AND coalesce(project, ?3) = ?3",
            )?
            .query_row(params![blob(id), workspace, project], |row| row.get(0)),
        RowRef::Number(number) => connection
            .prepare_cached(
                "SELECT row_id FROM end_users WHERE row_id = ?1 AND workspace = ?2 AND coalesce(project, ?3) = ?3",
            )?
            .query_row([*number, workspace, project], |row| row.get(0)),
        RowRef::External(name) => {
            let key = hash_key(connection)?;
            let keys = [project, -workspace].map(|scope| external_key(&key, Kind::EndUser, scope, name));
            connection
                .prepare_cached(
                    "SELECT row_id FROM end_users WHERE external_key IN (?1, ?2) AND external_id = ?3
                     AND +workspace = ?4 AND coalesce(project, ?5) = ?5 ORDER BY project IS NULL LIMIT 1",
                )?
                .query_row(params![keys[0], keys[1], name, workspace, project], |row| {
                    row.get(0)
                })
        }
    }
    .optional()
}

/// The row of a workspace, for reads.
pub(super) fn workspace_row(
    connection: Connection<'_>,
    id: WorkspaceId,
) -> sql::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT row_id FROM workspaces WHERE id = ?1")?
        .query_row([blob(&id.0)], |row| row.get(0))
        .optional()
}

/// The row of a person of a workspace as a whole.
pub(super) fn workspace_end_user_row(
    connection: Connection<'_>,
    workspace: i64,
    end_user: &RowRef,
) -> sql::Result<Option<i64>> {
    let (column, value) = match end_user {
        RowRef::Id(id) => ("id = ?1", Value::Blob(blob(id).to_vec())),
        RowRef::Number(number) => ("row_id = ?1", Value::Integer(*number)),
        RowRef::External(name) => {
            let key = external_key(&hash_key(connection)?, Kind::EndUser, -workspace, name);
            return connection
                .prepare_cached(
                    "SELECT row_id FROM end_users WHERE external_key = ?1 AND external_id = ?2
                     AND +workspace = ?3 AND +project IS NULL",
                )?
                .query_row(params![key, name, workspace], |row| row.get(0))
                .optional();
        }
    };
    connection
        .prepare_cached(&format!(
            "SELECT row_id FROM end_users WHERE {column} AND +workspace = ?2 AND +project IS NULL"
        ))?
        .query_row(params![value, workspace], |row| row.get(0))
        .optional()
}

/// A person by the row.
pub(super) fn find(connection: Connection<'_>, row: i64) -> sql::Result<EndUser> {
    connection
        .prepare_cached(&format!("{SELECT} WHERE u.row_id = ?1"))?
        .query_row([row], |row| read(connection, row))
}

/// People by their rows, with as few questions to the engine as there are kinds of them.
pub(super) fn by_rows(
    connection: Connection<'_>,
    rows: &[i64],
) -> sql::Result<HashMap<i64, EndUser>> {
    let mut found = connection
        .prepare_cached(&format!("{SELECT} WHERE u.row_id IN {}", filter::ROWS))?
        .query_map([filter::rows(rows)], |row| {
            let person = read_alone(row)?;
            Ok((person.number, person))
        })?
        .collect::<sql::Result<HashMap<_, _>>>()?;
    for (row, groups) in segments::known_of_each(connection, rows)? {
        if let Some(person) = found.get_mut(&row) {
            person.segments = groups;
        }
    }
    Ok(found)
}

fn read(connection: Connection<'_>, row: &Row<'_>) -> sql::Result<EndUser> {
    let mut person = read_alone(row)?;
    person.segments = segments::of(connection, person.number)?;
    Ok(person)
}

/// The same without the groups that the person belongs to.
fn read_alone(row: &Row<'_>) -> sql::Result<EndUser> {
    Ok(EndUser {
        id: EndUserId(id(row, 0)?),
        number: row.get(11)?,
        project: optional_id(row, 1)?.map(ProjectId),
        external_id: row.get(2)?,
        details: EndUserDetails {
            name: row.get(3)?,
            email: row.get(4)?,
            username: row.get(5)?,
            phone: row.get(6)?,
            language: row.get(7)?,
            metadata: row.get(8)?,
        },
        segments: Vec::new(),
        created_at: time(row, 9)?,
        updated_at: time(row, 10)?,
    })
}

impl Batch<'_> {
    fn workspace(&self, id: WorkspaceId) -> sql::Result<i64> {
        self.connection
            .prepare_cached("SELECT row_id FROM workspaces WHERE id = ?1")?
            .query_row([blob(&id.0)], |row| row.get(0))
    }

    /// Registers a person who is not known yet.
    pub(super) fn insert_end_user(
        &mut self,
        (workspace, project): (i64, Option<i64>),
        external_id: &str,
        draft: &EndUserDraft,
        now: Timestamp,
    ) -> sql::Result<UserRow> {
        let made = EndUserId(clock::new_id());
        let scope = project.unwrap_or(-workspace);
        let details = &draft.details;
        let key = self.external_key(Kind::EndUser, scope, external_id);
        let row = self
            .connection
            .insert("INSERT INTO end_users (id, workspace, project, external_key, external_id, name, email, username, phone,
                 language, metadata, created_at, updated_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)", self.seat(key), params![
                blob(&made.0),
                workspace,
                project,
                key,
                external_id,
                details.name,
                details.email,
                details.username,
                details.phone,
                details.language,
                details.metadata,
                now.microseconds()
            ])?;
        let told = Segment::merged(Vec::new(), draft);
        segments::put(self.connection, workspace, row, &told, now)?;
        self.memory.has_segments |= !told.is_empty();
        Ok(UserRow { row, id: made })
    }

    /// Adds what is said of a known person to what is known.
    pub(super) fn change_end_user(
        &mut self,
        workspace: i64,
        row: i64,
        draft: &EndUserDraft,
        now: Timestamp,
    ) -> sql::Result<Result<()>> {
        let known = find(self.connection, row)?;
        let details = known.details.clone().merged(draft.details.clone());
        let segments = known.segments.into_iter().map(|known| known.segment);
        let mut belongs: Vec<_> = segments.collect();
        let mut belonging = Segment::merged(belongs.clone(), draft);
        belongs.sort_unstable();
        belonging.sort_unstable();
        if details == known.details && belonging == belongs {
            return Ok(Ok(()));
        }
        // Each request is within the bound; what they add up to must be too.
        if belonging.len() > limits::SEGMENTS {
            let message = format!("a person has at most {} of them", limits::SEGMENTS);
            return Ok(Err(Error::invalid("segments", message)));
        }
        if belonging != belongs {
            segments::replace(self.connection, workspace, row, &belonging, now)?;
            self.memory.has_segments = true;
        }
        self.connection
            .prepare_cached(
                "UPDATE end_users SET name = ?2, email = ?3, username = ?4, phone = ?5, language = ?6, metadata = ?7,
                 updated_at = ?8 WHERE row_id = ?1",
            )?
            .execute(params![
                row,
                details.name,
                details.email,
                details.username,
                details.phone,
                details.language,
                details.metadata,
                now.microseconds()
            ])?;
        Ok(Ok(()))
    }
}
