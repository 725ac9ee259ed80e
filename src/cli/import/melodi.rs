//! `candor import melodi`.

use crate::app::App;
use crate::cli::data::{DataFolder, Missing};
use crate::cli::{Outcome, output};
use crate::dialects::melodi::import::{Import, ImportReport, Page};
use crate::domain::{Caller, Project};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use clap::Args;
use reqwest::{Client, StatusCode, Url, redirect};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The threads of one page: what Melodi gives if nothing is said.
const PAGE_THREADS: usize = 50;

/// Bring along threads from Melodi with their messages, people and feedback, with their ids and times.
///
/// From files with what `GET /threads?includeFeedback=true` answers, or page by page from Melodi itself. Doing it again
/// changes nothing. If fetching is interrupted, it goes on behind the last page that was stored. What cannot be taken is
/// listed with the reason while the rest goes in; then the exit code is 1.
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
    from_url: Option<Url>,
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
struct Vendor {
    client: Client,
    threads: Url,
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
        let vendor = self.vendor()?;
        let report = self
            .data
            .with(config, Missing::Refuse, async |app, operator| {
                let directory = app.directory();
                let project = directory
                    .project_named(operator, &self.project)
                    .map_err(|error| error.at("--project"))?;
                let named = self.vendor_project_id;
                let import = Import::new(app, operator, Arc::clone(&project), named);
                match &vendor {
                    None => bring(import, pages).await,
                    Some(vendor) => {
                        let source = vendor.source(named);
                        vendor
                            .bring(import, (app, operator, &project), &source)
                            .await
                    }
                }
            })?;
        Ok(print(&report, self.json))
    }

    fn vendor(&self) -> Result<Option<Vendor>> {
        let (Some(base), Some(key)) = (&self.from_url, &self.vendor_key) else {
            return Ok(None);
        };
        let mut threads = base.clone();
        threads
            .path_segments_mut()
            .map_err(|()| Error::invalid("--from-url", "this is no URL of a server"))?
            .pop_if_empty()
            .extend(["api", "external", "threads"]);
        threads.set_query(None);
        // Another part of the process may have installed it already, which is as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // The key is for this server alone, so nothing is followed to another.
        let client = Client::builder()
            .timeout(limits::IMPORT_FETCH_TIME)
            .redirect(redirect::Policy::none())
            .user_agent(concat!("candor/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Error::internal)?;
        Ok(Some(Vendor {
            client,
            threads,
            key: key.clone(),
        }))
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
    let progress = output::Progress::of(pages.iter().map(Page::threads).sum());
    let mut done = 0;
    for page in pages {
        done += page.threads();
        import.bring(page).await?;
        progress.note(done);
    }
    Ok(import.into_report())
}

impl Vendor {
    /// What the position is kept under.
    fn source(&self, vendor_project: Option<i64>) -> String {
        let project = vendor_project.map_or_else(|| "all".to_owned(), |number| number.to_string());
        format!("melodi {} {project}", self.threads)
    }

    /// Brings page by page. The position is kept behind each page that is stored, and forgotten behind the last.
    async fn bring(
        &self,
        mut import: Import<'_>,
        (app, operator, project): (&App, &Caller, &Project),
        source: &str,
    ) -> Result<ImportReport> {
        let kept = app.import_position(operator, project, source).await?;
        let mut position = kept
            .as_deref()
            .and_then(Position::read)
            .unwrap_or_else(|| Position {
                page: 0,
                done: 0,
                before: format!("{:.3}", app.clock().now()),
            });
        let mut progress = None;
        loop {
            let page = self.page(&position, import.vendor_project()).await?;
            let threads = page.threads();
            position.page += 1;
            position.done += threads;
            let all = page.count;
            let progress =
                progress.get_or_insert_with(|| output::Progress::of(all.unwrap_or(position.done)));
            import.bring(page).await?;
            progress.note(position.done);
            let ended = threads == 0 || all.is_some_and(|all| position.done >= all);
            let next = if ended {
                DONE.to_owned()
            } else {
                position.text()
            };
            app.keep_import_position(operator, project, source, &next)
                .await?;
            if ended {
                return Ok(import.into_report());
            }
        }
    }

    /// A page. What fails in passing is tried again a few times.
    async fn page(&self, position: &Position, vendor_project: Option<i64>) -> Result<Page> {
        let mut url = self.threads.clone();
        url.query_pairs_mut()
            .append_pair("pageIndex", &position.page.to_string())
            .append_pair("pageSize", &PAGE_THREADS.to_string())
            .append_pair("includeFeedback", "true")
            .append_pair("before", &position.before);
        if let Some(number) = vendor_project {
            url.query_pairs_mut()
                .append_pair("projectId", &number.to_string());
        }
        let mut waits = limits::IMPORT_FETCH_WAITS.into_iter();
        loop {
            let failure = match self.fetch(url.clone()).await {
                Ok(bytes) => return Page::read(&bytes).map_err(|error| self.at(error, position)),
                Err(error) => error,
            };
            let passing = matches!(failure.kind(), ErrorKind::Unavailable | ErrorKind::Busy);
            match waits.next() {
                Some(wait) if passing => tokio::time::sleep(wait).await,
                _ => return Err(self.at(failure, position)),
            }
        }
    }

    fn at(&self, error: Error, position: &Position) -> Error {
        error.at(format!("page {} of {}", position.page, self.threads))
    }

    async fn fetch(&self, url: Url) -> Result<Vec<u8>> {
        let unreachable = |error: reqwest::Error| {
            let message = "no whole answer came; run the import again to go on from here";
            Error::new(ErrorKind::Unavailable, message).because(error.without_url())
        };
        let request = self.client.get(url).header("api-key", &self.key);
        let mut answer = request.send().await.map_err(unreachable)?;
        check(answer.status())?;
        let mut bytes = Vec::new();
        while let Some(some) = answer.chunk().await.map_err(unreachable)? {
            if bytes.len() + some.len() > limits::IMPORT_PAGE_BYTES {
                let most = limits::IMPORT_PAGE_BYTES;
                let message = format!("the page has more than {most} bytes");
                return Err(Error::new(ErrorKind::TooLarge, message));
            }
            bytes.extend_from_slice(&some);
        }
        Ok(bytes)
    }
}

fn check(status: StatusCode) -> Result<()> {
    let kind = match status {
        StatusCode::OK => return Ok(()),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ErrorKind::Forbidden,
        StatusCode::TOO_MANY_REQUESTS => ErrorKind::Busy,
        status if status.is_server_error() => ErrorKind::Unavailable,
        _ => ErrorKind::Invalid,
    };
    Err(Error::new(kind, format!("the answer was {status}")))
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

fn print(report: &ImportReport, as_json: bool) -> Outcome {
    if as_json {
        let refused: Vec<_> = report
            .refused
            .iter()
            .map(|(what, reason)| json!({"what": what, "reason": reason}))
            .collect();
        output::json(&json!({
            "threads": report.threads, "imported": report.imported, "unchanged": report.unchanged,
            "refused": refused,
        }));
    } else {
        for (what, reason) in &report.refused {
            let (what, reason) = (output::plain(what), output::plain(reason));
            output::line(format_args!("refused   {what}: {reason}"));
        }
        output::line(format_args!(
            "{} threads; feedback: {} imported, {} unchanged; {} refused",
            report.threads,
            report.imported,
            report.unchanged,
            report.refused.len()
        ));
    }
    if report.refused.is_empty() {
        Outcome::Done
    } else {
        Outcome::NotWell
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
