//! `candor feedback tail`.

use super::data::{Missing, Place};
use super::server::Server;
use super::{Outcome, output};
use crate::app::{App, LogFilter};
use crate::dialects::native::shown;
use crate::domain::{Caller, Timestamp};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use clap::{Args, ValueEnum};
use serde_json::Value;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

/// How long to wait before a server is asked again that has gone.
const BEFORE_AGAIN: Duration = Duration::from_secs(1);

/// Print accepted feedback as records, one on a line, oldest first.
///
/// A usefulness that came by Amazon Q's interface is a record each time that it was accepted; what was said again is none.
#[derive(Debug, Args)]
pub(super) struct Tail {
    /// How records are written: amazon-q, as Amazon Q's vended logs have them.
    #[arg(long)]
    format: Format,
    /// Go on with what is accepted from now on; at a running server only. If it goes away, it is asked again.
    #[arg(long)]
    follow: bool,
    /// The only project: its name, number or id.
    #[arg(long)]
    project: Option<String>,
    /// Accepted at this time or later, such as 2026-05-01T12:00:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    AmazonQ,
}

impl Format {
    const fn name(self) -> &'static str {
        match self {
            Self::AmazonQ => "amazon-q",
        }
    }
}

impl Tail {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| self.in_folder(app, operator).await,
            |server| self.at_server(server),
        )?;
        Ok(Outcome::Done)
    }

    async fn in_folder(&self, app: &App, operator: &Caller) -> Result<()> {
        if self.follow {
            let message =
                "nothing comes into a folder that no server has: name a running server with --url";
            return Err(Error::invalid("--follow", message));
        }
        let directory = app.directory();
        let project = self.project.as_deref();
        let project = project
            .map(|name| directory.project_named(operator, name))
            .transpose()
            .map_err(|error| error.at("--project"))?;
        let mut filter = LogFilter {
            projects: project.iter().map(|project| project.id).collect(),
            since: self.since,
            after: 0,
            limit: limits::LOG_ITEMS,
        };
        loop {
            let page = app.logged_feedback(operator, filter.clone()).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            filter.after = last.position;
            for logged in page {
                if print(&shown::feedback_record(&directory, logged)).is_break() {
                    return Ok(());
                }
            }
        }
    }

    fn at_server(&self, server: &Server) -> Result<()> {
        let mut after = None;
        let mut reached = false;
        loop {
            match self.read_on(server, &mut after, &mut reached) {
                Ok(ControlFlow::Break(())) => return Ok(()),
                Ok(ControlFlow::Continue(())) if !self.follow => return Ok(()),
                // The server stopped.
                Ok(ControlFlow::Continue(())) => {}
                Err(error) if self.follow && reached && error.kind() == ErrorKind::Unavailable => {
                    output::warning(format_args!("{error}; asking again"));
                }
                Err(error) => return Err(error),
            }
            std::thread::sleep(BEFORE_AGAIN);
        }
    }

    /// Prints what comes after a position, until the answer ends. Notes how far that was, and that there is an answer: a
    /// server that goes away before it had anything to tell is asked again too.
    fn read_on(
        &self,
        server: &Server,
        after: &mut Option<String>,
        reached: &mut bool,
    ) -> Result<ControlFlow<()>> {
        let query = self.query(after.clone());
        let lines = server.lines("feedback-records", &query)?;
        *reached = true;
        for line in lines {
            // Empty lines only tell that the server lives.
            let Ok(mut placed) = serde_json::from_str::<Value>(&line?) else {
                continue;
            };
            *after = placed["position"].as_str().map(str::to_owned);
            if print(&placed["record"].take()).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn query(&self, after: Option<String>) -> Vec<(&'static str, String)> {
        let said = [
            ("format", Some(self.format.name().to_owned())),
            ("positions", Some(true.to_string())),
            ("follow", Some(self.follow.to_string())),
            ("project", self.project.clone()),
            ("since", self.since.map(|since| since.to_string())),
            ("after", after),
        ];
        said.into_iter()
            .filter_map(|(name, value)| value.map(|value| (name, value)))
            .collect()
    }
}

/// Prints a record on one line. There is no more to do once nobody reads any more.
fn print(record: &Value) -> ControlFlow<()> {
    if output::was_read(record) {
        ControlFlow::Continue(())
    } else {
        ControlFlow::Break(())
    }
}
