//! Checks the data against itself: what is derived must equal what it is derived from.

use super::Sqlite;
use super::contents::{self, Damage, Depth};
use crate::error::Result;
use crate::store::check::Check;
use crate::store::sql;
use crate::store::{Concern, Finding};
use rusqlite::Connection;

const CHECKS: [Check; 10] = [
    Check {
        name: "rollups equal the feedback",
        unit: "rollups",
        sql: "WITH sums AS (SELECT * FROM rollups WHERE votes <> 0 OR comments <> 0 OR ratings <> 0 OR resolved <> 0
                OR unresolved <> 0 OR scored <> 0 OR score <> 0)
              SELECT (SELECT count(*) FROM sums),
                (SELECT count(*) FROM (SELECT * FROM rollups_anew EXCEPT SELECT * FROM sums))
                + (SELECT count(*) FROM (SELECT * FROM sums EXCEPT SELECT * FROM rollups_anew))",
        concern: Concern::Derived,
    },
    Check {
        name: "every version of a feedback is kept",
        unit: "feedbacks",
        // Of a feedback from before the time up to which history was dropped, the first versions may be missing.
        sql: "SELECT count(*), count(*) FILTER (WHERE version > 1 AND (
                SELECT count(*) <> f.version - 1
                  AND (count(*) <> f.version - coalesce(min(v.version), f.version) OR max(v.version) <> f.version - 1
                    OR f.created_at >= coalesce(
                      (SELECT CAST(CAST(value AS TEXT) AS INTEGER) FROM settings WHERE name = 'history_begins'), f.created_at))
                FROM feedback_versions v WHERE v.feedback = f.row_id))
              FROM feedback f",
        concern: Concern::Rows,
    },
    Check {
        name: "one standing feedback for each author, target and name",
        unit: "feedbacks that must be one",
        // Melodi's (3) and Haptik's (5) votes may be many; whatever one of them ever touched is left out, and
        // whatever they may have touched in history that was dropped.
        sql: "SELECT count(*), count(*) FILTER (WHERE votes > 1 AND free = 0) FROM (
                SELECT count(*) AS votes, sum(channel IN (3, 5) OR EXISTS (
                  SELECT 1 FROM feedback_versions v WHERE v.feedback = f.row_id AND v.channel IN (3, 5))
                  OR version > 1 AND created_at < coalesce((SELECT CAST(CAST(value AS TEXT) AS INTEGER) FROM settings
                    WHERE name = 'history_begins'), created_at)) AS free
                FROM feedback f WHERE retracted = 0
                GROUP BY message, conversation, author_kind, author, name)",
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
        name: "comments are indexed for search, or wait to be",
        unit: "comments",
        sql: "SELECT count(*), count(*) FILTER (WHERE row_id NOT IN (SELECT feedback FROM search_pending)
                AND ((max(0, min(created_at / 1000000, 4294967295)) << 31) | row_id) NOT IN (SELECT id FROM search_docsize))
              FROM feedback WHERE comment IS NOT NULL",
        concern: Concern::Derived,
    },
    Check {
        name: "nothing else is indexed for search, or waits to be",
        unit: "indexed comments",
        sql: "SELECT count(*), count(*) FILTER (WHERE
                NOT EXISTS (SELECT 1 FROM feedback WHERE row_id = (d.id & 2147483647) AND comment IS NOT NULL
                  AND max(0, min(created_at / 1000000, 4294967295)) = d.id >> 31)
                AND (d.id & 2147483647) NOT IN (SELECT feedback FROM search_pending))
                + (SELECT count(*) FROM search_pending p WHERE NOT EXISTS (SELECT 1 FROM feedback WHERE row_id = p.feedback))
              FROM search_docsize d",
        concern: Concern::Derived,
    },
    Check {
        name: "messages are found by their names",
        unit: "names",
        // Those after the last that was indexed are known by heart; some of them may be in the index.
        sql: "SELECT (SELECT count(*) FROM message_names),
                (SELECT count(*) FROM messages m WHERE external_key IS NOT NULL
                  AND row_id <= (SELECT up_to FROM names_indexed) AND NOT EXISTS (
                    SELECT 1 FROM message_names n WHERE n.external_key = m.external_key
                      AND n.conversation = coalesce(m.conversation, 0) AND n.message = m.row_id))
                + (SELECT count(*) FROM message_names n WHERE NOT EXISTS (
                    SELECT 1 FROM messages m WHERE m.row_id = n.message AND m.external_key = n.external_key
                      AND coalesce(m.conversation, 0) = n.conversation))",
        concern: Concern::Derived,
    },
    Check {
        name: "votes that vendors are to hear of are there, each version once",
        unit: "votes to be sent or not taken",
        sql: "SELECT count(*), count(*) FILTER (WHERE j.version > f.version OR j.project <> f.project
                OR j.target <> coalesce(f.message, -f.conversation, 0)
                OR EXISTS (SELECT 1 FROM mirror_jobs twin WHERE twin.target = j.target AND twin.feedback = j.feedback
                  AND twin.version = j.version AND twin.row_id <> j.row_id))
              FROM mirror_jobs j JOIN feedback f ON f.row_id = j.feedback",
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
        name: "every row points to rows that exist",
        unit: "tables",
        sql: "SELECT (SELECT count(*) FROM sqlite_schema WHERE type = 'table'),
                (SELECT count(*) FROM pragma_foreign_key_check)",
        concern: Concern::Rows,
    },
];

/// Makes the sums anew, if one of them is wrong. Returns how many there were, and how many were wrong.
pub(super) fn sum_anew(connection: sql::Connection<'_>) -> sql::Result<(usize, usize)> {
    let count = |rows: i64| usize::try_from(rows).unwrap_or(0);
    let (sums, wrong): (i64, i64) =
        connection.query_row(CHECKS[0].sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if wrong > 0 {
        connection.execute("DELETE FROM rollups", [])?;
        connection.execute("INSERT INTO rollups SELECT * FROM rollups_anew", [])?;
    }
    Ok((count(sums), count(wrong)))
}

impl Sqlite {
    /// Checks the data; every check gives one finding.
    pub(in crate::store) async fn check(&self) -> Result<Vec<Finding>> {
        let location = self.location.clone();
        // On a connection of its own: what FTS5 remembers of its index from an earlier check, it takes for the index itself.
        self.readers
            .run_long(move |_| Ok(check(&*location.open_reader()?.unchecked_transaction()?)))
            .await
    }
}

fn check(connection: &Connection) -> Vec<Finding> {
    let mut findings = integrity(connection);
    let checks = CHECKS.iter().map(|check| check.find(connection.into()));
    findings.extend(checks);
    findings
}

/// Whether the file is whole, and the search index in it, which is told apart because it can be rebuilt.
fn integrity(connection: &Connection) -> Vec<Finding> {
    // A file may be damaged so much that not even its damage can be listed.
    let damage = contents::damage(connection, Depth::Full).unwrap_or_else(|error| Damage {
        file: vec![error.to_string()],
        search: Vec::new(),
    });
    let pages = connection.query_row("PRAGMA page_count", [], |row| row.get(0));
    let pages: i64 = pages.unwrap_or(0);
    let told = |lines: Vec<String>| (!lines.is_empty()).then(|| lines.join("; "));
    vec![
        Finding {
            check: "the file is whole",
            fault: told(damage.file),
            seen: format!("{pages} pages"),
            concern: Concern::File,
        },
        Finding {
            check: "the search index is whole",
            fault: told(damage.search),
            seen: "1 index".to_owned(),
            concern: Concern::Derived,
        },
    ]
}
