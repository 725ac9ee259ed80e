//! A transaction of votes stays in one bucket: what the database says that lanes did.

use super::world::{Ids, START, key, lanes, rare, store, thumb, whole};
use crate::postgres::{Options, Server};
use candor::clock::Clock;
use candor::domain::Rating;
use candor::domain::vote::{Addressee, Ask, Command, Place, RefusalReason, RowRef};
use candor::store::postgres::lanes::{Cast, Lanes};
use candor::store::{StorePlace, VoteError};
use futures_util::future::join_all;
use regex::Regex;
use std::collections::{BTreeSet, HashMap};

/// What lanes begin with, and nobody else.
const LOCK: &str = "SELECT last_row, transaction_number()";

/// What one transaction did.
#[derive(Debug, Default)]
struct Transaction {
    statements: Vec<String>,
    buckets: BTreeSet<String>,
    locks: usize,
}

/// The transactions of a log whose lines begin with the backend.
fn transactions(log: &str) -> Vec<Transaction> {
    let line = Regex::new(r"^(\d+)\|(\w+):  (.*)$").unwrap();
    let first = Regex::new(r"parameters: \$1 = '([^']*)'").unwrap();
    let mut under_way = HashMap::<String, Transaction>::new();
    let mut done = Vec::new();
    for found in log.lines().filter_map(|text| line.captures(text)) {
        let (backend, said) = (found[1].to_owned(), &found[3]);
        if said.starts_with("statement: BEGIN") {
            under_way.insert(backend, Transaction::default());
        } else if said.starts_with("statement: COMMIT") {
            done.extend(under_way.remove(&backend));
        } else if said.starts_with("statement: ROLLBACK") {
            under_way.remove(&backend);
        } else if let Some(transaction) = under_way.get_mut(&backend) {
            if let Some((_, text)) = said
                .split_once(": ")
                .filter(|_| said.starts_with("execute "))
            {
                transaction.locks += usize::from(text.starts_with(LOCK));
                transaction.statements.push(text.to_owned());
            } else if let Some(value) = first.captures(said)
                && let Some(text) = transaction.statements.last()
                && (text.contains("bucket = $1") || text.contains("$1::int2"))
            {
                transaction.buckets.insert(value[1].to_owned());
            }
        }
    }
    done.retain(|transaction| transaction.locks > 0);
    done
}

/// Votes for new messages and known ones, in conversations and without, with comments and without; and for conversations.
fn votes(ids: &Ids, server: usize) -> Vec<Command> {
    (0..300)
        .map(|number| {
            let (message, user) = (
                format!("m{}", number % 97),
                format!("u{}", (number + server) % 13),
            );
            if number % 7 == 3 {
                return rare(ids.project, &format!("w{number}"));
            }
            if number % 7 == 5 {
                return whole(ids.project, &format!("c{}", number % 17), &user);
            }
            let rating = [Rating::Positive, Rating::Negative][number % 2];
            let mut vote = thumb(ids.project, &message, &user, rating);
            if let (
                0,
                Addressee::Vote {
                    place: Place::Message { conversation, .. },
                    ..
                },
            ) = (number % 3, &mut vote.addressee)
            {
                *conversation = Some(RowRef::External(format!("c{}", number % 11)));
            }
            if number % 5 == 0 {
                vote.asked.comment = Ask::Set(format!("comment {number}"));
            }
            vote
        })
        .collect()
}

/// Casts the votes on both servers at once, and again.
async fn vote_on(both: &[Lanes; 2], ids: &Ids) {
    for round in 0..3 {
        let cast = both.iter().enumerate().flat_map(|(server, lanes)| {
            let votes = votes(ids, server).into_iter().enumerate();
            votes.map(move |(number, vote)| {
                let asked =
                    (number % 4 == 0).then(|| key(&format!("{server} {round} {number}"), 1));
                lanes.vote(vote, asked)
            })
        });
        for voted in join_all(cast).await {
            let too_soon = |error: &VoteError| {
                matches!(error, VoteError::Refused(RefusalReason::TooSoon { .. }))
            };
            assert!(
                matches!(voted, Ok(Cast::Voted(_))) || voted.as_ref().is_err_and(too_soon),
                "{voted:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_transaction_of_votes_names_two_buckets() {
    let options = Options {
        fsync: false,
        settings: ["log_statement=all", "log_line_prefix=%p|"]
            .map(str::to_owned)
            .to_vec(),
        ..Options::default()
    };
    let started = tokio::task::spawn_blocking(move || {
        let server = Server::start(&options)?;
        let database = server.database();
        Some((server, database))
    });
    let Some((server, database)) = started.await.unwrap() else {
        return;
    };
    let (clock, ids) = (Clock::standing_at(START), Ids::new());
    let place = StorePlace::Postgres(database.url().parse().unwrap());
    let store = store(place, &clock, &ids).await;
    let both = [
        lanes(&database, &clock).await,
        lanes(&database, &clock).await,
    ];
    vote_on(&both, &ids).await;
    for lanes in both {
        lanes.close().await;
    }
    drop(store);
    let transactions = transactions(&server.log());
    let mut buckets = BTreeSet::new();
    for transaction in &transactions {
        assert_eq!(transaction.locks, 1, "{transaction:?}");
        assert!(
            transaction.statements[0].starts_with(LOCK),
            "{transaction:?}"
        );
        assert_eq!(transaction.buckets.len(), 1, "{transaction:?}");
        buckets.extend(transaction.buckets.iter().cloned());
    }
    assert!(transactions.len() >= 10, "{}", transactions.len());
    assert!(buckets.len() > 1, "{buckets:?}");
    let written = |what: &str| {
        let of = |one: &Transaction| one.statements.iter().any(|text| text.starts_with(what));
        transactions.iter().filter(|one| of(one)).count()
    };
    for what in [
        "INSERT INTO messages",
        "INSERT INTO feedback ",
        "INSERT INTO rollups",
        "UPDATE feedback",
        "INSERT INTO conversations",
        "INSERT INTO quiet_times",
        "INSERT INTO idempotency_keys",
    ] {
        assert!(written(what) > 0, "{what}");
    }
}
