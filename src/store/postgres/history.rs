//! The history in tables by months: making them ahead, and dropping them.
//!
//! What makes and drops them are functions of the database (`migrations/0001_first.sql`), which say in SQL what is locked.

use super::Postgres;
use super::connect::Purpose;
use crate::domain::{Month, Timestamp};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::store::sql::postgres::Session;
use crate::store::sql::{self, Connection};
use crate::store::{History, HistoryPart, history};
use std::time::Instant;
use tokio_postgres::error::SqlState;

/// The statement that makes the tables of this month and of those to come, by the database's clock.
pub(super) fn make_ahead() -> String {
    let ahead = limits::HISTORY_MONTHS_AHEAD;
    format!(
        "SELECT make_history_months(CAST(now() AT TIME ZONE 'UTC' AS DATE), \
         CAST(now() AT TIME ZONE 'UTC' + INTERVAL '{ahead} months' AS DATE))"
    )
}

/// Makes tables from the month of a time on, for what is copied: no more of them than are read together at little cost.
pub(in crate::store) fn make_since(session: &Session, first: Timestamp) -> sql::Result<()> {
    let most = limits::HISTORY_MONTHS_COPIED;
    let first = first.month();
    session.execute_batch(&format!(
        "SELECT make_history_months(greatest(DATE '{first}-01', CAST(now() AT TIME ZONE 'UTC' - INTERVAL '{most} months' AS DATE)), \
         CAST(now() AT TIME ZONE 'UTC' AS DATE))"
    ))
}

impl Postgres {
    /// What the history has, by months.
    pub(in crate::store) async fn history(&self) -> Result<History> {
        self.read_long(|connection| {
            Ok(History {
                parts: parts(connection)?,
                begins: history::begins(connection)?,
            })
        })
        .await
    }

    /// Drops the tables of the months before one. While somebody reads the history for long, it is tried again, for votes
    /// would wait as long as it does.
    pub(in crate::store) async fn drop_history(&self, before: Month) -> Result<()> {
        let (client, _) = self.connector.connect(Purpose::Upkeep).await?;
        let drop = format!("SELECT drop_history_before('{before}-01')");
        let began = Instant::now();
        loop {
            let Err(error) = client.batch_execute(&drop).await else {
                return Ok(());
            };
            if error.code() != Some(&SqlState::LOCK_NOT_AVAILABLE) {
                return Err(
                    Error::new(ErrorKind::Unavailable, "the history could not be dropped")
                        .because(super::failure::described(&error)),
                );
            }
            if began.elapsed() > limits::HISTORY_DROP_WAIT {
                let message = "the history is being read for long, such as by a backup; nothing was dropped, try again after it";
                return Err(Error::new(ErrorKind::Busy, message));
            }
            tokio::time::sleep(limits::HISTORY_DROP_AGAIN).await;
        }
    }
}

/// The tables in the order of time, but those of no month that have nothing in them.
fn parts(connection: Connection<'_>) -> sql::Result<Vec<HistoryPart>> {
    let tables = connection
        .prepare_cached(
            "SELECT name, month_begins(month), pg_total_relation_size(CAST(name AS REGCLASS)) FROM history_parts ORDER BY month",
        )?
        .query_map([], |row| {
            let begins: Option<i64> = row.get(1)?;
            let month = begins.map(|begins| Timestamp::from_microseconds(begins).month());
            Ok((row.get(0)?, month, row.get::<_, i64>(2)?))
        })?
        .collect::<sql::Result<Vec<(String, Option<Month>, i64)>>>()?;
    let months = tables.iter().filter_map(|(_, month, _)| *month);
    let (oldest, newest) = (months.clone().min(), months.max());
    let mut parts = Vec::with_capacity(tables.len());
    for (name, month, bytes) in &tables {
        let (since, until) = match month {
            Some(month) => (Some(*month), Some(month.next())),
            None if name.ends_with("_earlier") => (None, oldest),
            None => (newest.map(Month::next), None),
        };
        let versions: i64 =
            connection.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| {
                row.get(0)
            })?;
        if month.is_some() || versions > 0 {
            parts.push(HistoryPart {
                since,
                until,
                versions: versions.unsigned_abs(),
                bytes: bytes.unsigned_abs(),
            });
        }
    }
    parts.sort_by_key(|part| part.since);
    Ok(parts)
}
