//! Where a command finds the data: in a folder that no server has, in a database, or at a running server.

use super::serve::reachable;
use super::server::Server;
use super::{load, output};
use crate::app::{App, AppOptions};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::Caller;
use crate::error::{Error, ErrorKind, Result};
use clap::Args;
use std::path::PathBuf;

/// What is logged beside a command's answer. How well a database keeps what it is given is the server's to tell, at its start.
const TOLD: &str = "warn,candor::store::postgres::schema=error";

/// Which data folder, or which database.
#[derive(Debug, Args)]
pub(super) struct DataFolder {
    /// The folder with all data; else as the settings say.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[arg(
        long,
        value_name = "ADDRESS",
        help = "The database with all data, such as postgres://candor@localhost/candor; empty is SQLite in the folder. One \
                with a password is better given as CANDOR_STORE. [setting: store]"
    )]
    store: Option<String>,
}

/// Which data: a folder's, or a running server's.
#[derive(Debug, Args)]
pub(super) struct Place {
    #[command(flatten)]
    folder: DataFolder,
    // The variable is not read by clap, for which `--data-dir` or `--store` and it would contradict each other.
    #[arg(
        long,
        conflicts_with_all = ["data_dir", "store"],
        help = "A running server by its URL, instead of a data folder [env: CANDOR_URL]"
    )]
    url: Option<String>,
    /// The workspace in the data folder, by its name; else the first one. At a running server, it is the key's.
    #[arg(long, value_name = "NAME", conflicts_with = "url")]
    workspace: Option<String>,
    /// The key to use there: a native one that may do what is asked.
    #[arg(
        long,
        env = "CANDOR_KEY",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    key: Option<String>,
}

/// What to do about a data folder that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// Make it.
    Make,
    /// Refuse it: nobody wants to read an empty one.
    Refuse,
}

impl DataFolder {
    /// The folder and the database as settings of the command line.
    pub(super) fn flags(&self) -> Result<[(&'static str, Option<String>); 2]> {
        let data_dir = path("--data-dir", self.data_dir.clone())?;
        Ok([("data_dir", data_dir), ("store", self.store.clone())])
    }

    /// Opens the data, hands it to `work` with the operator, and closes it, whatever came of that.
    pub(super) fn with<T>(
        &self,
        file: Option<PathBuf>,
        missing: Missing,
        work: impl AsyncFnOnce(&App, &Caller) -> Result<T>,
    ) -> Result<T> {
        self.with_workspace(file, missing, None, work)
    }

    /// The same as the operator of a workspace by its name; of the first one, if none is named.
    fn with_workspace<T>(
        &self,
        file: Option<PathBuf>,
        missing: Missing,
        named: Option<&str>,
        work: impl AsyncFnOnce(&App, &Caller) -> Result<T>,
    ) -> Result<T> {
        let config = load(file, self.flags()?)?;
        output::log(TOLD, config.log_format)?;
        if missing == Missing::Refuse && config.store.is_none() && !config.data_dir.is_dir() {
            return Err(nothing_there(&config));
        }
        let app = open(&config)?;
        runtime()?.block_on(async {
            let done = async {
                let directory = app.directory();
                let known = directory.workspace().map(|known| known.id);
                let workspace = match (named, known, missing) {
                    (Some(name), ..) => directory
                        .workspace_named(name)
                        .map(|named| named.id)
                        .ok_or_else(|| Error::not_found("no such workspace").at("--workspace"))?,
                    (None, Some(known), _) => known,
                    (None, None, Missing::Make) => app.ensure_workspace().await?,
                    (None, None, Missing::Refuse) => return Err(nothing_there(&config)),
                };
                work(&app, &App::operator(workspace)).await
            }
            .await;
            let closed = app.close().await;
            let done = done?;
            closed.map(|()| done)
        })
    }
}

impl Place {
    /// The server that is named, unless the command line names a folder or a database.
    fn url(&self) -> Option<String> {
        let variable = || std::env::var("CANDOR_URL").ok();
        let of_environment = || variable().filter(|url| !url.is_empty());
        let folder = &self.folder;
        match (&folder.data_dir, &folder.store, &self.workspace) {
            (None, None, None) => self.url.clone().or_else(of_environment),
            _ => None,
        }
    }

    /// Where this machine finds a server with these settings.
    pub(super) fn own_url(&self, file: Option<PathBuf>) -> Result<String> {
        let config = load(file, self.folder.flags()?)?;
        let scheme = if config.tls.is_some() {
            "https"
        } else {
            "http"
        };
        Ok(format!("{scheme}://{}", reachable(config.listen)))
    }

    /// Does it in the data folder or at the server, whichever is named.
    pub(super) fn with<T>(
        &self,
        file: Option<PathBuf>,
        missing: Missing,
        in_folder: impl AsyncFnOnce(&App, &Caller) -> Result<T>,
        at_server: impl FnOnce(&Server) -> Result<T>,
    ) -> Result<T> {
        if let Some(url) = self.url() {
            let key = self.key.as_deref().ok_or_else(|| {
                Error::invalid(
                    "--key",
                    "a running server asks for a key: give one with --key or CANDOR_KEY",
                )
            })?;
            return at_server(&Server::at(&url, key)?);
        }
        let workspace = self.workspace.as_deref();
        self.folder
            .with_workspace(file, missing, workspace, in_folder)
            .map_err(hint_at_running_server)
    }
}

/// A path of the command line as a setting.
pub(super) fn path(option: &str, path: Option<PathBuf>) -> Result<Option<String>> {
    path.map(|path| {
        path.into_os_string()
            .into_string()
            .map_err(|_| Error::invalid(option, "the name must be UTF-8"))
    })
    .transpose()
}

/// Opens the data folder or the database of these settings.
pub(super) fn open(config: &Config) -> Result<App> {
    App::open(AppOptions {
        data_dir: Some(config.data_dir.clone()),
        store: config.store.clone(),
        master_key: config.master_key.clone(),
        comment_characters: config.comment_characters,
        allow_private_upstreams: config.allow_private_upstreams,
        usual_rates: config.usual_rates,
        clock: Clock::default(),
        slow_statement: config.slow_statement,
    })
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::internal)
}

fn nothing_there(config: &Config) -> Error {
    let message = match &config.store {
        Some(address) => format!(
            "there is no data in {address}: name another database with --store, or start a server on this one"
        ),
        None => format!(
            "there is no data in {}: name another folder with --data-dir, or start a server on this one",
            config.data_dir.display()
        ),
    };
    Error::new(ErrorKind::NotFound, message)
}

/// Only the lock of the data folder contradicts what is there while it is opened.
fn hint_at_running_server(error: Error) -> Error {
    if error.kind() == ErrorKind::Conflict && error.message().contains("in use by another") {
        let message = format!(
            "{}; stop that one, or ask a running server with --url and --key",
            error.message()
        );
        return Error::new(ErrorKind::Conflict, message);
    }
    error
}
