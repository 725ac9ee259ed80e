//! Lists of feedback.

use super::administer::project_row;
use super::batch::Batch;
use super::codes::{blob, id, time};
use super::engines::Engine;
use super::look::{Days, Looked, Sought, Spot, share};
use super::sql::{self, Connection, OptionalExtension as _};
use super::sqlite::search;
use super::{Store, feedback, filter};
use crate::domain::{Feedback, ProjectId};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::store::{Cursor, FeedbackFilter, Page, Paging};

impl Store {
    /// A page of feedback, newest first.
    ///
    /// No more than [`limits::LIST_LOOKED`] rows are looked through for it, so it may hold fewer than asked for, even none,
    /// and go on all the same. Fails with [`ErrorKind::Unavailable`] if it is a search and very many comments still wait to
    /// be indexed.
    pub async fn list_feedback(
        &self,
        filter: FeedbackFilter,
        paging: Paging,
    ) -> Result<Page<Feedback>> {
        if filter.search.is_some() {
            self.index_comments().await?;
        }
        self.read(move |connection| list(connection, &filter, paging))
            .await
    }

    /// The feedback of a project that has a thumb and stands, newest first: `most` of it after `skip`.
    pub async fn rated_feedback(
        &self,
        project: ProjectId,
        skip: u64,
        most: usize,
    ) -> Result<Vec<Feedback>> {
        self.read(move |connection| rated(connection, project, skip, most))
            .await
    }

    /// Indexes every comment that was acknowledged so far. Those that come meanwhile are not waited for: while many come, that
    /// would have no end.
    async fn index_comments(&self) -> Result<()> {
        let Engine::Sqlite(sqlite) = &self.engine else {
            return Ok(());
        };
        let mut up_to = None;
        loop {
            let step = sqlite
                .write_now(None, move |batch| index_some(batch, up_to))
                .await?;
            match step {
                Indexing::Done => return Ok(()),
                Indexing::GoesOn(last) => up_to = Some(last),
                Indexing::TooMany(waiting) => {
                    let message = format!(
                        "{waiting} comments are still being indexed for search; try again later"
                    );
                    return Err(Error::new(ErrorKind::Unavailable, message));
                }
            }
        }
    }
}

/// What a step of indexing leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Indexing {
    Done,
    /// Comments up to this feedback's are to be indexed.
    GoesOn(i64),
    /// So many wait that nobody is to wait for them.
    TooMany(usize),
}

/// Indexes some of the comments that wait, up to a feedback; in the first step, up to the last.
fn index_some(batch: &mut Batch<'_>, up_to: Option<i64>) -> sql::Result<Indexing> {
    let up_to = match (up_to, batch.memory.search_pending) {
        (_, 0) => return Ok(Indexing::Done),
        (Some(up_to), _) => up_to,
        (None, waiting) if waiting > limits::SEARCH_WAITING => {
            return Ok(Indexing::TooMany(waiting));
        }
        (None, _) => match batch.connection {
            Connection::Sqlite(connection) => search::last_pending(connection)?,
            Connection::Postgres(_) => return Ok(Indexing::Done),
        },
    };
    Ok(match batch.index_pending_comments()? {
        Some(next) if next <= up_to => Indexing::GoesOn(up_to),
        _ => Indexing::Done,
    })
}

/// A page of several projects is put together from one of each. What lies before the place that each of them was looked
/// through to is complete, and no more is given.
fn list(
    connection: Connection<'_>,
    filter: &FeedbackFilter,
    paging: Paging,
) -> sql::Result<Page<Feedback>> {
    let most = paging.limit.saturating_add(1);
    let after = paging
        .after
        .map(|cursor| spot(connection, filter, cursor))
        .transpose()?;
    let mut all = Looked::default();
    for project in &filter.projects {
        let Some(scope) = project_row(connection, *project)? else {
            continue;
        };
        let Some(sought) = filter::sought(connection, filter, scope)? else {
            continue;
        };
        let looked = sought.look(connection, after, most, share(filter.projects.len()))?;
        all.found.extend(looked.found);
        all.reached = all.reached.max(looked.reached);
    }
    all.found.sort_unstable_by(|one, other| other.cmp(one));
    if let Some(reached) = all.reached {
        all.found.retain(|spot| *spot >= reached);
    }
    if all.found.len() > paging.limit {
        all.found.truncate(paging.limit);
        all.reached = all.found.last().copied();
    }
    Ok(Page {
        items: read(connection, &all.found)?,
        next: all
            .reached
            .map(|reached| cursor(connection, reached))
            .transpose()?,
    })
}

