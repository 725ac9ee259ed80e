//! What was replaced lies in tables by months, which are made ahead and dropped whole.

use crate::postgres::{self, TestDatabase};
use candor::store::postgres::{Connector, Purpose, migrate};

const PARTS: &str =
    "SELECT coalesce(to_char(month, 'YYYY-MM'), name) FROM history_parts ORDER BY month, name";

/// Versions of the first day of months.
fn keep(database: &TestDatabase, months: &[&str]) {
    for (version, month) in months.iter().enumerate() {
        database.query(&format!(
            "INSERT INTO feedback_versions (bucket, feedback, version, retracted, channel, updated_at)
             VALUES (0, 64, {version}, 0, 0, month_begins('{month}-01') + 86400000000)"
        ));
    }
}

/// How many versions each table has that has any.
fn kept(database: &TestDatabase) -> Vec<String> {
    let sql = "SELECT CAST(tableoid::regclass AS TEXT) || ' ' || count(*) FROM feedback_versions GROUP BY tableoid
               ORDER BY min(updated_at)";
    let tables = database.query(sql).into_iter();
    tables
        .map(|table| table.replace("feedback_versions_", ""))
        .collect()
}

fn made(database: &TestDatabase, first: &str, last: &str) -> String {
    let sql = format!("SELECT make_history_months('{first}-15', '{last}-15')");
    database.query(&sql).remove(0)
}

/// A database of which no month was made.
fn bare() -> Option<TestDatabase> {
    let database = postgres::database()?;
    for part in
        database.query("SELECT name FROM history_parts WHERE name <> 'feedback_versions_other'")
    {
        database.query(&format!("DROP TABLE {part}"));
    }
    Some(database)
}

#[tokio::test(flavor = "multi_thread")]
async fn this_month_and_three_to_come_have_tables_once_the_schema_is_there() {
    let Some(database) = postgres::database() else {
        return;
    };
    let months = "SELECT to_char(now() AT TIME ZONE 'UTC' + n * INTERVAL '1 month', 'YYYY-MM') FROM generate_series(0, 3) n";
    let mut expected = database.query(months);
    expected.extend(["feedback_versions_earlier", "feedback_versions_other"].map(str::to_owned));
    assert_eq!(database.query(PARTS), expected);
    let starters = [(); 4].map(|()| {
        let address = database.address();
        tokio::spawn(async move {
            let connector = Connector::new(address).unwrap();
            let (mut client, _connection) = connector.connect(Purpose::Upkeep).await.unwrap();
            migrate(&mut client).await.unwrap();
        })
    });
    for starter in starters {
        starter.await.unwrap();
    }
    assert_eq!(database.query(PARTS), expected, "nothing is made twice");
}

#[test]
fn every_month_gets_a_table_once_and_what_is_older_lies_together() {
    let Some(database) = bare() else { return };
    assert_eq!(made(&database, "2030-11", "2031-01"), "3");
    assert_eq!(made(&database, "2030-12", "2031-02"), "1");
    assert_eq!(made(&database, "2030-12", "2031-02"), "0");
    keep(&database, &["2029-01", "2030-10", "2030-11", "2031-02"]);
    assert_eq!(kept(&database), ["earlier 2", "2030_11 1", "2031_02 1"]);
    assert_eq!(
        made(&database, "2030-01", "2031-02"),
        "0",
        "it is not empty"
    );
}

#[test]
fn a_version_of_a_month_without_a_table_is_kept_and_moves_into_it_later() {
    let Some(database) = bare() else { return };
    made(&database, "2030-11", "2030-11");
    keep(&database, &["2030-11", "2031-01", "2031-01", "2031-07"]);
    assert_eq!(kept(&database), ["2030_11 1", "other 3"]);
    assert_eq!(made(&database, "2030-11", "2031-02"), "3");
    assert_eq!(kept(&database), ["2030_11 1", "2031_01 2", "other 1"]);
}

#[test]
fn months_that_are_dropped_take_what_is_older_along_and_leave_what_is_younger() {
    let Some(database) = bare() else { return };
    made(&database, "2030-11", "2031-02");
    keep(
        &database,
        &["2030-01", "2030-11", "2030-12", "2031-01", "2031-02"],
    );
    database.query("SELECT drop_history_before('2031-01-01')");
    assert_eq!(kept(&database), ["2031_01 1", "2031_02 1"]);
    let begins = "SELECT to_char(to_timestamp(CAST(convert_from(value, 'UTF8') AS BIGINT) / 1000000) AT TIME ZONE 'UTC', 'YYYY-MM-DD')
                  FROM settings WHERE name = 'history_begins'";
    assert_eq!(database.query(begins), ["2031-01-01"]);
    // What is changed now and was given then.
    keep(&database, &["2030-12"]);
    assert_eq!(kept(&database)[0], "earlier 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_somebody_reads_the_history_no_month_is_dropped_or_made_and_votes_go_on() {
    let Some(database) = tokio::task::spawn_blocking(bare).await.unwrap() else {
        return;
    };
    made(&database, "2030-11", "2031-02");
    keep(&database, &["2030-11"]);
    let connector = Connector::new(database.address()).unwrap();
    let (reader, _connection) = connector.connect(Purpose::Reading).await.unwrap();
    reader
        .batch_execute("BEGIN; SELECT FROM feedback_versions")
        .await
        .unwrap();
    let refused = "DO $$ BEGIN PERFORM drop_history_before('2031-01-01'); RAISE 'dropped';
                   EXCEPTION WHEN lock_not_available THEN NULL; END $$";
    database.query(refused);
    assert_eq!(made(&database, "2030-11", "2031-03"), "0");
    keep(&database, &["2031-02"]);
    reader.batch_execute("COMMIT").await.unwrap();
    assert_eq!(kept(&database), ["2030_11 1", "2031_02 1"]);
    assert_eq!(made(&database, "2030-11", "2031-03"), "1");
    database.query("SELECT drop_history_before('2031-01-01')");
    assert_eq!(kept(&database), ["2031_02 1"]);
}
