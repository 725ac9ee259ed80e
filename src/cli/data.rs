//! Opening a data folder for a command, while no server has it.

use super::{load, output};
use crate::app::{App, AppOptions};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use clap::Args;
use std::path::PathBuf;

/// Which data folder.
#[derive(Debug, Args)]
pub(super) struct DataFolder {
    /// The folder with all data. [setting: data_dir]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// How a command on a data folder finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// A folder that is not there is made.
    Make,
    /// A folder that is not there is refused: nobody wants to read an empty one.
    Refuse,
}

impl DataFolder {
    /// The folder as a setting of the command line.
    pub(super) fn flag(&self) -> Result<(&'static str, Option<String>)> {
        let folder = self.data_dir.clone().map(|folder| {
            folder
                .into_os_string()
                .into_string()
                .map_err(|_| Error::invalid("--data-dir", "the folder's name must be UTF-8"))
        });
        Ok(("data_dir", folder.transpose()?))
    }

    /// Opens the data, hands it to `work`, and closes it, whatever came of that.
    pub(super) fn with<T>(
        &self,
        file: Option<PathBuf>,
        missing: Missing,
        work: impl AsyncFnOnce(&App) -> Result<T>,
    ) -> Result<T> {
        let config = load(file, [self.flag()?, ("listen", None)])?;
        output::log("warn", config.log_format)?;
        if missing == Missing::Refuse && !config.data_dir.is_dir() {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!(
                    "there is no data folder {}: name another with --data-dir, or make this one with `candor serve`",
                    config.data_dir.display()
                ),
            ));
        }
        let app = open(&config).map_err(hint_at_running_server)?;
        runtime()?.block_on(async {
            let done = work(&app).await;
            let closed = app.close().await;
            let done = done?;
            closed.map(|()| done)
        })
    }
}

/// Opens the data folder of these settings.
pub(super) fn open(config: &Config) -> Result<App> {
    App::open(AppOptions {
        data_dir: Some(config.data_dir.clone()),
        master_key: config.master_key.clone(),
        comment_characters: config.comment_characters,
        clock: Clock::default(),
    })
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::internal)
}

fn hint_at_running_server(error: Error) -> Error {
    if error.kind() != ErrorKind::Conflict {
        return error;
    }
    let message = format!(
        "{}; stop the server, or say where it listens with --url and --key",
        error.message()
    );
    Error::new(ErrorKind::Conflict, message)
}
