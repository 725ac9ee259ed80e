//! A server of one test, which may stop it, kill it and start it again.

use super::cluster::{self, keeper, new_folder};
use super::place::{Place, TestDatabase};
use super::programs::{Programs, give};
use super::{USER, skipped};
use candor::clock;
use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// What databases of the server are copied from.
const TEMPLATE: &str = "candor_template";

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether what is committed reaches the disk. Without, tests are faster, and nothing is left after the machine fails.
    pub fsync: bool,
    /// Whether it speaks TLS over TCP: a certificate and its key, as PEM.
    pub tls: Option<(String, String)>,
    /// More settings, such as `max_connections=20`.
    pub settings: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            fsync: true,
            tls: None,
            settings: Vec::new(),
        }
    }
}

/// A server with everything in a temporary folder, reached by a socket there without a password and by TCP with one.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    programs: Programs,
    settings: Vec<String>,
    place: Place,
    port: u16,
    password: String,
    process: Option<Child>,
    /// Its input ends with this process, even if that is killed.
    keeper: Child,
}

impl Server {
    /// Starts one; none if PostgreSQL is not there.
    pub fn start(options: &Options) -> Option<Self> {
        let programs = match Programs::find() {
            Ok(programs) => programs,
            Err(why) => return skipped(&why),
        };
        let folder = new_folder();
        let keeper = keeper(&folder, "own")
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let password = hex::encode(clock::random_bytes::<16>());
        cluster::make(&programs, &folder, &password);
        let mut settings = vec!["listen_addresses=127.0.0.1".to_owned()];
        if !options.fsync {
            settings.push("fsync=off".to_owned());
        }
        if let Some((certificate, key)) = &options.tls {
            for (name, text) in [("server.crt", certificate), ("server.key", key)] {
                let file = folder.join("data").join(name);
                std::fs::write(&file, text).unwrap();
                std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
                give(&file);
            }
            settings.push("ssl=on".to_owned());
        }
        settings.extend(options.settings.iter().cloned());
        let port = free_port();
        let mut server = Self {
            place: Place::new(&folder, port),
            folder,
            programs,
            settings,
            port,
            password,
            process: None,
            keeper,
        };
        server.start_again();
        Some(server)
    }

    /// Starts it after it was stopped, and waits until it answers.
    pub fn start_again(&mut self) {
        let mut process = cluster::spawn(&self.programs, &self.folder, self.port, &self.settings);
        cluster::wait(&self.place, &self.folder, &mut process);
        self.process = Some(process);
    }

    /// Stops it as an administrator does: connections end, and what was committed is written.
    pub fn stop(&mut self) {
        self.end("INT");
    }

    /// Stops it as a failure of the machine would: it writes nothing any more, and recovers at the next start.
    pub fn stop_immediately(&mut self) {
        self.end("QUIT");
    }

    fn end(&mut self, signal: &str) {
        let mut process = self.process.take().expect("the server runs");
        send(signal, process.id());
        process.wait().unwrap();
    }

    /// Sends a signal to its first process.
    pub fn signal(&self, name: &str) {
        send(name, self.pid());
    }

    /// The id of its first process, whose children are those that work.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("the server runs").id()
    }

    /// A database with the latest schema and nothing in it.
    pub fn database(&self) -> TestDatabase {
        self.place.ensure_template(TEMPLATE);
        self.place.database(TEMPLATE)
    }

    /// A database that holds what another does, to which nobody is connected.
    pub fn copy(&self, of: &TestDatabase) -> TestDatabase {
        self.place.database(of.name())
    }

    /// A database with nothing in it.
    pub fn empty_database(&self) -> TestDatabase {
        self.place.database(super::place::EMPTY)
    }

    /// Runs statements that are about no database; returns the first column of what they give.
    pub fn query(&self, statements: &str) -> Vec<String> {
        self.place.administer(statements)
    }

    /// What it has told so far.
    pub fn log(&self) -> String {
        let log = std::fs::read(self.folder.join("log")).unwrap();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// The address of a database by TCP, as somebody who may do everything.
    pub fn url(&self, database: &str) -> String {
        self.url_of(USER, &self.password, database)
    }

    /// The address of a database by TCP.
    pub fn url_of(&self, user: &str, password: &str, database: &str) -> String {
        format!(
            "postgres://{user}:{password}@localhost:{}/{database}",
            self.port
        )
    }

    /// The port of TCP.
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            send("QUIT", process.id());
            let _ = process.wait();
        }
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

fn send(signal: &str, process: u32) {
    let sent = Command::new("kill")
        .args(["-s", signal, &process.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// A port that nobody listened at a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
