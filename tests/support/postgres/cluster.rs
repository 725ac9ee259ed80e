//! Making and starting a server, and seeing to it that none is left.

use super::USER;
use super::place::Place;
use super::programs::{Programs, give};
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Ends servers whose tests are gone.
const KEEPER: &str = include_str!("keeper.sh");

/// Longer than a server takes to start.
const PATIENCE: Duration = Duration::from_mins(2);

/// A folder for a server's data, its socket and its log. It is the keeper's to remove.
pub(super) fn new_folder() -> PathBuf {
    let folder = tempfile::Builder::new()
        .prefix("candor-postgres-")
        .tempdir();
    let folder = folder.unwrap().keep();
    give(&folder);
    folder
}

/// A process that ends the server in `folder` and removes it once those who use it are gone, however they went.
pub(super) fn keeper(folder: &Path, mode: &str) -> Command {
    let mut keeper = Command::new("sh");
    keeper
        .args(["-c", KEEPER, "keeper.sh", mode])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Whoever ends a test that hangs ends its group.
        .process_group(0);
    keeper
}

/// Makes the data of a server: by the socket everybody is let in who reaches it, by TCP who knows the password.
pub(super) fn make(programs: &Programs, folder: &Path, password: &str) {
    let file = folder.join("password");
    std::fs::write(&file, password).unwrap();
    give(&file);
    let made = programs
        .command("initdb")
        .arg("--pgdata")
        .arg(folder.join("data"))
        .arg("--pwfile")
        .arg(&file)
        .args([
            "--username",
            USER,
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
        ])
        // Words are sorted as people sort them, as in most databases there are, and not by their bytes.
        .args([
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--locale-provider=icu",
            "--icu-locale=en-US",
        ])
        .args(["--no-sync", "--no-instructions"])
        .current_dir("/")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "initdb: {told}");
    std::fs::remove_file(file).unwrap();
}

/// Starts the server that was made in `folder`. Its socket is there, and its log.
pub(super) fn spawn(programs: &Programs, folder: &Path, port: u16, settings: &[String]) -> Child {
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .unwrap();
    let usual = [
        format!("unix_socket_directories={}", folder.display()),
        format!("port={port}"),
        "max_connections=200".to_owned(),
        "shared_buffers=32MB".to_owned(),
        "max_wal_size=256MB".to_owned(),
    ];
    let mut postgres = programs.command("postgres");
    postgres.arg("-D").arg(folder.join("data"));
    for setting in usual.iter().chain(settings) {
        postgres.args(["-c", setting]);
    }
    postgres
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .process_group(0)
        .spawn()
        .unwrap()
}

/// Waits until the server that was started takes connections.
pub(super) fn wait(place: &Place, folder: &Path, process: &mut Child) {
    let began = Instant::now();
    while !place.answers() {
        let ended = process.try_wait().unwrap();
        if ended.is_some() || began.elapsed() > PATIENCE {
            let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            panic!("PostgreSQL does not start: {log}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
