//! Starts the real binary for a test, on a free port with a fresh data folder, and stops it after.
#![allow(dead_code, reason = "each test crate uses a part of it")]

pub mod books;
pub mod connection;
pub mod dify_app;
pub mod engine;
pub mod ledger;
pub mod load;
pub mod postgres;
pub mod stand_in;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

/// The binary under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_candor");

/// A running server with a data folder of its own.
#[derive(Debug)]
pub struct Server {
    process: Child,
    url: String,
    folder: Folder,
}

#[derive(Debug)]
enum Folder {
    Own(tempfile::TempDir),
    Given(PathBuf),
}

impl Server {
    /// A server on a fresh data folder that was set up from `setup`, an apply file as JSON.
    pub fn set_up(setup: &serde_json::Value) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        apply(folder.path(), setup);
        Self::start(Folder::Own(folder), &[], Stdio::inherit())
    }

    /// A server on a data folder that the caller keeps, with more arguments for `serve`.
    pub fn on(folder: &Path, arguments: &[&str]) -> Self {
        Self::start(
            Folder::Given(folder.to_owned()),
            arguments,
            Stdio::inherit(),
        )
    }

    /// The same, with its log in a file.
    pub fn logging_to(file: File, folder: &Path) -> Self {
        Self::start(Folder::Given(folder.to_owned()), &[], file.into())
    }

    fn start(folder: Folder, arguments: &[&str], log: Stdio) -> Self {
        let mut command = candor(folder.path());
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        command.args(arguments).stderr(log);
        Self::by(command, folder)
    }

    /// What a command line of the caller's serves, of data that only it knows.
    pub fn of(command: Command) -> Self {
        Self::by(command, Folder::Given(PathBuf::new()))
    }

    fn by(mut command: Command, folder: Folder) -> Self {
        command.stdout(Stdio::piped());
        let mut process = command.spawn().expect("the server starts");
        let mut lines = BufReader::new(process.stdout.take().expect("piped output"));
        let mut line = String::new();
        let url = loop {
            line.clear();
            let read = lines.read_line(&mut line).expect("the server's output");
            assert!(read > 0, "the server ended before it listened");
            if let Some(url) = line.trim().strip_prefix("listening on ") {
                break url.to_owned();
            }
        };
        // Goes on reading, so that the server never waits for us.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Self {
            process,
            url,
            folder,
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// SIGTERM, and wait. Returns whether it exited with 0.
    pub fn terminate(self) -> bool {
        self.signal("TERM");
        self.wait().success()
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.process.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(sent.success());
    }

    /// Waits until it ends by itself.
    pub fn wait(mut self) -> ExitStatus {
        self.process.wait().expect("the server ends")
    }

    /// SIGKILL, and wait.
    pub fn kill(mut self) {
        self.process.kill().expect("the server is there");
        self.process.wait().expect("the server ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => folder.path(),
            Self::Given(folder) => folder,
        }
    }
}

/// The command line on a data folder, without what the environment might set.
pub fn candor(folder: &Path) -> Command {
    let mut command = without_surroundings(Command::new(BINARY));
    command.env("CANDOR_DATA_DIR", folder);
    if let Some(url) = engine::database_of(folder) {
        command.env("CANDOR_STORE", url);
    }
    command
}

/// A program that runs the command line, without what the environment might set.
pub fn without_surroundings(mut command: Command) -> Command {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CANDOR_")) {
        command.env_remove(name);
    }
    // The vendors of tests are stand-ins on loopback. That others are refused is tested with the variable removed.
    command.env("CANDOR_ALLOW_PRIVATE_UPSTREAMS", "true");
    command
}

/// Runs a command line to its end and returns what it printed; it must succeed.
pub fn run(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the command runs");
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(
        status.success(),
        "{command:?} ended with {status}: {stderr}"
    );
    String::from_utf8(stdout).expect("output is UTF-8")
}

/// `candor apply` with this file, on the data folder of a server that is not running.
pub fn apply(folder: &Path, setup: &serde_json::Value) {
    let mut file = tempfile::Builder::new()
        .suffix(".json")
        .tempfile()
        .expect("a temporary file");
    write!(file, "{setup}").expect("the file is written");
    run(candor(folder).arg("apply").arg(file.path()));
}

/// A client for the tests' own requests, to loopback only.
pub fn client() -> reqwest::blocking::Client {
    // No request is encrypted, but the client wants to know how it would be. A second time changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::blocking::Client::builder()
        .no_proxy()
        .build()
        .expect("a client")
}
