//! How far imports that go on for long have come.

use super::{App, validate};
use crate::domain::{Caller, Project, Scope};
use crate::error::Result;
use crate::limits;

impl App {
    /// Where an import into a project stopped; none if it never began. `source` names where it imports from, and what the
    /// position means is the import's own affair.
    pub async fn import_position(
        &self,
        caller: &Caller,
        project: &Project,
        source: &str,
    ) -> Result<Option<String>> {
        self.require_for_data(caller, Scope::FeedbackWrite)?;
        self.store
            .import_position(project.id, source.to_owned())
            .await
    }

    /// Keeps how far an import into a project has come, in place of what was kept for the same source. To be called once
    /// everything before the position is stored.
    pub async fn keep_import_position(
        &self,
        caller: &Caller,
        project: &Project,
        source: &str,
        position: &str,
    ) -> Result<()> {
        self.require_for_data(caller, Scope::FeedbackWrite)?;
        validate::name("source", source, limits::TITLE_CHARACTERS)?;
        validate::name("position", position, limits::TITLE_CHARACTERS)?;
        self.store
            .keep_import_position(project.id, source.to_owned(), position.to_owned())
            .await
    }
}

#[cfg(test)]
mod tests {
    use crate::app::{App, AppOptions, ProjectDraft};

    #[tokio::test]
    async fn each_project_and_source_has_a_position_of_its_own() {
        let app = App::open(AppOptions::in_memory()).unwrap();
        let caller = App::operator(app.ensure_workspace().await.unwrap());
        let mut projects = Vec::new();
        for name in ["one", "other"] {
            let draft = ProjectDraft {
                name: Some(name.to_owned()),
                ..ProjectDraft::default()
            };
            projects.push(app.create_project(&caller, draft, None).await.unwrap().0);
        }
        for position in ["january", "february"] {
            app.keep_import_position(&caller, &projects[0], "here", position)
                .await
                .unwrap();
        }
        for (project, source, position) in [
            (&projects[0], "here", Some("february")),
            (&projects[0], "there", None),
            (&projects[1], "here", None),
        ] {
            let kept = app.import_position(&caller, project, source).await.unwrap();
            assert_eq!(kept.as_deref(), position);
        }
    }
}
