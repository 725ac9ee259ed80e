//! Rebuilds what is derived from the rows: the sums that charts read, the index of messages' names, and the search index. Rows
//! are only read.
//!
//! Sums are made anew in one transaction, if one of them is wrong. Names and comments are indexed some at a time. What is cut off
//! is finished by the next one: comments that are not indexed wait to be, so that the server indexes them too.

use super::{Sqlite, check};
use crate::error::Result;
use crate::limits;
use crate::store::batch::{self, Batch};
use crate::store::sql;
use crate::store::{Rebuilding, Repaired};

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
        noted(Rebuilding::Sums, 0, 1);
        let (sums, sums_mended) = self
            .writer
            .run(None, |batch| check::sum_anew(batch.connection))
            .await?;
        noted(Rebuilding::Sums, 1, 1);
        let names_mended = self.name_anew(noted).await?;
        let comments = self.index_anew(noted).await?;
        Ok(Repaired {
            sums,
            sums_mended,
            names_mended,
            comments,
        })
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

fn count(rows: i64) -> usize {
    usize::try_from(rows).unwrap_or(0)
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
