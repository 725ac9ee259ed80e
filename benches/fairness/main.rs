//! What one project feels of another's flood: `cargo bench --bench fairness` votes for a quiet project, alone and beside one
//! that is flooded, in turn, and prints both p99 and their ratio.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "a measuring program: it fails loudly and nobody reads its documentation"
)]

#[path = "../../tests/support/mod.rs"]
mod support;

use clap::Parser;
use serde_json::json;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};
use support::Server;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const QUIET: &str = "app-quiet-test-key-0000000";
const FLOODED: &str = "app-flooded-test-key-00000";

#[derive(Clone, Copy, Debug, Parser)]
#[command(about = "Measures what one project feels of another's flood")]
struct Options {
    /// Connections of the quiet project.
    #[arg(long, default_value_t = 16)]
    quiet: usize,
    /// Connections of the flooded one.
    #[arg(long, default_value_t = 512)]
    flood: usize,
    /// Rounds, each of them without the flood and with it.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of each half of a round.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Requests a second that the flooded project may make; 0 for any number.
    #[arg(long, default_value_t = 0)]
    limit: u32,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What was answered.
#[derive(Debug, Default)]
struct Answered {
    taken: AtomicU64,
    refused: AtomicU64,
}

/// What the votes of the quiet project took, in microseconds, shortest first.
type Latencies = Vec<u128>;

fn main() {
    let options = Options::parse();
    let server = Server::set_up(&json!({
        "projects": [
            {"name": "quiet"},
            {"name": "flooded", "rate_limit": {"per_second": options.limit}},
        ],
        "keys": [
            {"dialect": "dify", "project": "quiet", "secret": QUIET},
            {"dialect": "dify", "project": "flooded", "secret": FLOODED},
        ],
    }));
    let address = server.url().trim_start_matches("http://").to_owned();
    let mut ratios = Vec::new();
    for round in 1..=options.rounds {
        let alone = vote_for_quiet(&address, options);
        let answered = Arc::new(Answered::default());
        let flood = Flood::start(&address, options, &answered);
        let beside = vote_for_quiet(&address, options);
        flood.stop();
        let ratio = f64::from(p99(&beside)) / f64::from(p99(&alone).max(1));
        println!(
            "round {round}: alone {}, beside {} (ratio of p99 {ratio:.2}); flood: {} taken/s, {} refused/s",
            told(&alone, options.seconds),
            told(&beside, options.seconds),
            answered.taken.load(Ordering::Relaxed) / options.seconds,
            answered.refused.load(Ordering::Relaxed) / options.seconds,
        );
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    if let (Some(least), Some(most)) = (ratios.first(), ratios.last()) {
        println!(
            "ratio of p99: median {:.2}, from {least:.2} to {most:.2}",
            ratios[ratios.len() / 2]
        );
    }
}

fn at(latencies: &Latencies, per_mille: usize) -> u32 {
    let place = latencies.len() * per_mille / 1000;
    let latency = latencies.get(place.min(latencies.len().saturating_sub(1)));
    latency.map_or(0, |latency| u32::try_from(*latency).unwrap_or(u32::MAX))
}

fn p99(latencies: &Latencies) -> u32 {
    at(latencies, 990)
}

fn told(latencies: &Latencies, seconds: u64) -> String {
    let votes = latencies.len() as u64 / seconds;
    format!(
        "{votes} votes/s p50 {} us p99 {} us",
        at(latencies, 500),
        p99(latencies)
    )
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Votes one after the other on each connection. All must be taken.
fn vote_for_quiet(address: &str, options: Options) -> Latencies {
    let answered = Arc::new(Answered::default());
    let (address, ends) = (address.to_owned(), Duration::from_secs(options.seconds));
    let mut latencies: Latencies = runtime().block_on(async {
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        for _ in 0..options.quiet {
            let mut voter = Voter::connect(&address, QUIET).await.expect("a connection");
            let answered = Arc::clone(&answered);
            tasks.spawn(async move {
                let mut latencies = Vec::new();
                while begun.elapsed() < ends {
                    let sent = Instant::now();
                    voter.vote(&answered).await.expect("an answer");
                    latencies.push(sent.elapsed().as_micros());
                }
                latencies
            });
        }
        tasks.join_all().await.into_iter().flatten().collect()
    });
    let refused = answered.refused.load(Ordering::Relaxed);
    assert_eq!(refused, 0, "votes for the quiet project were refused");
    latencies.sort_unstable();
    latencies
}

/// A thread whose connections vote as fast as they are answered, and after a refusal at once again.
struct Flood {
    ends: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<()>,
}

impl Flood {
    /// Begins when all are connected.
    fn start(address: &str, options: Options, answered: &Arc<Answered>) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let (begins, all_connected) = sync_channel(1);
        let flooding = Flooding {
            address: address.to_owned(),
            ends: Arc::clone(&ends),
            answered: Arc::clone(answered),
        };
        let thread = std::thread::spawn(move || {
            runtime().block_on(flooding.run(options.flood, begins));
        });
        let _ = all_connected.recv();
        Self { ends, thread }
    }

    fn stop(self) {
        self.ends.store(true, Ordering::Relaxed);
        let _ = self.thread.join();
    }
}

struct Flooding {
    address: String,
    ends: Arc<AtomicBool>,
    answered: Arc<Answered>,
}

impl Flooding {
    async fn run(self, connections: usize, begins: SyncSender<()>) {
        let flooding = Arc::new(self);
        let mut tasks = JoinSet::new();
        for _ in 0..connections {
            let voter = Voter::connect(&flooding.address, FLOODED).await;
            let mut voter = voter.expect("a connection");
            let flooding = Arc::clone(&flooding);
            tasks.spawn(async move {
                while !flooding.ends.load(Ordering::Relaxed) {
                    let answer = voter.vote(&flooding.answered).await;
                    answer.expect("an answer");
                }
            });
        }
        let _ = begins.send(());
        tasks.join_all().await;
    }
}

/// A connection that votes.
struct Voter {
    stream: TcpStream,
    key: &'static str,
    answer: Vec<u8>,
}

impl Voter {
    async fn connect(address: &str, key: &'static str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            key,
            answer: vec![0; 4096],
        })
    }

    /// Votes for a new message, and counts the answer.
    async fn vote(&mut self, answered: &Answered) -> io::Result<()> {
        static MESSAGES: AtomicU64 = AtomicU64::new(1);
        let number = MESSAGES.fetch_add(1, Ordering::Relaxed);
        let mixed = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let message = uuid::Uuid::from_u128(mixed);
        let body = format!(r#"{{"rating":"like","user":"person-{}"}}"#, number % 1000);
        let request = format!(
            "POST /v1/messages/{message}/feedbacks HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.key,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        let mut filled = 0;
        while !is_whole(&self.answer[..filled]) {
            let read = self.stream.read(&mut self.answer[filled..]).await?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            filled += read;
        }
        let counted = match self.answer.get(9..12) {
            Some(b"200") => &answered.taken,
            Some(b"429") => &answered.refused,
            _ => {
                return Err(io::Error::other(
                    String::from_utf8_lossy(&self.answer[..filled]).into_owned(),
                ));
            }
        };
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// Whether an answer is here with all of its body.
fn is_whole(bytes: &[u8]) -> bool {
    let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let length = String::from_utf8_lossy(&bytes[..head])
        .to_ascii_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
        .unwrap_or(0);
    bytes.len() >= head + 4 + length
}
