//! Votes to a server in this program, asked without sockets: its rules, layers and store, and nothing of what connections cost.

use crate::process;
use crate::results::{Round, number};
use crate::rounds::{BEFORE, batches_in, since, used};
use crate::store::Store;
use crate::usage;
use crate::votes::{Kind, Votes};
use axum::Router;
use axum::body::{self, Body};
use axum::http::{Request, StatusCode};
use candor::app::{App, AppOptions};
use candor::dialects::Settings;
use candor::http::{self, Metrics};
use candor::upstream::Passing;
use std::str;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::{self, Runtime};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

/// A server without sockets.
pub struct Inside {
    router: Router,
    runtime: Runtime,
}

impl Inside {
    /// On the database of a store.
    pub fn of(store: &Store) -> Self {
        let options = AppOptions {
            store: Some(store.database.address()),
            ..AppOptions::in_folder(store.folder.path())
        };
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(std::thread::available_parallelism().map_or(2, Into::into))
            .enable_all()
            .build()
            .expect("a runtime");
        let metrics = Arc::new(Metrics::install().expect("there are no others"));
        let entered = runtime.enter();
        let app = Arc::new(App::open(options).expect("the store opens"));
        let passing = Arc::new(Passing::new(Arc::clone(&app)));
        let router = http::router(app, metrics, Settings::default(), passing);
        drop(entered);
        Self { router, runtime }
    }

    /// So many votes at once.
    pub fn round(&self, store: &Store, votes: usize, seconds: u64, postgres: u32) -> Round {
        let measured = Duration::from_secs(seconds);
        let myself = [std::process::id()];
        let before = used(&myself, postgres);
        let batches = self.batches();
        let (mut latencies, all) = self.runtime.block_on(async {
            let mut tasks = JoinSet::new();
            let began = Instant::now();
            for _ in 0..votes {
                let votes = Votes::new(Kind::New, &store.ballot);
                tasks.spawn(vote(self.router.clone(), votes, began, BEFORE + measured));
            }
            let (mut latencies, mut all) = (Vec::new(), 0);
            for (times, votes) in tasks.join_all().await {
                latencies.extend(times);
                all += votes;
            }
            (latencies, all)
        });
        latencies.sort_unstable();
        process::wait_until_quiet(std::process::id());
        usage::wait_until_quiet(postgres);
        let cpu = since(used(&myself, postgres), before);
        let speed = number(latencies.len() as u64) / measured.as_secs_f64();
        let mut round = Round::told_by(&latencies, speed, cpu, all);
        let now = self.batches();
        round.batch = Some((now[1] - batches[1]) / (now[0] - batches[0]));
        round
    }

    fn batches(&self) -> [f64; 2] {
        let figures = self.runtime.block_on(async {
            let asked = Request::get("/metrics").body(Body::empty());
            let answer = self.router.clone().oneshot(asked.expect("a request")).await;
            body::to_bytes(answer.expect("an answer").into_body(), usize::MAX).await
        });
        let text = figures.expect("the server's figures");
        batches_in(str::from_utf8(&text).expect("text"))
    }
}

/// One vote after the other until it is time. Returns how long those took that began in the measured while, and how many there
/// were in all.
async fn vote(router: Router, mut votes: Votes, began: Instant, ends: Duration) -> (Vec<u32>, u64) {
    let (mut times, mut all) = (Vec::new(), 0);
    loop {
        let begins = began.elapsed();
        if begins >= ends {
            return (times, all);
        }
        let request = read(votes.next_request());
        let answer = router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "a vote is stored");
        all += 1;
        if begins >= BEFORE {
            let took = began.elapsed().saturating_sub(begins).as_micros();
            times.push(u32::try_from(took).unwrap_or(u32::MAX));
        }
    }
}

/// The request that these bytes are.
fn read(bytes: &[u8]) -> Request<Body> {
    let text = str::from_utf8(bytes).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let method = first.next().expect("a method");
    let path = first.next().expect("a path");
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        request = request.header(name, value);
    }
    request
        .body(Body::from(body.to_owned()))
        .expect("a request")
}
