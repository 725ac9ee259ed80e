//! 64 people who vote at once, each on a connection of their own.

use crate::connection::Connection;
use crate::ledger::Ledger;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// People, and so connections.
pub const PEOPLE: usize = 64;

/// How long a load may take before it is ended with whatever was acknowledged.
const LONGEST: Duration = Duration::from_secs(3);

/// Votes until `enough` votes are acknowledged, then runs `end` while the votes go on, and waits until all have noticed.
/// Returns how many were acknowledged.
pub fn vote_until(
    url: &str,
    key: &str,
    ledgers: &mut [Ledger],
    enough: usize,
    end: impl FnOnce(),
) -> usize {
    let acknowledged = AtomicUsize::new(0);
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for ledger in ledgers {
            scope.spawn(|| vote(url, key, ledger, &acknowledged, &ended));
        }
        let began = Instant::now();
        while acknowledged.load(Ordering::Relaxed) < enough && began.elapsed() < LONGEST {
            std::thread::sleep(Duration::from_millis(1));
        }
        ended.store(true, Ordering::SeqCst);
        end();
    });
    acknowledged.into_inner()
}

/// Votes until the connection ends. Before the end is near, every vote must be acknowledged.
fn vote(url: &str, key: &str, ledger: &mut Ledger, acknowledged: &AtomicUsize, ended: &AtomicBool) {
    let Ok(mut connection) = Connection::open(url, key) else {
        assert!(ended.load(Ordering::SeqCst), "no connection to {url}");
        return;
    };
    loop {
        let (place, vote) = ledger.next();
        let path = format!("/v1/messages/{}/feedbacks", ledger.entries[place].message);
        match connection.post(&path, &vote.body(&ledger.user)) {
            Ok(answer) if answer.status == 200 => {
                ledger.acknowledge(place);
                acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            // A server that stops may refuse what it has not taken; it says so honestly.
            Ok(answer) if answer.status == 503 && ended.load(Ordering::SeqCst) => {
                ledger.refused(place);
            }
            Ok(answer) => panic!("{} to {vote:?}: {}", answer.status, answer.body),
            Err(error) => {
                assert!(
                    ended.load(Ordering::SeqCst),
                    "the connection broke: {error}"
                );
                return;
            }
        }
    }
}
