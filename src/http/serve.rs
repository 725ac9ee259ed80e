//! The accept loop: HTTP/1.1 and HTTP/2 on one port, plain or under TLS, within bounds, until it is told to stop.

use super::connection::{Activity, Noting, Patience, Verdict};
use super::crowd::Crowd;
use super::tls::Tls;
use super::turns::Asker;
use crate::config::Config;
use crate::dialects::native::Peer;
use crate::limits;
use axum::Router;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use tower::Service as _;

/// How to serve.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// The most connections at once.
    pub connections: usize,
    /// How long a client may take to send the head of a request.
    pub head_time: Duration,
    /// How long a connection may stay open between requests.
    pub idle_time: Duration,
    /// How long a stop waits for requests under way.
    pub stop_time: Duration,
    /// The certificate to serve under; none serves without TLS.
    pub tls: Option<Tls>,
}

impl From<&Config> for ServeOptions {
    /// All but the certificate, which [`Tls::load`] reads.
    fn from(config: &Config) -> Self {
        Self {
            connections: config.connections,
            head_time: config.head_time,
            idle_time: config.idle_time,
            stop_time: config.stop_time,
            tls: None,
        }
    }
}

/// How far a stop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// Nobody told to.
    No,
    /// No more requests are taken.
    Soon,
    /// What is still under way is cut off.
    Now,
}

/// How long connections take at most to end that are cut off.
const CUT_TIME: Duration = Duration::from_secs(1);

/// Serves until `stop`, then takes no more connections and no more requests, and waits for those under way.
///
/// Returns how many connections had to be cut off because they were still busy at the end of the wait.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    options: ServeOptions,
    stop: impl Future<Output = ()>,
) -> usize {
    let most = options.connections.min(Semaphore::MAX_PERMITS);
    let places = Arc::new(Semaphore::new(most));
    let (stopping, stopped) = watch::channel(Stop::No);
    let each = Each {
        protocol: protocol(),
        tls: options.tls,
        router,
        patience: Patience {
            head: options.head_time,
            idle: options.idle_time,
        },
        stopped,
    };
    tokio::select! {
        () = stop => {}
        () = accept(&listener, Crowd::new(Arc::clone(&places), most), &each) => {}
    }
    drop(listener);
    stopping.send_replace(Stop::Soon);
    let all = u32::try_from(most).unwrap_or(u32::MAX);
    let finished = tokio::time::timeout(options.stop_time, places.acquire_many(all)).await;
    if finished.is_ok() {
        return 0;
    }
    let busy = most.saturating_sub(places.available_permits());
    // Rather than leave them to the end of the process: what passed until now is still to be written.
    stopping.send_replace(Stop::Now);
    let _ = tokio::time::timeout(CUT_TIME, places.acquire_many(all)).await;
    busy
}

/// What every connection is served with.
#[derive(Clone)]
struct Each {
    protocol: auto::Builder<TokioExecutor>,
    tls: Option<Tls>,
    router: Router,
    patience: Patience,
    stopped: watch::Receiver<Stop>,
}

fn protocol() -> auto::Builder<TokioExecutor> {
    // This many is also what HTTP/1.1 takes if it is told nothing, and it is slower if it is told.
    const _: () = assert!(limits::HEADERS == 100);
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // The connection's own watch does this, without a timer a request and with longer pauses between requests.
        .header_read_timeout(None)
        .max_buf_size(limits::HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits::STREAMS)
        .max_send_buf_size(limits::STREAM_BUFFER_BYTES)
        .max_header_list_size(u32::try_from(limits::HEAD_BYTES).unwrap_or(u32::MAX));
    builder
}

/// Accepts for ever. A connection for which there is no place waits, and the next ones in the system's queue.
async fn accept(listener: &TcpListener, mut crowd: Crowd, each: &Each) {
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                // The semaphore is never closed.
                let Some(place) = crowd.place().await else {
                    return;
                };
                let activity = Arc::new(Activity::new());
                crowd.add(&activity);
                let address = from.ip();
                tokio::spawn(each.clone().connection(stream, address, place, activity));
            }
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                // Most likely no file handles are left, which passes when connections end.
                tracing::warn!(%error, "cannot accept connections");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

