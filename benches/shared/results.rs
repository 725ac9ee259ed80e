//! What a run tells, as it is kept in docs/performance-postgres.json.

use serde::Serialize;
use std::time::Duration;

#[derive(Debug, Serialize)]
pub struct Results {
    pub machine: String,
    /// The day of the run.
    pub day: String,
    /// What the database says that it is, and what it was set to.
    pub database: String,
    pub settings: Vec<String>,
    pub seconds: u64,
    pub sides: Vec<Side>,
    pub sizes: Vec<Size>,
}

/// One way of storing votes, and its rounds.
#[derive(Debug, Serialize)]
pub struct Side {
    pub name: String,
    /// Votes stored before.
    pub behind: u64,
    /// To the database where there is no server, else to all servers together.
    pub connections: usize,
    /// None where there is no server.
    pub servers: Option<usize>,
    pub rounds: Vec<Round>,
}

/// Times are in microseconds; latencies are of answers, or of transactions where there is no server.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Round {
    pub votes_per_second: f64,
    pub p50: f64,
    pub p99: f64,
    /// CPU time of a vote: the servers', or this program's where there are none.
    pub servers: f64,
    /// The database's.
    pub database: f64,
    /// Votes in one transaction, in the mean.
    pub batch: Option<f64>,
}

/// What votes take on disk.
#[derive(Debug, Serialize)]
pub struct Size {
    pub behind: u64,
    /// Bytes of the vote's tables with their indexes for each vote in them.
    pub bytes_a_vote: f64,
    /// By how many bytes they grew for each new vote of the rounds.
    pub bytes_a_new_vote: f64,
}

impl Round {
    /// CPU time in all.
    pub fn cpu(&self) -> f64 {
        self.servers + self.database
    }

    /// Latencies in microseconds, shortest first, of those that are counted in the speed; CPU times of so many votes.
    pub fn told_by(
        latencies: &[u32],
        votes_per_second: f64,
        cpu: [Duration; 2],
        votes: u64,
    ) -> Self {
        let [servers, database] = cpu.map(|time| time.as_secs_f64() * 1e6 / number(votes));
        let at = |thousandths: usize| {
            let place =
                (latencies.len() * thousandths / 1000).min(latencies.len().saturating_sub(1));
            latencies.get(place).copied().map_or(f64::NAN, f64::from)
        };
        Self {
            votes_per_second,
            p50: at(500),
            p99: at(990),
            servers,
            database,
            batch: None,
        }
    }
}

impl Side {
    /// Median, least and most of what each round tells.
    pub fn spread(&self, part: impl Fn(&Round) -> f64) -> [f64; 3] {
        let mut values: Vec<f64> = self.rounds.iter().map(part).collect();
        values.sort_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
        [
            at(values.len() / 2),
            at(0),
            at(values.len().saturating_sub(1)),
        ]
    }

    /// Median, and least and most in parentheses.
    pub fn with_range(&self, part: impl Fn(&Round) -> f64, digits: usize) -> String {
        let [middle, least, most] = self.spread(part);
        format!("{middle:.digits$} ({least:.digits$}–{most:.digits$})")
    }
}

/// Sizes and counts here are far below 2⁵².
#[expect(clippy::cast_precision_loss, reason = "stated above")]
pub fn number(count: u64) -> f64 {
    count as f64
}
