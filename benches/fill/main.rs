//! Fills a data folder with votes, for measurements: `cargo bench --bench fill -- --votes 10000000 FOLDER`.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "a measuring program: it fails loudly and nobody reads its documentation"
)]

#[path = "mod.rs"]
mod fill;
#[path = "../../tests/support/mod.rs"]
mod support;

use clap::Parser;
use std::path::PathBuf;
use std::time::Instant;

#[derive(Debug, Parser)]
#[command(about = "Fills a data folder with votes")]
struct Options {
    /// How many votes.
    #[arg(long, default_value_t = 10_000_000)]
    votes: u64,
    /// The data folder; there must be nothing in it yet.
    folder: PathBuf,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let options = Options::parse();
    let began = Instant::now();
    fill::fill(&options.folder, options.votes);
    println!("{} votes in {:.0?}", options.votes, began.elapsed());
}
