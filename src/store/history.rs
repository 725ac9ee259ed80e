//! What was said before, by months, and dropping what is old of it.

use super::Store;
use super::engines::Engine;
use super::sql::{self, Connection, OptionalExtension as _, params};
use crate::domain::{AuditEntry, Month, Timestamp};
use crate::error::{Error, ErrorKind, Result};

/// The setting that says before when versions were dropped: microseconds since the epoch, in digits.
pub(super) const BEGINS: &str = "history_begins";

/// The versions that were replaced, by the months in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Its parts, oldest first.
    pub parts: Vec<HistoryPart>,
    /// Versions from before this time were dropped, if any were.
    pub begins: Option<Timestamp>,
}

/// A part of the history that is dropped as a whole: a month, or where PostgreSQL has no table for a month, what lies
/// before or after those.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryPart {
    /// Its first month; none if it has no beginning.
    pub since: Option<Month>,
    /// The month after its last; none if it has no end.
    pub until: Option<Month>,
    /// How many versions it has.
    pub versions: u64,
    /// How many bytes they take: on PostgreSQL on disk, with their index; on SQLite about.
    pub bytes: u64,
}

impl HistoryPart {
    /// Whether all of it is from before a month.
    pub fn is_before(&self, month: Month) -> bool {
        self.until.is_some_and(|until| until <= month)
    }
}

impl History {
    /// What is dropped with everything from before a month. Fails if something else lies together with it.
    pub fn before(&self, month: Month) -> Result<Vec<HistoryPart>> {
        let cut = self
            .parts
            .iter()
            .find(|part| !part.is_before(month) && part.since.is_none() && part.versions > 0);
        if let Some(until) = cut.and_then(|part| part.until) {
            let message = format!(
                "what was given before {until} lies together and can only be dropped as a whole: name {until} or a later month"
            );
            return Err(Error::invalid("--before", message));
        }
        let all = self.parts.iter().filter(|part| part.is_before(month));
        Ok(all.copied().collect())
    }
}

impl Store {
    /// What the history has, by months.
    pub async fn history(&self) -> Result<History> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.history().await,
            Engine::Postgres(postgres) => postgres.history().await,
        }
    }

    /// Drops the versions that were given before a month and are replaced by now, and keeps in mind that it did. `noted` hears
    /// how much of how much is done. Returns how many there were.
    ///
    /// Fails with [`ErrorKind::Conflict`] if vendors are still to hear of one of them.
    pub async fn drop_history(
        &self,
        before: Month,
        audit: Vec<AuditEntry>,
        noted: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<u64> {
        let going = self.history().await?.before(before)?;
        let versions = going.iter().map(|part| part.versions).sum();
        if versions == 0 {
            return Ok(0);
        }
        let start = before.start();
        let owed = self.read(move |connection| owed(connection, start)).await?;
        if owed > 0 {
            let message = format!(
                "vendors are still to hear of {owed} of the versions from before {before}, or did not take them: see candor mirror, \
                 and have them sent or dropped first"
            );
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        // Before, for it is dropped piece by piece: what is cut off was done by somebody too.
        self.note(audit).await?;
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.drop_history(before, noted).await,
            Engine::Postgres(postgres) => {
                let all = usize::try_from(versions).unwrap_or(usize::MAX);
                noted(0, all);
                postgres.drop_history(before).await?;
                noted(all, all);
                Ok(versions)
            }
        }
    }
}

/// How many of the versions that were given before a time and are replaced are noted for vendors.
fn owed(connection: Connection<'_>, before: Timestamp) -> sql::Result<i64> {
    connection.query_row(
        "SELECT count(*) FROM mirror_jobs j WHERE EXISTS (SELECT 1 FROM feedback_versions v
           WHERE v.feedback = j.feedback AND v.version = j.version AND v.updated_at < ?1)",
        [before.microseconds()],
        |row| row.get(0),
    )
}

/// Before when versions were dropped, if any were.
pub(super) fn begins(connection: Connection<'_>) -> sql::Result<Option<Timestamp>> {
    let value: Option<Vec<u8>> = connection
        .query_row(
            "SELECT value FROM settings WHERE name = ?1",
            [BEGINS],
            |row| row.get(0),
        )
        .optional()?;
    let digits = value.and_then(|value| String::from_utf8(value).ok());
    let begins = digits.and_then(|digits| digits.parse().ok());
    Ok(begins.map(Timestamp::from_microseconds))
}

/// Keeps in mind that versions from before a time were dropped, unless later ones were.
pub(super) fn remember(connection: Connection<'_>, dropped_before: Timestamp) -> sql::Result<()> {
    if begins(connection)?.is_some_and(|begins| begins >= dropped_before) {
        return Ok(());
    }
    let value = dropped_before.microseconds().to_string().into_bytes();
    connection.execute(
        "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![BEGINS, value],
    )?;
    Ok(())
}
