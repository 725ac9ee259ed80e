//! All that a run tells, as it is kept in docs/performance.json.

use crate::rounds::Round;
use crate::steady::{Pace, Point};
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Results {
    pub machine: String,
    /// The day of the run.
    pub day: String,
    /// Of each side at each level, and the seconds of each.
    pub rounds: usize,
    pub seconds: u64,
    pub votes_behind: u64,
    /// New votes, one level of connections after the other.
    pub levels: Vec<Level>,
    /// Votes that change what was said before.
    pub changed: Vec<Compared>,
    /// Votes at a fixed rate.
    pub steady: Vec<Steady>,
    /// With more and more votes behind.
    pub behind: Vec<Behind>,
    /// Amazon Q's interface.
    pub signed: Vec<Signed>,
    /// Requests that Candor hands on.
    pub handed_on: Vec<HandedOn>,
    pub facts: Facts,
}

/// New votes over so many connections.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Level {
    pub connections: usize,
    pub candor: Vec<Round>,
    /// The same requests answered, and nothing stored.
    pub noop: Vec<Round>,
    /// The same rows stored in transactions of the same size, without a server. Its latencies are of transactions.
    pub bare: Vec<Round>,
}

/// Rounds of Candor and the no-op over so many connections.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Compared {
    pub connections: usize,
    pub candor: Vec<Round>,
    pub noop: Vec<Round>,
}

/// Rounds at a fixed rate, in turn.
#[derive(Debug, Deserialize, Serialize)]
pub struct Steady {
    pub name: String,
    pub candor: Vec<SteadyRound>,
    pub noop: Vec<SteadyRound>,
}

/// One of them.
#[derive(Debug, Deserialize, Serialize)]
pub struct SteadyRound {
    pub pace: Pace,
    pub round: Round,
    /// The longest while without any answer, in milliseconds.
    pub pause: f64,
    pub course: Vec<Point>,
}

/// A store that was filled straight into its tables.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Behind {
    pub votes: u64,
    pub connections: usize,
    pub candor: Vec<Round>,
    /// From start to first answer, in milliseconds.
    pub start: f64,
    /// Memory in bytes: just started, and the most while it was loaded.
    pub resident: u64,
    pub most_resident: u64,
    /// On disk, in bytes.
    pub bytes: u64,
}

/// Amazon Q's interface over so many connections.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Signed {
    pub connections: usize,
    /// Votes by Dify's interface, for comparison.
    pub unsigned: Vec<Round>,
    /// Votes by Amazon Q's.
    pub votes: Vec<Round>,
    /// `GetApplication`, answered from memory.
    pub question: Vec<Round>,
    /// The same without a signature, which is refused.
    pub refused: Vec<Round>,
}

/// The same requests to the same upstream, through Candor and directly.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct HandedOn {
    pub name: String,
    pub connections: usize,
    pub through: Vec<Round>,
    pub direct: Vec<Round>,
}

/// What is measured beside the rounds. Times in milliseconds, sizes in bytes.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Facts {
    /// Votes stored each second while the folder was filled.
    pub filled_at: f64,
    pub binary: u64,
    /// An append of 4 kB with its sync, in the folder of the store: the median of each try.
    pub syncs: Vec<f64>,
    pub start_empty: f64,
    pub start_filled: f64,
    pub resident_empty: u64,
    pub resident_filled: u64,
    /// The most while it was loaded over all levels of connections.
    pub resident_most: u64,
    pub noop_resident_most: u64,
    /// Of the folder that was filled.
    pub disk: u64,
    /// How much it grew by each vote of the rounds.
    pub disk_growth: f64,
}
