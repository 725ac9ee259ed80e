//! Upstreams that speak HTTP/2 under TLS, as vendors' servers do.

use crate::raw::{ask, connect, head, say};
use crate::{KEY, setup, support};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use futures_util::{StreamExt as _, stream};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// How many requests at once the upstream takes on one HTTP/2 connection.
const STREAMS: u32 = 100;

/// An upstream under a certificate, that answers with the protocol it was asked by.
struct Upstream {
    address: SocketAddr,
    authority: PathBuf,
    _folder: tempfile::TempDir,
    _runtime: Runtime,
}

impl Upstream {
    fn start(protocols: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority_key = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority = parameters.self_signed(&authority_key).unwrap();
        let path = folder.path().join("authority.pem");
        std::fs::write(&path, authority.pem()).unwrap();
        let issuer = rcgen::Issuer::new(parameters, authority_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()])
            .unwrap()
            .signed_by(&key, &issuer)
            .unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
        config.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        let runtime = Runtime::new().unwrap();
        let listener = runtime
            .block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let router = Router::new().route("/v1/endless", get(endless)).fallback(
                        async |request: Request| {
                            format!("{:?} {}", request.version(), request.uri())
                        },
                    );
                    let service = TowerToHyperService::new(router);
                    let mut builder = auto::Builder::new(TokioExecutor::new());
                    builder.http2().max_concurrent_streams(STREAMS);
                    let _ = builder
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self {
            address,
            authority: path,
            _folder: folder,
            _runtime: runtime,
        }
    }
}

/// A stream that does not end.
async fn endless() -> Body {
    let word = stream::iter([Ok::<_, Infallible>("word")]);
    Body::from_stream(word.chain(stream::pending()))
}

/// A process that ends with its test, however that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server that trusts this authority, and where it is.
fn trusting(upstream: &Upstream, authority: &Path) -> (Running, String, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("https://localhost:{}", upstream.address.port());
    support::apply(folder.path(), &setup(&url));
    let mut process = support::candor(folder.path())
        .env("SSL_CERT_FILE", authority)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let server = crate::failures::listening(&mut process);
    (Running(process), server, folder)
}

/// What is answered through a server that trusts this authority.
fn through(upstream: &Upstream, authority: &Path) -> (u16, String) {
    let (_process, server, _folder) = trusting(upstream, authority);
    let request = format!(
        "GET /v1/parameters?user=ada HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n\r\n"
    );
    let answer = ask(&server, request.as_bytes());
    (answer.status, String::from_utf8(answer.body).unwrap())
}

#[test]
fn an_upstream_is_asked_by_the_protocol_that_it_offers() {
    for (offered, target) in [
        (&["h2", "http/1.1"][..], "HTTP/2.0 https://localhost"),
        (&["http/1.1"][..], "HTTP/1.1 /v1/parameters?user=ada"),
        (&[][..], "HTTP/1.1 /v1/parameters?user=ada"),
    ] {
        let upstream = Upstream::start(offered);
        let (status, said) = through(&upstream, &upstream.authority);
        assert_eq!(status, 200, "{said}");
        assert!(said.starts_with(target), "{said}");
        assert!(said.ends_with("/v1/parameters?user=ada"), "{said}");
    }
}

#[test]
fn more_streams_begin_at_once_than_an_upstream_takes_on_one_connection() {
    let upstream = Upstream::start(&["h2"]);
    let (_process, server, _folder) = trusting(&upstream, &upstream.authority);
    let request =
        format!("GET /v1/endless HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\r\n");
    let mut clients: Vec<_> = (0..=STREAMS)
        .map(|_| {
            let mut client = connect(&server);
            say(&mut client, &request);
            client
        })
        .collect();
    // None ends before all have begun.
    for client in &mut clients {
        assert_eq!(
            head(client).first().map(String::as_str),
            Some("HTTP/1.1 200 OK")
        );
    }
}

#[test]
fn an_upstream_with_a_certificate_that_nobody_vouches_for_is_not_asked() {
    let (upstream, other) = (Upstream::start(&["h2"]), Upstream::start(&["h2"]));
    let (status, said) = through(&upstream, &other.authority);
    assert_eq!(status, 502, "{said}");
}
