//! Rebuilds what is derived from the rows: the sums that charts read, the index of messages' names, and the search index. Rows
//! are only read.
//!
//! Votes are summed up and comments are indexed some at a time. What is cut off is finished by the next one: sums are put right
//! each for itself; and comments that are not indexed wait to be, so that the server indexes them too.

use super::Sqlite;
use crate::error::Result;
use crate::limits;
use crate::store::batch::{self, Batch, RollupKey};
use crate::store::sql::{self, params};
use crate::store::{Rebuilding, Repaired};
use rusqlite::{Connection, Row};
use std::collections::HashMap;

/// Sums, by what is counted in them.
type Sums = HashMap<RollupKey, Counts>;

/// What a sum counts: votes, those with a comment, and those with a thumb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    votes: i64,
    comments: i64,
    ratings: i64,
}

/// Names in the index that are of no message, or not of the one that they point to.
const WRONG_NAMES: &str = "DELETE FROM message_names WHERE NOT EXISTS (
     SELECT 1 FROM messages m WHERE m.row_id = message AND m.external_key = message_names.external_key
       AND ifnull(m.conversation, 0) = message_names.conversation)";

/// Names of some messages that are not in the index.
const MISSING_NAMES: &str =
    "INSERT OR IGNORE INTO message_names (external_key, conversation, message)
     SELECT external_key, ifnull(conversation, 0), row_id FROM messages
     WHERE row_id > ?1 AND row_id <= ?2 AND external_key IS NOT NULL ORDER BY 1, 2, 3";

impl Sqlite {
    /// Rebuilds what is derived from the rows. `noted` hears how many rows of how many are done.
    ///
    /// For a folder that nobody else uses: votes that come meanwhile could be counted twice.
    pub(in crate::store) async fn repair(
        &self,
        noted: &(dyn Fn(Rebuilding, usize, usize) + Sync),
    ) -> Result<Repaired> {
        let truth = self.sum_up(noted).await?;
        let stored = self.readers.run_long(stored_sums).await?;
        let sums = truth.len();
        let wrong = differences(&truth, &stored);
        let sums_mended = wrong.len();
        for some in wrong.chunks(limits::REPAIR_SUMS) {
            let some = some.to_vec();
            self.writer
                .run(None, move |batch| put_right(batch.connection, &some))
                .await?;
        }
        let names_mended = self.name_anew(noted).await?;
        let comments = self.index_anew(noted).await?;
        Ok(Repaired {
            sums,
            sums_mended,
            names_mended,
            comments,
        })
    }

    /// The sums over all rows.
    async fn sum_up(&self, noted: &(dyn Fn(Rebuilding, usize, usize) + Sync)) -> Result<Sums> {
        let last = self.readers.run_long(last_row).await?;
        let mut truth = Sums::new();
        let mut done = 0;
        while done < last {
            let end = last.min(done + limits::REPAIR_ROWS);
            let part = self
                .readers
                .run_long(move |connection| sums_of(connection, done, end))
                .await?;
            for (key, counts) in part {
                let sum = truth.entry(key).or_default();
                sum.votes += counts.votes;
                sum.comments += counts.comments;
                sum.ratings += counts.ratings;
            }
            done = end;
            noted(Rebuilding::Sums, count(done), count(last));
        }
        Ok(truth)
    }

    /// Takes wrong names out of the index of messages' names and puts missing ones in. Returns how many there were.
    async fn name_anew(&self, noted: &(dyn Fn(Rebuilding, usize, usize) + Sync)) -> Result<usize> {
        let mut mended = self
            .writer
            .run(None, |batch| batch.connection.execute(WRONG_NAMES, []))
            .await?;
        let last: i64 = self
            .readers
            .run_long(|connection| {
                connection.query_row("SELECT up_to FROM names_indexed", [], |row| row.get(0))
            })
            .await?;
        let mut done = 0;
        while done < last {
            let end = last.min(done + limits::REPAIR_ROWS);
            mended += self
                .writer
                .run(None, move |batch| {
                    batch.connection.execute(MISSING_NAMES, [done, end])
                })
                .await?;
            done = end;
            noted(Rebuilding::Names, count(done), count(last));
        }
        Ok(mended)
    }