const fn plain(address: IpAddr) -> Peer {
    Peer {
        address,
        encrypted: false,
    }
}

/// Whether it matters who is at the other end. Votes and what is read of them do not pay for it.
fn is_of_people(path: &str) -> bool {
    let native = path.strip_prefix("/candor/v1/");
    native.is_some_and(|path| !path.starts_with("projects/"))
}

fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
    )
}

impl Each {
    /// Serves a connection. `activity` is from before the handshake, whose time counts as the first head's.
    async fn connection(
        mut self,
        stream: TcpStream,
        address: IpAddr,
        place: OwnedSemaphorePermit,
        activity: Arc<Activity>,
    ) {
        // Answers are written whole; waiting to fill a packet would only delay them.
        let _ = stream.set_nodelay(true);
        match self.tls.take() {
            None => self.speak(stream, plain(address), activity).await,
            Some(tls) => {
                let mut stopped = self.stopped.clone();
                let shaken = tokio::select! {
                    shaken = tokio::time::timeout(self.patience.head, tls.accept(stream)) => shaken,
                    _ = stopped.wait_for(|stop| *stop != Stop::No) => return,
                };
                match shaken {
                    Ok(Ok(stream)) => {
                        let peer = Peer {
                            encrypted: true,
                            ..plain(address)
                        };
                        self.speak(stream, peer, activity).await;
                    }
                    Ok(Err(error)) => tracing::debug!(%error, "no TLS handshake"),
                    Err(_) => tracing::debug!("a slow handshake was cut off"),
                }
            }
        }
        drop(place);
    }

    /// HTTP over a connection, until either side ends it.
    async fn speak<S>(&mut self, stream: S, peer: Peer, activity: Arc<Activity>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let asker = Asker::default();
        let service = service_fn(|mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(asker.clone());
            if is_of_people(request.uri().path()) {
                request.extensions_mut().insert(peer);
            }
            let handling = activity.begin(request.version());
            let answer = self.router.clone().call(request);
            async move {
                let answer = answer.await;
                answer.map(|answer| answer.map(|body| handling.answered(body)))
            }
        });
        let stream = TokioIo::new(Noting::new(stream, Arc::clone(&activity)));
        let mut connection = std::pin::pin!(self.protocol.serve_connection(stream, service));
        let mut look = std::pin::pin!(tokio::time::sleep(self.patience.head));
        let mut room = std::pin::pin!(activity.room_is_needed());
        let mut ending = false;
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(error = %error, "connection failed");
                    }
                    break;
                }
                () = look.as_mut() => match activity.verdict(Instant::now(), self.patience) {
                    Verdict::LookAgain(then) => look.as_mut().reset(then),
                    Verdict::End if !ending => {
                        ending = true;
                        connection.as_mut().graceful_shutdown();
                        look.as_mut().reset(Instant::now() + self.patience.head);
                    }
                    Verdict::End | Verdict::Cut => {
                        tracing::debug!("a slow connection was cut off");
                        break;
                    }
                },
                () = room.as_mut(), if !ending => {
                    // Something may have arrived since it was asked.
                    if activity.does_nothing(Instant::now()) {
                        ending = true;
                        connection.as_mut().graceful_shutdown();
                        look.as_mut().reset(Instant::now() + self.patience.head);
                    } else {
                        room.set(activity.room_is_needed());
                    }
                }
                changed = self.stopped.changed() => {
                    // The sender outlives every connection that is not cut off.
                    if changed.is_err() || *self.stopped.borrow() == Stop::Now {
                        break;
                    }
                    if !ending {
                        ending = true;
                        connection.as_mut().graceful_shutdown();
                    }
                }
            }
        }
    }
}
