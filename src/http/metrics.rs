//! What `/metrics` tells, in Prometheus' text format.

use crate::error::{Error, Result};
use axum::extract::MatchedPath;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use metrics::{Histogram, Unit};
use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

const REQUEST_SECONDS: &str = "candor_request_seconds";
const COMMIT_SECONDS: &str = "candor_commit_seconds";
const BATCH_SIZE: &str = "candor_write_batch_size";
const QUEUE_DEPTH: &str = "candor_write_queue_depth";
const VOTES: &str = "candor_votes_total";
const THUMBS_UP: &str = "candor_amazon_q_thumbs_up_total";
const THUMBS_DOWN: &str = "candor_amazon_q_thumbs_down_total";
const HANDED_ON: &str = "candor_handed_on_total";
const REMEMBERED: &str = "candor_remembered_total";
const FORGOTTEN: &str = "candor_forgotten_total";
const RATE_LIMITED: &str = "candor_rate_limited_total";
const WRITES_REFUSED: &str = "candor_writes_refused_total";
const SLOW_STATEMENTS: &str = "candor_database_slow_statements_total";
const MIRROR_TRIES: &str = "candor_mirror_tries_total";
const MIRROR_VOTES: &str = "candor_mirror_votes";
const MIRROR_OLDEST: &str = "candor_mirror_oldest_seconds";

/// The route of what no route matches.
const UNMATCHED: &str = "unmatched";

/// Bounds of the buckets of times, in seconds: a commit takes some 0.3 ms, a slow answer some seconds.
const SECONDS: [f64; 14] = [
    0.000_25, 0.000_5, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1.0, 5.0,
];

/// Bounds of the buckets of batch sizes.
const ITEMS: [f64; 11] = [
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0,
];

/// Counts, and tells what was counted.
#[derive(Debug)]
pub struct Metrics {
    handle: PrometheusHandle,
    /// By route, then by method and status. Each of these takes few values.
    requests: RwLock<HashMap<String, HashMap<Kind, Histogram>>>,
}

/// A method and a status.
type Kind = (&'static str, StatusCode);

impl Metrics {
    /// Makes the process count. Once a process: what counts is found by everybody.
    pub fn install() -> Result<Self> {
        let recorder = recorder()?;
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder)
            .map_err(|_| Error::internal("the process counts already"))?;
        describe();
        Ok(Self::told_by(handle))
    }

    /// Tells of nothing, because nobody counts with it.
    #[cfg(test)]
    pub(super) fn of_nobody() -> Self {
        Self::told_by(recorder().unwrap().handle())
    }

    fn told_by(handle: PrometheusHandle) -> Self {
        Self {
            handle,
            requests: RwLock::default(),
        }
    }
    /// Notes how long a request took. Allocates only at the first one of its kind.
    pub(super) fn answered(
        &self,
        method: &Method,
        route: Option<&MatchedPath>,
        status: StatusCode,
        took: Duration,
    ) {
        let route = route.map_or(UNMATCHED, MatchedPath::as_str);
        let kind = (method_name(method), status);
        let known = self
            .requests
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(route)
            .and_then(|kinds| kinds.get(&kind))
            .cloned();
        known
            .unwrap_or_else(|| self.first_of(route, kind))
            .record(took);
    }

    fn first_of(&self, route: &str, kind: Kind) -> Histogram {
        let (method, status) = kind;
        let histogram = metrics::histogram!(
            REQUEST_SECONDS,
            "method" => method, "route" => route.to_owned(), "status" => status.as_str().to_owned()
        );
        self.requests
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(route.to_owned())
            .or_default()
            .entry(kind)
            .or_insert(histogram)
            .clone()
    }

    /// Sums up what was measured since the last time. Without it, measurements pile up in memory until they are asked
    /// for.
    pub fn sum_up(&self) {
        self.handle.run_upkeep();
    }

    pub(super) fn answer(&self) -> Response {
        let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        ([(header::CONTENT_TYPE, kind)], self.handle.render()).into_response()
    }
}

fn recorder() -> Result<PrometheusRecorder> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(REQUEST_SECONDS.to_owned()), &SECONDS)
        .and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Full(COMMIT_SECONDS.to_owned()), &SECONDS)
        })
        .and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Full(BATCH_SIZE.to_owned()), &ITEMS)
        })
        .map_err(|error: BuildError| Error::internal(error))?;
    Ok(builder.build_recorder())
}

/// The method's name; clients may make up any, which counts as one.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn describe() {
    metrics::describe_counter!(VOTES, "Votes, by channel and by what became of them.");
    metrics::describe_counter!(
        SLOW_STATEMENTS,
        "Statements and transactions of votes that PostgreSQL took long for."
    );
    metrics::describe_counter!(
        THUMBS_UP,
        "Amazon Q's ThumbsUpCount: accepted USEFUL feedback, by application and usefulness reason."
    );
    metrics::describe_counter!(
        THUMBS_DOWN,
        "Amazon Q's ThumbsDownCount: accepted NOT_USEFUL feedback, by application and usefulness reason."
    );
    metrics::describe_counter!(
        HANDED_ON,
        "Requests handed on to upstreams, by dialect, by the status answered, and by who answered."
    );
    metrics::describe_counter!(
        REMEMBERED,
        "What was learnt from what passed and written, by dialect."
    );
    metrics::describe_counter!(
        FORGOTTEN,
        "What passed and was not learnt from, by dialect and reason; clients got it all the same."
    );
    metrics::describe_counter!(
        RATE_LIMITED,
        "Requests refused because their key, or their project, made more than it may."
    );
    metrics::describe_counter!(
        WRITES_REFUSED,
        "Writes refused because their project had filled its part of the writer's queue, or the queue was full."
    );
    metrics::describe_counter!(
        MIRROR_TRIES,
        "Votes sent to vendors, by dialect and by what became of them: sent, failed (and sent again), refused, given up, \
         not mirrored."
    );
    metrics::describe_gauge!(
        MIRROR_VOTES,
        "Votes that vendors are to hear of and have not, by where they are."
    );
    metrics::describe_gauge!(
        MIRROR_OLDEST,
        Unit::Seconds,
        "How long ago the oldest vote was accepted that is still to be sent to a vendor."
    );
    metrics::describe_gauge!(QUEUE_DEPTH, "Writes that wait for the writer.");
    metrics::describe_histogram!(BATCH_SIZE, "Writes in one transaction.");
    metrics::describe_histogram!(
        COMMIT_SECONDS,
        Unit::Seconds,
        "How long one transaction took."
    );
    metrics::describe_histogram!(
        REQUEST_SECONDS,
        Unit::Seconds,
        "How long requests took from their head to the head of their answer."
    );
}
