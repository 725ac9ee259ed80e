//! The first table of docs/performance.md: what counts, beside what is expected.

use crate::results::{Behind, Level, Results, Steady, SteadyRound};
use crate::rounds::{Round, number};
use crate::tables::{Table, megabytes, of, ratio, speed};

/// Levels of connections that count.
const LEVELS: [usize; 2] = [64, 256];

/// Figure, measured, expected.
pub fn table(results: &Results) -> String {
    let mut table = Table::new(&["figure", "measured", "expected"]);
    let levels = &results.levels;
    for level in levels
        .iter()
        .filter(|level| LEVELS.contains(&level.connections))
    {
        of_level(&mut table, level);
    }
    for steady in &results.steady {
        of_steady(&mut table, steady);
    }
    if let Some(level) = levels.iter().find(|level| level.connections == 1) {
        let p50 = of(&level.candor, |round| round.p50 / 1000.0);
        let syncs = &results.facts.syncs;
        row(
            &mut table,
            "one connection: p50 ÷ one sync's p50",
            ratio(&p50, syncs, 1),
            "≤ 3",
        );
    }
    if let [few, .., many] = &results.behind[..] {
        let cost = |behind: &Behind| of(&behind.candor, Round::cpu);
        let figure = format!(
            "CPU of a vote with {} votes behind ÷ with {}",
            many.votes, few.votes
        );
        row(
            &mut table,
            &figure,
            ratio(&cost(many), &cost(few), 2),
            "≤ 1.5",
        );
    }
    of_sizes(&mut table, results);
    table.text
}

fn row(table: &mut Table, figure: &str, measured: String, expected: &str) {
    table.row(&[figure.to_owned(), measured, expected.to_owned()]);
}

fn of_level(table: &mut Table, level: &Level) {
    let Level {
        connections,
        candor,
        noop,
        bare,
    } = level;
    let figure = format!("durable votes/s ÷ the no-op's, {connections} connections");
    row(
        table,
        &figure,
        ratio(&of(candor, speed), &of(noop, speed), 2),
        "≥ 0.30",
    );
    let figure =
        format!("CPU of a vote ÷ (the no-op's + bare SQLite's), {connections} connections");
    row(
        table,
        &figure,
        ratio(&of(candor, Round::cpu), &alone(noop, bare), 2),
        "≤ 1.2",
    );
}

/// What HTTP alone and the rows alone cost together, round by round.
pub fn alone(noop: &[Round], bare: &[Round]) -> Vec<f64> {
    let pairs = noop.iter().zip(bare);
    pairs.map(|(noop, bare)| noop.cpu() + bare.cpu()).collect()
}

fn of_steady(table: &mut Table, steady: &Steady) {
    let Steady { name, candor, noop } = steady;
    let p99 = |rounds: &[SteadyRound]| -> Vec<f64> {
        rounds
            .iter()
            .map(|steady| steady.round.p99 / 1000.0)
            .collect()
    };
    let (through, directly) = (p99(candor), p99(noop));
    let one = vec![1.0; through.len()];
    row(
        table,
        &format!("p99 at {name}, ms"),
        ratio(&through, &one, 1),
        "≤ 10",
    );
    row(
        table,
        &format!("p99 at {name} ÷ the no-op's"),
        ratio(&through, &directly, 1),
        "≤ 4",
    );
    let pause = candor.iter().map(|steady| steady.pause).fold(0.0, f64::max);
    let seconds: u64 = candor.iter().map(|steady| steady.pace.seconds).sum();
    let figure = format!("longest pause at {name} in {seconds} s, ms");
    row(table, &figure, format!("**{pause:.0}**"), "≤ 50");
}

fn of_sizes(table: &mut Table, results: &Results) {
    let facts = &results.facts;
    let disk = number(facts.disk) / number(results.votes_behind.max(1));
    let start = results
        .behind
        .last()
        .map_or(facts.start_filled, |behind| behind.start);
    let votes = results
        .behind
        .last()
        .map_or(results.votes_behind, |behind| behind.votes);
    row(
        table,
        "bytes on disk a vote",
        format!("**{disk:.0}**"),
        "≤ 600",
    );
    for (what, bytes, expected) in [
        ("memory, just started, MB", facts.resident_empty, "≤ 30"),
        (
            "memory, started with votes behind, MB",
            facts.resident_filled,
            "no growth",
        ),
        ("memory, under load, MB", facts.resident_most, "≤ 120"),
        ("size of the binary, MB", facts.binary, "≤ 25"),
    ] {
        row(table, what, format!("**{}**", megabytes(bytes)), expected);
    }
    let figure = format!("start to first answer with {votes} votes, ms");
    row(table, &figure, format!("**{start:.0}**"), "≤ 100");
}
