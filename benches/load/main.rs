//! How fast votes are stored, and what handing on costs: `make bench` fills a data folder with a million votes, then loads
//! Candor and a server that stores nothing in turn, and writes what it measured into docs/performance.md.
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
mod client;
mod fill;
mod noop;
mod process;
mod report;
mod rounds;
mod servers;
mod signature;
#[path = "../../tests/support/mod.rs"]
mod support;
mod votes;

use clap::{Parser, Subcommand};
use client::Length;
use process::Usage;
use report::{Facts, Level, Round, number};
use serde_json::json;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::Server;
use votes::{Ballot, Kind};

/// As in the product: the allocator is part of what is compared.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many connections fill the folder.
const FILLERS: usize = 256;

/// Before each measured while, so that connections and caches are as they are later.
const BEFORE: Duration = Duration::from_secs(1);

/// How often a start is timed.
const STARTS: usize = 5;

#[derive(Debug, Parser)]
#[command(about = "Measures how fast votes are stored")]
struct Options {
    /// Votes stored before the first round.
    #[arg(long, default_value_t = 1_000_000)]
    behind: u64,
    /// Connections, one level after the other.
    #[arg(long, value_delimiter = ',', default_value = "1,16,64,256")]
    connections: Vec<usize>,
    /// Rounds of each server at each level.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds of each round.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Only print, and leave the document as it is.
    #[arg(long)]
    dry: bool,
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
    /// Be the server that stores nothing.
    Noop,
}

fn main() {
    let options = Options::parse();
    if matches!(options.what, Some(What::Noop)) {
        return noop::serve();
    }
    servers::end_servers_on_signals();
    match &options.what {
        Some(What::Ab(options)) => against::compare(options, Path::new(support::BINARY)),
        Some(What::Noop) | None => measure(&options),
    }
}

fn measure(options: &Options) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let noop = Noop::start();
    support::apply(
        folder.path(),
        &json!({
            "projects": [
                {"name": "load", "amazon_q_application_id": votes::APPLICATION},
                {"name": "passing", "upstream": {"dialect": "dify", "base_url": noop.url}},
            ],
            "keys": [
                {"dialect": "dify", "project": "passing", "secret": votes::PASSED_KEY},
                {"dialect": "dify", "project": "load", "secret": votes::KEY},
                {"dialect": "amazon_q", "project": "load", "access_key_id": signature::ACCESS_KEY_ID,
                 "secret": signature::SECRET},
            ],
        }),
    );
    let (start_empty, resident_idle) = starts(folder.path());
    println!("filling: {} votes", options.behind);
    let filled_in = fill(folder.path(), options.behind);
    let disk_bytes = disk(folder.path());
    let (start_filled, resident_filled) = starts(folder.path());
    let server = Server::on(folder.path(), &[]);
    let levels: Vec<Level> = options
        .connections
        .iter()
        .map(|connections| level(options, *connections, &server, &noop))
        .collect();
    let facts = Facts {
        machine: process::machine(),
        votes_behind: options.behind,
        filled_in,
        binary_bytes: std::fs::metadata(support::BINARY)
            .expect("the binary")
            .len(),
        start_empty,
        start_filled,
        resident_idle,
        resident_filled,
        resident_after: process::resident(server.pid()),
        noop_resident_after: process::resident(noop.process.id()),
        disk_bytes,
    };
    assert!(server.terminate(), "the server stops when it is asked to");
    support::run(support::candor(folder.path()).args(["doctor", "--json"]));
    println!("{}", report::tables(&facts, &levels));
    if !options.dry {
        let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/performance.md");
        report::write(&document, &facts, &levels).expect("the document is written");
    }
}

fn address(url: &str) -> &str {
    url.trim_start_matches("http://")
}

