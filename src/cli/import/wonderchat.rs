//! `candor import wonderchat`.

use super::super::data::{DataFolder, Missing};
use super::super::vendor::Vendor;
use super::super::{Outcome, output};
use super::told;
use crate::app::App;
use crate::dialects::wonderchat::import::{self, Export, ImportReport};
use crate::domain::{Caller, Project};
use crate::error::{Error, ErrorKind, Result};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bring along Wonderchat's conversations and what people thought of them: out of a file with the answer of
/// `export-chatlogs`, or fetched from there month by month.
///
/// Doing it again changes nothing, and what is fetched goes on where it stopped. Conversations that cannot be taken are
/// listed with the reason while the others go in; then the exit code is 1.
#[derive(Debug, Args)]
pub(super) struct Wonderchat {
    /// The answer of `export-chatlogs`.
    #[arg(required_unless_present = "from_url", conflicts_with = "from_url")]
    file: Option<PathBuf>,
    /// Where to fetch it: the URL of the vendor's API up to `/api/v1`.
    #[arg(long, value_name = "BASE", requires = "vendor_key")]
    from_url: Option<String>,
    /// The key to use there.
    #[arg(
        long,
        env = "CANDOR_VENDOR_KEY",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    vendor_key: Option<String>,
    /// The only chatbot to fetch.
    #[arg(long, value_name = "ID", requires = "from_url")]
    chatbot_id: Option<String>,
    /// Fetch nothing that began before this date.
    #[arg(long, value_name = "DATE", requires = "from_url")]
    since: Option<String>,
    /// Fetch everything anew, rather than go on where the last import stopped.
    #[arg(long, requires = "from_url")]
    again: bool,
    /// The project that it goes into: its name, number or id.
    #[arg(long)]
    project: String,
    #[command(flatten)]
    data: DataFolder,
    /// Print what became of it as JSON.
    #[arg(long)]
    json: bool,
}

impl Wonderchat {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let report = match (&self.file, &self.from_url) {
            (Some(file), _) => self.read(file, config)?,
            (None, Some(url)) => self.fetch(url, config)?,
            (None, None) => return Err(Error::invalid("FILE", "name a file or --from-url")),
        };
        Ok(told(&report, Export::places(), self.json))
    }

    fn read(&self, file: &Path, config: Option<PathBuf>) -> Result<ImportReport> {
        let export = import::read(file)?;
        self.data
            .with(config, Missing::Refuse, async |app, operator| {
                let project = self.project(app, operator)?;
                let progress = output::Progress::of(export.rows());
                let noted = |done| progress.note(done);
                import::import(app, operator, &project, export, &noted).await
            })
    }

    fn fetch(&self, url: &str, config: Option<PathBuf>) -> Result<ImportReport> {
        // Made and dropped outside of the runtime, which it must not block.
        let vendor = Arc::new(Vendor::at(url)?);
        let key = self.vendor_key.clone().unwrap_or_default();
        self.data
            .with(config, Missing::Refuse, async |app, operator| {
                self.fetch_windows(app, operator, &vendor, &key).await
            })
    }

    async fn fetch_windows(
        &self,
        app: &App,
        operator: &Caller,
        vendor: &Arc<Vendor>,
        key: &str,
    ) -> Result<ImportReport> {
        let project = self.project(app, operator)?;
        let chatbot = self.chatbot_id.as_deref();
        let source = import::source(vendor.url(), chatbot);
        let stopped = app.import_position(operator, &project, &source).await?;
        let stopped = stopped.filter(|_| !self.again);
        let now = app.clock().now();
        let windows = import::windows(
            import::begin(self.since.as_deref(), stopped.as_deref())?,
            now,
        );
        let progress = output::Progress::counting(windows.len(), "windows");
        let mut report = ImportReport::default();
        for (done, window) in (1..).zip(windows) {
            let body = import::request(window, key, chatbot);
            let asked = Arc::clone(vendor);
            let answer = tokio::task::spawn_blocking(move || asked.post("export-chatlogs", &body))
                .await
                .map_err(Error::internal)??;
            let export = import::parse(&answer).map_err(|reason| {
                let message = format!("{} answered no export: {reason}", vendor.url());
                Error::new(ErrorKind::Unavailable, message)
            })?;
            let part = import::import(app, operator, &project, export, &|_| {}).await?;
            report.add_all(part);
            let place = import::place_after(window, now).to_string();
            app.keep_import_position(operator, &project, &source, &place)
                .await?;
            progress.note(done);
        }
        Ok(report)
    }

    fn project(&self, app: &App, operator: &Caller) -> Result<Arc<Project>> {
        app.directory()
            .project_named(operator, &self.project)
            .map_err(|error| error.at("--project"))
    }
}
