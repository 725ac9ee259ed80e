//! Groups that people belong to.

use super::codes::time;
use super::filter;
use super::sql::{self, Connection, OptionalExtension as _, Row, Seat, params};
use crate::domain::{KnownSegment, Segment, Timestamp};
use std::collections::HashMap;

/// The columns that [`read`] reads, of `segments s` and `segment_kinds k`.
const COLUMNS: &str = "s.row_id, k.row_id, k.name, s.name, s.created_at, k.created_at";

/// The groups of a person, in the order in which they were first heard of.
pub(super) fn of(connection: Connection<'_>, end_user: i64) -> sql::Result<Vec<KnownSegment>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM end_user_segments l JOIN segments s ON s.row_id = l.segment
             JOIN segment_kinds k ON k.row_id = s.kind WHERE l.end_user = ?1 ORDER BY s.row_id"
        ))?
        .query_map([end_user], read)?
        .collect()
}

/// The groups of several people, by their rows.
pub(super) fn of_each(
    connection: Connection<'_>,
    end_users: &[i64],
) -> sql::Result<HashMap<i64, Vec<Segment>>> {
    let known = known_of_each(connection, end_users)?.into_iter();
    Ok(known
        .map(|(person, groups)| {
            (
                person,
                groups.into_iter().map(|known| known.segment).collect(),
            )
        })
        .collect())
}

/// The same with everything that is known of the groups.
pub(super) fn known_of_each(
    connection: Connection<'_>,
    end_users: &[i64],
) -> sql::Result<HashMap<i64, Vec<KnownSegment>>> {
    let mut groups = HashMap::<i64, Vec<KnownSegment>>::new();
    if end_users.is_empty() {
        return Ok(groups);
    }
    let sql = format!(
        "SELECT {COLUMNS}, l.end_user FROM end_user_segments l JOIN segments s ON s.row_id = l.segment
         JOIN segment_kinds k ON k.row_id = s.kind WHERE l.end_user IN {} ORDER BY s.row_id",
        filter::ROWS
    );
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query([filter::rows(end_users)])?;
    while let Some(row) = rows.next()? {
        groups.entry(row.get(6)?).or_default().push(read(&row)?);
    }
    Ok(groups)
}

/// The groups that a workspace has heard of, by kind in the order in which they were first heard of; with a project,
/// those of people who have a conversation in it.
pub(super) fn of_workspace(
    connection: Connection<'_>,
    workspace: i64,
    talks_in: Option<i64>,
    limit: usize,
) -> sql::Result<Vec<KnownSegment>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM segment_kinds k JOIN segments s ON s.kind = k.row_id
             WHERE k.workspace = ?1 AND (CAST(?2 AS BIGINT) IS NULL OR EXISTS (
                 SELECT 1 FROM end_user_segments l JOIN conversations c ON c.end_user = l.end_user
                 WHERE l.segment = s.row_id AND +c.project = ?2))
             ORDER BY k.row_id, s.row_id LIMIT {limit}"
        ))?
        .query_map(params![workspace, talks_in], read)?
        .collect()
}

fn read(row: &Row<'_>) -> sql::Result<KnownSegment> {
    Ok(KnownSegment {
        number: row.get(0)?,
        kind_number: row.get(1)?,
        segment: Segment {
            kind: row.get(2)?,
            value: row.get(3)?,
        },
        created_at: time(row, 4)?,
        kind_created_at: time(row, 5)?,
    })
}

/// The rows of the groups that a person belongs to.
pub(super) fn rows_of(connection: Connection<'_>, end_user: i64) -> sql::Result<Vec<i64>> {
    connection
        .prepare_cached(
            "SELECT segment FROM end_user_segments WHERE end_user = ?1 ORDER BY segment",
        )?
        .query_map([end_user], |row| row.get(0))?
        .collect()
}

/// How a feedback keeps the rows of its author's groups: a list in JSON, or nothing if there are none.
pub(super) fn list(rows: &[i64]) -> Option<String> {
    (!rows.is_empty()).then(|| {
        let rows: Vec<String> = rows.iter().map(i64::to_string).collect();
        format!("[{}]", rows.join(","))
    })
}

/// The row of a group, if the workspace has heard of it.
pub(super) fn row(
    connection: Connection<'_>,
    workspace: i64,
    segment: &Segment,
) -> sql::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT s.row_id FROM segment_kinds k JOIN segments s ON s.kind = k.row_id
             WHERE k.workspace = ?1 AND k.name = ?2 AND s.name = ?3",
        )?
        .query_row(params![workspace, segment.kind, segment.value], |row| {
            row.get(0)
        })
        .optional()
}

/// Puts a person who belongs to none of them yet into groups.
pub(super) fn put(
    connection: Connection<'_>,
    workspace: i64,
    end_user: i64,
    segments: &[Segment],
    now: Timestamp,
) -> sql::Result<()> {
    for segment in segments {
        let row = known_or_new(connection, workspace, segment, now)?;
        connection
            .prepare_cached("INSERT INTO end_user_segments (end_user, segment) VALUES (?1, ?2)")?
            .execute([end_user, row])?;
    }
    Ok(())
}

/// Puts a person into these groups and no others.
pub(super) fn replace(
    connection: Connection<'_>,
    workspace: i64,
    end_user: i64,
    segments: &[Segment],
    now: Timestamp,
) -> sql::Result<()> {
    connection
        .prepare_cached("DELETE FROM end_user_segments WHERE end_user = ?1")?
        .execute([end_user])?;
    put(connection, workspace, end_user, segments, now)
}

fn known_or_new(
    connection: Connection<'_>,
    workspace: i64,
    segment: &Segment,
    now: Timestamp,
) -> sql::Result<i64> {
    let kind = row_or_insert(
        connection,
        ("segment_kinds", "workspace"),
        workspace,
        &segment.kind,
        now,
    )?;
    row_or_insert(connection, ("segments", "kind"), kind, &segment.value, now)
}

/// The row of a name under its parent; made if there is none.
fn row_or_insert(
    connection: Connection<'_>,
    (table, parent): (&str, &str),
    parent_row: i64,
    name: &str,
    now: Timestamp,
) -> sql::Result<i64> {
    let known = connection
        .prepare_cached(&format!(
            "SELECT row_id FROM {table} WHERE {parent} = ?1 AND name = ?2"
        ))?
        .query_row(params![parent_row, name], |row| row.get(0))
        .optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    connection.insert(
        &format!("INSERT INTO {table} ({parent}, name, created_at) VALUES (?1, ?2, ?3)"),
        Seat::Shared,
        params![parent_row, name, now.microseconds()],
    )
}
