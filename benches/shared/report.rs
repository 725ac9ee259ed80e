//! Writes what was measured: as numbers, and as a table in a document.

use crate::results::{Results, Round, Side};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const BEGIN: &str = "<!-- measured -->";
const END: &str = "<!-- /measured -->";
const NUMBERS: &str = "docs/performance-postgres.json";
/// Where the table goes, between the markers; and where, until there is such a document.
const DOCUMENT: &str = "docs/scaling.md";
const OWN: &str = "docs/scaling-measured.md";

/// Prints the tables, and writes everything into docs unless it is a trial.
pub fn write(root: &Path, results: &Results, dry: bool) {
    let tables = tables(results);
    println!("\n{tables}");
    if dry {
        return;
    }
    let numbers = serde_json::to_string_pretty(results).expect("numbers");
    fs::write(root.join(NUMBERS), numbers + "\n").expect("the numbers are written");
    let document = root.join(DOCUMENT);
    let marked = fs::read_to_string(&document)
        .ok()
        .and_then(|text| put(&text, &tables));
    if let Some(text) = marked {
        fs::write(document, text).expect("the document is written");
    } else {
        let text = format!("# Measured on PostgreSQL\n\n{BEGIN}\n\n{tables}\n{END}\n");
        fs::write(root.join(OWN), text).expect("the document is written");
    }
}

/// The document with these tables between its markers; none if it has none.
fn put(text: &str, tables: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{tables}\n{END}{after}"))
}

fn tables(results: &Results) -> String {
    let mut text = String::new();
    // Writing into a `String` does not fail.
    let _ = writeln!(
        text,
        "{}, {}: load, servers and database together. {}, set to `{}`. Rounds of {} s in turn: medians, and least and most \
         in parentheses.\n",
        results.day,
        results.machine,
        results.database.split(" on ").next().unwrap_or_default(),
        results.settings.join("`, `"),
        results.seconds,
    );
    text.push_str(
        "| votes behind | what stores | connections | votes/s | p50, ms | p99, ms | CPU µs a vote: servers | PostgreSQL | votes a \
         transaction |\n|--:|---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for side in &results.sides {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {:.0} |",
            side.behind,
            side.name,
            side.connections,
            side.with_range(|round| round.votes_per_second, 0),
            side.with_range(|round| round.p50 / 1000.0, 1),
            side.with_range(|round| round.p99 / 1000.0, 1),
            side.with_range(|round| round.servers, 1),
            side.with_range(|round| round.database, 1),
            side.spread(|round| round.batch.unwrap_or(f64::NAN))[0],
        );
    }
    text.push_str(
        "\nWithout servers, connections are to the database, latencies are of transactions, and what stands under servers is the \
         program that writes. Without sockets, connections are votes at once, and there is no other program that asks.\n",
    );
    for size in &results.sizes {
        let _ = writeln!(
            text,
            "\nWith {} votes behind, the vote's tables and indexes took {:.0} bytes a vote, and grew by {:.0} for each new one.",
            size.behind, size.bytes_a_vote, size.bytes_a_new_vote
        );
    }
    costs(results, &mut text);
    text
}

/// What a vote costs with more votes behind, beside what it costs with the fewest.
fn costs(results: &Results, text: &mut String) {
    let served = |side: &&Side| side.servers.is_some();
    let same = |one: &Side, other: &Side| {
        (one.servers, one.connections) == (other.servers, other.connections)
    };
    for side in results.sides.iter().filter(served) {
        let first = results
            .sides
            .iter()
            .filter(served)
            .find(|first| same(first, side));
        if let Some(first) = first.filter(|first| first.behind != side.behind) {
            let ratio = side.spread(Round::cpu)[0] / first.spread(Round::cpu)[0];
            let _ = writeln!(
                text,
                "\nOver {} connections to {}, a vote costs {ratio:.2} times as much CPU time with {} votes behind as with {}.",
                side.connections, side.name, side.behind, first.behind
            );
        }
    }
}
