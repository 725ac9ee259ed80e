//! `candor migrate`: what it does, what it refuses, and that it says so.

use crate::postgres::{self, TestDatabase};
use std::process::{Command, Output};

fn migrate(database: &TestDatabase, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_candor"))
        .arg("migrate")
        .args(arguments)
        .env("CANDOR_STORE", database.url())
        .current_dir(folder.path())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", refused(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refused(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn tables(database: &TestDatabase) -> usize {
    let tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'";
    database.query(tables).len()
}

#[test]
fn an_empty_database_is_set_up_and_then_left_as_it_is() {
    let Some(database) = postgres::empty_database() else {
        return;
    };
    let first = said(&migrate(&database, &[]));
    assert_eq!(
        first,
        "the database was empty and has schema 1 now, with 2 buckets\n"
    );
    let second = said(&migrate(&database, &[]));
    assert_eq!(
        second,
        "the database has schema 1 already, with 2 buckets; nothing was changed\n"
    );
}

#[test]
fn a_new_database_has_as_many_buckets_as_one_says() {
    let Some(database) = postgres::empty_database() else {
        return;
    };
    said(&migrate(&database, &["--buckets", "16"]));
    let buckets = "SELECT get_byte(value, 0) FROM settings WHERE name = 'buckets'";
    assert_eq!(database.query(buckets), ["16"]);
    let again = migrate(&database, &["--buckets", "16", "--json"]);
    assert!(said(&again).contains("\"buckets\":16"));
}

#[test]
fn a_database_keeps_its_number_of_buckets() {
    let Some(database) = postgres::database() else {
        return;
    };
    let asked = migrate(&database, &["--buckets", "8"]);
    assert_eq!(asked.status.code(), Some(1));
    let refused = refused(&asked);
    assert!(
        refused.contains("by 2 buckets, which stay; for 8, make a new database with --buckets 8"),
        "{refused}"
    );
    let buckets = "SELECT get_byte(value, 0) FROM settings WHERE name = 'buckets'";
    assert_eq!(database.query(buckets), ["2"]);
}

#[test]
fn a_number_of_buckets_is_a_power_of_two_up_to_64() {
    let Some(database) = postgres::empty_database() else {
        return;
    };
    for number in ["0", "3", "65", "128", "many"] {
        let asked = migrate(&database, &["--buckets", number]);
        assert!(!asked.status.success());
        let refused = refused(&asked);
        assert!(
            refused.contains("must be 1, 2, 4, 8, 16, 32 or 64"),
            "{refused}"
        );
    }
    assert_eq!(tables(&database), 0);
}

#[test]
fn a_database_without_citus_is_not_spread_and_stays_as_it_was() {
    let Some(database) = postgres::empty_database() else {
        return;
    };
    let asked = migrate(&database, &["--citus"]);
    assert_eq!(asked.status.code(), Some(1));
    let refused = refused(&asked);
    assert!(refused.contains("CREATE EXTENSION citus"), "{refused}");
    assert!(refused.contains("every worker"), "{refused}");
    assert_eq!(tables(&database), 0);
}

#[test]
fn without_a_database_there_is_nothing_to_bring_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let asked = Command::new(env!("CARGO_BIN_EXE_candor"))
        .arg("migrate")
        .env_remove("CANDOR_STORE")
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(asked.status.code(), Some(1));
    let refused = refused(&asked);
    assert!(refused.contains("there is no database"), "{refused}");
}
