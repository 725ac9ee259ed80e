//! What votes cost on PostgreSQL: servers that share one, beside the same rows written without them, in turn. `make
//! bench-postgres` writes what it measured into docs/performance-postgres.json and docs/scaling.md.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "a measuring program: it fails loudly and nobody reads its documentation"
)]

#[allow(
    dead_code,
    reason = "the load of another program, of which this one uses a part"
)]
#[path = "../load/client.rs"]
mod client;
mod inside;
#[allow(dead_code, reason = "as above")]
#[path = "../load/process.rs"]
mod process;
mod report;
mod results;
mod rounds;
mod rows;
#[allow(dead_code, reason = "as above")]
#[path = "../load/servers.rs"]
mod servers;
#[allow(dead_code, reason = "as above")]
#[path = "../load/signature.rs"]
mod signature;
mod store;
mod suite;
#[path = "../../tests/support/mod.rs"]
mod support;
mod usage;
#[allow(dead_code, reason = "as above")]
#[path = "../load/votes.rs"]
mod votes;

use clap::Parser;
use std::path::{Path, PathBuf};

/// As in the product: the allocator is part of what is compared.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is measured.
#[derive(Debug, Parser)]
#[command(about = "Measures servers that share a PostgreSQL")]
pub struct Options {
    /// Votes stored before the first round, one database after the other.
    #[arg(long, value_delimiter = ',', default_value = "1000000")]
    behind: Vec<u64>,
    /// How many servers share the database, one number after the other.
    #[arg(long, value_delimiter = ',', default_value = "1,2,3")]
    servers: Vec<usize>,
    /// Connections to all servers together, one level after the other.
    #[arg(long, value_delimiter = ',', default_value = "64,256")]
    connections: Vec<usize>,
    /// Rounds of each side.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds of each round.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Buckets of the databases; without, as many as a new database has.
    #[arg(long)]
    buckets: Option<u8>,
    /// The binary that serves; without, this build's.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Print what was measured, and leave docs as it is.
    #[arg(long)]
    dry: bool,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
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
    servers::end_servers_on_signals();
    let results = suite::measure(&options);
    report::write(Path::new(env!("CARGO_MANIFEST_DIR")), &results, options.dry);
}
