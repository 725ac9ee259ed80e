//! The command line: one file a subcommand.

mod apply;
mod backup;
mod completions;
mod copy;
mod data;
mod doctor;
mod feedback;
mod feedback_counts;
mod feedback_filter;
mod feedback_tail;
mod history;
mod import;
mod key;
mod migrate;
mod mirror;
mod output;
mod project;
mod rate;
mod restore;
mod serve;
mod server;
mod table;
mod upstream;
mod user;
mod vendor;
mod workspace;

use crate::config::{Config, Sources};
use crate::error::{Error, Result};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Self-hosted server for the feedback that people give on AI messages.
#[derive(Debug, Parser)]
#[command(name = "candor", version, max_term_width = 100)]
struct Arguments {
    /// A file with settings; `candor.toml` in the working folder, if it is there and none is named.
    #[arg(long, global = true, env = "CANDOR_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Apply(apply::Apply),
    Key(key::Key),
    Project(project::Project),
    Upstream(upstream::Upstream),
    Workspace(workspace::Workspace),
    User(user::User),
    Feedback(feedback::Feedback),
    Import(import::Import),
    Mirror(mirror::Mirror),
    History(history::History),
    Backup(backup::Backup),
    Copy(copy::Copy),
    Migrate(migrate::Migrate),
    Restore(restore::Restore),
    Doctor(doctor::Doctor),
    Completions(completions::Completions),
}

/// What a command came to, if it did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// All is well.
    Done,
    /// It did what it should, and what it found is not well.
    NotWell,
}

/// Runs the command that this process was started with.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let file = arguments.config;
    let outcome = match arguments.command {
        Command::Serve(command) => command.run(file),
        Command::Apply(command) => command.run(file),
        Command::Key(command) => command.run(file),
        Command::Project(command) => command.run(file),
        Command::Upstream(command) => command.run(file),
        Command::Workspace(command) => command.run(file),
        Command::User(command) => command.run(file),
        Command::Feedback(command) => command.run(file),
        Command::Import(command) => command.run(file),
        Command::Mirror(command) => command.run(file),
        Command::History(command) => command.run(file),
        Command::Backup(command) => command.run(file),
        Command::Copy(command) => command.run(file),
        Command::Migrate(command) => command.run(file),
        Command::Restore(command) => command.run(file),
        Command::Doctor(command) => command.run(file),
        Command::Completions(command) => Ok(command.run()),
    };
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::NotWell) => ExitCode::FAILURE,
        Err(error) => {
            output::error(&told(&error));
            ExitCode::FAILURE
        }
    }
}

/// An error for the operator, who may know its cause, as one line.
fn told(error: &Error) -> String {
    use std::error::Error as _;
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let text = source.to_string();
        if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
        cause = source.source();
    }
    line.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// The settings, with those of the command line over all others.
fn load<const FLAGS: usize>(
    file: Option<PathBuf>,
    flags: [(&'static str, Option<String>); FLAGS],
) -> Result<Config> {
    let flags = flags
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)));
    Config::load(Sources::of_process(file, flags.collect()))
}