fn read(connection: Connection<'_>, spots: &[Spot]) -> sql::Result<Vec<Feedback>> {
    let rows: Vec<i64> = spots.iter().map(|spot| spot.row).collect();
    feedback::by_rows(connection, &rows)
}

/// The place that a cursor means.
fn spot(connection: Connection<'_>, filter: &FeedbackFilter, cursor: Cursor) -> sql::Result<Spot> {
    let row: i64 = connection
        .prepare_cached("SELECT row_id FROM feedback WHERE id = ?1")?
        .query_row([blob(&cursor.id)], |row| row.get(0))
        .optional()?
        .unwrap_or(search::ROW_MASK);
    let at = cursor.at.microseconds();
    let by_words = filter.search.is_some() && matches!(connection, Connection::Sqlite(_));
    Ok(if by_words {
        search::spot_of(at, row)
    } else {
        Spot { at, row }
    })
}

fn cursor(connection: Connection<'_>, spot: Spot) -> sql::Result<Cursor> {
    connection
        .prepare_cached("SELECT created_at, id FROM feedback WHERE row_id = ?1")?
        .query_row([spot.row], |row| {
            Ok(Cursor {
                at: time(row, 0)?,
                id: id(row, 1)?,
            })
        })
}

/// Whole days are skipped by their sums; within the day that the page begins in, rows are.
fn rated(
    connection: Connection<'_>,
    project: ProjectId,
    skip: u64,
    most: usize,
) -> sql::Result<Vec<Feedback>> {
    let Some(scope) = project_row(connection, project)? else {
        return Ok(Vec::new());
    };
    let filter = FeedbackFilter {
        has_rating: Some(true),
        ..FeedbackFilter::default()
    };
    let Some(sought) = filter::sought(connection, &filter, scope)? else {
        return Ok(Vec::new());
    };
    let Some((before, skip)) = skipped(connection, &sought, skip)? else {
        return Ok(Vec::new());
    };
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    let wanted = skip.saturating_add(most);
    let looked = sought.look(connection, before, wanted, usize::MAX)?;
    read(connection, looked.found.get(skip..).unwrap_or_default())
}

/// Goes past whole days. Returns where the day begins in which the skipping ends, and how much of that day is still to be
/// skipped; none if the list ends before.
fn skipped(
    connection: Connection<'_>,
    sought: &Sought,
    mut skip: u64,
) -> sql::Result<Option<(Option<Spot>, u64)>> {
    let days = Days {
        rated: true,
        ..Days::default()
    };
    let (sums, values) = days.sums(sought.project, i64::MIN, i64::MAX);
    let mut sums = connection.prepare_cached(&sums)?;
    let mut sums = sums.query(sql::params_from_iter(values))?;
    while let Some(sum) = sums.next()? {
        let day = crate::domain::Day(sum.get(0)?);
        let here = sum.get::<_, i64>(1)?.unsigned_abs();
        if skip < here {
            let end = Spot {
                at: crate::domain::Day(day.0 + 1).start().microseconds(),
                row: i64::MIN,
            };
            return Ok(Some((Some(end), skip)));
        }
        skip -= here;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::store::batch::Memory;
    use crate::store::sqlite::{make_hash_key, schema};
    use rusqlite::Connection;

    /// Votes with comments that are still to be indexed.
    fn vote(connection: &Connection, votes: usize) {
        let sql = "INSERT INTO feedback (id, project, author_kind, name, sentiment, comment, retracted, channel, version,
                     created_at, updated_at) VALUES (randomblob(16), 1, 1, 1, 1, 'slow', 0, 1, 1, 0, 0)";
        for _ in 0..votes {
            connection.execute(sql, []).unwrap();
            connection
                .execute(
                    "INSERT INTO search_pending (feedback) VALUES (last_insert_rowid())",
                    [],
                )
                .unwrap();
        }
    }

    #[test]
    fn a_search_does_not_wait_for_comments_that_come_after_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        make_hash_key(&connection).unwrap();
        connection
            .pragma_update(None, "foreign_keys", false)
            .unwrap();
        vote(&connection, limits::SEARCH_BATCH + 1);
        let mut memory = Memory::read((&connection).into()).unwrap();
        let clock = Clock::default();
        let mut batch = Batch::new((&connection).into(), &mut memory, &clock);
        let first = index_some(&mut batch, None).unwrap();
        let Indexing::GoesOn(up_to) = first else {
            panic!("not all fit into one step: {first:?}");
        };
        vote(&connection, limits::SEARCH_BATCH);
        assert_eq!(index_some(&mut batch, Some(up_to)).unwrap(), Indexing::Done);
    }
}
