//! 64 people who vote at once, each on a connection of their own.
#![allow(clippy::panic, reason = "what is not expected fails the test")]

use super::connection::Connection;
use super::ledger::{Ledger, Vote};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// People, and so connections.
pub const PEOPLE: usize = 64;

/// How long is waited for what a test expects; a server that takes longer has failed.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A load that goes on.
#[derive(Debug, Default)]
pub struct Load {
    acknowledged: AtomicUsize,
    refused: AtomicUsize,
    may_refuse: AtomicBool,
    may_break: AtomicBool,
    ended: AtomicBool,
}

impl Load {
    /// Votes that were acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Votes that were refused so far.
    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }

    /// From now on the server may refuse votes with status 503, or may no more.
    pub fn may_refuse(&self, may: bool) {
        self.may_refuse.store(may, Ordering::SeqCst);
    }

    /// From now on connections may break.
    pub fn may_break(&self) {
        self.may_refuse(true);
        self.may_break.store(true, Ordering::SeqCst);
    }

    /// Waits until so many more votes are acknowledged.
    pub fn wait_for_acknowledged(&self, more: usize) {
        let enough = self.acknowledged() + more;
        wait_until("votes are acknowledged", || self.acknowledged() >= enough);
    }

    /// Waits until so many more votes are refused.
    pub fn wait_for_refused(&self, more: usize) {
        let enough = self.refused() + more;
        wait_until("votes are refused", || self.refused() >= enough);
    }
}

/// Ends the load when the test is through, whichever way.
struct End<'load>(&'load Load);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::SeqCst);
    }
}

/// Waits for a condition.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Does `work` while everybody votes.
pub fn during<T>(url: &str, ledgers: &mut [Ledger], work: impl FnOnce(&Load) -> T) -> T {
    during_on(&[url.to_owned()], ledgers, work)
}

/// Does `work` while everybody votes on one of several servers, and goes to the next where one does not answer.
pub fn during_on<T>(urls: &[String], ledgers: &mut [Ledger], work: impl FnOnce(&Load) -> T) -> T {
    let load = Load::default();
    std::thread::scope(|scope| {
        let _end = End(&load);
        for (person, ledger) in ledgers.iter_mut().enumerate() {
            let load = &load;
            scope.spawn(move || {
                let _end = (urls.len() == 1).then(|| End(load));
                for url in urls.iter().cycle().skip(person) {
                    vote(url, ledger, load);
                    if urls.len() == 1 || load.ended.load(Ordering::SeqCst) {
                        return;
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
            });
        }
        work(&load)
    })
}

/// Votes until the load or the connection ends.
fn vote(url: &str, ledger: &mut Ledger, load: &Load) {
    let Ok(mut connection) = Connection::open(url) else {
        assert!(load.may_break.load(Ordering::SeqCst), "no connection");
        return;
    };
    while !load.ended.load(Ordering::SeqCst) {
        let (place, vote) = ledger.next();
        let request = ledger.request(place, &vote);
        match connection.call(&request) {
            Ok(answer) if matches!(answer.status, 200 | 201) => {
                ledger.acknowledge(place);
                load.acknowledged.fetch_add(1, Ordering::SeqCst);
            }
            // A server that stops, or cannot write, says so honestly.
            Ok(answer) if answer.status == 503 && load.may_refuse.load(Ordering::SeqCst) => {
                assert!(answer.head.contains("retry-after: "), "{}", answer.head);
                if answer.body.contains("nothing was stored") {
                    ledger.refused(place);
                } else {
                    assert!(answer.body.contains("not known"), "{}", answer.body);
                    ledger.perhaps(place);
                }
                load.refused.fetch_add(1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(1));
            }
            // An earlier try took it back, of which the answer never came.
            Ok(answer)
                if answer.status == 400 && vote == Vote::None && ledger.entries[place].perhaps =>
            {
                ledger.acknowledge(place);
            }
            Ok(answer) => panic!("{} to {request:?}: {}", answer.status, answer.body),
            Err(error) => {
                let may = load.may_break.load(Ordering::SeqCst);
                assert!(may, "the connection broke: {error}");
                ledger.perhaps(place);
                return;
            }
        }
        if let Some((name, request)) = ledger.conversation()
            && let Ok(answer) = connection.call(&request)
            && matches!(answer.status, 200 | 201)
        {
            ledger.conversations.push(name);
        }
    }
}
