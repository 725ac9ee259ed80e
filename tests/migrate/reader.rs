//! Somebody who does what a page says, from its top to its bottom.

use crate::page::{self, Step};
use crate::support::{self, BINARY, Server, engine};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where pages say that Candor listens.
const CANDOR: &str = "http://127.0.0.1:8080";

/// What starts it, and does not come to an end.
const SERVE: &str = "candor serve --listen 127.0.0.1:8080";

/// Where a reader keeps what was exported, from one block to the next.
const VARIABLES: &str = ".variables";

/// Somebody at a shell, in a folder of their own.
pub struct Reader {
    folder: tempfile::TempDir,
    page: &'static str,
    text: String,
    /// What the page's placeholders stand for here.
    standing_for: Vec<(&'static str, String)>,
    server: Option<Server>,
}

impl Reader {
    /// A reader of a page; none, told why, if the vendors' clients are not installed.
    ///
    /// `vendor` is the vendor's server as the page writes it, and where it is here.
    pub fn of(page: &'static str, vendor: (&'static str, String)) -> Option<Self> {
        let clients = clients();
        if !clients.exists() {
            let why = format!("{} is not there; run `make clients`", clients.display());
            assert!(std::env::var_os("CI").is_none(), "{why}");
            println!("SKIPPED: {why}");
            return None;
        }
        let path = root().join("docs/migrate").join(page);
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains(vendor.0), "{page} does not name {}", vendor.0);
        let folder = tempfile::tempdir().unwrap();
        let programs = folder.path().join("bin");
        std::fs::create_dir(&programs).unwrap();
        std::os::unix::fs::symlink(BINARY, programs.join("candor")).unwrap();
        std::fs::write(folder.path().join(VARIABLES), "").unwrap();
        Some(Self {
            folder,
            page,
            text,
            standing_for: vec![vendor],
            server: None,
        })
    }

    /// A file that the page takes for granted.
    pub fn has(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// Runs every command, and compares what is printed with what the page says.
    pub fn follow(&mut self) {
        let steps = page::steps(&self.text);
        assert!(!steps.is_empty(), "{} has no commands", self.page);
        for step in steps {
            if step.commands.starts_with("candor serve") {
                self.serve(&step);
            } else {
                self.run(&step);
            }
        }
    }

    /// The page says where it listens; here it takes a free port, which stands for that from then on.
    fn serve(&mut self, step: &Step) {
        assert_eq!(step.commands.trim(), SERVE);
        let server = Server::on(&self.data(), &[]);
        self.standing_for.push((CANDOR, server.url().to_owned()));
        self.server = Some(server);
    }

    fn run(&self, step: &Step) {
        let place = format!("docs/migrate/{}:{}", self.page, step.line);
        let commands = self.here(&step.commands);
        let served = self.server.is_some() || !commands.contains(CANDOR);
        assert!(served, "{place}: no server is started yet");
        let script =
            format!("set -euo pipefail\nsource {VARIABLES}\n{commands}\nexport -p > {VARIABLES}\n");
        let output = self.shell().args(["-c", &script]).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.success(),
            "{place}: {}\n{printed}{told}",
            output.status
        );
        if let Some(said) = &step.printed {
            let said = self.here(said);
            assert!(
                page::says(&said, &printed),
                "{place} prints\n{printed}{told}\nand not\n{said}"
            );
        }
    }

    fn here(&self, text: &str) -> String {
        let placeholders = self.standing_for.iter();
        placeholders.fold(text.to_owned(), |text, (placeholder, here)| {
            text.replace(placeholder, here)
        })
    }

    /// Where the page's commands keep what they are told, unless that is a database.
    fn data(&self) -> PathBuf {
        self.folder.path().join("candor-data")
    }

    fn shell(&self) -> Command {
        let path = std::env::var("PATH").unwrap();
        let programs = self.folder.path().join("bin");
        let path = format!("{}:{}:{path}", programs.display(), clients().display());
        let mut shell = support::without_surroundings(Command::new("bash"));
        shell
            .env("PATH", path)
            // The servers are on this machine, whatever stands between it and others.
            .env("NO_PROXY", "*")
            .current_dir(self.folder.path());
        if let Some(url) = engine::database_of(&self.data()) {
            shell.env("CANDOR_STORE", url);
        }
        shell
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The programs that `make clients` installed: a Python that has the vendors' packages.
fn clients() -> PathBuf {
    root().join(".build/clients/venv/bin")
}
