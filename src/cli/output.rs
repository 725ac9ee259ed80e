//! Everything that is printed.

use crate::config::LogFormat;
use crate::error::{Error, Result};
use indicatif::{ProgressBar, ProgressStyle};
use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// The time between two pictures of a spinner.
const TICK: Duration = Duration::from_millis(120);

/// Prints a line for whoever reads the command's output.
///
/// A reader that has gone is no failure: `candor feedback list | head` is a fair thing to do.
pub(super) fn line(text: impl Display) {
    let mut output = io::stdout().lock();
    let _ = writeln!(output, "{text}").and_then(|()| output.flush());
}

/// Prints a line, and says whether somebody may have read it: for what goes on until nobody does.
pub(super) fn was_read(text: impl Display) -> bool {
    let mut output = io::stdout().lock();
    writeln!(output, "{text}")
        .and_then(|()| output.flush())
        .is_ok()
}

/// Prints a text as it is.
pub(super) fn text(text: &str) {
    let mut output = io::stdout().lock();
    let _ = output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush());
}

/// Prints a value as JSON: indented for people, on one line for programs.
pub(super) fn json(value: &serde_json::Value) {
    if io::stdout().is_terminal() {
        line(format_args!("{value:#}"));
    } else {
        line(value);
    }
}

/// A text without what could steer a terminal.
pub(super) fn plain(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// Prints something to standard error that the operator should know.
pub(super) fn warning(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{}: {text}", marked("33", "warning"));
}

/// Prints why the command failed, to standard error.
pub(super) fn error(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}: {text}", marked("1;31", "error"));
}

fn marked(colour: &str, word: &str) -> String {
    if colours(io::stderr().is_terminal()) {
        format!("\x1b[{colour}m{word}\x1b[0m")
    } else {
        word.to_owned()
    }
}

/// Whether to use colours: only towards a terminal, and not if `NO_COLOR` is set.
fn colours(terminal: bool) -> bool {
    terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// How far something long has come, told on standard error: a bar in a terminal, else ten lines.
pub(super) struct Progress {
    all: usize,
    what: String,
    told: AtomicUsize,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Nothing done of so many rows.
    pub(super) fn of(rows: usize) -> Self {
        Self::counting(rows, "rows")
    }

    /// Nothing done of so many of something else.
    pub(super) fn counting(all: usize, what: impl Into<String>) -> Self {
        let what = what.into();
        let bar = io::stderr().is_terminal().then(|| {
            // Short, so that it and its numbers fit a narrow terminal.
            let bar = if colours(true) {
                "{bar:20.green}"
            } else {
                "{bar:20}"
            };
            let template = format!("{bar} {{pos}} of {{len}} {what}, {{eta}} left");
            let style = ProgressStyle::with_template(&template);
            ProgressBar::new(all as u64)
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self {
            all,
            what,
            told: AtomicUsize::new(0),
            bar,
        }
    }

    /// So many rows are done.
    pub(super) fn note(&self, done: usize) {
        if let Some(bar) = &self.bar {
            bar.set_position(done as u64);
            return;
        }
        let tenth = (done * 10).checked_div(self.all).unwrap_or(10);
        if self.told.fetch_max(tenth, Ordering::Relaxed) < tenth {
            let _ = writeln!(io::stderr().lock(), "{done} of {} {}", self.all, self.what);
        }
    }
}

/// Something long of which nobody knows how far it has come: told on standard error, by a spinner in a terminal.
pub(super) struct Waiting(Option<ProgressBar>);

impl Waiting {
    /// Tells what is being done.
    pub(super) fn until(what: &'static str) -> Self {
        if !io::stderr().is_terminal() {
            let _ = writeln!(io::stderr().lock(), "{what}");
            return Self(None);
        }
        let style = ProgressStyle::with_template("{spinner} {msg}, {elapsed}");
        let spinner = ProgressBar::new_spinner()
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
            .with_message(what);
        spinner.enable_steady_tick(TICK);
        Self(Some(spinner))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(spinner) = &self.0 {
            spinner.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Sends log lines to standard error.
pub(super) fn log(filter: &str, format: LogFormat) -> Result<()> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| Error::invalid("log", format!("\"{filter}\" is no filter: {error}")))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        // A line that cannot be written, to a file on a full disk say, is lost. Otherwise it would be told by a panic, which
        // is a line as well, and ends the process.
        .log_internal_errors(false);
    let started = match format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => builder
            .with_ansi(colours(io::stderr().is_terminal()))
            .try_init(),
    };
    started.map_err(Error::internal)?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// A panic is a line of the log as any other. Of its message only what stands in the program: the rest may hold anything.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload().downcast_ref::<&'static str>();
    let place = panic.location().map(ToString::to_string);
    tracing::error!(said = message.copied(), place, "panicked");
}
