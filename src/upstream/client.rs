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
use std::task::{Context, Poll};
use std::vec;
use tower::Service;

/// The largest head of an answer, as HTTP/2 counts it.
#[expect(clippy::cast_possible_truncation, reason = "it is checked here")]
const HEAD_BYTES: u32 = {
    assert!(limits::UPSTREAM_HEAD_BYTES <= u32::MAX as usize);
    limits::UPSTREAM_HEAD_BYTES as u32
};

/// A client of vendors' servers.
pub(super) type VendorClient = Client<HttpsConnector<HttpConnector<Resolver>>, Body>;

/// Looks names up, and gives only addresses that may be called. It is asked at every new connection, so that a name cannot
/// change its mind after it was checked.
#[derive(Clone, Debug)]
pub(super) struct Resolver {
    allow_private: bool,
}

/// A client that calls private addresses only if that is allowed.
pub(super) fn client(allow_private: bool) -> Result<VendorClient> {
    let mut http = HttpConnector::new_with_resolver(Resolver { allow_private });
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(limits::UPSTREAM_CONNECT_TIME));
    let https = HttpsConnectorBuilder::new()
        .with_provider_and_platform_verifier(rustls::crypto::ring::default_provider())
        .map_err(Error::internal)?
        .https_or_http()
        .enable_http1()
        .enable_http2()
        .wrap_connector(http);
    Ok(Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .pool_idle_timeout(limits::UPSTREAM_IDLE_TIME)
        .pool_max_idle_per_host(limits::UPSTREAM_IDLE_CONNECTIONS)
        .http1_max_buf_size(limits::UPSTREAM_HEAD_BYTES)
        .http2_max_header_list_size(HEAD_BYTES)
        .build(https))
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
