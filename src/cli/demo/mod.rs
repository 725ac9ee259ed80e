//! `candor demo`.

mod dice;
mod plan;
mod world;
mod year;

use super::data::{self, DataFolder};
use super::serve::{Serve, until_stopped};
use super::{Outcome, output};
use crate::app::{App, VoteError};
use crate::clock::{self, Clock};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use plan::Plan;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use world::World;

/// Look around in a year of conversations and votes that were made up.
///
/// Fills a new folder and serves on it until stopped; then the folder is deleted. Everything in it says that it is synthetic.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// How many votes were given.
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = votes)]
    votes: usize,
    /// Keep it all in this new folder; another `candor serve --data-dir` serves it again.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Fill the folder and do not serve.
    #[arg(long, requires = "keep")]
    only_fill: bool,
    /// The address and port to listen on; port 0 takes any free port. [setting: listen]
    #[arg(long, value_name = "ADDRESS", conflicts_with = "only_fill")]
    listen: Option<SocketAddr>,
}

/// A folder that goes when the demonstration is over, unless it is to be kept.
struct Folder {
    path: PathBuf,
    stays: bool,
}

impl Demo {
    pub(super) fn run(self, file: Option<PathBuf>) -> Result<Outcome> {
        let folder = Folder::make(self.keep)?;
        let data = DataFolder::of_sqlite(&folder.path);
        let config = Serve::on(data, self.listen).config(file)?;
        output::log(&config.log, config.log_format)?;
        let app = data::open(&config)?;
        data::runtime()?.block_on(async {
            let filled = fill(&app, self.votes).await;
            let closed = app.close().await;
            filled.and(closed)
        })?;
        drop(app);
        output::line(format_args!(
            "{} synthetic votes of a year are in {}",
            self.votes,
            folder.path.display()
        ));
        if self.only_fill {
            return Ok(Outcome::Done);
        }
        until_stopped(&config)
    }
}

fn votes(text: &str) -> Result<usize, String> {
    let number = text.parse().ok();
    number
        .filter(|number| (1..=limits::DEMO_VOTES).contains(number))
        .ok_or_else(|| format!("must be a number from 1 to {}", limits::DEMO_VOTES))
}

/// Gives the votes, as the interfaces do when they are given.
async fn fill(app: &App, votes: usize) -> Result<()> {
    let operator = &App::operator(app.ensure_workspace().await?);
    let world = World::make(app, operator).await?;
    let progress = output::Progress::counting(votes, "votes");
    let done = AtomicUsize::new(0);
    stream::iter(Plan::of(&world, votes, Clock::default().now()))
        .map(Ok)
        .try_for_each_concurrent(limits::WRITE_BATCH, async |command| {
            let recorded = app.record_feedback(operator, command, None).await;
            recorded.map_err(|error| match error {
                VoteError::Failed(error) => error,
                VoteError::Refused(reason) => {
                    Error::internal(format!("a synthetic vote was refused: {reason:?}"))
                }
            })?;
            progress.note((done.fetch_add(1, Ordering::Relaxed) + 1).min(votes));
            Ok(())
        })
        .await
}

impl Folder {
    /// The folder that is named, which must be new or empty, or one among the system's temporary ones.
    fn make(keep: Option<PathBuf>) -> Result<Self> {
        let stays = keep.is_some();
        let path = keep.unwrap_or_else(|| {
            std::env::temp_dir().join(format!("candor-demo-{}", clock::new_id()))
        });
        if holds_something(&path) {
            let message = format!("{} holds something; name a new folder", path.display());
            return Err(Error::invalid("--keep", message));
        }
        fs::create_dir_all(&path).map_err(|error| {
            let message = format!("{} cannot be made", path.display());
            Error::new(ErrorKind::Unavailable, message).because(error)
        })?;
        Ok(Self { path, stays })
    }
}

fn holds_something(path: &Path) -> bool {
    fs::read_dir(path).map_or_else(|_| path.exists(), |mut inside| inside.next().is_some())
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.stays
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            output::warning(format_args!("{} is left: {error}", self.path.display()));
        }
    }
}
