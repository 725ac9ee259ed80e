//! The clients that `make clients` installed.

use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program that speaks through a vendor's client.
pub struct Script {
    interpreter: PathBuf,
    options: &'static [&'static str],
    /// The script; none where the program is all there is.
    file: Option<&'static str>,
}

impl Script {
    /// A Python script of this folder; none, told why, if the clients are not installed.
    pub fn python(file: &'static str) -> Option<Self> {
        let interpreter = installed().join("venv/bin/python");
        is_there(&interpreter).then_some(Self {
            interpreter,
            // Isolated: a script may be called like the package that it uses.
            options: &["-I"],
            file: Some(file),
        })
    }

    /// A script of this folder for node; none, told why, if the clients are not installed.
    pub fn node(file: &'static str) -> Option<Self> {
        let interpreter = PathBuf::from("node");
        is_there(&modules()).then_some(Self {
            interpreter,
            options: &[],
            file: Some(file),
        })
    }

    /// The program of a crate in this folder; none, told why, if the clients are not built.
    pub fn rust(name: &str) -> Option<Self> {
        let interpreter = installed().join("rust/debug").join(name);
        is_there(&interpreter).then_some(Self {
            interpreter,
            options: &[],
            file: None,
        })
    }

    /// Runs the script with what it is told, as JSON, and returns what it tells, as JSON.
    pub fn run(&self, told: &Value) -> Value {
        let mut process = Command::new(&self.interpreter)
            .args(self.options)
            .args(self.file.map(|file| folder().join(file)))
            .env("CLIENTS", modules())
            // The server is on this machine, whatever stands between it and others.
            .env("NO_PROXY", "*")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut input = process.stdin.take().unwrap();
        write!(input, "{told}").unwrap();
        drop(input);
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{:?} failed", self.file);
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn is_there(needed: &Path) -> bool {
    let there = needed.exists();
    if !there {
        let why = format!("{} is not there; run `make clients`", needed.display());
        assert!(std::env::var_os("CI").is_none(), "{why}");
        println!("SKIPPED: {why}");
    }
    there
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn installed() -> PathBuf {
    root().join(".build/clients")
}

fn modules() -> PathBuf {
    installed().join("node_modules")
}

fn folder() -> PathBuf {
    root().join("tests/clients")
}
