//! The whole run: what is loaded, in which order.

use crate::bare::Bare;
use crate::client;
use crate::facts;
use crate::process;
use crate::results::{Behind, Compared, HandedOn, Level, Results, Signed, Steady, SteadyRound};
use crate::rounds::{self, Round, median, number, round};
use crate::servers::{self, Server};
use crate::steady::Pace;
use crate::stores;
use crate::support::{self, BINARY};
use crate::votes::{Ballot, Kind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// Connections of what is measured beside the levels.
const FEW: usize = 64;
const MANY: usize = 256;

/// Votes that warm a store which was filled straight into its tables.
const WARMING: u64 = 50_000;

/// The no-op is loaded steadily for so much less long than Candor, of which pauses are looked for.
const NOOP_SHARE: u64 = 5;

/// How long each part goes on.
#[derive(Clone, Debug)]
pub struct Plan {
    pub behind: u64,
    pub connections: Vec<usize>,
    pub rounds: usize,
    pub seconds: u64,
    /// Votes each second in the steady part, and the seconds that Candor is loaded so in all.
    pub rate: u64,
    pub steady_seconds: u64,
    /// Votes in the stores that are compared by size.
    pub stores: Vec<u64>,
    /// Whether changed votes and Amazon Q's interface are measured, and what is handed on.
    pub others: bool,
    /// Where filled stores are kept for the next run.
    pub keep: Option<PathBuf>,
}

/// What is loaded: Candor and the bare database on copies of one filled store, and the no-op.
struct Sides {
    candor: Server,
    ballot: Arc<Ballot>,
    noop: Server,
    bare: Bare,
}

/// Measures everything.
pub fn measure(plan: &Plan) -> Results {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let mut results = Results {
        machine: process::machine(),
        day: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
        rounds: plan.rounds,
        seconds: plan.seconds,
        votes_behind: plan.behind,
        ..Results::default()
    };
    by_load(plan, &temporary, &mut results);
    if !plan.stores.is_empty() {
        by_size(plan, &temporary, &mut results);
    }
    results
}

fn by_load(plan: &Plan, temporary: &TempDir, results: &mut Results) {
    let binary = Path::new(BINARY);
    let parent = plan.keep.as_deref().unwrap_or(temporary.path());
    let [empty, loaded, written] =
        ["empty", "loaded", "bare"].map(|name| temporary.path().join(name));
    let noop = Server::noop();
    let facts = &mut results.facts;
    facts.binary = std::fs::metadata(BINARY).expect("the binary").len();
    servers::set_up(binary, &empty, noop.address());
    (facts.start_empty, facts.resident_empty) = facts::starts(&empty);
    let store = stores::filled(binary, parent, noop.address(), plan.behind);
    facts.filled_at = store.votes.filled_at;
    facts.disk = servers::bytes(&store.folder);
    servers::copy(&store.folder, &loaded);
    servers::copy(&store.folder, &written);
    // The no-op of the run that filled a kept store listened elsewhere.
    servers::set_up(binary, &loaded, noop.address());
    (facts.start_filled, facts.resident_filled) = facts::starts(&loaded);
    let mut sides = Sides {
        candor: Server::candor(binary, &loaded),
        ballot: store.votes.ballot(),
        noop,
        bare: Bare::open(&written).expect("the copy opens"),
    };
    levels(plan, &mut sides, &loaded, results);
    results.facts.resident_most = process::most_resident(sides.candor.pid());
    results.facts.noop_resident_most = process::most_resident(sides.noop.pid());
    if plan.others {
        for connections in few_and_many(plan) {
            results.changed.push(changed(plan, &sides, connections));
            results.signed.push(signed(plan, &sides, connections));
        }
        results.handed_on = handed_on(plan, &sides);
    }
    steady(plan, &sides, results);
    sides.candor.stop();
    support::run(servers::candor(binary, &loaded).args(["doctor", "--json"]));
}

fn few_and_many(plan: &Plan) -> impl Iterator<Item = usize> {
    [FEW, MANY]
        .into_iter()
        .filter(|connections| plan.connections.contains(connections))
}

/// New votes, level by level: Candor, the no-op and the bare database in turn.
fn levels(plan: &Plan, sides: &mut Sides, loaded: &Path, results: &mut Results) {
    let before = servers::database_bytes(loaded);
    for connections in &plan.connections {
        let mut level = Level {
            connections: *connections,
            ..Level::default()
        };
        for _ in 0..plan.rounds {
            let candor = by_candor(plan, sides, Kind::New, *connections);
            level
                .noop
                .push(by_noop(plan, sides, Kind::New, *connections));
            let length = Duration::from_secs(plan.seconds);
            // As many in a transaction as the server had.
            let bare = sides.bare.round(candor.batch.unwrap_or(1.0), length);
            level
                .bare
                .push(told("bare", bare.expect("the rows are written")));
            level.candor.push(candor);
            // Beside the level of one connection, which it is compared with.
            if results.levels.is_empty() {
                results.facts.syncs.push(facts::sync(loaded));
            }
        }
        results.levels.push(level);
    }
    let growth = servers::database_bytes(loaded).saturating_sub(before);
    results.facts.disk_growth = number(growth) / number(sides.ballot.newly_made().max(1));
}

fn by_candor(plan: &Plan, sides: &Sides, kind: Kind, connections: usize) -> Round {
    let Sides { candor, ballot, .. } = sides;
    told(
        "candor",
        round(candor, kind, ballot, connections, plan.seconds),
    )
}

fn by_noop(plan: &Plan, sides: &Sides, kind: Kind, connections: usize) -> Round {
    // Whose messages they are is all the same to it; the others' must not be used up.
    let ballot = Ballot::filled(1, plan.behind);
    told(
        "no-op",
        round(&sides.noop, kind, &ballot, connections, plan.seconds),
    )
}

/// Says how it goes, for those who watch.
fn told(name: &str, round: Round) -> Round {
    println!(
        "  {name:<8} {:>8.0}/s  p50 {:>8.2} ms  p99 {:>8.2} ms  most {:>8.1} ms  CPU {:>6.1} µs",
        round.votes_per_second,
        round.p50 / 1000.0,
        round.p99 / 1000.0,
        round.most / 1000.0,
        round.cpu()
    );
    round
}

fn changed(plan: &Plan, sides: &Sides, connections: usize) -> Compared {
    println!("{connections} connections, changed votes");
    let mut compared = Compared {
        connections,
        ..Compared::default()
    };
    for _ in 0..plan.rounds {
        let candor = by_candor(plan, sides, Kind::Changed, connections);
        compared.candor.push(candor);
        let noop = by_noop(plan, sides, Kind::Changed, connections);
        compared.noop.push(noop);
    }
    compared
}

fn signed(plan: &Plan, sides: &Sides, connections: usize) -> Signed {
    println!("{connections} connections, Amazon Q");
    let mut signed = Signed {
        connections,
        ..Signed::default()
    };
    for _ in 0..few(plan.rounds) {
        let by_candor = |kind| by_candor(plan, sides, kind, connections);
        signed.unsigned.push(by_candor(Kind::New));
        signed.votes.push(by_candor(Kind::AmazonQ));
        signed.question.push(by_candor(Kind::SignedQuestion));
        signed.refused.push(by_candor(Kind::UnsignedQuestion));
    }
    signed
}

fn handed_on(plan: &Plan, sides: &Sides) -> Vec<HandedOn> {
    let kinds = [("nothing learnt", Kind::Asking), ("remembered", Kind::Chat)];
    kinds
        .map(|(name, kind)| {
            println!("{FEW} connections, handed on, {name}");
            let mut handed_on = HandedOn {
                name: name.to_owned(),
                connections: FEW,
                ..HandedOn::default()
            };
            for _ in 0..few(plan.rounds) {
                handed_on.through.push(by_candor(plan, sides, kind, FEW));
                handed_on.direct.push(by_noop(plan, sides, kind, FEW));
            }
            handed_on
        })
        .into()
}

/// Rounds of what is not this suite's main matter.
fn few(rounds: usize) -> usize {
    rounds.min(3)
}

/// The given rate, and half of the highest that was seen.
fn steady(plan: &Plan, sides: &Sides, results: &mut Results) {
    let speeds = results
        .levels
        .iter()
        .map(|level| median(&level.candor, |round| round.votes_per_second));
    let half = rounds::whole(speeds.fold(0.0, f64::max) / 2.0);
    let paces = [
        (
            format!("{} votes/s", plan.rate),
            plan.rate,
            plan.steady_seconds,
        ),
        (
            "half of the top rate".to_owned(),
            half,
            plan.steady_seconds / 5,
        ),
    ];
    for (name, votes_per_second, seconds) in paces {
        println!("{name}: {votes_per_second} votes/s for {seconds} s");
        let mut steady = Steady {
            name,
            candor: Vec::new(),
            noop: Vec::new(),
        };
        let rounds = u64::try_from(plan.rounds).unwrap_or(1);
        let pace = Pace {
            votes_per_second: votes_per_second.max(1),
            connections: MANY,
            seconds: (seconds / rounds).max(1),
        };
        let shorter = Pace {
            seconds: (pace.seconds / NOOP_SHARE).clamp(3.min(pace.seconds), 30),
            ..pace
        };
        for _ in 0..rounds {
            let Sides {
                candor,
                ballot,
                noop,
                ..
            } = sides;
            steady.candor.push(told_steadily(
                "candor",
                rounds::steady(candor, ballot, pace),
            ));
            let ballot = Ballot::filled(1, 0);
            steady.noop.push(told_steadily(
                "no-op",
                rounds::steady(noop, &ballot, shorter),
            ));
        }
        results.steady.push(steady);
    }
}

fn told_steadily(name: &str, round: SteadyRound) -> SteadyRound {
    told(name, round.round);
    println!("           longest pause {:.1} ms", round.pause);
    round
}

/// New votes with few and with many votes behind, in turn.
fn by_size(plan: &Plan, temporary: &TempDir, results: &mut Results) {
    let binary = Path::new(BINARY);
    let parent = plan.keep.as_deref().unwrap_or(temporary.path());
    let noop = Server::noop();
    let mut sides = Vec::new();
    for votes in &plan.stores {
        let folder = temporary.path().join(format!("size-{votes}"));
        servers::copy(&stores::filled_straight(parent, *votes), &folder);
        servers::set_up(binary, &folder, noop.address());
        let (start, resident) = facts::starts(&folder);
        let behind = Behind {
            votes: *votes,
            connections: MANY,
            start,
            resident,
            bytes: servers::bytes(&folder),
            ..Behind::default()
        };
        let (server, ballot) = (Server::candor(binary, &folder), Ballot::empty());
        let length = client::Length::VotesEach(WARMING / 256);
        client::vote(server.address(), Kind::New, &ballot, MANY, length)
            .expect("every vote is stored");
        process::wait_until_quiet(server.pid());
        sides.push((server, ballot, behind));
    }
    for _ in 0..plan.rounds {
        for (server, ballot, behind) in &mut sides {
            println!("{} votes behind", behind.votes);
            let round = round(server, Kind::New, ballot, MANY, plan.seconds);
            behind.candor.push(told("candor", round));
        }
    }
    for (server, _, mut behind) in sides {
        behind.most_resident = process::most_resident(server.pid());
        server.stop();
        results.behind.push(behind);
    }
}
