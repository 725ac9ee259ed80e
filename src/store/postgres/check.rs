//! Checks the data against itself: what is derived must equal what it is derived from.

use super::Postgres;
use crate::error::Result;
use crate::store::check::Check;
use crate::store::sql::{self, Connection};
use crate::store::{Concern, Finding, Rebuilding, Repaired};

const CHECKS: [Check; 7] = [
    Check {
        name: "rollups equal the feedback",
        unit: "rollups",
        sql: "WITH truth AS MATERIALIZED (SELECT * FROM rollups_anew),
              sums AS MATERIALIZED (
                SELECT project, kind, level, slot, value, detail, channel, name, sentiment, CAST(sum(votes) AS BIGINT) AS votes,
                  CAST(sum(comments) AS BIGINT) AS comments, CAST(sum(ratings) AS BIGINT) AS ratings,
                  CAST(sum(resolved) AS BIGINT) AS resolved, CAST(sum(unresolved) AS BIGINT) AS unresolved,
                  CAST(sum(scored) AS BIGINT) AS scored, CAST(sum(score) AS BIGINT) AS score
                FROM rollups GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
                HAVING sum(votes) <> 0 OR sum(comments) <> 0 OR sum(ratings) <> 0 OR sum(resolved) <> 0
                  OR sum(unresolved) <> 0 OR sum(scored) <> 0 OR sum(score) <> 0)
              SELECT (SELECT count(*) FROM sums),
                (SELECT count(*) FROM (SELECT * FROM truth EXCEPT SELECT * FROM sums) AS missing)
                + (SELECT count(*) FROM (SELECT * FROM sums EXCEPT SELECT * FROM truth) AS surplus)",
        concern: Concern::Derived,
    },
    Check {
        name: "every version of a feedback is kept",
        unit: "feedbacks",
        // Of a feedback from before the time up to which history was dropped, the first versions may be missing.
        sql: "SELECT count(*), count(*) FILTER (WHERE f.version > 1
                AND coalesce(v.kept, 0) <> f.version - 1
                AND (coalesce(v.kept, 0) <> f.version - coalesce(v.first, f.version) OR v.last <> f.version - 1
                  OR f.created_at >= coalesce(
                    (SELECT CAST(convert_from(value, 'UTF8') AS BIGINT) FROM settings WHERE name = 'history_begins'), f.created_at)))
              FROM feedback f LEFT JOIN (
                SELECT feedback, bucket, count(*) AS kept, min(version) AS first, max(version) AS last
                FROM feedback_versions GROUP BY feedback, bucket) v ON v.feedback = f.row_id AND v.bucket = f.bucket",
        concern: Concern::Rows,
    },
    Check {
        name: "one standing feedback for each author, target and name",
        unit: "feedbacks that must be one",
        // Melodi's (3) and Haptik's (5) votes may be many; whatever one of them ever touched is left out, and
        // whatever they may have touched in history that was dropped.
        sql: "SELECT count(*), count(*) FILTER (WHERE votes > 1 AND NOT free) FROM (
                SELECT count(*) AS votes, bool_or(channel IN (3, 5) OR EXISTS (
                  SELECT 1 FROM feedback_versions v WHERE v.feedback = f.row_id AND v.bucket = f.bucket AND v.channel IN (3, 5))
                  OR version > 1 AND created_at < coalesce((SELECT CAST(convert_from(value, 'UTF8') AS BIGINT) FROM settings
                    WHERE name = 'history_begins'), created_at)) AS free
                FROM feedback f WHERE retracted = 0
                GROUP BY message, conversation, author_kind, author, name) AS targets",
        concern: Concern::Rows,
    },
    Check {
        name: "what was taken back says nothing",
        unit: "feedbacks taken back",
        sql: "SELECT count(*), count(*) FILTER (WHERE comment IS NOT NULL OR rating IS NOT NULL OR score IS NOT NULL)
              FROM feedback WHERE retracted = 1",
        concern: Concern::Rows,
    },
    Check {
        name: "votes that vendors are to hear of are there, each version once",
        unit: "votes to be sent or not taken",
        sql: "SELECT count(*), count(*) FILTER (WHERE j.version > f.version OR j.project <> f.project
                OR j.target <> coalesce(f.message, -f.conversation, 0)
                OR EXISTS (SELECT 1 FROM mirror_jobs twin WHERE twin.target = j.target AND twin.bucket = j.bucket AND twin.feedback = j.feedback
                  AND twin.version = j.version AND twin.row_id <> j.row_id))
              FROM mirror_jobs j JOIN feedback f ON f.row_id = j.feedback AND f.bucket = j.bucket",
        concern: Concern::Rows,
    },
    Check {
        name: "owners open every project, and who is disabled is signed in nowhere",
        unit: "accounts",
        sql: "SELECT (SELECT count(*) FROM accounts),
                (SELECT count(*) FROM accounts WHERE role = 2 AND limited = 1)
                + (SELECT count(*) FROM sessions s JOIN accounts a ON a.row_id = s.account WHERE a.disabled_at IS NOT NULL)",
        concern: Concern::Rows,
    },
    Check {
        name: "rows lie in the bucket of their name or of what they belong to, and no name or key is there twice",
        unit: "messages",
        sql: "SELECT (SELECT count(*) FROM messages),
                (SELECT count(*) FROM messages m WHERE m.bucket <> (
                  SELECT m.external_key & (get_byte(value, 0) - 1) FROM settings WHERE name = 'buckets') OR EXISTS (
                  SELECT 1 FROM messages twin WHERE twin.bucket = m.bucket AND twin.external_key = m.external_key
                    AND twin.external_id = m.external_id AND twin.project = m.project AND twin.row_id <> m.row_id
                    AND twin.conversation IS NOT DISTINCT FROM m.conversation))
                + (SELECT count(*) FROM feedback f LEFT JOIN messages t ON t.row_id = f.message AND t.bucket = f.bucket
                    LEFT JOIN conversations c ON c.row_id = f.conversation
                    WHERE f.bucket IS DISTINCT FROM coalesce(t.bucket, c.bucket))
                + (SELECT count(*) FROM quiet_times q LEFT JOIN end_users u ON u.row_id = q.author
                    WHERE q.bucket IS DISTINCT FROM u.bucket)
                + (SELECT count(*) - count(DISTINCT key) FROM idempotency_keys)",
        concern: Concern::Rows,
    },
];

