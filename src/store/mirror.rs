//! Votes that the vendors behind projects are to hear of: written with the vote, read by who sends them.

use super::administer::project_row;
use super::batch::Batch;
use super::codes::{Coded as _, coded, id, optional_time, time};
use super::sql::Value;
use super::sql::{
    self, Connection, OptionalExtension as _, Owner, Row, Seat, params, params_from_iter,
};
use super::standing::StandingRow;
use super::{Store, conversations, end_users, feedback, filter, one_more};
use crate::domain::vote::Command;
use crate::domain::{
    AuthorKind, FeedbackId, Message, MirrorEntry, MirrorState, ProjectId, Timestamp,
};
use crate::error::Result;
use crate::limits;
use crate::store::{Cursor, MirrorCounts, MirrorJob, MirrorPlace, Page, Paging, Settlement};
use uuid::Uuid;

/// The columns that [`entry`] reads, of `mirror_jobs j` and `feedback f`.
const ENTRY: &str =
    "j.row_id, f.id, j.version, j.state, j.attempts, j.due_at, j.status, j.reason, j.created_at";

impl Batch<'_> {
    /// Notes that the vendor behind the project is to hear of a version, if that is so. What reviewers and models say is
    /// not the vendor's affair: its interface knows the people who talk to it.
    pub(super) fn mirror(
        &self,
        command: &Command,
        feedback: &StandingRow,
        now: Timestamp,
    ) -> sql::Result<()> {
        let Some(vendor) = command.mirror else {
            return Ok(());
        };
        self.connection.insert(
                "INSERT INTO mirror_jobs (project, feedback, version, dialect, target, state, attempts, due_at, created_at)
                 SELECT project, row_id, ?2, ?6, coalesce(message, -conversation, 0), 0, 0, ?3, ?3 FROM feedback
                 WHERE row_id = ?1 AND author_kind IN (?4, ?5)",
            Seat::Beside(Owner::Feedback(feedback.row)),
            params![
                feedback.row,
                feedback.version,
                now.microseconds(),
                AuthorKind::Anonymous.code(),
                AuthorKind::EndUser.code(),
                vendor.code()
            ])?;
        Ok(())
    }
}

impl Store {
    /// Votes of a project that are due, oldest first: of each target only the first that waits, and none of `besides`.
    /// `whole` has the conversation and the person read too.
    pub async fn due_mirror_jobs(
        &self,
        project: ProjectId,
        now: Timestamp,
        besides: Vec<MirrorPlace>,
        most: usize,
        whole: bool,
    ) -> Result<Vec<MirrorJob>> {
        self.read(move |connection| due(connection, project, now, &besides, most, whole))
            .await
    }

    /// Keeps what became of a job. One that is no longer there is none.
    pub async fn settle_mirror_job(
        &self,
        place: MirrorPlace,
        settlement: Settlement,
    ) -> Result<()> {
        self.write(move |batch| settle(batch, place, &settlement).map(Ok))
            .await
    }

    /// How many votes are where, of a project or of all that are not deleted.
    pub async fn mirror_counts(&self, project: Option<ProjectId>) -> Result<MirrorCounts> {
        self.read(move |connection| counts(connection, project))
            .await
    }

    /// A page of the votes of a project that are in a state, the latest first.
    pub async fn mirror_entries(
        &self,
        project: ProjectId,
        state: MirrorState,
        paging: Paging,
    ) -> Result<Page<MirrorEntry>> {
        self.read(move |connection| entries(connection, project, state, paging))
            .await
    }

    /// Has the votes of a project tried again that did not arrive. One of whose feedback the vendor has heard a later
    /// version, or will, stays as it is: it must not be said after that. Returns how many are tried.
    pub async fn retry_mirror_jobs(&self, project: ProjectId) -> Result<u64> {
        let mut tried = 0;
        let mut after = i64::MIN;
        loop {
            // A few targets at a time, for votes wait for the writer. All versions of a feedback are of one target.
            let (until, more) = self
                .write_for(project, move |batch| {
                    let project = batch.project(project)?.project;
                    let until = last_target(batch.connection, after)?;
                    let tried = retry(batch, project, after, until)?;
                    Ok(Ok((until, tried)))
                })
                .await?;
            tried += more as u64;
            if until == i64::MAX {
                return Ok(tried);
            }
            after = until;
        }
    }

