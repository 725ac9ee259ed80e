//! What vendors' clients ask to be kept for a project.

use super::audit::Subject;
use super::{App, audit, validate};
use crate::domain::{AuditAction, Caller, Dialect, Project, Scope};
use crate::error::{Error, Result};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

impl App {
    /// Keeps what a dialect's client asked to be kept for a project: a JSON object, which takes the place of the one
    /// that the same dialect's clients left before.
    pub async fn keep_client_settings(
        &self,
        caller: &Caller,
        project: &Project,
        dialect: Dialect,
        settings: &str,
    ) -> Result<()> {
        self.require_for_data(caller, Scope::FeedbackWrite)?;
        validate::metadata("client_settings", settings)?;
        let kept = RawValue::from_string(settings.to_owned())
            .map_err(|_| Error::invalid("client_settings", "must be a JSON object"))?;
        self.administer(async {
            let directory = self.directory();
            let known = directory
                .project(project.id)
                .filter(|known| known.deleted_at.is_none())
                .ok_or_else(|| Error::not_found("no such project"))?;
            let mut all: BTreeMap<String, Box<RawValue>> = known
                .client_settings
                .as_deref()
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_default();
            all.insert(dialect.name().to_owned(), kept);
            let text = serde_json::to_string(&all).map_err(Error::internal)?;
            if known.client_settings.as_ref() == Some(&text) {
                return Ok(());
            }
            let changed = Project {
                client_settings: Some(text),
                updated_at: self.clock().now(),
                ..Project::clone(known)
            };
            // What it says may be a secret of the client's.
            let detail = audit::told([("client_settings_of", dialect.name().into())]);
            let subject = Subject::project(&changed);
            let entry = self.entry(caller, AuditAction::ProjectChange, subject, detail);
            self.store.save_project(changed, None, entry).await?;
            Ok(())
        })
        .await
    }
}
