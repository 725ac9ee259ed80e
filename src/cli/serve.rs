//! `candor serve`.

use super::{Outcome, data, load, output};
use crate::app::{App, FirstStart};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{self, Metrics, ServeOptions, Tls};
use crate::limits;
use crate::upstream::Passing;
use crate::worker::{Mirror, follow_directory};
use clap::Args;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// What of a name is written otherwise in a path, in a line that is pasted into a shell.
const NOT_IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// How often measurements are summed up.
const SUM_UP_EVERY: Duration = Duration::from_secs(5);

/// Open files that are not connections: the store's, the log, the listener.
const OTHER_FILES: usize = 128;

/// Open files that clients' connections leave to upstreams', unless that is more than half.
const UPSTREAM_FILES: usize = 2048;

/// Serve until stopped.
///
/// Takes no more requests on SIGTERM or SIGINT, commits what it took, and exits with 0.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The address and port to listen on; port 0 takes any free port. [setting: listen]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    #[arg(
        long,
        value_name = "FILE",
        help = "Serve TLS under the certificate in this file (PEM); with --tls-key. [setting: tls_cert]"
    )]
    tls_cert: Option<PathBuf>,
    #[arg(
        long,
        value_name = "FILE",
        help = "The certificate's private key (PEM). [setting: tls_key]"
    )]
    tls_key: Option<PathBuf>,
    #[command(flatten)]
    data: data::DataFolder,
}

impl Serve {
    /// On these data, without TLS.
    pub(super) const fn on(data: data::DataFolder, listen: Option<SocketAddr>) -> Self {
        Self {
            listen,
            tls_cert: None,
            tls_key: None,
            data,
        }
    }

    pub(super) fn run(self, file: Option<PathBuf>) -> Result<Outcome> {
        let config = self.config(file)?;
        output::log(&config.log, config.log_format)?;
        until_stopped(&config)
    }

    /// The settings, with those of the command line over all others.
    pub(super) fn config(self, file: Option<PathBuf>) -> Result<Config> {
        let listen = self.listen.map(|address| address.to_string());
        let [data_dir, store] = self.data.flags()?;
        load(
            file,
            [
                ("listen", listen),
                ("tls_cert", data::path("--tls-cert", self.tls_cert)?),
                ("tls_key", data::path("--tls-key", self.tls_key)?),
                data_dir,
                store,
            ],
        )
    }
}

/// Serves until it is told to stop.
pub(super) fn until_stopped(config: &Config) -> Result<Outcome> {
    let mut options = ServeOptions::from(config);
    options.tls = config.tls.as_ref().map(Tls::load).transpose()?;
    let load = affordable(options.connections);
    options.connections = load.connections;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Error::internal)?;
    {
        let _within = runtime.enter();
        outlive_full_files()?;
    }
    let app = Arc::new(data::open(config)?);
    let metrics = Arc::new(Metrics::install()?);
    let outcome = runtime.block_on(async {
        let passing = Arc::new(Passing::at_once(Arc::clone(&app), load.handed_on));
        let (stop, stopped) = oneshot::channel();
        let signals = two_signals(Signals::listen()?, stop);
        tokio::select! {
            served = serve(config, options, app, passing, metrics, stopped) => served,
            () = signals => Ok(Outcome::NotWell),
        }
    });
    // Nobody waits for reads any more.
    runtime.shutdown_background();
    outcome
}