/// The median time from start to first answer, and the memory held then.
fn starts(folder: &Path) -> (Duration, u64) {
    let mut times = Vec::new();
    let mut resident = 0;
    for _ in 0..STARTS {
        let began = Instant::now();
        let server = Server::on(folder, &[]);
        client::get(address(server.url()), "/healthz").expect("an answer");
        times.push(began.elapsed());
        process::wait_until_quiet(server.pid());
        resident = process::resident(server.pid());
        assert!(server.terminate(), "the server stops when it is asked to");
    }
    times.sort();
    (times[STARTS / 2], resident)
}

/// Stores votes as fast as the server takes them, and says how long it took.
fn fill(folder: &Path, votes: u64) -> Duration {
    let server = Server::on(folder, &[]);
    let each = votes.div_ceil(u64::try_from(FILLERS).expect("few fillers"));
    let measured = client::vote(
        address(server.url()),
        Kind::New,
        &Ballot::empty(),
        FILLERS,
        Length::VotesEach(each),
    );
    let took = measured.expect("every vote is stored").took;
    process::wait_until_quiet(server.pid());
    assert!(server.terminate(), "the server stops when it is asked to");
    took
}

fn disk(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).expect("the data folder");
    files
        .map(|file| {
            file.and_then(|file| file.metadata())
                .map_or(0, |file| file.len())
        })
        .sum()
}

/// Rounds of both servers in turn.
fn level(options: &Options, connections: usize, server: &Server, noop: &Noop) -> Level {
    let mut level = Level {
        connections,
        candor: Vec::new(),
        noop: Vec::new(),
        signed: Vec::new(),
        signed_question: Vec::new(),
        unsigned_question: Vec::new(),
        asking: report::HandedOn::default(),
        chat: report::HandedOn::default(),
    };
    for _ in 0..options.rounds {
        let at = |url, pid, kind| {
            let round = round(options, connections, url, pid, kind);
            println!("{connections} connections, {kind:?}: {round:?}");
            round
        };
        let candor = |kind| at(server.url(), server.pid(), kind);
        level.candor.push(candor(Kind::New));
        println!("and the server that stores nothing:");
        level.noop.push(at(&noop.url, noop.process.id(), Kind::New));
        level.signed.push(candor(Kind::AmazonQ));
        level.signed_question.push(candor(Kind::SignedQuestion));
        level.unsigned_question.push(candor(Kind::UnsignedQuestion));
        for (kind, handed_on) in [
            (Kind::Asking, &mut level.asking),
            (Kind::Chat, &mut level.chat),
        ] {
            handed_on.through.push(candor(kind));
            println!("and directly:");
            let direct = at(&noop.url, noop.process.id(), kind);
            handed_on.direct.push(direct);
        }
    }
    level
}

fn round(options: &Options, connections: usize, url: &str, pid: u32, kind: Kind) -> Round {
    let cpu_before = Usage::of(pid).cpu();
    let length = Length::Seconds {
        before: BEFORE,
        measured: Duration::from_secs(options.seconds),
    };
    let measured = client::vote(address(url), kind, &Ballot::empty(), connections, length)
        .expect("every vote is stored");
    process::wait_until_quiet(pid);
    let cpu = Usage::of(pid).cpu().saturating_sub(cpu_before);
    let latencies = &measured.latencies;
    let quantile = |thousandths: usize| {
        let place = latencies.len() * thousandths / 1000;
        f64::from(latencies[place.min(latencies.len() - 1)])
    };
    Round {
        votes_per_second: number(latencies.len().try_into().unwrap_or(u64::MAX))
            / measured.took.as_secs_f64(),
        p50: quantile(500),
        p99: quantile(990),
        p999: quantile(999),
        cpu: cpu.as_secs_f64() * 1e6 / number(measured.votes),
    }
}

/// This program again, as the server that stores nothing.
struct Noop {
    process: Child,
    url: String,
}

impl Noop {
    fn start() -> Self {
        let program: PathBuf = std::env::current_exe().expect("this program");
        let mut process = Command::new(program)
            .arg("noop")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the no-op server starts");
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().expect("piped output"))
            .read_line(&mut line)
            .expect("the no-op server listens");
        let url = line.trim().trim_start_matches("listening on ").to_owned();
        Self { process, url }
    }
}

impl Drop for Noop {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
