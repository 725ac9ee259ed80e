//! The statements of a lane as its source has them: what they say of buckets, without running them.

use regex::{Captures, Regex};
use std::collections::BTreeMap;

/// The tables whose rows are spread over buckets.
pub(crate) const SPREAD: [&str; 10] = [
    "end_users",
    "conversations",
    "messages",
    "feedback",
    "feedback_versions",
    "feedback_log",
    "mirror_jobs",
    "rollups",
    "quiet_times",
    "idempotency_keys",
];

/// What finds people and conversations, whose buckets are those of their own names and not of the message, and what was done for
/// whatever request; and what looks up in which bucket something is, which no transaction does. They are only read.
const FROM_OTHER_BUCKETS: [&str; 9] = [
    "people",
    "conversations",
    "owners",
    "latest",
    "requests",
    "times",
    "buckets_of_messages",
    "buckets_of_conversations",
    "buckets_of_feedback",
];

/// What no lane asks on Citus, where such votes go the general writer's way; and what looks up in which bucket something is.
const OF_SEVERAL_MACHINES: [&str; 4] = [
    "requests",
    "times",
    "buckets_of_messages",
    "buckets_of_feedback",
];

/// What spreads tables over machines.
const CITUS: &str = include_str!("../../src/store/postgres/citus.sql");
const SCHEMA: &str = include_str!("../../src/store/postgres/migrations/0001_first.sql");
/// The tables that stay on the coordinator.
const COORDINATORS: [&str; 1] = ["shared_rows"];

const STATEMENTS: &str = include_str!("../../src/store/postgres/lanes/statements.rs");
const SESSION: &str = include_str!("../../src/store/postgres/lanes/session.rs");

/// How a statement says which bucket it is about.
const SAYS_WHICH: &str = r"\bbucket = \$1\b|\(bucket, .*?SELECT \$1::int2, ";

/// The text of every statement of a lane by its name.
pub(crate) fn statements() -> BTreeMap<String, String> {
    let source = joined(STATEMENTS);
    let constants = constants(&source);
    let inserted = Regex::new(r"\{(\w+)\}").unwrap();
    let statement = Regex::new(r#"(?m)^    (\w+) = (?:format!\()?"([^"]*)"\)?;"#).unwrap();
    let expanded = |text: &str| {
        let of = |found: &Captures<'_>| constants[&found[1]].clone();
        inserted.replace_all(text, of).into_owned()
    };
    let found: BTreeMap<_, _> = statement
        .captures_iter(&source)
        .map(|found| (found[1].to_owned(), expanded(&found[2])))
        .collect();
    let beginnings = Regex::new(r"(?m)^    \w+ = ").unwrap();
    assert_eq!(found.len(), beginnings.find_iter(&source).count());
    found
}

/// How a lane has its statements planned.
pub(crate) fn settings() -> String {
    let settings = constants(&joined(SESSION))["SETTINGS"].clone();
    format!("{settings}0;")
}

/// Without the ends of lines within texts.
fn joined(source: &str) -> String {
    let end = Regex::new(r"\\\n\s*").unwrap();
    end.replace_all(source, "").into_owned()
}

fn constants(source: &str) -> BTreeMap<String, String> {
    let constant = Regex::new(r#"const (\w+): &str = "([^"]*)";"#).unwrap();
    constant
        .captures_iter(source)
        .map(|found| (found[1].to_owned(), found[2].to_owned()))
        .collect()
}

/// The tables of which `citus.sql` says this.
fn said_of(function: &str) -> Vec<&'static str> {
    let said = Regex::new(&format!(r"(?m)^SELECT {function}\('(\w+)'")).unwrap();
    let found = said.captures_iter(CITUS);
    found.map(|found| found.get(1).unwrap().as_str()).collect()
}

/// How often these tables are named as what is read or written.
fn uses(text: &str, tables: &[&str]) -> usize {
    let named = Regex::new(r"\b(?:FROM|INTO|JOIN|UPDATE) (\w+)").unwrap();
    named
        .captures_iter(text)
        .filter(|found| tables.contains(&&found[1]))
        .count()
}

#[test]
fn every_statement_that_touches_a_bucket_names_it() {
    let says_which = Regex::new(SAYS_WHICH).unwrap();
    let mut touching = 0;
    for (name, text) in statements() {
        let uses = uses(&text, &SPREAD);
        if uses == 0 || FROM_OTHER_BUCKETS.contains(&name.as_str()) {
            continue;
        }
        touching += 1;
        // The id of a message's conversation is read by the conversation's row.
        let by_row = text.matches("FROM conversations c WHERE c.row_id").count();
        let told = says_which.find_iter(&text).count();
        assert!(told + by_row >= uses, "{name}: {text}");
    }
    assert!(touching >= 13, "{touching}");
}

#[test]
fn every_table_is_said_to_be_spread_or_copied_to_all_machines_or_the_coordinators() {
    let made = Regex::new(r"(?m)^CREATE TABLE (\w+) \(").unwrap();
    let (spread, copied) = (
        said_of("create_distributed_table"),
        said_of("create_reference_table"),
    );
    let mut said = [&spread[..], &copied[..], &COORDINATORS].concat();
    let mut there: Vec<_> = made
        .captures_iter(SCHEMA)
        .map(|found| found.get(1).unwrap().as_str())
        .collect();
    said.sort_unstable();
    there.sort_unstable();
    assert_eq!(said, there);
}

#[test]
fn whatever_machines_do_not_all_have_is_named_with_its_bucket() {
    let says_which = Regex::new(SAYS_WHICH).unwrap();
    let spread = said_of("create_distributed_table");
    let mut touching = 0;
    for (name, text) in statements() {
        if OF_SEVERAL_MACHINES.contains(&name.as_str()) {
            continue;
        }
        let (uses, told) = (uses(&text, &spread), says_which.find_iter(&text).count());
        touching += usize::from(uses > 0);
        assert!(told >= uses, "{name}: {text}");
    }
    assert!(touching >= 15, "{touching}");
}

#[test]
fn what_crosses_buckets_only_reads() {
    let statements = statements();
    for name in FROM_OTHER_BUCKETS {
        let text = &statements[name];
        assert!(text.starts_with("SELECT "), "{name}: {text}");
        assert!(!text.contains("FOR UPDATE"), "{name}: {text}");
    }
}

#[test]
fn no_statement_has_a_bucket_of_its_own_choice() {
    let bucket = Regex::new(r"\bbucket (?:=|IN|<|>|BETWEEN)\s*(\S+)").unwrap();
    for (name, text) in statements() {
        for found in bucket.captures_iter(&text) {
            let is = found[1].trim_matches([')', ',']);
            assert_eq!(is, "$1", "{name}: {text}");
        }
    }
}
