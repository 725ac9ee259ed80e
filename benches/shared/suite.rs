//! All sides in turn.

use crate::Options;
use crate::inside::Inside;
use crate::process;
use crate::results::{Results, Side, Size};
use crate::rounds;
use crate::rows::Numbers;
use crate::servers::interrupted;
use crate::store::{Extent, Store};
use crate::support::BINARY;
use crate::support::postgres::{self, Server as Database, TestDatabase};
use candor::clock::Clock;
use std::path::Path;
use std::sync::Arc;

/// What the database is set to: like one on a machine of its own of a few gigabytes. What it commits is on disk.
const SETTINGS: [&str; 6] = [
    "fsync=on",
    "shared_buffers=2GB",
    "max_wal_size=4GB",
    "checkpoint_timeout=15min",
    "effective_cache_size=8GB",
    "maintenance_work_mem=256MB",
];

/// Rows without a server: how they are called, over how many connections, how many votes in a transaction.
const BARE: [(&str, usize, usize); 3] = [
    ("rows alone, 64 votes a transaction", 2, 64),
    ("rows alone, 256 votes a transaction", 2, 256),
    ("rows alone, one vote a transaction", 16, 1),
];

/// How a server without sockets is called.
const INSIDE: &str = "1 server, without sockets";

/// How a side stores votes.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Connections, and votes in a transaction.
    Rows(usize, usize),
    /// Votes at once.
    Inside(usize),
    /// Which of the stores, servers, and connections.
    Served(usize, usize, usize),
}

/// The database without servers.
struct Bare {
    database: TestDatabase,
    numbers: Arc<Numbers>,
}

pub fn measure(options: &Options) -> Results {
    let binary = options.binary.as_deref().unwrap_or(Path::new(BINARY));
    let binary = binary.canonicalize().expect("the binary is there");
    let settings = SETTINGS.map(str::to_owned).to_vec();
    let postgres = Database::start(&postgres::Options {
        settings: settings.clone(),
        ..postgres::Options::default()
    });
    let postgres = postgres.expect("PostgreSQL is installed");
    let filled = |behind: &u64| Store::filled(&postgres, &binary, *behind, options.buckets);
    let mut stores: Vec<Store> = options.behind.iter().map(filled).collect();
    let bare = Bare::new(postgres.copy(&stores[0].database));
    let filled: Vec<Extent> = stores.iter().map(Store::extent).collect();
    let most = options.servers.iter().copied().max().unwrap_or(1);
    for store in &mut stores {
        store.serve(&binary, most);
    }
    postgres.query("CHECKPOINT");
    let sides = run(options, &stores, &bare, postgres.pid());
    let taken = stores.iter().zip(filled).map(|(store, before)| {
        let after = store.extent();
        Size {
            behind: store.behind,
            bytes_a_vote: after.bytes / after.votes,
            bytes_a_new_vote: (after.bytes - before.bytes) / (after.votes - before.votes),
        }
    });
    Results {
        machine: process::machine(),
        day: day(),
        database: postgres.query("SELECT version()").remove(0),
        settings,
        seconds: options.seconds,
        sizes: taken.collect(),
        sides,
    }
}

/// The rounds of all sides. Who comes first changes, so that nobody always meets what another left.
fn run(options: &Options, stores: &[Store], bare: &Bare, postgres: u32) -> Vec<Side> {
    let mut sides = sides(options, stores);
    let inside = Inside::of(&stores[0]);
    for count in 0..options.rounds {
        for place in 0..sides.len() {
            assert!(!interrupted(), "interrupted");
            let place = (place + count * 3) % sides.len();
            let (side, way) = &mut sides[place];
            let round = match *way {
                Way::Rows(connections, batch) => {
                    let address = bare.database.address();
                    let (numbers, seconds) = (&bare.numbers, options.seconds);
                    rounds::rows(&address, numbers, connections, batch, seconds, postgres)
                }
                Way::Inside(votes) => inside.round(&stores[0], votes, options.seconds, postgres),
                Way::Served(store, servers, connections) => rounds::served(
                    &stores[store],
                    servers,
                    connections,
                    options.seconds,
                    postgres,
                ),
            };
            println!(
                "{} behind, {}, {} connections: {:.0} votes/s, CPU {:.1} + {:.1} µs, batch {:.1}",
                side.behind,
                side.name,
                side.connections,
                round.votes_per_second,
                round.servers,
                round.database,
                round.batch.unwrap_or(f64::NAN),
            );
            side.rounds.push(round);
        }
    }
    sides.into_iter().map(|(side, _)| side).collect()
}

fn sides(options: &Options, stores: &[Store]) -> Vec<(Side, Way)> {
    let side = |name: String, behind: u64, connections: usize, servers: Option<usize>| Side {
        name,
        behind,
        connections,
        servers,
        rounds: Vec::new(),
    };
    let mut sides = Vec::new();
    for (name, connections, batch) in BARE {
        let side = side(name.to_owned(), stores[0].behind, connections, None);
        sides.push((side, Way::Rows(connections, batch)));
    }
    for votes in options.connections.iter().copied() {
        let side = side(INSIDE.to_owned(), stores[0].behind, votes, None);
        sides.push((side, Way::Inside(votes)));
    }
    for (place, store) in stores.iter().enumerate() {
        for servers in options.servers.iter().copied() {
            for connections in options.connections.iter().copied() {
                let name = format!("{servers} server{}", if servers == 1 { "" } else { "s" });
                let side = side(name, store.behind, connections, Some(servers));
                sides.push((side, Way::Served(place, servers, connections)));
            }
        }
    }
    sides
}

impl Bare {
    fn new(database: TestDatabase) -> Self {
        let one = |sql: &str| database.query(sql)[0].parse().expect("a number");
        let last = one("SELECT max(last_row) FROM buckets");
        let project = one("SELECT row_id FROM projects ORDER BY number LIMIT 1");
        let numbers = Numbers::after(last, project);
        Self { database, numbers }
    }
}

/// The day, as dates are written.
fn day() -> String {
    let now = Clock::default().now().to_string();
    now.split('T').next().unwrap_or_default().to_owned()
}
