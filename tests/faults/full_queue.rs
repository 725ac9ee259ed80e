//! More votes wait than the server takes on: another process holds the database, and everybody votes.

use crate::support::{self, books::World, load::wait_until};
use crate::{cast, vote, voted};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// More than wait at most, and are in the batch under way.
const VOTES: usize = candor::limits::WRITE_QUEUE + candor::limits::WRITE_BATCH + 200;

/// Fewer connect at once than wait in the system's queue to be accepted, which drops the others.
static CONNECT: Semaphore = Semaphore::const_new(256);

/// What one voter heard: the whole answer.
async fn heard(address: String, number: u128) -> String {
    let mut request = vote(number, "from the crowd");
    request.headers.push_str("Connection: close\r\n");
    let mut stream = {
        let _place = CONNECT.acquire().await.unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.text().as_bytes()).await.unwrap();
        stream
    };
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[derive(Debug, Default)]
struct Heard {
    refused: AtomicUsize,
    answers: Mutex<Vec<(u128, String)>>,
}

#[test]
fn votes_beyond_the_queue_are_refused_at_once_and_are_not_stored() {
    let world = World::new();
    let server = world.server();
    let address = server.url().trim_start_matches("http://").to_owned();
    let holder = rusqlite::Connection::open(world.folder().join("candor.sqlite3")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let all = Arc::new(Heard::default());
    let voters: Vec<_> = (1..=VOTES)
        .map(|number| {
            let number = u128::try_from(number).unwrap();
            let (all, address) = (Arc::clone(&all), address.clone());
            runtime.spawn(async move {
                let answer = heard(address, number).await;
                if !answer.starts_with("HTTP/1.1 200") {
                    all.refused.fetch_add(1, Ordering::SeqCst);
                }
                all.answers.lock().unwrap().push((number, answer));
            })
        })
        .collect();
    // While nobody can write: whoever is refused does not wait for that.
    wait_until("a vote is refused", || {
        all.refused.load(Ordering::SeqCst) > 0
    });
    holder.execute_batch("ROLLBACK").unwrap();
    runtime.block_on(async {
        for voter in voters {
            voter.await.unwrap();
        }
    });

    let mut acknowledged = BTreeSet::new();
    for (number, answer) in all.answers.lock().unwrap().iter() {
        if answer.starts_with("HTTP/1.1 200") {
            acknowledged.insert(*number);
            continue;
        }
        let honest = answer.starts_with("HTTP/1.1 429 ") || answer.starts_with("HTTP/1.1 503 ");
        assert!(honest && answer.contains("\"code\":"), "{answer}");
        assert!(answer.contains("retry-after: "), "{answer}");
    }
    assert!(voted(server.url()).into_iter().eq(acknowledged));
    assert_eq!(cast(server.url(), &vote(1_000_000, "after")).status, 200);
    assert!(server.terminate());
    support::books::assert_sound(world.folder());
}
