//! Twenty thousand connections that do nothing.

use crate::support::Server;
use crate::support::books::World;
use crate::support::load::wait_until;
use crate::{cast, vote, voted};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;
use tokio::net::TcpSocket;

const CONNECTIONS: usize = 20_000;

/// Each process that holds connections holds so many: files that are open are bounded for every process.
const EACH: usize = 5_000;

/// The name and the variables by which the test starts itself to hold connections.
const HOLDER: &str = "idle_connections::twenty_thousand_idle_connections_are_held_and_votes_go_on";
const ADDRESS: &str = "FAULTS_HOLD_CONNECTIONS_TO";
const FROM: &str = "FAULTS_HOLD_CONNECTIONS_FROM";

/// A process that holds connections.
struct Holder {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Holder {
    /// Opens [`EACH`] connections, each of which asks once, and returns when all were answered.
    fn start(server: &Server, number: usize) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", HOLDER, "--nocapture"])
            .env(ADDRESS, server.url().trim_start_matches("http://"))
            .env(FROM, format!("127.0.0.{}", number + 2))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let told = told(&mut output);
        assert_eq!(told, "held");
        Self {
            process,
            input,
            output,
        }
    }

    /// How many connections the server has not ended.
    fn count(&mut self) -> usize {
        writeln!(self.input, "count").unwrap();
        told(&mut self.output).parse().unwrap()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The next line that is for us among those of the test's harness.
fn told(output: &mut impl std::io::BufRead) -> String {
    loop {
        let mut line = String::new();
        assert!(output.read_line(&mut line).unwrap() > 0, "the holder ended");
        if let Some((_, told)) = line.trim().split_once("holder: ") {
            return told.to_owned();
        }
    }
}

/// Connects from one address of the loopback, for each has ports for 28,000 only, and asks once.
async fn ask_once(from: Ipv4Addr, to: SocketAddr) -> TcpStream {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let mut stream = socket.connect(to).await.unwrap();
    let request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 1024];
    let read = stream.read(&mut answer).await.unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 200"), "an answer");
    stream.into_std().unwrap()
}

/// [`Holder`]'s other half.
#[expect(
    clippy::print_stdout,
    reason = "it talks to the process that started it"
)]
fn hold_connections(to: SocketAddr, from: Ipv4Addr) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut held: Vec<TcpStream> = runtime.block_on(async {
        let mut held = Vec::new();
        while held.len() < EACH {
            // Some at once, and never more than the system's queue takes.
            let some = (0..100).map(|_| tokio::spawn(ask_once(from, to)));
            for one in some.collect::<Vec<_>>() {
                held.push(one.await.unwrap());
            }
        }
        held
    });
    println!("holder: held");
    for _ in std::io::stdin().lock().lines() {
        held.retain_mut(|stream| {
            let nothing_yet = stream.read(&mut [0; 16]);
            matches!(nothing_yet, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
        });
        println!("holder: {}", held.len());
    }
}

/// What the server's process takes of memory, in bytes.
fn resident_bytes(server: &Server) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<usize>().ok());
    kilobytes.unwrap() * 1024
}

/// Where the system allows no more open files than connections, those that are idle for longest make room for others.
#[test]
fn twenty_thousand_idle_connections_are_held_and_votes_go_on() {
    if let (Ok(to), Ok(from)) = (std::env::var(ADDRESS), std::env::var(FROM)) {
        // Started by itself, below.
        return hold_connections(to.parse().unwrap(), from.parse().unwrap());
    }
    let world = World::new();
    let settings = world.folder().join("settings.toml");
    std::fs::write(&settings, "idle_seconds = 30\n").unwrap();
    let server = Server::on(world.folder(), &["--config", settings.to_str().unwrap()]);
    let alone = resident_bytes(&server);
    let mut holders = Vec::new();
    for number in 0..CONNECTIONS / EACH {
        holders.push(Holder::start(&server, number));
        let message = u128::try_from(number).unwrap();
        let answer = cast(server.url(), &vote(message, "among the idle"));
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    let held: usize = holders.iter_mut().map(Holder::count).sum();
    let grown = resident_bytes(&server).saturating_sub(alone);
    eprintln!(
        "{held} of {CONNECTIONS} idle connections held, {} bytes of memory each",
        grown / held.max(1)
    );
    assert!(held >= CONNECTIONS / 2, "{held}");
    assert_eq!(voted(server.url()), [0, 1, 2, 3]);
    wait_until("idle connections are ended", || {
        std::thread::sleep(Duration::from_millis(100));
        holders.iter_mut().map(Holder::count).sum::<usize>() == 0
    });
    assert_eq!(cast(server.url(), &vote(4, "after")).status, 200);
    assert!(server.terminate());
}

#[test]
fn a_connection_that_does_nothing_makes_room_for_one_that_arrives() {
    let world = World::new();
    let settings = world.folder().join("settings.toml");
    std::fs::write(&settings, "connections = 4\n").unwrap();
    let server = Server::on(world.folder(), &["--config", settings.to_str().unwrap()]);
    let address = server.url().trim_start_matches("http://");
    let mut idle: Vec<TcpStream> = (0..4)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    for stream in &mut idle {
        let request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
        stream.write_all(request.as_bytes()).unwrap();
        assert!(stream.read(&mut [0; 1024]).unwrap() > 0);
    }
    for number in 1..=3 {
        assert_eq!(cast(server.url(), &vote(number, "further")).status, 200);
    }
}
