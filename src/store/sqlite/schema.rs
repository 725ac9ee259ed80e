//! Migrations: embedded, forward only, one transaction each.

use rusqlite::{Connection, TransactionBehavior};

/// Every migration, oldest first. A migration that was released is never changed.
const MIGRATIONS: [&str; 12] = [
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_more_dialects.sql"),
    include_str!("migrations/0003_erased_conversations.sql"),
    include_str!("migrations/0004_feedback_log.sql"),
    include_str!("migrations/0005_upstreams.sql"),
    include_str!("migrations/0006_mirror.sql"),
    include_str!("migrations/0007_rate_limits.sql"),
    include_str!("migrations/0008_reads.sql"),
    include_str!("migrations/0009_names_indexed_behind.sql"),
    include_str!("migrations/0010_search_merged_in_steps.sql"),
    include_str!("migrations/0011_accounts.sql"),
    include_str!("migrations/0012_sums.sql"),
];

/// The latest schema that this program knows.
pub(super) const LATEST: usize = MIGRATIONS.len();

/// Why the schema could not be brought up to date.
#[derive(Debug)]
pub(in crate::store) enum SchemaError {
    /// The data was written by a later release.
    Newer {
        /// The data's schema.
        found: usize,
        /// The latest schema that this program knows.
        known: usize,
    },
    /// The engine failed.
    Engine(rusqlite::Error),
}

impl From<rusqlite::Error> for SchemaError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error)
    }
}

