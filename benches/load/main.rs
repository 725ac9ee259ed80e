//! How fast votes are stored, beside a server that stores nothing and a database without a server: `make bench` loads them in
//! turn and writes what it measured into docs/performance.md.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "a measuring program: it fails loudly and nobody reads its documentation"
)]

mod against;
mod bare;
mod chart;
mod client;
mod facts;
mod figures;
#[path = "../fill/mod.rs"]
mod fill;
mod noop;
mod plots;
mod process;
mod report;
mod results;
mod rounds;
mod servers;
mod signature;
mod steady;
mod stores;
mod suite;
#[path = "../../tests/support/mod.rs"]
mod support;
mod tables;
mod votes;

use clap::{Args, Parser, Subcommand};
use std::path::{Path, PathBuf};
use suite::Plan;

/// As in the product: the allocator is part of what is compared.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
#[command(
    about = "Measures how fast votes are stored",
    args_conflicts_with_subcommands = true
)]
struct Options {
    #[command(flatten)]
    all: All,
    /// What `cargo bench` adds.
    #[arg(long, hide = true, global = true)]
    bench: bool,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Load two binaries in turn and print what each does.
    Ab(against::Options),
    /// Write the tables and plots of docs/performance.md anew from docs/performance.json.
    Report,
    /// Be the server that stores nothing.
    Noop,
}

/// Without a subcommand everything is measured.
#[derive(Debug, Args)]
struct All {
    /// Measure less, in about five minutes, and write below target/bench.
    #[arg(long)]
    quick: bool,
    /// Write below target/bench, and leave docs as it is.
    #[arg(long)]
    dry: bool,
    /// Votes stored before the first round.
    #[arg(long)]
    behind: Option<u64>,
    /// Connections, one level after the other.
    #[arg(long, value_delimiter = ',')]
    connections: Option<Vec<usize>>,
    /// Rounds of each side at each level.
    #[arg(long)]
    rounds: Option<usize>,
    /// Seconds of each round.
    #[arg(long)]
    seconds: Option<u64>,
    /// Votes each second of the steady load.
    #[arg(long)]
    rate: Option<u64>,
    /// Seconds of the steady load in all.
    #[arg(long)]
    steady_seconds: Option<u64>,
    /// Votes in stores that are compared by size; 0 for none.
    #[arg(long, value_delimiter = ',')]
    stores: Option<Vec<u64>>,
    /// A folder in which filled stores are kept for the next run.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

impl All {
    fn plan(&self) -> Plan {
        let (connections, stores, steady_seconds): (&[usize], &[u64], u64) = if self.quick {
            (&[1, 64, 256], &[], 30)
        } else {
            (&[1, 16, 64, 256, 1024], &[1_000_000, 10_000_000], 600)
        };
        Plan {
            behind: self.behind.unwrap_or(1_000_000),
            connections: self
                .connections
                .clone()
                .unwrap_or_else(|| connections.to_vec()),
            rounds: self.rounds.unwrap_or(5),
            seconds: self.seconds.unwrap_or(3),
            rate: self.rate.unwrap_or(10_000),
            steady_seconds: self.steady_seconds.unwrap_or(steady_seconds),
            stores: self
                .stores
                .as_deref()
                .unwrap_or(stores)
                .iter()
                .copied()
                .filter(|votes| *votes > 0)
                .collect(),
            others: !self.quick,
            keep: self.keep.clone(),
        }
    }
}

/// A connection is an open file, of which the system's first bound often allows 1,024.
fn allow_connections() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    let _ = setrlimit(Resource::Nofile, raised);
}

fn main() {
    let options = Options::parse();
    allow_connections();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    match &options.what {
        Some(What::Noop) => noop::serve(),
        Some(What::Report) => report::write_again(root),
        Some(What::Ab(options)) => {
            servers::end_servers_on_signals();
            against::compare(options, Path::new(support::BINARY));
        }
        None => {
            servers::end_servers_on_signals();
            let results = suite::measure(&options.all.plan());
            report::write(root, &results, options.all.quick || options.all.dry);
        }
    }
}
