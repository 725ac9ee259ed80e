//! One round of one side.

use crate::client::{self, Length};
use crate::process::{self, Usage};
use crate::results::{Round, number};
use crate::rows::{Numbers, Writer};
use crate::servers::Server;
use crate::store::Store;
use crate::usage;
use crate::votes::Kind;
use candor::store::postgres::{Connector, DatabaseAddress, Purpose};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Before each measured while, so that connections and caches are as they are later.
pub const BEFORE: Duration = Duration::from_secs(1);

/// CPU time until now: of the first processes named, and of the database.
pub fn used(processes: &[u32], postgres: u32) -> [Duration; 2] {
    let processes = processes.iter().map(|pid| Usage::of(*pid).cpu()).sum();
    [processes, usage::database(postgres)]
}

pub fn since(now: [Duration; 2], before: [Duration; 2]) -> [Duration; 2] {
    [0, 1].map(|which| now[which].saturating_sub(before[which]))
}

/// Loads so many of a store's servers over so many connections together, and waits until all are at rest.
pub fn served(
    store: &Store,
    servers: usize,
    connections: usize,
    seconds: u64,
    postgres: u32,
) -> Round {
    let measured = Duration::from_secs(seconds);
    let length = Length::Seconds {
        before: BEFORE,
        measured,
    };
    let servers = &store.servers[..servers];
    let pids: Vec<u32> = servers.iter().map(Server::pid).collect();
    let batches: Vec<_> = servers.iter().map(batches).collect();
    let before = used(&pids, postgres);
    // A thread for each, which gets its share of the connections.
    let told: Vec<_> = std::thread::scope(|scope| {
        let share = |place: usize| (connections + place) / servers.len();
        let load = |place: usize| {
            let (server, connections) = (&servers[place], share(place));
            scope.spawn(move || {
                client::vote(
                    server.address(),
                    Kind::New,
                    &store.ballot,
                    connections,
                    length,
                )
                .expect("every request is answered as it should be")
            })
        };
        let threads: Vec<_> = (0..servers.len()).map(load).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("the load ends"))
            .collect()
    });
    for pid in &pids {
        process::wait_until_quiet(*pid);
    }
    usage::wait_until_quiet(postgres);
    let cpu = since(used(&pids, postgres), before);
    let votes: u64 = told.iter().map(|one| one.votes).sum();
    let mut latencies: Vec<u32> = told.into_iter().flat_map(|one| one.latencies).collect();
    latencies.sort_unstable();
    let speed = number(latencies.len() as u64) / measured.as_secs_f64();
    let mut round = Round::told_by(&latencies, speed, cpu, votes);
    let [mut count, mut writes] = [0.0; 2];
    for (server, before) in servers.iter().zip(batches) {
        let now = self::batches(server);
        count += now[0] - before[0];
        writes += now[1] - before[1];
    }
    round.batch = (count > 0.0).then(|| writes / count);
    round
}

/// How many transactions a server has committed, and how many writes were in them.
fn batches(server: &Server) -> [f64; 2] {
    batches_in(&client::get(server.address(), "/metrics").expect("the server's figures"))
}

/// The same in a server's figures.
pub fn batches_in(text: &str) -> [f64; 2] {
    [
        "candor_write_batch_size_count",
        "candor_write_batch_size_sum",
    ]
    .map(|name| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|value| value.trim().parse().ok())
            .unwrap_or(0.0)
    })
}

/// Writes rows over so many connections, so many votes in each transaction.
pub fn rows(
    address: &DatabaseAddress,
    numbers: &Arc<Numbers>,
    connections: usize,
    batch: usize,
    seconds: u64,
    postgres: u32,
) -> Round {
    let measured = Duration::from_secs(seconds);
    let myself = [std::process::id()];
    let before = used(&myself, postgres);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let (mut latencies, transactions) = runtime.block_on(async {
        let connector = Connector::new(address.clone()).expect("an address");
        let mut writers = Vec::new();
        for bucket in 0..connections {
            let (client, _) = connector
                .connect(Purpose::Writing)
                .await
                .expect("a connection");
            let bucket = i16::try_from(bucket).expect("few connections");
            writers.push(Writer::new(client, bucket, numbers).await);
        }
        let mut tasks = JoinSet::new();
        let began = Instant::now();
        for writer in writers {
            tasks.spawn(write(writer, batch, began, BEFORE + measured));
        }
        let (mut latencies, mut transactions) = (Vec::new(), 0);
        for (times, all) in tasks.join_all().await {
            latencies.extend(times);
            transactions += all;
        }
        (latencies, transactions)
    });
    latencies.sort_unstable();
    drop(runtime);
    usage::wait_until_quiet(postgres);
    let cpu = since(used(&myself, postgres), before);
    let batch = batch as u64;
    let speed = number(latencies.len() as u64 * batch) / measured.as_secs_f64();
    let mut round = Round::told_by(&latencies, speed, cpu, transactions * batch);
    round.batch = Some(number(batch));
    round
}

/// One transaction after the other until it is time. Returns how long those took that began in the measured while, and how
/// many there were in all.
async fn write(writer: Writer, batch: usize, began: Instant, ends: Duration) -> (Vec<u32>, u64) {
    let (mut times, mut all) = (Vec::new(), 0);
    loop {
        let begins = began.elapsed();
        if begins >= ends {
            return (times, all);
        }
        writer.write(batch).await.expect("the rows are written");
        all += 1;
        if begins >= BEFORE {
            let took = began.elapsed().saturating_sub(begins).as_micros();
            times.push(u32::try_from(took).unwrap_or(u32::MAX));
        }
    }
}
