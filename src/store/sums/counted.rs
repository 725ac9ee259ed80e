//! Sums from the rows, where two kinds of facets come together: no sums are kept by both. The rows are few: see
//! [`limits::QUERY_ROWS`](crate::limits::QUERY_ROWS).

use super::facet::Sought;
use super::group::{Group, Groups};
use super::narrow;
use crate::domain::Sums;
use crate::store::SumsQuery;
use crate::store::codes::coded;
use crate::store::filter::Conditions;
use crate::store::sql::{self, Connection, Row, Value, params_from_iter};

/// Counts what a query looks for in a project, by its place in the query and its row.
pub(super) fn add(
    connection: Connection<'_>,
    query: &SumsQuery,
    (place, project): (usize, i64),
    sought: &Sought,
    groups: &mut Groups<'_>,
) -> sql::Result<()> {
    let range = [query.since, query.until].map(|quarter| quarter.start().microseconds());
    let scope = [project, range[0], range[1]].map(Value::Integer);
    let mut found = Conditions::default();
    found.add(
        "c.project = ? AND c.created_at >= ? AND c.created_at < ?",
        scope.clone(),
    );
    found.add("c.kind = ?", [Value::Integer(sought.told_apart())]);
    narrow(&mut found, query, "c");
    sought.narrow_rows(&mut found, &scope);
    let sql = format!(
        "SELECT c.quarter, c.channel, c.name, c.sentiment, c.comment, c.resolved, c.score, c.value, c.detail FROM counted c WHERE {}",
        found.sql()
    );
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query(params_from_iter(found.values))?;
    while let Some(row) = rows.next()? {
        let stretch = groups.stretch_of(row.get(0)?);
        let facet = (row.get(7)?, row.get(8)?);
        let group = Group::of(groups, &row, (stretch, place), facet)?;
        groups.add(group, counted(&row)?);
    }
    Ok(())
}

/// The sums of one feedback.
fn counted(row: &Row<'_>) -> sql::Result<Sums> {
    let resolved: Option<i64> = row.get(5)?;
    let score: Option<i64> = row.get(6)?;
    let mut sums = Sums {
        votes: 1,
        comments: row.get::<_, Option<i64>>(4)?.is_some().into(),
        resolved: (resolved == Some(1)).into(),
        unresolved: (resolved == Some(0)).into(),
        scored: score.is_some().into(),
        score_millionths: score.unwrap_or(0).max(0).unsigned_abs(),
        ..Sums::default()
    };
    sums.tell_sentiment(coded(row, 3)?);
    Ok(sums)
}
