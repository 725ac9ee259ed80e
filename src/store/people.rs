//! The people of a workspace, counted, and the groups they belong to.

use super::administer::project_row;
use super::end_users::{self, workspace_row};
use super::filter::Conditions;
use super::sql::Value;
use super::sql::{self, Connection, params_from_iter};
use super::transcripts::counted;
use super::{Store, segments};
use crate::domain::{EndUser, KnownSegment, ProjectId, Timestamp, WorkspaceId};
use crate::error::Result;
use crate::store::PeopleFilter;

impl Store {
    /// Some people of a workspace as a whole, the latest first, after `skip` of them; and how many all are, counted as far as
    /// [`limits::COUNTED_AHEAD`](crate::limits::COUNTED_AHEAD) beyond these.
    pub async fn people(
        &self,
        workspace: WorkspaceId,
        filter: PeopleFilter,
        skip: u64,
        limit: usize,
    ) -> Result<(u64, Vec<EndUser>)> {
        self.read(move |connection| {
            let Some(conditions) = conditions(connection, workspace, filter)? else {
                return Ok((0, Vec::new()));
            };
            let listed = listed(&conditions);
            let most = i64::try_from(counted(skip, limit)).unwrap_or(i64::MAX);
            let values = conditions.values.into_iter().chain([most.into()]);
            let rows = connection
                .prepare_cached(&listed)?
                .query_map(params_from_iter(values), |row| row.get(0))?
                .collect::<sql::Result<Vec<i64>>>()?;
            let skipped = rows
                .iter()
                .skip(usize::try_from(skip).unwrap_or(usize::MAX));
            let page: Vec<i64> = skipped.take(limit).copied().collect();
            let mut found = end_users::by_rows(connection, &page)?;
            let people = page.iter().filter_map(|row| found.remove(row));
            Ok((
                u64::try_from(rows.len()).unwrap_or(u64::MAX),
                people.collect(),
            ))
        })
        .await
    }

    /// The groups that a workspace has heard of, by kind, or those of people who have a conversation in a project.
    pub async fn segments(
        &self,
        workspace: WorkspaceId,
        talks_in: Option<ProjectId>,
        limit: usize,
    ) -> Result<Vec<KnownSegment>> {
        self.read(move |connection| {
            let Some(workspace) = workspace_row(connection, workspace)? else {
                return Ok(Vec::new());
            };
            let project = match talks_in {
                None => None,
                Some(project) => match project_row(connection, project)? {
                    None => return Ok(Vec::new()),
                    Some((project, _)) => Some(project),
                },
            };
            segments::of_workspace(connection, workspace, project, limit)
        })
        .await
    }
}

/// None where nobody can be meant.
fn conditions(
    connection: Connection<'_>,
    workspace: WorkspaceId,
    filter: PeopleFilter,
) -> sql::Result<Option<Conditions>> {
    let Some(workspace) = workspace_row(connection, workspace)? else {
        return Ok(None);
    };
    let Some(project) = filter.talks_in else {
        return Ok(Some(narrowed(workspace, None, filter)));
    };
    let known = project_row(connection, project)?;
    Ok(known.map(|(project, _)| narrowed(workspace, Some(project), filter)))
}

fn narrowed(workspace: i64, talks_in: Option<i64>, filter: PeopleFilter) -> Conditions {
    let mut found = Conditions::default();
    found.add("u.workspace = ? AND u.project IS NULL", [workspace.into()]);
    if let Some(project) = talks_in {
        found.add(
            "EXISTS (SELECT 1 FROM conversations c WHERE c.end_user = u.row_id AND +c.project = ?)",
            [project.into()],
        );
    }
    let time = |time: Timestamp| Value::Integer(time.microseconds());
    if let Some(since) = filter.since {
        found.add("u.created_at >= ?", [time(since)]);
    }
    if let Some(until) = filter.until {
        found.add("u.created_at < ?", [time(until)]);
    }
    found
}

fn listed(conditions: &Conditions) -> String {
    format!(
        "SELECT u.row_id FROM end_users u WHERE {} ORDER BY u.created_at DESC, u.row_id DESC LIMIT ?",
        conditions.sql()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::schema;
    use rusqlite::{Connection, params_from_iter};

    #[test]
    fn people_are_read_in_the_order_of_their_index() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        let at = Some(Timestamp::MIN);
        let filter = PeopleFilter {
            talks_in: None,
            since: at,
            until: at,
        };
        let conditions = narrowed(1, Some(1), filter);
        let mut explain = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {}", listed(&conditions)))
            .unwrap();
        let values = vec![0; explain.parameter_count()];
        let steps: Vec<String> = explain
            .query_map(params_from_iter(values), |row| row.get("detail"))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        let plan = steps.join("; ");
        for step in [
            "end_users_by_time (workspace=? AND project=? AND created_at>? AND created_at<?)",
            "conversations_by_end_user (end_user=?)",
        ] {
            assert!(plan.contains(step), "{plan}");
        }
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}
