//! The client: pooled connections to vendors' servers, over HTTP/1.1 or HTTP/2 as they offer, to public addresses only
//! unless the operator allows others.

use crate::domain::is_public_address;
use crate::error::{Error, Result};
use crate::limits;
use axum::body::Body;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::vec;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::Service;

/// The largest head of an answer, as HTTP/2 counts it.
#[expect(clippy::cast_possible_truncation, reason = "it is checked here")]
const HEAD_BYTES: u32 = {
    assert!(limits::UPSTREAM_HEAD_BYTES <= u32::MAX as usize);
    limits::UPSTREAM_HEAD_BYTES as u32
};

/// A client of vendors' servers.
pub(super) type VendorClient = Client<Connector, Body>;

type Connector = HttpsConnector<HttpConnector<Resolver>>;

/// Clients side by side, each for so many requests at once.
///
/// Over HTTP/2 a client has one connection to a server, and a server takes only so many requests at once on a connection:
/// one more would wait until another ends, which streams do after minutes.
#[derive(Debug)]
pub(super) struct Lanes {
    allow_private: bool,
    /// Made when the first request is handed on: it needs the system's certificates, and most servers need no upstream.
    connector: OnceLock<Connector>,
    all: Vec<Lane>,
}

#[derive(Debug)]
struct Lane {
    places: Arc<Semaphore>,
    client: OnceLock<VendorClient>,
}

/// Looks names up, and gives only addresses that may be called. It is asked at every new connection, so that a name cannot
/// change its mind after it was checked.
#[derive(Clone, Debug)]
pub(super) struct Resolver {
    allow_private: bool,
}

impl Lanes {
    /// For so many requests at once, to private addresses only if that is allowed.
    pub(super) fn new(allow_private: bool, most: usize) -> Self {
        let whole = std::iter::repeat_n(limits::UPSTREAM_STREAMS, most / limits::UPSTREAM_STREAMS);
        let rest = Some(most % limits::UPSTREAM_STREAMS).filter(|rest| *rest > 0);
        let lane = |places| Lane {
            places: Arc::new(Semaphore::new(places)),
            client: OnceLock::new(),
        };
        Self {
            allow_private,
            connector: OnceLock::new(),
            all: whole.chain(rest).map(lane).collect(),
        }
    }

    /// A client with a place for one more request, which is taken until the place is dropped; none if all are taken.
    pub(super) fn place(&self) -> Option<Result<(&VendorClient, OwnedSemaphorePermit)>> {
        // The first that has one, so that as many share connections as can.
        let mut lanes = self.all.iter().enumerate();
        let (number, lane, place) = lanes.find_map(|(number, lane)| {
            let place = Arc::clone(&lane.places).try_acquire_owned().ok()?;
            Some((number, lane, place))
        })?;
        Some(self.client(number, lane).map(|client| (client, place)))
    }

    fn client<'lanes>(&self, number: usize, lane: &'lanes Lane) -> Result<&'lanes VendorClient> {
        if let Some(client) = lane.client.get() {
            return Ok(client);
        }
        if self.connector.get().is_none() {
            let connector = connector(self.allow_private)?;
            // If another was faster, one of them is enough.
            let _ = self.connector.set(connector);
        }
        let connector = self
            .connector
            .get()
            .ok_or_else(|| Error::internal("no client"))?;
        // Those that only a rush needs keep none for the next one.
        let keeps = number < limits::UPSTREAM_IDLE_CONNECTIONS / limits::UPSTREAM_STREAMS;
        let idle = if keeps { limits::UPSTREAM_STREAMS } else { 1 };
        Ok(lane.client.get_or_init(|| client(connector.clone(), idle)))
    }
}

fn connector(allow_private: bool) -> Result<Connector> {
    let mut http = HttpConnector::new_with_resolver(Resolver { allow_private });
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(limits::UPSTREAM_CONNECT_TIME));
    http.set_keepalive(Some(limits::UPSTREAM_ALIVE_INTERVAL));
    http.set_keepalive_interval(Some(limits::UPSTREAM_ALIVE_INTERVAL));
    http.set_keepalive_retries(Some(3));
    Ok(HttpsConnectorBuilder::new()
        .with_provider_and_platform_verifier(rustls::crypto::ring::default_provider())
        .map_err(Error::internal)?
        .https_or_http()
        .enable_http1()
        .enable_http2()
        .wrap_connector(http))
}

fn client(connector: Connector, idle: usize) -> VendorClient {
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .pool_idle_timeout(limits::UPSTREAM_IDLE_TIME)
        .pool_max_idle_per_host(idle)
        .http1_max_buf_size(limits::UPSTREAM_HEAD_BYTES)
        .http2_max_header_list_size(HEAD_BYTES)
        // All requests to a server share a connection, and would go on being lost on one whose other end is gone.
        .http2_keep_alive_interval(limits::UPSTREAM_ALIVE_INTERVAL)
        .http2_keep_alive_timeout(limits::UPSTREAM_ALIVE_INTERVAL)
        .build(connector)
}

/// Whether a host that is an address, which no resolver is asked for, may be called.
pub(super) fn may_call(host: &str, allow_private: bool) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    allow_private || address.parse().map_or(true, is_public_address)
}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = GaiResolver::new().call(name).await?;
            let may = |ip: IpAddr| allow_private || is_public_address(ip);
            let allowed: Vec<_> = found.filter(|address| may(address.ip())).collect();
            if allowed.is_empty() {
                return Err(io::Error::other(
                    "the name has no address outside of this machine and of private networks",
                ));
            }
            Ok(allowed.into_iter())
        })
    }
}