    /// Forgets votes of a project that did not arrive, in a state or in any. Returns how many.
    pub async fn drop_mirror_jobs(
        &self,
        project: ProjectId,
        state: Option<MirrorState>,
    ) -> Result<u64> {
        let mut dropped = 0;
        loop {
            let more = self
                .write_for(project, move |batch| {
                    let project = batch.project(project)?.project;
                    let state = state.map(MirrorState::code);
                    drop_some(batch.connection, project, state).map(Ok)
                })
                .await?;
            dropped += more as u64;
            if more < limits::MIRROR_JOBS_AT_ONCE {
                return Ok(dropped);
            }
        }
    }
}

/// The last of the next few targets that jobs are of.
fn last_target(connection: Connection<'_>, after: i64) -> sql::Result<i64> {
    let most = i64::try_from(limits::MIRROR_JOBS_AT_ONCE).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "SELECT CASE WHEN count(*) < ?2 THEN ?3 ELSE max(target) END FROM (
               SELECT target FROM mirror_jobs INDEXED BY mirror_jobs_by_target
               WHERE target > ?1 ORDER BY target LIMIT ?2) targets",
        )?
        .query_row([after, most, i64::MAX], |row| row.get(0))
}

fn retry(batch: &Batch<'_>, project: i64, after: i64, until: i64) -> sql::Result<usize> {
    batch
        .connection
        .prepare_cached(
            "UPDATE mirror_jobs SET state = 0, attempts = 0, due_at = ?2, tried_since = NULL, status = NULL,
             reason = NULL WHERE row_id IN (
               SELECT row_id FROM (
                 SELECT j.row_id, j.version, f.version AS latest,
                 row_number() OVER (PARTITION BY j.feedback ORDER BY j.version DESC) AS place
                 FROM mirror_jobs j INDEXED BY mirror_jobs_by_target
                 JOIN feedback f ON f.row_id = j.feedback /*+ AND f.bucket = j.bucket +*/
                 WHERE j.target > ?3 AND j.target <= ?4 AND j.project = ?1 AND j.state <> 0) those
               WHERE version = latest - place + 1)",
        )?
        .execute(params![project, batch.now().microseconds(), after, until])
}

fn drop_some(connection: Connection<'_>, project: i64, state: Option<i64>) -> sql::Result<usize> {
    let most = i64::try_from(limits::MIRROR_JOBS_AT_ONCE).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "DELETE FROM mirror_jobs WHERE row_id IN (
               SELECT row_id FROM mirror_jobs INDEXED BY mirror_jobs_by_state
               WHERE project = ?1 AND state = coalesce(?2, state) LIMIT ?3)",
        )?
        .execute(params![project, state, most])
}

fn due(
    connection: Connection<'_>,
    project: ProjectId,
    now: Timestamp,
    besides: &[MirrorPlace],
    most: usize,
    whole: bool,
) -> sql::Result<Vec<MirrorJob>> {
    let Some((project, _)) = project_row(connection, project)? else {
        return Ok(Vec::new());
    };
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let besides: Vec<i64> = besides.iter().map(|place| place.row).collect();
    connection
        .prepare_cached(
            "SELECT j.row_id, j.feedback, j.version, j.attempts, j.tried_since, j.dialect
             FROM mirror_jobs j INDEXED BY mirror_jobs_due
             WHERE j.state = 0 AND j.project = ?1 AND j.due_at <= ?2 AND NOT EXISTS (
               SELECT 1 FROM mirror_jobs before INDEXED BY mirror_jobs_waiting
               WHERE before.target = j.target /*+ AND before.bucket = j.bucket +*/ AND before.row_id < j.row_id AND before.state = 0)
             AND j.row_id NOT IN (SELECT CAST(value AS BIGINT) FROM json_each(?4)) ORDER BY j.due_at, j.row_id LIMIT ?3",
        )?
        .query_map(params![project, now.microseconds(), most, filter::rows(&besides)], |row| {
            job(connection, row, whole)
        })?
        .collect()
}

