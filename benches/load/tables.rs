//! The tables of docs/performance.md.

use crate::figures;
use crate::plots;
use crate::results::{Behind, Compared, Level, Results, Steady};
use crate::rounds::{Round, median, number, with_range};
use std::fmt::Write as _;

/// A table: its head, and rows of as many cells.
pub struct Table {
    pub text: String,
}

impl Table {
    pub fn new(head: &[&str]) -> Self {
        let mut text = format!("| {} |\n|---|", head.join(" | "));
        text.push_str(&"---:|".repeat(head.len() - 1));
        text.push('\n');
        Self { text }
    }

    pub fn row(&mut self, cells: &[String]) {
        let _ = writeln!(self.text, "| {} |", cells.join(" | "));
    }
}

/// All of them, with the plots between them.
pub fn all(results: &Results) -> String {
    let Results {
        machine,
        day,
        rounds,
        seconds,
        votes_behind,
        ..
    } = results;
    let mut text = format!(
        "{day}, {machine}; {rounds} rounds of {seconds} s, {votes_behind} votes behind. Medians, with the least and the \
         most in parentheses; ratios are of rounds that followed each other.\n\n"
    );
    let parts = [
        ("What counts", Some(figures::table(results))),
        (
            "Votes a second",
            with_plot(speeds(&results.levels), plots::SPEED),
        ),
        (
            "How long answers take, in milliseconds",
            with_plot(latencies(&results.levels), plots::LATENCY),
        ),
        (
            "CPU time of a vote, in microseconds",
            with_plot(costs(&results.levels), plots::COST),
        ),
        ("Changed votes", changed(&results.changed)),
        (
            "At a fixed rate",
            with_plot(steady(&results.steady), plots::COURSE),
        ),
        ("Few and many votes behind", behind(&results.behind)),
        ("Amazon Q, signed", signed(results)),
        ("Handed on", handed_on(results)),
        ("Sizes", Some(facts(results))),
    ];
    for (title, part) in parts {
        if let Some(part) = part {
            let _ = write!(text, "### {title}\n\n{part}\n");
        }
    }
    text
}

fn with_plot(table: Option<String>, (name, what): (&str, &str)) -> Option<String> {
    table.map(|table| format!("{table}\n![{what}](performance/{name}.svg)\n"))
}

/// The middle, the least and the most of ratios of rounds that followed each other.
pub fn ratio(above: &[f64], beneath: &[f64], digits: usize) -> String {
    let mut ratios: Vec<f64> = above
        .iter()
        .zip(beneath)
        .map(|(above, beneath)| above / beneath)
        .collect();
    ratios.sort_by(f64::total_cmp);
    match (ratios.first(), ratios.get(ratios.len() / 2), ratios.last()) {
        (Some(least), Some(middle), Some(most)) => {
            format!("**{middle:.digits$}** ({least:.digits$}–{most:.digits$})")
        }
        _ => "–".to_owned(),
    }
}

pub fn of(rounds: &[Round], part: impl Fn(&Round) -> f64) -> Vec<f64> {
    rounds.iter().map(part).collect()
}

pub fn speed(round: &Round) -> f64 {
    round.votes_per_second
}

pub fn megabytes(bytes: u64) -> String {
    format!("{:.1}", number(bytes) / 1e6)
}

fn speeds(levels: &[Level]) -> Option<String> {
    let mut table = Table::new(&[
        "connections",
        "Candor",
        "no-op",
        "bare SQLite",
        "votes a commit",
        "share of the no-op",
    ]);
    for level in levels {
        table.row(&[
            level.connections.to_string(),
            with_range(&level.candor, speed, 0),
            with_range(&level.noop, speed, 0),
            with_range(&level.bare, speed, 0),
            format!(
                "{:.0}",
                median(&level.candor, |round| round.batch.unwrap_or(f64::NAN))
            ),
            ratio(&of(&level.candor, speed), &of(&level.noop, speed), 2),
        ]);
    }
    some(table, levels)
}

