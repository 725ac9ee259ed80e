//! `candor completions`.

use super::{Arguments, Outcome, output};
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

/// Print a script that completes commands and options in a shell.
///
/// For bash: `candor completions bash > /etc/bash_completion.d/candor`.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "candor", &mut script);
        output::text(&String::from_utf8_lossy(&script));
        Outcome::Done
    }
}
