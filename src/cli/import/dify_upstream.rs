//! `candor import dify --upstream`.

use super::super::output;
use super::super::vendor::Vendor;
use crate::app::App;
use crate::dialects::dify::import::history::{self, History, Listed, Page, Said};
use crate::dialects::import::ImportReport;
use crate::domain::{Caller, Dialect, Mode, Project};
use crate::error::{Error, Result};
use crate::upstream::Passing;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// The position of an import that came to its end: the next one begins anew.
const DONE: &str = "done";

/// What is to be brought along.
#[derive(Debug)]
pub(super) struct Backfill<'arguments> {
    /// People whom the project may not know yet.
    pub(super) users: &'arguments [String],
    /// The key to use, instead of the upstream's.
    pub(super) key: Option<&'arguments str>,
    /// Whether everything is fetched anew.
    pub(super) again: bool,
}

/// The app behind the project.
struct Source {
    vendor: Arc<Vendor>,
    authorization: String,
}

/// How far fetching has come.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Position {
    /// The last conversation of the person that is stored whole; empty if none is.
    conversation: String,
    user: String,
}

impl Backfill<'_> {
    /// Brings everything, person by person. The position is kept behind each conversation that is stored.
    pub(super) async fn bring(
        &self,
        app: &App,
        operator: &Caller,
        project: &Project,
    ) -> Result<ImportReport> {
        let source = self.source(app, project).await?;
        let mut history = History::new(app, operator, project);
        let users = history.users(self.users).await?;
        let name = self.name(source.vendor.url());
        let kept = app.import_position(operator, project, &name).await?;
        let kept = kept.filter(|_| !self.again);
        let stopped = kept.as_deref().and_then(Position::read);
        let progress = output::Progress::counting(users.len(), "people");
        for (done, user) in (1..).zip(&users) {
            let mut last = None;
            if let Some(stopped) = &stopped {
                if *user < stopped.user {
                    progress.note(done);
                    continue;
                }
                let at = Some(stopped.conversation.clone()).filter(|last| !last.is_empty());
                last = at.filter(|_| *user == stopped.user);
            }
            loop {
                let path = history::conversations(user, last.as_deref());
                let page: Page<Listed> = source.page(path).await?;
                let before = last.clone();
                for listed in &page.data {
                    source.bring(&mut history, user, listed).await?;
                    let position = Position {
                        conversation: listed.id.clone(),
                        user: user.clone(),
                    };
                    app.keep_import_position(operator, project, &name, &position.text())
                        .await?;
                    last = Some(listed.id.clone());
                }
                if !page.has_more || page.data.is_empty() {
                    break;
                }
                source.check_progress(before.as_deref(), last.as_deref())?;
            }
            progress.note(done);
        }
        app.keep_import_position(operator, project, &name, DONE)
            .await?;
        Ok(history.into_report())
    }

    async fn source(&self, app: &App, project: &Project) -> Result<Source> {
        let refused = |message: &str| Err(Error::invalid("--project", message));
        let Some(upstream) = Passing::upstream(project, Dialect::Dify) else {
            return refused("has no upstream that speaks Dify's dialect");
        };
        if project.mode == Mode::Completion {
            return refused("is a completion app, whose messages Dify lists nowhere");
        }
        let key = match self.key {
            Some(key) => Some(key.to_owned()),
            None => app.vendor_credential(project)?.secret,
        };
        let Some(key) = key else {
            let message = "is needed: the project's upstream has no credential of its own";
            return Err(Error::invalid("--vendor-key", message));
        };
        let url = history::server(&upstream.base_url).to_owned();
        // Made where it does not block the runtime.
        let vendor = tokio::task::spawn_blocking(move || Vendor::at(&url)).await;
        Ok(Source {
            vendor: Arc::new(vendor.map_err(Error::internal)??),
            authorization: format!("Bearer {key}"),
        })
    }

    /// What the position is kept for: other people named, and it would be another one.
    fn name(&self, url: &str) -> String {
        let mut named = Sha256::new();
        for user in self.users {
            named.update(user.as_bytes());
            named.update([0]);
        }
        format!("dify {url} {}", hex::encode(&named.finalize()[..8]))
    }
}

impl Source {
    /// Brings one conversation, page by page from its end.
    async fn bring(&self, history: &mut History<'_>, user: &str, listed: &Listed) -> Result<()> {
        let mut first = None;
        loop {
            let path = history::messages(user, &listed.id, first.as_deref());
            let page: Page<Said> = self.page(path).await?;
            history.bring(user, listed, &page).await?;
            let before = first;
            first = page.data.first().map(|said| said.id.clone());
            if !page.has_more || first.is_none() {
                return Ok(());
            }
            self.check_progress(before.as_deref(), first.as_deref())?;
        }
    }

    /// Whether a page leads on. A server that does not know the parameter gives the same page for ever.
    fn check_progress(&self, before: Option<&str>, after: Option<&str>) -> Result<()> {
        if before != after {
            return Ok(());
        }
        let message = "gives the same page again and again";
        Err(Error::invalid(self.vendor.url().to_owned(), message))
    }

    async fn page<T: DeserializeOwned>(&self, path: String) -> Result<Page<T>> {
        let authorization = ("authorization", self.authorization.as_str());
        let answer = self.vendor.get_patiently(&path, authorization).await?;
        history::page(&answer).map_err(|error| error.at(self.vendor.url().to_owned()))
    }
}

impl Position {
    /// The position from what [`Position::text`] gave.
    fn read(text: &str) -> Option<Self> {
        let (conversation, user) = text.split_once(' ')?;
        Some(Self {
            conversation: conversation.to_owned(),
            user: user.to_owned(),
        })
    }

    fn text(&self) -> String {
        format!("{} {}", self.conversation, self.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_being_kept() {
        let position = Position {
            conversation: "45701982-8118-4bc5-8e9b-64562b4555f2".to_owned(),
            user: "ada of london".to_owned(),
        };
        assert_eq!(Position::read(&position.text()), Some(position));
        assert_eq!(Position::read(DONE), None);
    }
}