fn some<T>(table: Table, rows: &[T]) -> Option<String> {
    (!rows.is_empty()).then_some(table.text)
}

fn latencies(levels: &[Level]) -> Option<String> {
    let mut table = Table::new(&[
        "connections",
        "Candor p50",
        "p99",
        "p99.9",
        "most",
        "no-op p50",
        "p99",
        "p99.9",
        "most",
    ]);
    for level in levels {
        let mut cells = vec![level.connections.to_string()];
        for rounds in [&level.candor, &level.noop] {
            cells.extend(quantiles(rounds));
        }
        table.row(&cells);
    }
    some(table, levels)
}

fn quantiles(rounds: &[Round]) -> [String; 4] {
    let parts: [fn(&Round) -> f64; 4] = [
        |round| round.p50,
        |round| round.p99,
        |round| round.p999,
        |round| round.most,
    ];
    parts.map(|part| with_range(rounds, |round| part(round) / 1000.0, 2))
}

fn costs(levels: &[Level]) -> Option<String> {
    let mut table = Table::new(&[
        "connections",
        "Candor",
        "HTTP",
        "store",
        "kernel",
        "no-op",
        "bare SQLite",
        "÷ (no-op + bare)",
        "bytes written",
    ]);
    for level in levels {
        let alone = figures::alone(&level.noop, &level.bare);
        table.row(&[
            level.connections.to_string(),
            with_range(&level.candor, Round::cpu, 1),
            format!("{:.1}", median(&level.candor, |round| round.http)),
            format!("{:.1}", median(&level.candor, |round| round.store)),
            format!("{:.1}", median(&level.candor, |round| round.kernel)),
            with_range(&level.noop, Round::cpu, 1),
            with_range(&level.bare, Round::cpu, 1),
            ratio(&of(&level.candor, Round::cpu), &alone, 2),
            format!("{:.0}", median(&level.candor, |round| round.written)),
        ]);
    }
    some(table, levels)
}

fn changed(levels: &[Compared]) -> Option<String> {
    let mut table = Table::new(&[
        "connections",
        "Candor, votes/s",
        "share of the no-op",
        "p50, ms",
        "p99, ms",
        "CPU µs a vote",
    ]);
    for level in levels {
        table.row(&[
            level.connections.to_string(),
            with_range(&level.candor, speed, 0),
            ratio(&of(&level.candor, speed), &of(&level.noop, speed), 2),
            with_range(&level.candor, |round| round.p50 / 1000.0, 2),
            with_range(&level.candor, |round| round.p99 / 1000.0, 2),
            with_range(&level.candor, Round::cpu, 1),
        ]);
    }
    some(table, levels)
}

fn steady(parts: &[Steady]) -> Option<String> {
    let mut table = Table::new(&[
        "rate",
        "server",
        "votes/s",
        "seconds",
        "p50, ms",
        "p99, ms",
        "p99.9, ms",
        "most, ms",
        "longest pause, ms",
        "CPU µs a vote",
    ]);
    for part in parts {
        for (server, rounds) in [("Candor", &part.candor), ("no-op", &part.noop)] {
            let pause = rounds.iter().map(|steady| steady.pause).fold(0.0, f64::max);
            let seconds: u64 = rounds.iter().map(|steady| steady.pace.seconds).sum();
            let rounds: Vec<Round> = rounds.iter().map(|steady| steady.round).collect();
            let mut cells = vec![
                part.name.clone(),
                server.to_owned(),
                format!("{:.0}", median(&rounds, speed)),
                seconds.to_string(),
            ];
            cells.extend(quantiles(&rounds));
            cells.push(format!("{pause:.1}"));
            cells.push(with_range(&rounds, Round::cpu, 1));
            table.row(&cells);
        }
    }
    some(table, parts)
}

