//! Two binaries side by side: what a change to the code brought.

use crate::process;
use crate::results::SteadyRound;
use crate::rounds::{self, Round, median, number, round, with_range};
use crate::servers::{self, Server};
use crate::steady::Pace;
use crate::stores::{self, Store};
use crate::votes::{Ballot, Kind};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How two binaries are compared.
#[derive(Debug, Args)]
pub struct Options {
    /// The binary that is judged.
    #[arg(long)]
    binary: PathBuf,
    /// The binary that it is compared with; without, this build's.
    #[arg(long)]
    against: Option<PathBuf>,
    /// Connections, one level after the other.
    #[arg(long, value_delimiter = ',', default_value = "64,256")]
    connections: Vec<usize>,
    /// Rounds of each side at each level.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of each round.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Votes stored before the first round.
    #[arg(long, default_value_t = 1_000_000)]
    behind: u64,
    /// Votes that change what was said before instead of new ones.
    #[arg(long)]
    changed: bool,
    /// Votes each second of a steady load after the levels, over 256 connections; 0 for none.
    #[arg(long, default_value_t = 0)]
    rate: u64,
    /// Seconds of each of its rounds.
    #[arg(long, default_value_t = 20)]
    steady_seconds: u64,
    /// A folder in which the filled stores are kept for the next run.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

/// One of the two, or the no-op.
struct Side {
    name: &'static str,
    server: Server,
    ballot: Arc<Ballot>,
}

/// What of a round is told.
type Part = fn(&Round) -> f64;

/// Loads both and the no-op in turn, and prints what that told.
pub fn compare(options: &Options, built: &Path) {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let parent = options.keep.as_deref().unwrap_or(temporary.path());
    let binaries = [
        &*options.binary,
        options.against.as_deref().unwrap_or(built),
    ]
    .map(|path| path.canonicalize().expect("the binary is there"));
    let noop = Server::noop();
    let stores = stores(options, &binaries, parent, noop.address());
    let folders = ["a", "b"].map(|name| temporary.path().join(name));
    let [first, second] = [0, 1].map(|side| {
        let Store { folder, votes, .. } = &stores[side];
        servers::copy(folder, &folders[side]);
        Side {
            name: ["binary", "against"][side],
            server: Server::candor(&binaries[side], &folders[side]),
            ballot: votes.ballot(),
        }
    });
    let noop = Side {
        name: "no-op",
        server: noop,
        ballot: Ballot::filled(1, options.behind),
    };
    let sides = [first, second, noop];
    print_head(&binaries);
    for connections in &options.connections {
        level(options, *connections, &sides);
    }
    if options.rate > 0 {
        steady(options, &sides);
    }
    let [first, second, _noop] = sides;
    for (side, (folder, store)) in [first, second].into_iter().zip(folders.iter().zip(&stores)) {
        let resident = process::most_resident(side.server.pid()) / 1024 / 1024;
        side.server.stop();
        let [before, after] = [&store.folder, folder].map(|folder| number(servers::bytes(folder)));
        let each = |bytes: f64, votes: u64| bytes / number(votes);
        println!(
            "{}: {resident} MiB of memory at most; on disk {:.0} bytes a vote at first, {:.0} more for each of these",
            side.name,
            each(before, store.votes.count),
            each(after - before, side.ballot.newly_made()),
        );
    }
}

/// A filled store for each side: one for both where they write the same schema.
fn stores(options: &Options, binaries: &[PathBuf; 2], parent: &Path, upstream: &str) -> [Store; 2] {
    let behind = options.behind;
    [1, 0].map(|side: usize| {
        let binary: &PathBuf = &binaries[side];
        stores::filled(binary, parent, upstream, behind)
    })
}

fn level(options: &Options, connections: usize, sides: &[Side; 3]) {
    let kind = if options.changed {
        Kind::Changed
    } else {
        Kind::New
    };
    let mut rounds: [Vec<Round>; 3] = Default::default();
    for count in 0..options.rounds {
        // Who comes first changes, so that nobody always meets what another left.
        for place in 0..sides.len() {
            let side = (place + count) % sides.len();
            let Side { server, ballot, .. } = &sides[side];
            rounds[side].push(round(server, kind, ballot, connections, options.seconds));
        }
    }
    let noop = median(&rounds[2], |round| round.votes_per_second);
    for (side, rounds) in sides.iter().zip(&rounds) {
        print_rounds(side.name, connections, rounds, noop);
    }
    let parts: [(&str, Part); 4] = [
        ("votes/s", |round| round.votes_per_second),
        ("CPU", Round::cpu),
        ("p50", |round| round.p50),
        ("p99", |round| round.p99),
    ];
    let ratios = parts.map(|(name, part)| {
        let ratio = median(&rounds[0], part) / median(&rounds[1], part);
        format!("{name} × {ratio:.3}")
    });
    println!("  binary ÷ against: {}\n", ratios.join(", "));
}

fn steady(options: &Options, sides: &[Side; 3]) {
    let pace = Pace {
        votes_per_second: options.rate,
        connections: 256,
        seconds: options.steady_seconds,
    };
    println!(
        "{} votes/s, answers counted from when they were due",
        options.rate
    );
    let mut rounds: [Vec<Round>; 3] = Default::default();
    let mut pauses = [0.0_f64; 3];
    for count in 0..options.rounds {
        for place in 0..sides.len() {
            let side = (place + count) % sides.len();
            let Side { server, ballot, .. } = &sides[side];
            let SteadyRound { round, pause, .. } = rounds::steady(server, ballot, pace);
            rounds[side].push(round);
            pauses[side] = pauses[side].max(pause);
        }
    }
    for ((side, rounds), pause) in sides.iter().zip(&rounds).zip(pauses) {
        print_rounds(side.name, pace.connections, rounds, number(options.rate));
        println!("      longest pause {pause:.1} ms");
    }
}

fn print_head(binaries: &[PathBuf; 2]) {
    println!("machine: {}", process::machine());
    println!("binary:  {}", binaries[0].display());
    println!("against: {}", binaries[1].display());
    println!("medians, and least and most in parentheses; latencies in ms, CPU in µs a vote\n");
}

fn print_rounds(name: &str, connections: usize, rounds: &[Round], noop: f64) {
    let speed = |round: &Round| round.votes_per_second;
    let share = median(rounds, speed) / noop;
    println!(
        "{connections:>5} {name:<8} {} votes/s, share {share:.3}",
        with_range(rounds, speed, 0)
    );
    println!(
        "      p50 {}  p99 {}  p99.9 {}  most {}",
        with_range(rounds, |round| round.p50 / 1000.0, 2),
        with_range(rounds, |round| round.p99 / 1000.0, 2),
        with_range(rounds, |round| round.p999 / 1000.0, 2),
        with_range(rounds, |round| round.most / 1000.0, 1),
    );
    let batch = median(rounds, |round| round.batch.unwrap_or(0.0));
    println!(
        "      CPU {}: HTTP {}, store {}, kernel {}; {:.0} bytes written a vote; {batch:.0} votes a commit",
        with_range(rounds, Round::cpu, 1),
        with_range(rounds, |round| round.http, 1),
        with_range(rounds, |round| round.store, 1),
        with_range(rounds, |round| round.kernel, 1),
        median(rounds, |round| round.written),
    );
}
