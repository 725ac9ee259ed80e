//! The server that all tests of a run share, whether they are processes of their own or not: the first one starts it, and it
//! ends with the run.
//!
//! `target/tmp/postgres` has four files: `gate`, locked by whoever looks whether there is a server, starts one or ends
//! it; `users`, locked together by all who use it; `keeper`, locked by the process that will end it; and `place`, which says
//! where it is.

use super::cluster::{self, keeper, new_folder};
use super::place::Place;
use super::programs::Programs;
use super::skipped;
use candor::clock;
use std::fs::{File, TryLockError};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

/// The number in the socket's name; nothing listens for TCP.
const PORT: u16 = 5432;

/// The variable that names the folder with the sockets of a Citus cluster, which takes the place of a server then.
const CITUS: &str = "TEST_CITUS";

/// The shared server, as one process uses it.
#[derive(Debug)]
pub(super) struct Shared {
    place: Place,
    template: String,
    /// Locked for as long as this process lives; of a server of this run.
    _users: Option<File>,
}

/// The shared server; none if PostgreSQL is not there.
pub(super) fn server() -> Option<&'static Shared> {
    static SHARED: OnceLock<Option<Shared>> = OnceLock::new();
    SHARED.get_or_init(Shared::enter).as_ref()
}

impl Shared {
    fn enter() -> Option<Self> {
        if let Some(folder) = std::env::var_os(CITUS) {
            return Some(Self::enter_citus(Path::new(&folder)));
        }
        let programs = match Programs::find() {
            Ok(programs) => programs,
            Err(why) => return skipped(&why),
        };
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres");
        std::fs::create_dir_all(&folder).unwrap();
        let gate = open(&folder.join("gate"));
        gate.lock().unwrap();
        let users = open(&folder.join("users"));
        users.lock_shared().unwrap();
        let place = running(&folder).unwrap_or_else(|free| start(&programs, &folder, free));
        let template = template();
        place.ensure_template(&template);
        Some(Self {
            place,
            template,
            _users: Some(users),
        })
    }

    /// The cluster that was started for the whole run, by `citus.sh`.
    fn enter_citus(folder: &Path) -> Self {
        let gate = open(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("citus-gate"));
        gate.lock().unwrap();
        let place = Place::of_citus(folder, PORT, [PORT + 1, PORT + 2]);
        let template = "candor_spread".to_owned();
        place.ensure_spread_template(&template);
        Self {
            place,
            template,
            _users: None,
        }
    }

    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    /// The database with the latest schema.
    pub(super) fn template(&self) -> &str {
        &self.template
    }
}

/// The server that is there; else the keeper's lock.
fn running(folder: &Path) -> Result<Place, File> {
    let keeper = open(&folder.join("keeper"));
    for _ in 0..3000 {
        match keeper.try_lock() {
            Ok(()) => return Err(keeper),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => panic!("the keeper's lock: {error}"),
        }
        if let Ok(place) = std::fs::read_to_string(folder.join("place")) {
            return Ok(Place::new(Path::new(&place), PORT));
        }
        // A keeper that has ended its server lets go of the gate a moment before its own lock.
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("a keeper without a server goes on");
}

/// Starts a server, and a keeper that holds `lock` for as long as it keeps it.
fn start(programs: &Programs, folder: &Path, lock: File) -> Place {
    clear(folder);
    let home = new_folder();
    std::fs::write(folder.join("place"), home.to_str().unwrap()).unwrap();
    let password = hex::encode(clock::random_bytes::<16>());
    cluster::make(programs, &home, &password);
    let settings = ["fsync=off", "full_page_writes=off", "listen_addresses="];
    let settings = settings.map(str::to_owned);
    let mut process = cluster::spawn(programs, &home, PORT, &settings);
    let runner = std::os::unix::process::parent_id();
    let kept = keeper(&home, "shared")
        .args(["users", "gate", "place"].map(|name| folder.join(name)))
        .arg(runner.to_string())
        .stdin(lock)
        .spawn();
    kept.unwrap();
    let place = Place::new(&home, PORT);
    cluster::wait(&place, &home, &mut process);
    place
}

/// Removes what a keeper has left that was killed.
fn clear(folder: &Path) {
    let place = folder.join("place");
    let Ok(home) = std::fs::read_to_string(&place) else {
        return;
    };
    let home = PathBuf::from(home);
    let process = std::fs::read_to_string(home.join("data/postmaster.pid")).unwrap_or_default();
    if let Some(process) = process.lines().next() {
        let arguments = std::fs::read_to_string(format!("/proc/{process}/cmdline"));
        // The number may be another process's by now.
        if arguments.is_ok_and(|arguments| arguments.contains(home.to_str().unwrap())) {
            let _ = Command::new("kill").args(["-s", "QUIT", process]).status();
        }
    }
    let _ = std::fs::remove_dir_all(home);
    std::fs::remove_file(place).unwrap();
}

/// The template's name, which is another after a change of what makes it: a server may outlive one.
fn template() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/postgres");
    let migrations = std::fs::read_dir(folder.join("migrations")).unwrap();
    let mut files: Vec<_> = migrations.map(|file| file.unwrap().path()).collect();
    files.push(folder.join("schema.rs"));
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        std::fs::read(file).unwrap().hash(&mut hasher);
    }
    format!("candor_{:016x}", hasher.finish())
}

fn open(file: &Path) -> File {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    options.open(file).unwrap()
}
