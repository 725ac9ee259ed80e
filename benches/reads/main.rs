//! How fast lists and charts are read from a folder that `fill` filled: `cargo bench --bench reads -- FOLDER`. It starts the
//! program on the folder, asks for each thing many times over one connection, and prints a table.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "a measuring program: it fails loudly and nobody reads its documentation"
)]

mod asked;
#[path = "../fill/mod.rs"]
mod fill;
#[path = "../../tests/support/mod.rs"]
mod support;

use asked::Read;
use clap::Parser;
use reqwest::blocking::Client;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use support::Server;

#[derive(Debug, Parser)]
#[command(about = "Measures how fast lists and charts are read")]
struct Options {
    /// A folder that `cargo bench --bench fill` made.
    folder: PathBuf,
    /// How often each thing is asked for.
    #[arg(long, default_value_t = 300)]
    times: usize,
    /// A server that runs on the folder already; otherwise one is started.
    #[arg(long)]
    url: Option<String>,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let options = Options::parse();
    let server = match options.url {
        Some(_) => None,
        None => Some(Server::on(&options.folder, &[])),
    };
    let url = match (&options.url, &server) {
        (Some(url), _) => url.clone(),
        (None, Some(server)) => server.url().to_owned(),
        (None, None) => unreachable!("one of them is there"),
    };
    let client = support::client();
    println!("| read | p50 | p99 | slowest |");
    println!("|---|--:|--:|--:|");
    for read in asked::reads(&client, &url) {
        let times = measure(&client, &url, &read, options.times);
        let at = |thousandths: usize| shown(times[(times.len() - 1) * thousandths / 1000]);
        println!(
            "| {} | {} | {} | {} |",
            read.title,
            at(500),
            at(990),
            at(1000)
        );
    }
    if let Some(server) = server {
        assert!(server.terminate(), "the server stops when it is asked to");
    }
}

fn shown(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

/// Sorted times. What each asks for may differ, so that not always the same pages are read.
fn measure(client: &Client, url: &str, read: &Read, times: usize) -> Vec<Duration> {
    // Once before, so that the connection is there and statements are prepared.
    (read.ask)(client, url, 0);
    let mut taken: Vec<Duration> = (0..times)
        .map(|turn| {
            let began = Instant::now();
            (read.ask)(client, url, turn);
            began.elapsed()
        })
        .collect();
    taken.sort();
    taken
}
