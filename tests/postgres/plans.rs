//! What PostgreSQL does for the statements of a lane where there are many votes: it finds every row by an index.

use crate::postgres::{self, TestDatabase};
use crate::statements::{SPREAD, settings, statements};
use candor::store::postgres::{Connector, Purpose};
use regex::Regex;
use tokio_postgres::Client;

/// Enough that reading a table through costs more than looking a batch's rows up. In smaller ones it may cost less, and
/// whoever plans may do it.
const VOTES: u64 = 20_000;
const PEOPLE: u64 = 20_000;

/// How many votes there are in the batch for which a statement is planned.
const BATCH: usize = 64;

/// Values of a statement's parameter, as a query that gives those of filled rows; what is inserted does not matter.
const LOOKED_UP: [(&str, usize, &str); 35] = [
    ("people", 1, "external_key FROM end_users"),
    ("conversations", 1, "external_key FROM conversations"),
    ("owners", 1, "row_id FROM conversations"),
    ("messages", 2, "external_key FROM messages"),
    ("messages", 3, "external_id FROM messages"),
    ("messages", 4, "project FROM messages"),
    ("messages_in", 2, "external_key FROM messages"),
    ("messages_in", 3, "external_id FROM messages"),
    ("messages_in", 4, "project FROM messages"),
    ("messages_in", 5, "row_id FROM conversations"),
    ("standing", 2, "message FROM feedback"),
    ("standing", 3, "author_kind FROM feedback"),
    ("standing", 4, "author FROM feedback"),
    ("standing", 5, "name FROM feedback"),
    ("standing_anonymous", 2, "message FROM feedback"),
    ("standing_anonymous", 3, "author_kind FROM feedback"),
    ("standing_anonymous", 4, "name FROM feedback"),
    ("latest", 1, "end_user FROM conversations"),
    ("latest", 2, "project FROM conversations"),
    ("quiet", 2, "row_id FROM end_users"),
    ("quiet", 3, "project FROM messages"),
    ("requests", 1, "key FROM idempotency_keys"),
    ("times", 1, "id FROM feedback"),
    ("standing_conversations", 2, "row_id FROM conversations"),
    (
        "standing_conversations_anonymous",
        2,
        "row_id FROM conversations",
    ),
    ("buckets_of_messages", 1, "id FROM messages"),
    ("buckets_of_conversations", 1, "id FROM conversations"),
    ("buckets_of_feedback", 1, "id FROM feedback"),
    ("messages_of_ids", 2, "id FROM messages"),
    ("conversations_of_ids", 2, "id FROM conversations"),
    ("feedback_of_ids", 2, "id FROM feedback"),
    ("change_messages", 2, "row_id FROM messages"),
    ("change_feedback", 21, "row_id FROM feedback"),
    ("add_people", 5, "external_key FROM end_users"),
    ("add_conversations", 5, "external_key FROM conversations"),
];

/// A database with votes in it; none if there is no PostgreSQL.
fn filled() -> Option<TestDatabase> {
    let database = postgres::database()?;
    database.query(
        "INSERT INTO workspaces (row_id, id, name, created_at) VALUES (1, gen_random_uuid(), 'w', 0);
         INSERT INTO projects (row_id, id, workspace, name, number, unknown_targets, enabled, keep_text, mode, created_at,
           updated_at) VALUES (1, gen_random_uuid(), 1, 'p', 1, 0, 1, 0, 0, 0, 0)",
    );
    database.fill(VOTES, PEOPLE);
    database.query(
        "INSERT INTO quiet_times (bucket, author, project, last_accepted_at) SELECT bucket, row_id, project, 0 FROM end_users;
         INSERT INTO idempotency_keys (bucket, key, request_sha256, made, outcome, version, created_at)
           SELECT bucket, 'key ' || row_id, '', id, 0, 1, 0 FROM feedback;
         ANALYZE quiet_times; ANALYZE idempotency_keys",
    );
    Some(database)
}

/// The literal of what a parameter of this type is given.
async fn value(client: &Client, statement: &str, place: usize, kind: &str) -> String {
    let looked_up = LOOKED_UP
        .iter()
        .find(|(name, number, _)| *name == statement && *number == place);
    if let Some((_, _, what)) = looked_up {
        let column = what.split(' ').next().unwrap();
        let values =
            format!("SELECT array_agg({column})::text FROM (SELECT {what} LIMIT {BATCH}) v");
        let row = client.query_one(&values, &[]).await.unwrap();
        return format!("'{}'", row.get::<_, &str>(0));
    }
    match kind.strip_suffix("[]") {
        Some(_) => format!("'{{{}}}'", ["NULL"; BATCH].join(",")),
        None if kind == "uuid" => "NULL".to_owned(),
        None => "'1'".to_owned(),
    }
}

