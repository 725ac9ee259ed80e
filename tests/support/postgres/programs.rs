//! PostgreSQL's programs on this machine, and running them as somebody whom they accept.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The oldest that Candor uses.
const OLDEST: u32 = 15;

/// Whom PostgreSQL runs as where the tests run as root, which it refuses: the user of Debian's package.
const USER: &str = "postgres";

/// The folder with PostgreSQL's programs.
#[derive(Clone, Debug)]
pub struct Programs(PathBuf);

impl Programs {
    /// The newest that are there; else what is missing.
    pub fn find() -> Result<Self, String> {
        let installed = std::fs::read_dir("/usr/lib/postgresql");
        let installed = installed.into_iter().flatten().flatten();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = installed
            .map(|version| version.path().join("bin"))
            .chain(std::env::split_paths(&path));
        let newest = folders
            .filter(|folder| folder.join("initdb").is_file())
            .filter_map(|folder| Some((version(&folder.join("postgres"))?, folder)))
            .max();
        match newest {
            Some((found, folder)) if found >= OLDEST && is_allowed() => Ok(Self(folder)),
            Some((found, _)) if found >= OLDEST => Err(format!(
                "as root, PostgreSQL is run as the user `{USER}`, who is not there"
            )),
            Some((found, _)) => Err(format!("PostgreSQL {found} is too old; {OLDEST} is needed")),
            None => {
                Err("PostgreSQL is not installed (Debian: apt-get install postgresql)".to_owned())
            }
        }
    }

    /// One of them, to be run as somebody who is not root.
    pub fn command(&self, name: &str) -> Command {
        let program = self.0.join(name);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={USER}"))
            .arg(format!("--regid={USER}"))
            .arg("--clear-groups")
            .arg(program);
        command
    }
}

/// Gives a file or folder to whom PostgreSQL runs as.
pub fn give(path: &Path) {
    if is_root() {
        let given = Command::new("chown")
            .arg(format!("{USER}:"))
            .arg(path)
            .status();
        assert!(given.unwrap().success());
    }
}

fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

fn is_allowed() -> bool {
    let known = Command::new("id")
        .arg(USER)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    !is_root() || known.is_ok_and(|known| known.success())
}

/// The major version that `postgres --version` tells: 15 of `postgres (PostgreSQL) 15.18 (Debian …)`.
fn version(postgres: &Path) -> Option<u32> {
    let told = Command::new(postgres).arg("--version").output().ok()?;
    let told = String::from_utf8(told.stdout).ok()?;
    let number = told
        .split_whitespace()
        .find(|word| word.starts_with(|letter: char| letter.is_ascii_digit()))?;
    number
        .split(|letter: char| !letter.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}
