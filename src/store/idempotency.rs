//! Requests that say they are the same as an earlier one.

use super::batch::Batch;
use super::codes::{Coded, blob, coded, optional_id};
use super::sql::{self, Connection, OptionalExtension as _, params};
use crate::domain::{FeedbackId, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::limits;
use crate::store::{Idempotency, Once, Voted, VotedOutcome};
use uuid::Uuid;

/// What is remembered under a request's key.
pub(super) enum Remembered {
    /// Nothing: the request is to be carried out.
    Nothing,
    /// The same vote; this was its answer.
    Vote(Voted),
    /// A different request.
    Another(Error),
}

impl Coded for VotedOutcome {
    const VALUES: &'static [Self] = &[
        Self::Created,
        Self::Changed,
        Self::TakenBack,
        Self::Unchanged,
        Self::Nothing,
    ];
}

struct Entry {
    request_sha256: [u8; 32],
    made: Option<Uuid>,
    outcome: VotedOutcome,
    version: u32,
}

fn entry(connection: Connection<'_>, key: &str) -> sql::Result<Option<Entry>> {
    connection
        .prepare_cached(
            "SELECT request_sha256, made, outcome, version FROM idempotency_keys WHERE key = ?1",
        )?
        .query_row([key], |row| {
            Ok(Entry {
                request_sha256: row.get(0)?,
                made: optional_id(row, 1)?,
                outcome: coded(row, 2)?,
                version: row.get(3)?,
            })
        })
        .optional()
}

/// What somebody hears who gives two requests the same key.
pub(super) fn used_for_another() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "this Idempotency-Key was used for a different request",
    )
    .at("Idempotency-Key")
}

/// What is remembered of a vote.
pub(super) fn look_up(
    connection: Connection<'_>,
    idempotency: Option<&Idempotency>,
) -> sql::Result<Remembered> {
    let Some(idempotency) = idempotency else {
        return Ok(Remembered::Nothing);
    };
    let Some(entry) = entry(connection, &idempotency.key)? else {
        return Ok(Remembered::Nothing);
    };
    if entry.request_sha256 != idempotency.request_sha256 {
        return Ok(Remembered::Another(used_for_another()));
    }
    let times = connection
        .prepare_cached("SELECT created_at, updated_at FROM feedback WHERE id = ?1")?
        .query_row([entry.made.as_ref().map(blob)], |row| {
            Ok((super::codes::time(row, 0)?, super::codes::time(row, 1)?))
        })
        .optional()?;
    let (created_at, updated_at) = times.unwrap_or((Timestamp::MIN, Timestamp::MIN));
    Ok(Remembered::Vote(Voted {
        outcome: entry.outcome,
        feedback: entry.made.map(FeedbackId),
        version: entry.version,
        created_at,
        updated_at,
        end_user: None,
        replayed: true,
    }))
}

/// What another write made under the same key, if it was the same request.
pub(super) fn look_up_once(
    connection: Connection<'_>,
    idempotency: &Idempotency,
) -> sql::Result<Result<Option<Once>, Error>> {
    Ok(match entry(connection, &idempotency.key)? {
        None => Ok(None),
        Some(entry) if entry.request_sha256 != idempotency.request_sha256 => {
            Err(used_for_another())
        }
        Some(entry) => Ok(entry.made.map(|id| Once { id, replayed: true })),
    })
}

/// Remembers a vote's answer.
pub(super) fn remember_vote(
    connection: Connection<'_>,
    idempotency: &Idempotency,
    voted: &Voted,
    now: Timestamp,
) -> sql::Result<()> {
    let made = voted.feedback.map(|id| id.0);
    remember(
        connection,
        idempotency,
        made,
        voted.outcome,
        voted.version,
        now,
    )
}

/// Remembers what another write made.
pub(super) fn remember_once(
    connection: Connection<'_>,
    idempotency: &Idempotency,
    made: Uuid,
    now: Timestamp,
) -> sql::Result<()> {
    let outcome = VotedOutcome::Created;
    remember(connection, idempotency, Some(made), outcome, 1, now)
}

fn remember(
    connection: Connection<'_>,
    idempotency: &Idempotency,
    made: Option<Uuid>,
    outcome: VotedOutcome,
    version: u32,
    now: Timestamp,
) -> sql::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO idempotency_keys (key, request_sha256, made, outcome, version, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            idempotency.key,
            idempotency.request_sha256,
            made.as_ref().map(blob),
            outcome.code(),
            version,
            now.microseconds()
        ])?;
    Ok(())
}

impl Batch<'_> {
    /// Forgets keys that are older than [`limits::IDEMPOTENCY_KEPT`], some at a time.
    pub(super) fn forget_old_idempotency_keys(&self) -> sql::Result<()> {
        let kept = i64::try_from(limits::IDEMPOTENCY_KEPT.as_micros()).unwrap_or(i64::MAX);
        let oldest = self.now().plus_microseconds(-kept);
        self.connection
            .prepare_cached(
                "DELETE FROM idempotency_keys WHERE key IN (
                 SELECT key FROM idempotency_keys WHERE created_at < ?1 ORDER BY created_at LIMIT ?2)",
            )?
            .execute(params![
                oldest.microseconds(),
                i64::try_from(limits::IDEMPOTENCY_SWEEP).unwrap_or(i64::MAX)
            ])?;
        Ok(())
    }
}
