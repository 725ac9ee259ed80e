//! Checks the data against itself: what is derived must equal what it is derived from.

use super::Store;
use crate::error::Result;
use crate::store::Finding;
use rusqlite::Connection;

/// A check: what it is called, and a query that gives how much was seen and how much of it is wrong.
struct Check {
    name: &'static str,
    unit: &'static str,
    sql: &'static str,
}

const CHECKS: [Check; 7] = [
    Check {
        name: "rollups equal the feedback",
        unit: "rollups",
        sql: "WITH truth AS (
                SELECT project, (created_at - (created_at % 86400000000 + 86400000000) % 86400000000) / 86400000000 AS day,
                  channel, name, sentiment, count(*) AS votes, count(comment) AS comments, count(rating) AS ratings
                FROM feedback WHERE retracted = 0 GROUP BY 1, 2, 3, 4, 5),
              sums AS (SELECT * FROM rollups WHERE votes <> 0 OR comments <> 0 OR ratings <> 0)
              SELECT (SELECT count(*) FROM sums),
                (SELECT count(*) FROM (SELECT * FROM truth EXCEPT SELECT * FROM sums))
                + (SELECT count(*) FROM (SELECT * FROM sums EXCEPT SELECT * FROM truth))",
    },
    Check {
        name: "every version of a feedback is kept",
        unit: "feedbacks",
        sql: "SELECT count(*), count(*) FILTER (WHERE version <> 1 + (
                SELECT count(*) FROM feedback_versions v WHERE v.feedback = f.row_id AND v.version < f.version))
              FROM feedback f",
    },
    Check {
        name: "one standing feedback for each author, target and name",
        unit: "feedbacks that must be one",
        // Melodi's (3) and Haptik's (5) votes may be many; whatever one of them ever touched is left out.
        sql: "SELECT count(*), count(*) FILTER (WHERE votes > 1 AND free = 0) FROM (
                SELECT count(*) AS votes, sum(channel IN (3, 5) OR EXISTS (
                  SELECT 1 FROM feedback_versions v WHERE v.feedback = f.row_id AND v.channel IN (3, 5))) AS free
                FROM feedback f WHERE retracted = 0
                GROUP BY message, conversation, author_kind, author, name)",
    },
    Check {
        name: "what was taken back says nothing",
        unit: "feedbacks taken back",
        sql: "SELECT count(*), count(*) FILTER (WHERE comment IS NOT NULL OR rating IS NOT NULL OR score IS NOT NULL)
              FROM feedback WHERE retracted = 1",
    },
    Check {
        name: "comments are indexed for search, or wait to be",
        unit: "comments",
        sql: "SELECT count(*), count(*) FILTER (WHERE row_id NOT IN (SELECT feedback FROM search_pending)
                AND ((max(0, min(created_at / 1000000, 4294967295)) << 31) | row_id) NOT IN (SELECT id FROM search_docsize))
              FROM feedback WHERE comment IS NOT NULL",
    },
    Check {
        name: "votes that vendors are to hear of are there, each version once",
        unit: "votes to be sent or not taken",
        sql: "SELECT count(*), count(*) FILTER (WHERE j.version > f.version OR j.project <> f.project
                OR j.target <> coalesce(f.message, -f.conversation, 0)
                OR EXISTS (SELECT 1 FROM mirror_jobs twin WHERE twin.target = j.target AND twin.feedback = j.feedback
                  AND twin.version = j.version AND twin.row_id <> j.row_id))
              FROM mirror_jobs j JOIN feedback f ON f.row_id = j.feedback",
    },
    Check {
        name: "every row points to rows that exist",
        unit: "tables",
        sql: "SELECT (SELECT count(*) FROM sqlite_schema WHERE type = 'table'),
                (SELECT count(*) FROM pragma_foreign_key_check)",
    },
];

impl Store {
    /// Checks the data; every check gives one finding.
    pub async fn check(&self) -> Result<Vec<Finding>> {
        self.readers.run_long(check).await
    }
}

fn check(connection: &Connection) -> rusqlite::Result<Vec<Finding>> {
    let mut findings = vec![integrity(connection)?];
    for check in &CHECKS {
        let (seen, wrong): (i64, i64) =
            connection.query_row(check.sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        findings.push(Finding {
            check: check.name,
            fault: (wrong != 0).then(|| format!("{wrong} are wrong")),
            seen: format!("{seen} {}", check.unit),
        });
    }
    Ok(findings)
}

fn integrity(connection: &Connection) -> rusqlite::Result<Finding> {
    let found = connection
        .prepare("PRAGMA integrity_check")?
        .query_map([], |row| row.get::<_, String>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    Ok(Finding {
        check: "the file is whole",
        fault: (found != ["ok"]).then(|| found.join("; ")),
        seen: format!("{pages} pages"),
    })
}