fn job(connection: Connection<'_>, row: &Row<'_>, whole: bool) -> sql::Result<MirrorJob> {
    let place = MirrorPlace {
        row: row.get(0)?,
        feedback: row.get(1)?,
        version: row.get(2)?,
    };
    let feedback = feedback::by_row(connection, place.feedback)?;
    let version =
        feedback::version_of(connection, &feedback, place.version)?.ok_or(sql::Error::NoRows)?;
    let before = match place.version {
        0 | 1 => None,
        version => feedback::version_of(connection, &feedback, version - 1)?,
    };
    let mut job = MirrorJob {
        place,
        vendor: coded(row, 5)?,
        attempts: row.get(3)?,
        tried_since: optional_time(row, 4)?,
        feedback,
        version,
        before,
        messages: Vec::new(),
        end_user: None,
    };
    if whole {
        job.messages = conversation_of(connection, place.feedback)?;
        job.end_user = connection
            .prepare_cached("SELECT author FROM feedback WHERE row_id = ?1 AND author_kind = ?2")?
            .query_row(params![place.feedback, AuthorKind::EndUser.code()], |row| {
                row.get(0)
            })
            .optional()?
            .map(|author| end_users::find(connection, author))
            .transpose()?;
    }
    Ok(job)
}

/// The messages of the conversation that a feedback is in.
fn conversation_of(connection: Connection<'_>, feedback: i64) -> sql::Result<Vec<Message>> {
    let conversation: Option<i64> = connection
        .prepare_cached(
            "SELECT coalesce(f.conversation, m.conversation) FROM feedback f
             LEFT JOIN messages m ON m.row_id = f.message /*+ AND m.bucket = f.bucket +*/ WHERE f.row_id = ?1",
        )?
        .query_row([feedback], |row| row.get(0))?;
    let Some(conversation) = conversation else {
        return Ok(Vec::new());
    };
    let most = limits::TRANSCRIPT_MESSAGES;
    let messages = conversations::messages_of(connection, conversation, most + 1)?;
    Ok(if messages.len() > most {
        Vec::new()
    } else {
        messages
    })
}

fn settle(batch: &Batch<'_>, place: MirrorPlace, settlement: &Settlement) -> sql::Result<()> {
    let (state, due_at, status, reason) = match settlement {
        Settlement::Arrived => {
            batch
                .connection
                .prepare_cached(
                    "DELETE FROM mirror_jobs WHERE row_id = ?1 AND feedback = ?2 AND version = ?3",
                )?
                .execute(params![place.row, place.feedback, place.version])?;
            return Ok(());
        }
        Settlement::Again { at, status, reason } => {
            (MirrorState::Waiting, Some(at), *status, reason)
        }
        Settlement::Refused { status, reason } => {
            (MirrorState::Refused, None, Some(*status), reason)
        }
        Settlement::GivenUp { status, reason } => (MirrorState::GivenUp, None, *status, reason),
        Settlement::NotMirrored { reason } => (MirrorState::NotMirrored, None, None, reason),
    };
    let sent = i64::from(state != MirrorState::NotMirrored);
    batch
        .connection
        .prepare_cached(
            "UPDATE mirror_jobs SET state = ?4, due_at = coalesce(?5, due_at), status = ?6, reason = ?7,
             attempts = attempts + ?8, tried_since = coalesce(tried_since, ?9)
             WHERE row_id = ?1 AND feedback = ?2 AND version = ?3",
        )?
        .execute(params![
            place.row,
            place.feedback,
            place.version,
            state.code(),
            due_at.map(|at| at.microseconds()),
            status,
            reason,
            sent,
            batch.now().microseconds()
        ])?;
    Ok(())
}

