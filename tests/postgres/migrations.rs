//! The schema is brought up to date once, by whoever comes first.

use crate::postgres;
use candor::error::ErrorKind;
use candor::store::postgres::{Connector, DatabaseAddress, Migrated, Purpose, migrate};
use std::collections::HashSet;

async fn migrated(address: DatabaseAddress) -> candor::error::Result<Migrated> {
    let connector = Connector::new(address)?;
    let (mut client, _connection) = connector.connect(Purpose::Upkeep).await?;
    migrate(&mut client).await
}

async fn refusal(address: DatabaseAddress) -> String {
    let refused = migrated(address).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    refused.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_servers_that_start_together_one_sets_the_database_up() {
    let Some(database) = postgres::empty_database() else {
        return;
    };
    let starters = [(); 8].map(|()| tokio::spawn(migrated(database.address())));
    let mut first = 0;
    let mut seen = HashSet::new();
    for starter in starters {
        let migrated = starter.await.unwrap().unwrap();
        first += usize::from(migrated.new);
        seen.insert((migrated.buckets, migrated.hash_key));
    }
    assert_eq!(first, 1);
    let [(2, hash_key)] = *seen.iter().collect::<Vec<_>>() else {
        panic!("they saw different databases");
    };
    assert_ne!(*hash_key, [0; 16]);
    let buckets = "SELECT count(*) || ' up to ' || max(bucket) FROM buckets WHERE last_row = 0";
    assert_eq!(database.query(buckets), ["64 up to 63"]);
    assert_eq!(database.query("SELECT version FROM schema_version"), ["1"]);
}

#[tokio::test]
async fn a_database_that_is_set_up_stays_as_it_is() {
    let Some(database) = postgres::database() else {
        return;
    };
    database.query("UPDATE buckets SET last_row = 7 WHERE bucket = 0");
    let before = migrated(database.address()).await.unwrap();
    let after = migrated(database.address()).await.unwrap();
    assert!(!before.new && before.hash_key == after.hash_key);
    let counts = database.query("SELECT last_row FROM buckets ORDER BY bucket");
    assert_eq!(counts[..2], ["7", "0"]);
}

#[tokio::test]
async fn a_schema_of_a_later_release_is_refused() {
    let Some(database) = postgres::database() else {
        return;
    };
    database.query("UPDATE schema_version SET version = 1000");
    let refusal = refusal(database.address()).await;
    assert!(
        refusal.contains("by a later release (schema 1000; this program knows 1)"),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_database_of_somebody_else_is_left_alone() {
    let Some(database) = postgres::empty_database() else {
        return;
    };
    database.query("CREATE TABLE invoices (number INT)");
    let refusal = refusal(database.address()).await;
    assert!(refusal.contains("\"invoices\""), "{refusal}");
    assert!(refusal.contains("a database of its own"), "{refusal}");
    let tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert_eq!(database.query(tables), ["invoices"]);
}

#[tokio::test]
async fn what_an_extension_brings_along_is_not_somebody_elses() {
    let Some(database) = postgres::empty_database() else {
        return;
    };
    let extension = "SELECT name FROM pg_available_extensions WHERE name = 'pg_stat_statements'";
    if database.query(extension).is_empty() {
        return;
    }
    database.query("CREATE EXTENSION pg_stat_statements");
    assert!(migrated(database.address()).await.unwrap().new);
}

#[tokio::test]
async fn a_database_that_takes_no_writes_is_refused() {
    let Some(database) = postgres::database() else {
        return;
    };
    let name = database.name();
    database.query(&format!(
        "ALTER DATABASE {name} SET default_transaction_read_only = on"
    ));
    let refusal = refusal(database.address()).await;
    assert!(refusal.contains("takes no writes"), "{refusal}");
}

#[tokio::test]
async fn a_database_without_its_settings_is_refused() {
    let Some(database) = postgres::database() else {
        return;
    };
    database.query("DELETE FROM settings WHERE name = 'hash_key'");
    let refusal = refusal(database.address()).await;
    assert!(refusal.contains("damaged"), "{refusal}");
}
