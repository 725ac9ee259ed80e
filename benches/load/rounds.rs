//! One round: so many connections, so many seconds, one server; and what it tells.

use crate::client::{self, Length};
use crate::process::{self, Usage};
use crate::results::SteadyRound;
use crate::servers::Server;
use crate::steady::{self, Pace};
use crate::votes::{Ballot, Kind};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Before each measured while, so that connections and caches are as they are later.
const BEFORE: Duration = Duration::from_secs(1);

/// What one round on one server told.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub struct Round {
    pub votes_per_second: f64,
    /// Microseconds, as the next three are.
    pub p50: f64,
    pub p99: f64,
    pub p999: f64,
    pub most: f64,
    /// Microseconds of CPU time for each vote, what the server did behind its answers included: user time of the threads
    /// that speak HTTP.
    pub http: f64,
    /// User time of the store's threads.
    pub store: f64,
    /// System time of all.
    pub kernel: f64,
    /// Bytes that the server wrote for each vote: the log and the database.
    pub written: f64,
    /// Votes in one transaction, in the mean; none where there are no transactions.
    pub batch: Option<f64>,
}

impl Round {
    /// CPU time in all.
    pub fn cpu(&self) -> f64 {
        self.http + self.store + self.kernel
    }

    /// Latencies in microseconds, shortest first; the usage of a server for so many votes.
    pub fn told_by(latencies: &[u32], votes_per_second: f64, usage: Usage, votes: u64) -> Self {
        let each = |time: Duration| time.as_secs_f64() * 1e6 / number(votes);
        Self {
            votes_per_second,
            p50: quantile(latencies, 500),
            p99: quantile(latencies, 990),
            p999: quantile(latencies, 999),
            most: latencies.last().copied().map_or(f64::NAN, f64::from),
            http: each(usage.http),
            store: each(usage.store),
            kernel: each(usage.kernel),
            written: number(usage.written) / number(votes),
            batch: None,
        }
    }
}

/// Loads a server, waits until it is at rest, and says what that was like.
pub fn round(
    server: &Server,
    kind: Kind,
    ballot: &Arc<Ballot>,
    connections: usize,
    seconds: u64,
) -> Round {
    let length = Length::Seconds {
        before: BEFORE,
        measured: Duration::from_secs(seconds),
    };
    let batches = Batches::of(server);
    let before = Usage::of(server.pid());
    let measured = client::vote(server.address(), kind, ballot, connections, length)
        .expect("every request is answered as it should be");
    process::wait_until_quiet(server.pid());
    let usage = Usage::of(server.pid()).since(before);
    let latencies = &measured.latencies;
    let answers = number(u64::try_from(latencies.len()).unwrap_or(0));
    let speed = answers / measured.took.as_secs_f64();
    let mut round = Round::told_by(latencies, speed, usage, measured.votes);
    round.batch = Batches::of(server)
        .zip(batches)
        .and_then(|(now, then)| now.mean_since(then));
    round
}

/// Loads a server steadily, waits until it is at rest, and says what that was like.
pub fn steady(server: &Server, ballot: &Arc<Ballot>, pace: Pace) -> SteadyRound {
    let batches = Batches::of(server);
    let before = Usage::of(server.pid());
    let measured = steady::steadily(server.address(), Kind::New, ballot, pace)
        .expect("every request is answered as it should be");
    process::wait_until_quiet(server.pid());
    let usage = Usage::of(server.pid()).since(before);
    let votes = u64::try_from(measured.latencies.len()).unwrap_or(0);
    let speed = number(votes) / number(pace.seconds);
    let mut round = Round::told_by(&measured.latencies, speed, usage, votes);
    round.batch = Batches::of(server)
        .zip(batches)
        .and_then(|(now, then)| now.mean_since(then));
    SteadyRound {
        pace,
        round,
        pause: measured.pause.as_secs_f64() * 1000.0,
        course: measured.course,
    }
}

/// How many transactions a server has committed, and how many writes were in them.
#[derive(Clone, Copy, Debug)]
struct Batches {
    count: f64,
    writes: f64,
}

impl Batches {
    /// None of a server that does not count them.
    fn of(server: &Server) -> Option<Self> {
        let text = client::get(server.address(), "/metrics").ok()?;
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().parse().ok()
        };
        // Told from the first transaction on.
        Some(Self {
            count: value("candor_write_batch_size_count").unwrap_or(0.0),
            writes: value("candor_write_batch_size_sum").unwrap_or(0.0),
        })
    }

    fn mean_since(self, then: Self) -> Option<f64> {
        let count = self.count - then.count;
        (count > 0.0).then(|| (self.writes - then.writes) / count)
    }
}

fn quantile(sorted: &[u32], thousandths: usize) -> f64 {
    let place = sorted.len() * thousandths / 1000;
    let place = place.min(sorted.len().saturating_sub(1));
    sorted.get(place).copied().map_or(f64::NAN, f64::from)
}

/// Median, least and most of what each round tells.
pub fn spread(rounds: &[Round], part: impl Fn(&Round) -> f64) -> [f64; 3] {
    let mut values: Vec<f64> = rounds.iter().map(part).collect();
    values.sort_by(f64::total_cmp);
    let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
    let middle = at(values.len() / 2);
    [middle, at(0), at(values.len().saturating_sub(1))]
}

pub fn median(rounds: &[Round], part: impl Fn(&Round) -> f64) -> f64 {
    spread(rounds, part)[0]
}

/// Median, and least and most in parentheses.
pub fn with_range(rounds: &[Round], part: impl Fn(&Round) -> f64, digits: usize) -> String {
    if rounds.is_empty() {
        return "–".to_owned();
    }
    let [middle, least, most] = spread(rounds, part);
    format!("{middle:.digits$} ({least:.digits$}–{most:.digits$})")
}

/// The nearest whole number; rates here are far from the bounds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "stated above"
)]
pub fn whole(number: f64) -> u64 {
    number.round() as u64
}

/// Sizes and counts here are far below 2⁵².
#[expect(clippy::cast_precision_loss, reason = "stated above")]
pub fn number(count: u64) -> f64 {
    count as f64
}
