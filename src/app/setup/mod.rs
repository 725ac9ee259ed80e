//! Making projects, keys, people and conversations be as a file says: `candor apply`.
//!
//! The whole file is checked against itself and against what is stored before anything is stored. Applying it again
//! changes nothing.

mod check;
mod conversations;
mod draft;
mod file;
mod read;
#[cfg(test)]
mod tests;

pub use file::Setup;

use super::audit::{Subject, Told};
use super::{App, KeyDraft, authenticate, projects};
use crate::domain::{AuditAction, Caller, EndUserDraft, Project, Scope};
use crate::error::{Error, Result};
use check::Checked;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

/// What applying a file did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupReport {
    /// Projects.
    pub projects: Counts,
    /// Attributes of projects.
    pub attributes: Counts,
    /// Keys.
    pub keys: Counts,
    /// People.
    pub end_users: Counts,
    /// Conversations, with their messages.
    pub conversations: Counts,
    /// What the operator may want to know.
    pub warnings: Vec<String>,
}

/// How many of a kind the file made, changed, and found as it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Made.
    pub created: usize,
    /// Changed.
    pub changed: usize,
    /// Found as the file says.
    pub unchanged: usize,
}

impl Counts {
    fn count(&mut self, created: bool, changed: bool) {
        *match (created, changed) {
            (true, _) => &mut self.created,
            (false, true) => &mut self.changed,
            (false, false) => &mut self.unchanged,
        } += 1;
    }
}

impl App {
    /// Makes everything be as the file says. A file with a mistake is refused whole, with the place of the mistake.
    pub async fn apply(&self, caller: &Caller, setup: Setup) -> Result<SetupReport> {
        authenticate::require(caller, Scope::Admin)?;
        projects::require_whole_workspace(caller)?;
        let (directory, rules) = (self.directory(), self.upstream_rules());
        let checked = check::checked(caller, &directory, setup, rules, self.clock.now())?;
        let mut report = SetupReport {
            warnings: checked.warnings.clone(),
            ..SetupReport::default()
        };
        report.keys.unchanged = checked.known_keys;
        self.apply_projects(caller, &checked, &mut report).await?;
        self.apply_keys(caller, &checked, &mut report).await?;
        self.apply_end_users(caller, &checked, &mut report).await?;
        self.apply_conversations(caller, checked, &mut report)
            .await?;
        self.note_applied(caller, &report).await?;
        Ok(report)
    }

    /// Projects, attributes and keys that were changed have entries of their own; this one tells of the whole.
    async fn note_applied(&self, caller: &Caller, report: &SetupReport) -> Result<()> {
        let kinds = [
            ("projects", report.projects),
            ("attributes", report.attributes),
            ("keys", report.keys),
            ("end_users", report.end_users),
            ("conversations", report.conversations),
        ];
        let changed = kinds
            .into_iter()
            .filter(|(_, it)| it.created + it.changed > 0);
        let detail: Told = changed
            .map(|(kind, it)| {
                let counts = json!({"created": it.created, "changed": it.changed});
                (kind.to_owned(), counts)
            })
            .collect();
        if detail.is_empty() {
            return Ok(());
        }
        let entry = self.entry(caller, AuditAction::FileApply, Subject::nothing(), detail);
        self.store.note(vec![entry]).await
    }

    async fn apply_projects(
        &self,
        caller: &Caller,
        checked: &Checked,
        report: &mut SetupReport,
    ) -> Result<()> {
        for planned in &checked.projects {
            let under = |error: Error| error.under(format!("projects[{}]", planned.place));
            let known = self
                .directory()
                .project_by_name(caller.workspace, &planned.name)
                .cloned();
            let draft = planned.draft.clone();
            let project = match &known {
                Some(known) => self.change_project(caller, known, draft).await,
                None => self
                    .create_project(caller, draft, None)
                    .await
                    .map(|(project, _)| project),
            }
            .map_err(under)?;
            let changed = known.as_ref().is_some_and(|known| *known != project);
            report.projects.count(known.is_none(), changed);
            for (place, draft) in planned.attributes.iter().enumerate() {
                let before = self.directory();
                let (attribute, created) = self
                    .put_attribute(caller, &project, draft.clone())
                    .await
                    .map_err(|error| under(error.under(format!("attributes[{place}]"))))?;
                let same = before
                    .attribute(project.id, attribute.id)
                    .is_some_and(|known| *known == attribute);
                report.attributes.count(created, !same);
            }
        }
        Ok(())
    }

    async fn apply_keys(
        &self,
        caller: &Caller,
        checked: &Checked,
        report: &mut SetupReport,
    ) -> Result<()> {
        for planned in &checked.new_keys {
            let project = planned
                .project
                .as_ref()
                .map(|name| self.named(caller, name))
                .transpose()?;
            let draft = KeyDraft {
                project: project.map(|project| project.id),
                ..planned.draft.clone()
            };
            self.create_key(caller, draft, None)
                .await
                .map_err(|error| error.under(format!("keys[{}]", planned.place)))?;
            report.keys.count(true, false);
        }
        for (key, limit) in &checked.limited_keys {
            self.limit_key(caller, *key, *limit).await?;
            report.keys.count(false, true);
        }
        Ok(())
    }

    async fn apply_end_users(
        &self,
        caller: &Caller,
        checked: &Checked,
        report: &mut SetupReport,
    ) -> Result<()> {
        for (place, planned) in checked.end_users.iter().enumerate() {
            let before = self.clock.now();
            let id = &planned.external_id;
            let draft: EndUserDraft = planned.draft.clone();
            let put = match &planned.project {
                Some(name) => {
                    let project = self.named(caller, name)?;
                    self.put_end_user(caller, &project, id, draft).await
                }
                None => {
                    self.put_workspace_end_user(caller, caller.workspace, id, draft)
                        .await
                }
            };
            let (end_user, created) =
                put.map_err(|error| error.under(format!("end_users[{place}]")))?;
            report
                .end_users
                .count(created, end_user.updated_at >= before);
        }
        Ok(())
    }

    /// A project that was there, or was just made.
    fn named(&self, caller: &Caller, name: &str) -> Result<Arc<Project>> {
        self.directory()
            .project_by_name(caller.workspace, name)
            .cloned()
            .ok_or_else(|| Error::not_found(format!("no project \"{name}\"")))
    }
}
