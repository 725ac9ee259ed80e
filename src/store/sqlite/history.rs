//! The history by months, and dropping what is old of it: some rows at a time, so that what else is written does not wait.

use super::Sqlite;
use crate::domain::{Day, Month};
use crate::error::Result;
use crate::limits;
use crate::store::{History, HistoryPart, history};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// Versions by the day on which they were given, and about how many bytes they take: what their texts do, and the rest of a row
/// with its place in the index.
const DAYS: &str = "SELECT (updated_at - (updated_at % 86400000000 + 86400000000) % 86400000000) / 86400000000, count(*),
     sum(64 + ifnull(length(CAST(comment AS BLOB)), 0) + ifnull(length(CAST(correction AS BLOB)), 0)
       + ifnull(length(CAST(reasons AS BLOB)), 0) + ifnull(length(CAST(attributes AS BLOB)), 0)
       + ifnull(length(CAST(metadata AS BLOB)), 0))
     FROM feedback_versions GROUP BY 1";

impl Sqlite {
    /// What the history has, by months.
    pub(in crate::store) async fn history(&self) -> Result<History> {
        Ok(History {
            parts: self.readers.run_long(parts).await?,
            begins: self.readers.run(history::begins).await?,
        })
    }

    /// Drops the versions from before a month; see [`Store::drop_history`](crate::store::Store::drop_history).
    pub(in crate::store) async fn drop_history(
        &self,
        before: Month,
        noted: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<u64> {
        let start = before.start();
        let last = self
            .write(None, move |batch| {
                // First, so that it is true as well if the rest is cut off.
                history::remember(batch.connection, start)?;
                let last = "SELECT ifnull(max(row_id), 0) FROM feedback_versions";
                batch.connection.query_row(last, [], |row| row.get(0))
            })
            .await?;
        let rows = |row: i64| usize::try_from(row).unwrap_or(usize::MAX);
        let mut dropped = 0;
        let mut done = 0;
        noted(0, rows(last));
        while done < last {
            let end = last.min(done + limits::HISTORY_STEP_ROWS);
            let step = self.write(None, move |batch| {
                batch.connection.execute(
                    "DELETE FROM feedback_versions WHERE row_id > ?1 AND row_id <= ?2 AND updated_at < ?3",
                    params![done, end, start.microseconds()],
                )
            });
            dropped += step.await? as u64;
            done = end;
            noted(rows(done), rows(last));
        }
        Ok(dropped)
    }
}

fn parts(connection: &Connection) -> rusqlite::Result<Vec<HistoryPart>> {
    let mut months: BTreeMap<Month, (u64, u64)> = BTreeMap::new();
    let mut select = connection.prepare(DAYS)?;
    let mut days = select.query([])?;
    while let Some(day) = days.next()? {
        let month = Day(day.get(0)?).start().month();
        let (versions, bytes) = months.entry(month).or_default();
        *versions += day.get::<_, i64>(1)?.unsigned_abs();
        *bytes += day.get::<_, i64>(2)?.unsigned_abs();
    }
    let part = |(month, (versions, bytes)): (Month, _)| HistoryPart {
        since: Some(month),
        until: Some(month.next()),
        versions,
        bytes,
    };
    Ok(months.into_iter().map(part).collect())
}