const COUNT_ANEW: &str = "INSERT INTO rollups (project, kind, level, slot, value, detail, channel, name, sentiment, votes, comments, \
     ratings, resolved, unresolved, scored, score) SELECT * FROM rollups_anew";

impl Postgres {
    /// Checks the data; every check gives one finding.
    pub(in crate::store) async fn check(&self) -> Result<Vec<Finding>> {
        self.read_long(|connection| Ok(CHECKS.iter().map(|check| check.find(connection)).collect()))
            .await
    }

    /// Rebuilds what is derived from the rows: the sums. Words stand in the rows themselves, and names are an index.
    pub(in crate::store) async fn repair(
        &self,
        noted: &(dyn Fn(Rebuilding, usize, usize) + Sync),
    ) -> Result<Repaired> {
        noted(Rebuilding::Sums, 0, 1);
        let repaired = self
            .write(None, |batch| repair_sums(batch.connection))
            .await?;
        noted(Rebuilding::Sums, 1, 1);
        Ok(repaired)
    }
}

/// Counts anew, if something is wrong. The transaction holds all buckets, so nothing is counted meanwhile.
fn repair_sums(connection: Connection<'_>) -> sql::Result<Repaired> {
    let (sums, sums_mended) = connection.query_row(CHECKS[0].sql, [], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
    })?;
    if sums_mended > 0 {
        connection.execute("DELETE FROM rollups", [])?;
        connection.execute(COUNT_ANEW, [])?;
    }
    let comments: i64 =
        connection.query_row("SELECT count(words) FROM feedback", [], |row| row.get(0))?;
    Ok(Repaired {
        sums: count(sums),
        sums_mended: count(sums_mended),
        names_mended: 0,
        comments: count(comments),
    })
}

fn count(rows: i64) -> usize {
    usize::try_from(rows).unwrap_or(0)
}
