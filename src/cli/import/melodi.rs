//! `candor import melodi`.

use super::super::data::{DataFolder, Missing};
use super::super::vendor::Vendor;
use super::super::{Outcome, output};
use super::told;
use crate::app::App;
use crate::dialects::import::ImportReport;
use crate::dialects::melodi::import::{Import, PLACES, Page};
use crate::domain::{Caller, Project};
use crate::error::{Error, ErrorKind, Result};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The threads of one page: as many as Melodi gives if nothing is said.
const PAGE_THREADS: usize = 50;
/// Where they are at Melodi.
const THREADS: &str = "api/external/threads";

/// Bring along threads from Melodi with their messages, people and feedback, with their ids and times: out of files with
/// the answers of `GET /threads?includeFeedback=true`, or fetched from there page by page.
///
/// Doing it again changes nothing, and what is fetched goes on where it stopped. What cannot be taken is listed with the
/// reason while the rest goes in; then the exit code is 1.
#[derive(Debug, Args)]
pub(super) struct Melodi {
    /// Pages of threads.
    #[arg(required_unless_present = "from_url", conflicts_with = "from_url")]
    files: Vec<PathBuf>,
    /// The project that it goes into: its name, number or id.
    #[arg(long)]
    project: String,
    /// Fetch the threads from here: <https://app.melodi.fyi>.
    #[arg(long, value_name = "BASE", requires = "vendor_key")]
    from_url: Option<String>,
    /// The private key to use there.
    #[arg(
        long,
        env = "CANDOR_VENDOR_KEY",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    vendor_key: Option<String>,
    /// The project at Melodi whose threads are meant.
    #[arg(long, value_name = "NUMBER")]
    vendor_project_id: Option<i64>,
    #[command(flatten)]
    data: DataFolder,
    /// Print what became of it as JSON.
    #[arg(long)]
    json: bool,
}

/// Where fetched threads come from.
struct Source {
    vendor: Arc<Vendor>,
    key: String,
}

/// How far fetching has come.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Position {
    /// The page to fetch next.
    page: usize,
    /// How many threads were on the pages before it: a server may give smaller pages than it was asked for.
    done: usize,
    /// Threads that began later are left out, so that new ones do not move the pages.
    before: String,
}

impl Melodi {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let pages = self.files.iter().map(|file| read(file));
        let pages = pages.collect::<Result<Vec<_>>>()?;
        let source = match (&self.from_url, &self.vendor_key) {
            (Some(base), Some(key)) => Some(Source {
                // Made and dropped outside of the runtime, which it must not block.
                vendor: Arc::new(Vendor::at(base)?),
                key: key.clone(),
            }),
            _ => None,
        };
        let report = self
            .data
            .with(config, Missing::Refuse, async |app, operator| {
                let directory = app.directory();
                let project = directory
                    .project_named(operator, &self.project)
                    .map_err(|error| error.at("--project"))?;
                let named = self.vendor_project_id;
                let import = Import::new(app, operator, Arc::clone(&project), named);
                match &source {
                    None => bring(import, pages).await,
                    Some(source) => source.bring(import, app, operator, &project).await,
                }
            })?;
        Ok(told(&report, PLACES, self.json))
    }
}

fn read(file: &Path) -> Result<Page> {
    let bytes = std::fs::read(file).map_err(|error| {
        let message = format!("cannot read {}: {error}", file.display());
        Error::new(ErrorKind::Invalid, message).because(error)
    })?;
    Page::read(&bytes).map_err(|error| error.at(file.display().to_string()))
}

async fn bring(mut import: Import<'_>, pages: Vec<Page>) -> Result<ImportReport> {
    let progress = progress(pages.iter().map(Page::threads).sum());
    let mut done = 0;
    for page in pages {
        done += page.threads();
        import.bring(page).await?;
        progress.note(done);
    }
    Ok(import.into_report())
}

fn progress(threads: usize) -> output::Progress {
    output::Progress::counting(threads, "threads")
}

impl Source {
    /// Brings page by page. The position is kept behind each page that is stored, until the last one is.
    async fn bring(
        &self,
        mut import: Import<'_>,
        app: &App,
        operator: &Caller,
        project: &Project,
    ) -> Result<ImportReport> {
        let named = import.vendor_project();
        let of = named.map_or_else(|| "all".to_owned(), |number| number.to_string());
        let source = format!("melodi {} {of}", self.vendor.url());
        let kept = app.import_position(operator, project, &source).await?;
        let kept = kept.as_deref().and_then(Position::read);
        let mut position = kept.unwrap_or_else(|| Position {
            page: 0,
            done: 0,
            before: format!("{:.3}", app.clock().now()),
        });
        let mut progress = None;
        loop {
            let page = self.page(&position, named).await?;
            let (threads, all) = (page.threads(), page.count);
            position.page += 1;
            position.done += threads;
            let progress =
                progress.get_or_insert_with(|| self::progress(all.unwrap_or(position.done)));
            import.bring(page).await?;
            progress.note(position.done);
            let ended = threads == 0 || all.is_some_and(|all| position.done >= all);
            let next = if ended {
                DONE.to_owned()
            } else {
                position.text()
            };
            app.keep_import_position(operator, project, &source, &next)
                .await?;
            if ended {
                return Ok(import.into_report());
            }
        }
    }

    /// A page. What fails in passing is asked for again a few times.
    async fn page(&self, position: &Position, vendor_project: Option<i64>) -> Result<Page> {
        let mut path = format!(
            "{THREADS}?pageIndex={}&pageSize={PAGE_THREADS}&includeFeedback=true&before={}",
            position.page, position.before
        );
        if let Some(number) = vendor_project {
            path = format!("{path}&projectId={number}");
        }
        let at = |error: Error| error.at(format!("page {}", position.page));
        let fetched = self.vendor.get_patiently(&path, ("api-key", &self.key));
        Page::read(&fetched.await.map_err(at)?).map_err(at)
    }
}

/// The position of an import that came to its end: the next one begins anew.
const DONE: &str = "done";

impl Position {
    /// The position from what [`Position::text`] gave.
    fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let mut word = || words.next();
        Some(Self {
            page: word()?.parse().ok()?,
            done: word()?.parse().ok()?,
            before: word()?.to_owned(),
        })
    }

    fn text(&self) -> String {
        format!("{} {} {}", self.page, self.done, self.before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_being_kept() {
        let position = Position {
            page: 7,
            done: 350,
            before: "2024-01-01T00:00:00.000Z".to_owned(),
        };
        assert_eq!(Position::read(&position.text()), Some(position));
        assert_eq!(Position::read(DONE), None);
    }
}