fn behind(stores: &[Behind]) -> Option<String> {
    let mut table = Table::new(&[
        "votes behind",
        "connections",
        "votes/s",
        "p99, ms",
        "CPU µs a vote",
        "start to first answer, ms",
        "memory, just started, MB",
        "memory, most, MB",
        "bytes on disk a vote",
    ]);
    for store in stores {
        table.row(&[
            store.votes.to_string(),
            store.connections.to_string(),
            with_range(&store.candor, speed, 0),
            with_range(&store.candor, |round| round.p99 / 1000.0, 2),
            with_range(&store.candor, Round::cpu, 1),
            format!("{:.0}", store.start),
            megabytes(store.resident),
            megabytes(store.most_resident),
            format!("{:.0}", number(store.bytes) / number(store.votes.max(1))),
        ]);
    }
    some(table, stores)
}

fn signed(results: &Results) -> Option<String> {
    let mut table = Table::new(&[
        "connections",
        "Dify, votes/s",
        "Amazon Q, votes/s",
        "Dify, CPU µs a vote",
        "Amazon Q, CPU µs a vote",
        "checking a signature, CPU µs",
    ]);
    for level in &results.signed {
        let check = median(&level.question, Round::cpu) - median(&level.refused, Round::cpu);
        table.row(&[
            level.connections.to_string(),
            with_range(&level.unsigned, speed, 0),
            with_range(&level.votes, speed, 0),
            with_range(&level.unsigned, Round::cpu, 1),
            with_range(&level.votes, Round::cpu, 1),
            format!("{check:.1}"),
        ]);
    }
    some(table, &results.signed)
}

fn handed_on(results: &Results) -> Option<String> {
    let mut table = Table::new(&[
        "requests",
        "connections",
        "through Candor, requests/s",
        "directly, requests/s",
        "added p50, ms",
        "added p99, ms",
        "Candor, CPU µs a request",
    ]);
    for part in &results.handed_on {
        let added =
            |of: fn(&Round) -> f64| (median(&part.through, of) - median(&part.direct, of)) / 1000.0;
        table.row(&[
            part.name.clone(),
            part.connections.to_string(),
            with_range(&part.through, speed, 0),
            with_range(&part.direct, speed, 0),
            format!("{:.2}", added(|round| round.p50)),
            format!("{:.2}", added(|round| round.p99)),
            with_range(&part.through, Round::cpu, 1),
        ]);
    }
    some(table, &results.handed_on)
}

fn facts(results: &Results) -> String {
    let facts = &results.facts;
    let mut table = Table::new(&["what", "measured"]);
    let mut syncs = facts.syncs.clone();
    syncs.sort_by(f64::total_cmp);
    let sync = syncs.get(syncs.len() / 2).copied().unwrap_or(f64::NAN);
    let disk = number(facts.disk) / number(results.votes_behind.max(1));
    for (what, measured) in [
        (
            "stored at while the folder was filled, votes/s",
            format!("{:.0}", facts.filled_at),
        ),
        (
            "bytes on disk a vote, of the folder that was filled",
            format!("{disk:.0}"),
        ),
        (
            "bytes by which the database grew for each new vote of the rounds",
            format!("{:.0}", facts.disk_growth),
        ),
        ("an append of 4 kB with its sync, ms", format!("{sync:.3}")),
        (
            "start to first answer without votes, ms",
            format!("{:.0}", facts.start_empty),
        ),
        (
            "start to first answer with those votes, ms",
            format!("{:.0}", facts.start_filled),
        ),
        (
            "memory, just started without votes, MB",
            megabytes(facts.resident_empty),
        ),
        (
            "memory, just started with those votes, MB",
            megabytes(facts.resident_filled),
        ),
        (
            "memory, the most at all levels of connections, MB",
            megabytes(facts.resident_most),
        ),
        (
            "memory of the no-op, the most, MB",
            megabytes(facts.noop_resident_most),
        ),
        ("binary, MB", megabytes(facts.binary)),
    ] {
        table.row(&[what.to_owned(), measured]);
    }
    table.text
}