async fn serve(
    config: &Config,
    options: ServeOptions,
    app: Arc<App>,
    passing: Arc<Passing>,
    metrics: Arc<Metrics>,
    stopped: oneshot::Receiver<()>,
) -> Result<Outcome> {
    let listener = listen(config.listen).await?;
    let address = listener.local_addr().map_err(Error::internal)?;
    let scheme = if options.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let first = app.first_start().await?;
    print_opened(config, &app, first.is_some());
    if let Some(first) = first {
        print_first_start(&first, scheme, reachable(address));
    }
    print_first_link(&app, scheme, reachable(address)).await?;
    output::line(format_args!("listening on {scheme}://{address}"));
    let summing_up = tokio::spawn(sum_up(Arc::clone(&metrics)));
    let learning = passing.start_learning();
    let following = tokio::spawn(follow_directory(Arc::clone(&app)));
    let mirror = Mirror::start(Arc::clone(&app), Arc::clone(&passing));
    let router = http::router(
        Arc::clone(&app),
        metrics,
        config.into(),
        Arc::clone(&passing),
    );
    let stop = async {
        // An error would mean that the sender is gone, which it is when the process ends.
        let _ = stopped.await;
        // Their answers have no other end.
        app.stop_following();
    };
    let cut_off = http::serve(listener, router, options, stop).await;
    summing_up.abort();
    following.abort();
    if cut_off > 0 {
        tracing::warn!(connections = cut_off, "still busy at the end of the wait");
    }
    mirror.stop().await;
    if let Some(learning) = learning {
        learning.stop().await;
    }
    app.close().await?;
    output::line("stopped");
    Ok(Outcome::Done)
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        Error::new(
            ErrorKind::Unavailable,
            format!("cannot listen on {address}: {error}"),
        )
    })
}

/// Without this, measurements that nobody asks for would pile up.
async fn sum_up(metrics: Arc<Metrics>) {
    let mut every = tokio::time::interval(SUM_UP_EVERY);
    loop {
        every.tick().await;
        metrics.sum_up();
    }
}

/// SIGTERM, by which supervisors stop a server, or SIGINT, by which people do.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(Error::internal)?,
            interrupt: signal(SignalKind::interrupt()).map_err(Error::internal)?,
        })
    }

    /// The next one's name.
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    const fn listen() -> Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl+C"
    }
}

/// Tells `stop` of the first signal, and returns at the second.
async fn two_signals(mut signals: Signals, stop: oneshot::Sender<()>) {
    let signal = signals.next().await;
    tracing::info!(signal, "stopping");
    let _ = stop.send(());
    let signal = signals.next().await;
    // What was answered is on disk; the next start reads it from the log.
    tracing::warn!(signal, "ended without waiting any longer");
}

/// A file that reaches the bound that the system sets for files (`ulimit -f`) then fails to grow, which the store answers like a
/// full disk; without this the system would end the process.
#[cfg(unix)]
fn outlive_full_files() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let too_large = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
    // Once there was a handler the signal does nothing for the rest of the process, whether somebody listens or not.
    signal(too_large).map(drop).map_err(Error::internal)
}

#[cfg(not(unix))]
const fn outlive_full_files() -> Result<()> {
    Ok(())
}

/// How much the server takes on at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Load {
    connections: usize,
    /// Requests that are being handed on, each of which needs a connection of its own to its upstream.
    handed_on: usize,
}

impl Load {
    /// As much as so many open files are enough for. Clients have at least half of them.
    fn affordable(wanted: usize, files: usize) -> Self {
        let files = files.saturating_sub(OTHER_FILES);
        let beside_upstreams = files.saturating_sub(UPSTREAM_FILES);
        let connections = wanted.min(beside_upstreams.max(files / 2)).max(1);
        let handed_on = files.saturating_sub(connections);
        Self {
            connections,
            handed_on: handed_on.clamp(1, limits::HANDED_ON_AT_ONCE),
        }
    }
}

/// As much as there may be open files for. The system's first bound is often far below what it allows if asked.
#[cfg(unix)]
fn affordable(wanted: usize) -> Load {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let files = wanted.saturating_add(limits::HANDED_ON_AT_ONCE + OTHER_FILES);
    let files = u64::try_from(files).unwrap_or(u64::MAX);
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < files) {
        let more = Rlimit {
            current: Some(limit.maximum.map_or(files, |maximum| maximum.min(files))),
            maximum: limit.maximum,
        };
        if setrlimit(Resource::Nofile, more).is_ok() {
            limit = more;
        }
    }
    let files = limit.current.map_or(usize::MAX, |current| {
        usize::try_from(current).unwrap_or(usize::MAX)
    });
    let load = Load::affordable(wanted, files);
    if load.connections < wanted {
        tracing::warn!(
            connections = load.connections,
            handed_on = load.handed_on,
            "fewer connections at once than configured: the system allows no more open files"
        );
    }
    load
}