fn counts(connection: Connection<'_>, project: Option<ProjectId>) -> sql::Result<MirrorCounts> {
    let mut counts = MirrorCounts::default();
    let (wanted, project) = match project {
        // What waits for a project that is gone waits for good, and is nobody's affair.
        None => (
            "CAST(?1 AS BIGINT) IS NULL AND project IN (SELECT row_id FROM projects WHERE deleted_at IS NULL)",
            None,
        ),
        Some(project) => match project_row(connection, project)? {
            None => return Ok(counts),
            Some((project, _)) => ("project = ?1", Some(project)),
        },
    };
    let mut select = connection.prepare_cached(&format!(
        "SELECT state, count(*) FROM mirror_jobs WHERE {wanted} GROUP BY state"
    ))?;
    let mut rows = select.query([project])?;
    while let Some(row) = rows.next()? {
        let count = row.get::<_, i64>(1)?.unsigned_abs();
        match coded(&row, 0)? {
            MirrorState::Waiting => counts.waiting = count,
            MirrorState::Refused => counts.refused = count,
            MirrorState::GivenUp => counts.given_up = count,
            MirrorState::NotMirrored => counts.not_mirrored = count,
        }
    }
    (counts.oldest_waiting_at, counts.next_try_at) = connection
        .prepare_cached(&format!(
            "SELECT (SELECT created_at FROM mirror_jobs WHERE {wanted} AND state = 0 ORDER BY row_id LIMIT 1),
             (SELECT min(due_at) FROM mirror_jobs WHERE {wanted} AND state = 0)"
        ))?
        .query_row([project], |row| {
            Ok((optional_time(row, 0)?, optional_time(row, 1)?))
        })?;
    Ok(counts)
}

fn entries(
    connection: Connection<'_>,
    project: ProjectId,
    state: MirrorState,
    paging: Paging,
) -> sql::Result<Page<MirrorEntry>> {
    let Some((project, _)) = project_row(connection, project)? else {
        return Ok(Page {
            items: Vec::new(),
            next: None,
        });
    };
    let before = paging.after.map_or(i64::MAX, |cursor| {
        i64::try_from(cursor.id.as_u128()).unwrap_or(i64::MAX)
    });
    let values = [project, state.code(), before, one_more(paging.limit)].map(Value::Integer);
    let found = connection
        .prepare_cached(&format!(
            "SELECT {ENTRY} FROM mirror_jobs j INDEXED BY mirror_jobs_by_state
             JOIN feedback f ON f.row_id = j.feedback /*+ AND f.bucket = j.bucket +*/
             WHERE j.project = ?1 AND j.state = ?2 AND j.row_id < ?3 ORDER BY j.row_id DESC LIMIT ?4"
        ))?
        .query_map(params_from_iter(values), entry)?
        .collect::<sql::Result<Vec<_>>>()?;
    Ok(Page::from_one_more(found, paging.limit, |entry| Cursor {
        at: entry.created_at,
        // Rows of this list have no id but their number.
        id: Uuid::from_u128(u128::from(entry.number.unsigned_abs())),
    }))
}

/// Versions of a feedback that did not arrive, or not yet, oldest first.
pub(super) fn of_feedback(
    connection: Connection<'_>,
    feedback: i64,
) -> sql::Result<Vec<MirrorEntry>> {
    connection
        .prepare_cached(&format!(
            "SELECT {ENTRY} FROM feedback f JOIN mirror_jobs j INDEXED BY mirror_jobs_by_target
             ON j.target = coalesce(f.message, -f.conversation, 0) AND j.feedback = f.row_id /*+ AND j.bucket = f.bucket +*/
             WHERE f.row_id = ?1 ORDER BY j.version"
        ))?
        .query_map([feedback], entry)?
        .collect()
}

fn entry(row: &Row<'_>) -> sql::Result<MirrorEntry> {
    let state = coded(row, 3)?;
    let next_try_at = time(row, 5)?;
    Ok(MirrorEntry {
        number: row.get(0)?,
        feedback: FeedbackId(id(row, 1)?),
        version: row.get(2)?,
        state,
        attempts: row.get(4)?,
        next_try_at: (state == MirrorState::Waiting).then_some(next_try_at),
        status: row.get(6)?,
        reason: row.get(7)?,
        created_at: time(row, 8)?,
    })
}
