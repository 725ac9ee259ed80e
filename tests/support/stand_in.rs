//! A stand-in for a vendor's server, on loopback: the test says what it answers, and sees what it was asked.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// A running stand-in. It stops, and cuts off what it is answering, when it is dropped.
#[derive(Debug)]
pub struct StandIn {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    runtime: Option<Runtime>,
}

/// A request that it was sent, read whole.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: Method,
    /// Path and query as they were sent.
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl StandIn {
    /// A stand-in on a free port. `answer` may give a body that is still to be written, such as
    /// `Body::from_stream(…)`.
    pub fn start(answer: impl Fn(Seen) -> Response + Send + Sync + 'static) -> Self {
        Self::at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), answer)
    }

    /// The same on an address, such as the one of a stand-in that was dropped.
    pub fn at(
        address: SocketAddr,
        answer: impl Fn(Seen) -> Response + Send + Sync + 'static,
    ) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (noted, answer) = (Arc::clone(&seen), Arc::new(answer));
        let router = Router::new().fallback(move |request: Request| {
            let (noted, answer) = (Arc::clone(&noted), Arc::clone(&answer));
            async move {
                let (parts, body) = request.into_parts();
                let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
                    return Response::new(Body::empty());
                };
                let seen = Seen {
                    method: parts.method,
                    uri: parts.uri,
                    headers: parts.headers,
                    body,
                };
                noted
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(seen.clone());
                answer(seen)
            }
        });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind(address))
            .expect("a free port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            seen,
            runtime: Some(runtime),
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it was sent so far, in the order in which it came.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Seen {
    /// Path and query as they were sent.
    pub fn target(&self) -> String {
        self.uri
            .path_and_query()
            .map_or_else(String::new, ToString::to_string)
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