/// Runs the migrations that the data has not seen. Returns the schema's version.
pub(in crate::store) fn migrate(connection: &mut Connection) -> Result<usize, SchemaError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    let found: usize =
        transaction.query_row("SELECT user_version FROM pragma_user_version", [], |row| {
            row.get::<_, u32>(0).map(|version| version as usize)
        })?;
    if found > MIGRATIONS.len() {
        return Err(SchemaError::Newer {
            found,
            known: MIGRATIONS.len(),
        });
    }
    for (place, migration) in MIGRATIONS.iter().enumerate().skip(found) {
        if found > 0 {
            let (schema, latest) = (place + 1, MIGRATIONS.len());
            tracing::info!(
                schema,
                latest,
                "changing the data to a newer schema; with very much data this takes minutes"
            );
        }
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(
        None,
        "user_version",
        u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX),
    )?;
    transaction.commit()?;
    Ok(MIGRATIONS.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database as the first schema left it.
    fn first() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(MIGRATIONS[0]).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        connection
            .execute_batch(
                "INSERT INTO workspaces (id, name, created_at) VALUES (x'01', 'default', 1);
                 INSERT INTO end_users (id, workspace, external_key, external_id, segments, created_at, updated_at)
                 VALUES (x'02', 1, 1, 'ada', '[[\"team\",\"a\"],[\"team\",\"b\"],[\"plan\",\"free\"]]', 5, 6),
                 (x'03', 1, 2, 'eve', '[[\"team\",\"a\"]]', 7, 8), (x'04', 1, 3, 'bob', NULL, 9, 9);",
            )
            .unwrap();
        connection
    }

    #[test]
    fn segments_of_people_become_rows() {
        let mut connection = first();
        assert_eq!(migrate(&mut connection).unwrap(), MIGRATIONS.len());
        let belongs: Vec<(String, String, String)> = connection
            .prepare(
                "SELECT u.external_id, k.name, s.name FROM end_user_segments l
                 JOIN end_users u ON u.row_id = l.end_user JOIN segments s ON s.row_id = l.segment
                 JOIN segment_kinds k ON k.row_id = s.kind ORDER BY 1, 2, 3",
            )
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let expected = [
            ("ada", "plan", "free"),
            ("ada", "team", "a"),
            ("ada", "team", "b"),
            ("eve", "team", "a"),
        ];
        let expected = expected.map(|(who, kind, name)| (who.into(), kind.into(), name.into()));
        assert_eq!(belongs, expected);
    }

    #[test]
    fn upstreams_that_were_set_before_they_had_credentials_stay_without() {
        let mut connection = first();
        connection
            .execute_batch(
                "INSERT INTO projects (id, workspace, name, number, unknown_targets, enabled, keep_text, mode,
                   upstream_dialect, upstream_base_url, upstream_mirror, created_at, updated_at)
                 VALUES (x'05', 1, 'support', 1, 0, 1, 0, 0, 1, 'https://dify.example.com', 0, 1, 1)",
            )
            .unwrap();
        migrate(&mut connection).unwrap();
        let upstream: (i64, String, Option<Vec<u8>>, Option<String>) = connection
            .query_row(
                "SELECT upstream_dialect, upstream_base_url, upstream_credential, upstream_webhook_forward_to
                 FROM projects",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
            )
            .unwrap();
        let base_url = "https://dify.example.com".to_owned();
        assert_eq!(upstream, (1, base_url, None, None));
    }

    /// One project's votes: thumbs, a score and an answer, in two quarters of a day and at the end of the day before 1970.
    const VOTES: &str = "INSERT INTO projects (id, workspace, name, number, unknown_targets, enabled, keep_text, mode, created_at,
           updated_at) VALUES (x'05', 1, 'support', 1, 0, 1, 0, 0, 1, 1);
         INSERT INTO labels (text) VALUES ('user_feedback');
         INSERT INTO conversations (id, project, created_at, updated_at) VALUES (x'06', 1, 1, 1);
         INSERT INTO feedback (id, project, conversation, author_kind, name, sentiment, rating, score, score_lowest,
           score_highest, resolved, comment, retracted, channel, version, created_at, updated_at) VALUES
         (x'11', 1, 1, 0, 1, 0, 0, NULL, NULL, NULL, NULL, 'good', 0, 0, 1, 0, 0),
         (x'12', 1, 1, 0, 1, 0, 0, 4, 1, 5, 1, NULL, 0, 0, 1, 899999999, 0),
         (x'13', 1, 1, 0, 1, 0, 0, NULL, NULL, NULL, 0, NULL, 0, 0, 1, 900000000, 0),
         (x'14', 1, 1, 0, 1, 0, NULL, NULL, NULL, NULL, NULL, NULL, 1, 0, 2, 900000000, 0),
         (x'15', 1, 1, 0, 1, 2, 1, NULL, NULL, NULL, NULL, NULL, 0, 0, 1, -1, 0);";

    #[test]
    fn sums_of_every_older_schema_are_made_anew_on_both_levels() {
        for known in 1..MIGRATIONS.len() {
            let mut connection = Connection::open_in_memory().unwrap();
            for migration in &MIGRATIONS[..known] {
                connection.execute_batch(migration).unwrap();
            }
            connection
                .pragma_update(None, "user_version", u32::try_from(known).unwrap())
                .unwrap();
            let workspace =
                "INSERT INTO workspaces (id, name, created_at) VALUES (x'01', 'default', 1)";
            connection.execute_batch(workspace).unwrap();
            connection.execute_batch(VOTES).unwrap();
            migrate(&mut connection).unwrap();
            let sums: Vec<[i64; 10]> = connection
                .prepare(
                    "SELECT level, slot, sentiment, votes, comments, ratings, resolved, unresolved, scored, score FROM rollups
                     WHERE kind = 0",
                )
                .unwrap()
                .query_map([], |row| {
                    let mut sum = [0; 10];
                    for (column, value) in sum.iter_mut().enumerate() {
                        *value = row.get(column)?;
                    }
                    Ok(sum)
                })
                .unwrap()
                .map(Result::unwrap)
                .collect();
            let expected = [
                [0, -1, 2, 1, 0, 1, 0, 0, 0, 0],
                [0, 0, 0, 3, 1, 3, 1, 1, 1, 750_000],
                [1, -1, 2, 1, 0, 1, 0, 0, 0, 0],
                [1, 0, 0, 2, 1, 2, 1, 0, 1, 750_000],
                [1, 1, 0, 1, 0, 1, 0, 1, 0, 0],
            ];
            assert_eq!(sums, expected, "from schema {known}");
        }
    }

    #[test]
    fn a_migration_that_was_run_is_not_run_again() {
        let mut connection = first();
        migrate(&mut connection).unwrap();
        assert_eq!(migrate(&mut connection).unwrap(), MIGRATIONS.len());
    }

    #[test]
    fn a_schema_of_a_later_release_is_refused() {
        let mut connection = first();
        connection
            .pragma_update(None, "user_version", 1000)
            .unwrap();
        let refused = migrate(&mut connection);
        assert!(matches!(
            refused,
            Err(SchemaError::Newer { found: 1000, .. })
        ));
    }
}