    /// Has every comment wait to be indexed, and indexes them. Returns how many there are.
    async fn index_anew(&self, noted: &(dyn Fn(Rebuilding, usize, usize) + Sync)) -> Result<usize> {
        let comments = self.writer.run(None, empty_index).await?;
        let mut left = comments;
        while left > 0 {
            left = self
                .writer
                .run(None, |batch| {
                    batch.index_pending_comments()?;
                    batch::pending(batch.connection)
                })
                .await?;
            noted(Rebuilding::Search, comments.saturating_sub(left), comments);
        }
        Ok(comments)
    }
}

/// The sums that are to be put right: as they must be, and zero for those of which there are no votes.
fn differences(truth: &Sums, stored: &Sums) -> Vec<(RollupKey, Counts)> {
    let wrong = truth
        .iter()
        .filter(|(key, sum)| stored.get(key) != Some(sum))
        .map(|(key, sum)| (*key, *sum));
    let surplus = stored
        .iter()
        .filter(|(key, sum)| **sum != Counts::default() && !truth.contains_key(key))
        .map(|(key, _)| (*key, Counts::default()));
    wrong.chain(surplus).collect()
}

fn count(rows: i64) -> usize {
    usize::try_from(rows).unwrap_or(0)
}

fn last_row(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT coalesce(max(row_id), 0) FROM feedback", [], |row| {
        row.get(0)
    })
}

fn sums_of(connection: &Connection, after: i64, end: i64) -> rusqlite::Result<Sums> {
    connection
        .prepare_cached(
            "SELECT project, (created_at - (created_at % 86400000000 + 86400000000) % 86400000000) / 86400000000,
               channel, name, sentiment, count(*), count(comment), count(rating)
             FROM feedback WHERE retracted = 0 AND row_id > ?1 AND row_id <= ?2 GROUP BY 1, 2, 3, 4, 5",
        )?
        .query_map([after, end], sum)?
        .collect()
}

fn stored_sums(connection: &Connection) -> rusqlite::Result<Sums> {
    connection
        .prepare(
            "SELECT project, day, channel, name, sentiment, votes, comments, ratings FROM rollups",
        )?
        .query_map([], sum)?
        .collect()
}

fn sum(row: &Row<'_>) -> rusqlite::Result<(RollupKey, Counts)> {
    let key = RollupKey {
        project: row.get(0)?,
        day: row.get(1)?,
        channel: row.get(2)?,
        name: row.get(3)?,
        sentiment: row.get(4)?,
    };
    let counts = Counts {
        votes: row.get(5)?,
        comments: row.get(6)?,
        ratings: row.get(7)?,
    };
    Ok((key, counts))
}

fn put_right(connection: sql::Connection<'_>, sums: &[(RollupKey, Counts)]) -> sql::Result<()> {
    let mut put = connection.prepare_cached(
        "INSERT OR REPLACE INTO rollups (project, day, channel, name, sentiment, votes, comments, ratings)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (key, counts) in sums {
        put.execute(params![
            key.project,
            key.day,
            key.channel,
            key.name,
            key.sentiment,
            counts.votes,
            counts.comments,
            counts.ratings
        ])?;
    }
    Ok(())
}

/// Empties the index and has every comment wait, at once: comments that do neither would not be found again. Returns how
/// many wait.
fn empty_index(batch: &mut Batch<'_>) -> sql::Result<usize> {
    batch.connection.execute_batch(
        "INSERT INTO search (search) VALUES ('delete-all');
         DELETE FROM search_pending;
         INSERT INTO search_pending (feedback) SELECT row_id FROM feedback WHERE comment IS NOT NULL",
    )?;
    let waiting = batch::pending(batch.connection)?;
    batch.memory.search_pending = waiting;
    Ok(waiting)
}