/// The plan of each statement, line by line, made in a session with these settings.
async fn plans(client: &Client, settings: &str) -> Vec<(String, Vec<String>)> {
    client.batch_execute(settings).await.unwrap();
    let mut plans = Vec::new();
    for (name, text) in statements() {
        let prepared = format!("PREPARE \"{name}\" AS {text}");
        client.batch_execute(&prepared).await.unwrap();
        let kinds =
            "SELECT unnest(parameter_types)::text FROM pg_prepared_statements WHERE name = $1";
        let mut values = Vec::new();
        for (place, kind) in client
            .query(kinds, &[&name])
            .await
            .unwrap()
            .iter()
            .enumerate()
        {
            values.push(value(client, &name, place + 1, kind.get(0)).await);
        }
        let values = if values.is_empty() {
            String::new()
        } else {
            format!("({})", values.join(", "))
        };
        let explain = format!("EXPLAIN EXECUTE \"{name}\"{values}");
        let lines = client.simple_query(&explain).await;
        let lines = lines.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let lines = lines.into_iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0)?.to_owned()),
            _ => None,
        });
        plans.push((name.clone(), lines.collect()));
        let freed = format!("DEALLOCATE \"{name}\"");
        client.batch_execute(&freed).await.unwrap();
    }
    plans
}

/// What is wrong with a plan: a table that is read through, or an index that is, whole or for a whole bucket.
fn faults(plan: &[String]) -> Vec<&str> {
    let reads =
        Regex::new(r"(Seq|Index|Index Only|Bitmap Index) Scan(?: using \w+)? on (\w+)").unwrap();
    let bucket_alone = Regex::new(r"Index Cond: \(bucket = [^()]*\)$").unwrap();
    let mut faults = Vec::new();
    for (place, line) in plan.iter().enumerate() {
        let Some(read) = reads.captures(line) else {
            continue;
        };
        // A bitmap's line names the index alone.
        let table = SPREAD.iter().any(|table| read[2].starts_with(table));
        let condition = plan.get(place + 1).map_or("", |next| next.trim());
        let found = &read[1] != "Seq"
            && condition.starts_with("Index Cond: ")
            && !bucket_alone.is_match(condition);
        if table && !found {
            faults.push(line.as_str());
        }
    }
    faults
}

/// Judges the plans of all statements in a session with these settings.
async fn judge(settings: &str) {
    let Some(database) = tokio::task::spawn_blocking(filled).await.unwrap() else {
        return;
    };
    let connector = Connector::new(database.address()).unwrap();
    let (client, _) = connector.connect(Purpose::Writing).await.unwrap();
    let plans = plans(&client, settings).await;
    let mut wrong = Vec::new();
    let mut looked_up = 0;
    for (name, plan) in &plans {
        looked_up += plan
            .iter()
            .filter(|line| line.contains("Index Cond"))
            .count();
        let faults = faults(plan);
        if !faults.is_empty() {
            wrong.push(format!("{name}: {faults:?} in\n{}", plan.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(looked_up >= 15, "{plans:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lanes_find_rows_by_indexes() {
    judge(&settings()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lanes_would_find_rows_by_indexes_with_plans_for_the_values_too() {
    judge(&format!("{}SET plan_cache_mode = auto", settings())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_planner_chooses_indexes_by_itself() {
    judge("SET plan_cache_mode = auto").await;
}

#[test]
fn a_table_or_an_index_that_is_read_through_is_noticed() {
    let plan =
        |lines: &[&str]| -> Vec<String> { lines.iter().map(|&line| line.to_owned()).collect() };
    let table = plan(&[
        "  ->  Seq Scan on feedback f  (cost=0.00)",
        "        Filter: (bucket = $1)",
    ]);
    let index = plan(&[
        "Index Scan using feedback_pkey on feedback  (cost=0.42)",
        "  Filter: (message = 3)",
    ]);
    let bucket = plan(&[
        "Index Scan using feedback_pkey on feedback",
        "  Index Cond: (bucket = '1'::smallint)",
    ]);
    for plan in [table, index, bucket] {
        assert_eq!(faults(&plan).len(), 1, "{plan:?}");
    }
    let row = plan(&[
        "Index Scan using feedback_pkey on feedback",
        "  Index Cond: ((row_id = 3) AND (bucket = 1))",
    ]);
    assert!(faults(&row).is_empty());
}
