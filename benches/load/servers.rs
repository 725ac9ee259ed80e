//! The servers that are measured, each a process of its own, and their data folders.

use crate::process;
use crate::signature;
use crate::support;
use crate::votes;
use serde_json::json;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// The database in a data folder.
pub const DATABASE: &str = "candor.sqlite3";

/// What a process holds locked, which a copy does not need.
const LOCK: &str = "candor.lock";

/// The children that are alive, which end with this program.
static ALIVE: Mutex<Vec<u32>> = Mutex::new(Vec::new());
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// A running server, which is killed when it is dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Candor on a data folder.
    pub fn candor(binary: &Path, folder: &Path) -> Self {
        let mut command = candor(binary, folder);
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        Self::start(command)
    }

    /// This program again, as the server that stores nothing.
    pub fn noop() -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.arg("noop");
        Self::start(command)
    }

    fn start(mut command: Command) -> Self {
        assert!(!interrupted(), "interrupted");
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        alive().push(process.id());
        let mut lines = BufReader::new(process.stdout.take().expect("piped output"));
        let mut server = Self {
            process,
            address: String::new(),
        };
        let mut line = String::new();
        while server.address.is_empty() {
            line.clear();
            let read = lines.read_line(&mut line).expect("the server's output");
            assert!(read > 0, "the server ended before it listened");
            if let Some(url) = line.trim().strip_prefix("listening on http://") {
                url.clone_into(&mut server.address);
            }
        }
        // Goes on reading, so that the server never waits for us.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        server
    }

    /// Address and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// SIGTERM when it is at rest, and wait.
    pub fn stop(mut self) {
        process::wait_until_quiet(self.pid());
        let sent = Command::new("kill").arg(self.pid().to_string()).status();
        assert!(sent.expect("kill runs").success());
        let ended = self.process.wait().expect("the server ends");
        assert!(ended.success(), "the server ended with {ended}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let ended = self.process.id();
        alive().retain(|pid| *pid != ended);
    }
}

fn alive() -> std::sync::MutexGuard<'static, Vec<u32>> {
    ALIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether somebody asked this program to end.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Acquire)
}

/// From now on SIGTERM and SIGINT end the servers, upon which what loads them fails, and folders are removed as it unwinds.
pub fn end_servers_on_signals() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    std::thread::spawn(move || {
        runtime.block_on(async {
            use tokio::signal::unix::{SignalKind, signal};
            let mut terminate = signal(SignalKind::terminate()).expect("signals are heard");
            let mut interrupt = signal(SignalKind::interrupt()).expect("signals are heard");
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        });
        INTERRUPTED.store(true, Ordering::Release);
        for pid in alive().iter() {
            let _ = Command::new("kill")
                .args(["-KILL", &pid.to_string()])
                .status();
        }
    });
}

/// The command line of a binary on a data folder, without what the environment might set.
pub fn candor(binary: &Path, folder: &Path) -> Command {
    let mut command = support::without_surroundings(Command::new(binary));
    command.env("CANDOR_DATA_DIR", folder);
    if let Some(url) = support::engine::database_of(folder) {
        command.env("CANDOR_STORE", url);
    }
    command
}

/// Makes a data folder with the projects and keys of the load. `upstream` is who answers what is handed on.
pub fn set_up(binary: &Path, folder: &Path, upstream: &str) {
    let setup = json!({
        "projects": [
            {"name": "load", "amazon_q_application_id": votes::APPLICATION},
            {"name": "passing", "upstream": {"dialect": "dify", "base_url": format!("http://{upstream}")}},
        ],
        "keys": [
            {"dialect": "dify", "project": "passing", "secret": votes::PASSED_KEY},
            {"dialect": "dify", "project": "load", "secret": votes::KEY},
            {"dialect": "amazon_q", "project": "load", "access_key_id": signature::ACCESS_KEY_ID,
             "secret": signature::SECRET},
        ],
    });
    let mut file = tempfile::Builder::new()
        .suffix(".json")
        .tempfile()
        .expect("a temporary file");
    write!(file, "{setup}").expect("the file is written");
    support::run(candor(binary, folder).arg("apply").arg(file.path()));
}

/// The version of a data folder's schema.
pub fn schema(folder: &Path) -> u32 {
    rusqlite::Connection::open(folder.join(DATABASE))
        .and_then(|database| {
            database.query_row("SELECT user_version FROM pragma_user_version", [], |row| {
                row.get(0)
            })
        })
        .expect("the schema's version")
}

/// Copies the data folder of a server that does not run, and waits until the copy is on disk.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for file in files(from) {
        let name = file.file_name().expect("a file has a name");
        let copied = to.join(name);
        fs::copy(&file, &copied).expect("the file is copied");
        let opened = fs::File::options().write(true).open(&copied);
        opened
            .and_then(|file| file.sync_all())
            .expect("the copy is synced");
    }
}

/// Bytes of all files in a data folder.
pub fn bytes(folder: &Path) -> u64 {
    files(folder)
        .filter_map(|file| Some(file.metadata().ok()?.len()))
        .sum()
}

/// Bytes of the database alone, without its log.
pub fn database_bytes(folder: &Path) -> u64 {
    fs::metadata(folder.join(DATABASE)).map_or(0, |file| file.len())
}

fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder)
        .expect("the data folder")
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.is_file() && path.file_name().is_some_and(|name| name != LOCK))
}