#[cfg(not(unix))]
const fn affordable(wanted: usize) -> Load {
    Load {
        connections: wanted,
        handed_on: limits::HANDED_ON_AT_ONCE,
    }
}

/// Where this machine reaches the server.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn print_opened(config: &Config, app: &App, new: bool) {
    let directory = app.directory();
    let folder = std::path::absolute(&config.data_dir).unwrap_or_else(|_| config.data_dir.clone());
    let (projects, keys) = directory.workspace().map_or((0, 0), |workspace| {
        let operator = App::operator(workspace.id);
        let keys = directory.keys(&operator);
        (
            directory.projects(&operator).len(),
            keys.iter().filter(|key| key.revoked_at.is_none()).count(),
        )
    });
    output::line(format_args!("Candor {}", env!("CARGO_PKG_VERSION")));
    output::line(format_args!(
        "  data folder  {}{}",
        folder.display(),
        if new { " (new)" } else { "" }
    ));
    match &config.store {
        None => output::line("  store        SQLite; every answer is on disk before it is given"),
        Some(address) => output::line(format_args!(
            "  store        PostgreSQL, {address}; every answer is on its disk before it is given"
        )),
    }
    output::line(format_args!("  projects     {projects}"));
    output::line(format_args!("  keys         {keys}"));
}

fn print_first_start(first: &FirstStart, scheme: &str, address: SocketAddr) {
    let FirstStart {
        project,
        admin_secret,
        dify_secret,
    } = first;
    let name = &project.name;
    let in_path = utf8_percent_encode(name, NOT_IN_PATHS);
    output::line(format_args!(
        "
This is the first start. These keys are shown now and never again:

  admin key (Candor's own API)           {admin_secret}
  Dify key of the project \"{name}\"       {dify_secret}

A vote, as a Dify client sends it:

  curl -X POST {scheme}://{address}/v1/messages/5f0c3a52-8d1e-4b7a-9c55-2f6f1f0a7d11/feedbacks \\
    -H 'Authorization: Bearer {dify_secret}' \\
    -H 'Content-Type: application/json' \\
    -d '{{\"rating\": \"like\", \"user\": \"ada\", \"content\": \"Just what I needed.\"}}'

The feedback of the project, in Candor's own API:

  curl {scheme}://{address}/candor/v1/projects/{in_path}/feedback \\
    -H 'Authorization: Bearer {admin_secret}'
"
    ));
}

/// Shown at every start for as long as nobody can sign in; the last one counts. It goes where the first keys go, and not into the log.
async fn print_first_link(app: &App, scheme: &str, address: SocketAddr) -> Result<()> {
    let workspace = app.ensure_workspace().await?;
    if let Some(link) = app.first_link(workspace).await? {
        output::line(format_args!(
            "
Nobody can sign in yet. This link makes the first account, once:

  {scheme}://{address}/invite#{}
",
            link.token
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_handed_on_has_files_beside_the_connections_of_clients() {
        let most = limits::HANDED_ON_AT_ONCE;
        for (wanted, files, connections, handed_on) in [
            (16_384, 1_000_000, 16_384, most),
            (16_384, 16_384 + most + OTHER_FILES, 16_384, most),
            (16_384, 20_000 + OTHER_FILES, 16_384, 20_000 - 16_384),
            (16_384, 10_000 + OTHER_FILES, 10_000 - 2048, 2048),
            (16_384, 896 + OTHER_FILES, 448, 448),
            (100, 896 + OTHER_FILES, 100, 796),
            (16_384, 0, 1, 1),
        ] {
            let load = Load {
                connections,
                handed_on,
            };
            assert_eq!(Load::affordable(wanted, files), load, "{wanted} {files}");
        }
    }
}
