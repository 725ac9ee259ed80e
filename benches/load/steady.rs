//! Load at a fixed rate, whatever the server does: requests are due at times that are known before, and how long an answer
//! took is counted from then. A server that pauses is charged with every request that was due meanwhile.

use crate::client::{PATIENCE, connect, read_answer};
use crate::votes::{Ballot, Kind, Votes};
use serde::{Deserialize, Serialize};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// How often due requests are handed out. They are late by half of it, in the mean.
const TICK: Duration = Duration::from_micros(500);

/// Requests that may wait for their connection before the run ends as failed.
const WAITING: usize = 1 << 16;

/// A course has a point for each second, or as many as this if it is short.
const POINTS: u64 = 24;

/// How much, over how many connections, for how long.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Pace {
    pub votes_per_second: u64,
    pub connections: usize,
    pub seconds: u64,
}

/// An answer, in microseconds.
#[derive(Clone, Copy, Debug)]
struct Answer {
    /// From the beginning until its request was due.
    due: u64,
    took: u32,
}

/// What was measured.
#[derive(Debug)]
pub struct Steadily {
    /// Every answer's time in microseconds, shortest first.
    pub latencies: Vec<u32>,
    /// The longest while without an answer.
    pub pause: Duration,
    /// How it went, part by part.
    pub course: Vec<Point>,
}

/// A part of the course, in milliseconds.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Point {
    pub p50: f64,
    pub p99: f64,
    pub most: f64,
}

/// Loads a server. Any answer but the expected one is a failure.
pub fn steadily(
    address: &str,
    kind: Kind,
    ballot: &Arc<Ballot>,
    pace: Pace,
) -> io::Result<Steadily> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let patience = Duration::from_secs(pace.seconds) + PATIENCE;
    let answers = runtime.block_on(async {
        tokio::time::timeout(patience, over_all(address, kind, ballot, pace)).await?
    })?;
    Ok(Steadily {
        pause: longest_pause(&answers),
        course: course(&answers, pace),
        latencies: sorted(answers.iter().map(|answer| answer.took)),
    })
}

async fn over_all(
    address: &str,
    kind: Kind,
    ballot: &Arc<Ballot>,
    pace: Pace,
) -> io::Result<Vec<Answer>> {
    let streams = connect(address, pace.connections).await?;
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    let mut queues = Vec::new();
    for stream in streams {
        let (queue, due) = mpsc::channel(WAITING);
        queues.push(queue);
        let votes = Votes::new(kind, ballot);
        tasks.spawn(over_one(stream, votes, kind.expected(), began, due));
    }
    let pacer = std::thread::spawn(move || hand_out(began, pace, &queues));
    let mut answers = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        answers.extend(ended.map_err(io::Error::other)??);
    }
    match pacer.join() {
        Ok(true) => Ok(answers),
        _ => Err(io::Error::other(
            "the server does not keep up with this rate",
        )),
    }
}

/// Hands out what is due until the time is over. Returns whether every request found a place to wait in.
fn hand_out(began: Instant, pace: Pace, queues: &[mpsc::Sender<Duration>]) -> bool {
    let whole = Duration::from_secs(pace.seconds);
    let all = pace.votes_per_second * pace.seconds;
    let mut handed_out = 0;
    let mut queues = queues.iter().cycle();
    while handed_out < all {
        let now = began.elapsed().min(whole);
        loop {
            let due = due(handed_out, pace.votes_per_second);
            if due > now || handed_out == all {
                break;
            }
            let handed = queues.next().map(|queue| queue.try_send(due));
            if !matches!(handed, Some(Ok(()))) {
                return false;
            }
            handed_out += 1;
        }
        std::thread::sleep(TICK);
    }
    true
}

/// When the request of a number is due.
fn due(number: u64, votes_per_second: u64) -> Duration {
    let nanoseconds = u128::from(number) * 1_000_000_000 / u128::from(votes_per_second);
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

async fn over_one(
    mut stream: TcpStream,
    mut votes: Votes,
    expected: &'static [u8],
    began: Instant,
    mut requests: mpsc::Receiver<Duration>,
) -> io::Result<Vec<Answer>> {
    let mut answers = Vec::new();
    let mut answer = vec![0; 4096];
    while let Some(due) = requests.recv().await {
        stream.write_all(votes.next_request()).await?;
        read_answer(&mut stream, &mut answer, expected).await?;
        let took = began.elapsed().saturating_sub(due).as_micros();
        answers.push(Answer {
            due: u64::try_from(due.as_micros()).unwrap_or(u64::MAX),
            took: u32::try_from(took).unwrap_or(u32::MAX),
        });
    }
    Ok(answers)
}

fn longest_pause(answers: &[Answer]) -> Duration {
    let mut times: Vec<u64> = answers
        .iter()
        .map(|answer| answer.due + u64::from(answer.took))
        .collect();
    times.sort_unstable();
    let pauses = times.windows(2).map(|pair| pair[1] - pair[0]);
    Duration::from_micros(pauses.max().unwrap_or(0))
}

/// By the time at which requests were due.
fn course(answers: &[Answer], pace: Pace) -> Vec<Point> {
    let whole = pace.seconds * 1_000_000;
    let part = (whole / POINTS).clamp(1, 1_000_000);
    let mut parts = vec![Vec::new(); usize::try_from(whole / part).unwrap_or(0)];
    for answer in answers {
        let number = usize::try_from(answer.due / part).unwrap_or(usize::MAX);
        if let Some(part) = parts.get_mut(number) {
            part.push(answer.took);
        }
    }
    let milliseconds = |took: Option<&u32>| took.map_or(0.0, |took| f64::from(*took) / 1000.0);
    parts
        .into_iter()
        .map(|part| {
            let part = sorted(part.into_iter());
            Point {
                p50: milliseconds(part.get(part.len() / 2)),
                p99: milliseconds(part.get(part.len() * 99 / 100)),
                most: milliseconds(part.last()),
            }
        })
        .collect()
}

fn sorted(latencies: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut latencies: Vec<u32> = latencies.collect();
    latencies.sort_unstable();
    latencies
}
