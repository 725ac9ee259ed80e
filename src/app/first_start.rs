//! What a new data folder gets, so that the first vote is one command away.

use super::audit::Subject;
use super::{App, KeyDraft, ProjectDraft, audit};
use crate::clock;
use crate::domain::{
    AuditAction, AuditEntry, Caller, Dialect, Opens, Project, Scopes, Who, Workspace, WorkspaceId,
};
use crate::error::Result;
use crate::store::StoreLock;
use std::sync::Arc;

/// The workspace and project of a first start.
const NAME: &str = "default";

/// What the first start made. The secrets cannot be shown again.
#[derive(Clone)]
pub struct FirstStart {
    /// The first project.
    pub project: Arc<Project>,
    /// The secret of a native key that may do everything.
    pub admin_secret: String,
    /// The secret of a Dify key of the first project.
    pub dify_secret: String,
}

impl App {
    /// Makes the workspace if there is none, and nothing else: for tools that bring their own projects and keys.
    pub async fn ensure_workspace(&self) -> Result<WorkspaceId> {
        if let Some(workspace) = self.directory().workspace() {
            return Ok(workspace.id);
        }
        let id = WorkspaceId(clock::new_id());
        let workspace = Workspace {
            id,
            number: 0,
            name: NAME.to_owned(),
            created_at: self.clock.now(),
        };
        self.administer(async {
            // Another server may have been first.
            if let Some(workspace) = self.directory().workspace() {
                return Ok(workspace.id);
            }
            let entry = self.workspace_entry(&Self::itself(id), &workspace);
            self.store.save_workspace(workspace, entry).await?;
            Ok(id)
        })
        .await
    }

    /// Who the operator at the machine is: may do everything in a workspace, and needs no key for it.
    pub const fn operator(workspace: WorkspaceId) -> Caller {
        Caller {
            who: Who::CommandLine,
            workspace,
            opens: Opens::Workspace,
            scopes: Scopes::from_bits(u8::MAX),
            publishable: false,
        }
    }

    /// Who the server is where nobody asks it: as much as the operator.
    pub(super) const fn itself(workspace: WorkspaceId) -> Caller {
        Caller {
            who: Who::Server,
            ..Self::operator(workspace)
        }
    }

    pub(super) fn workspace_entry(&self, caller: &Caller, made: &Workspace) -> AuditEntry {
        let detail = audit::made(audit::told([("name", made.name.clone().into())]));
        let subject = Subject::workspace(made.id, &made.name);
        self.entry(caller, AuditAction::WorkspaceCreate, subject, detail)
    }

    /// Makes workspace, project and keys in a store that has no key yet; none if it has one. A first start that was cut
    /// off before it made a key is made again.
    pub async fn first_start(&self) -> Result<Option<FirstStart>> {
        // Of several servers that start on new data, one makes it and the others find it.
        let _first = self.store.wait_for(StoreLock::FirstStart).await?;
        let operator = Self::itself(self.ensure_workspace().await?);
        self.follow_directory().await?;
        if !self.directory().keys(&operator).is_empty() {
            return Ok(None);
        }
        let project = match self.directory().projects(&operator).first() {
            Some(project) => Arc::clone(project),
            None => self.first_project(&operator).await?,
        };
        let admin = KeyDraft {
            name: Some("first admin key".to_owned()),
            scopes: Scopes::all(),
            ..KeyDraft::new(Dialect::Native, None)
        };
        let dify = KeyDraft {
            name: Some("first Dify key".to_owned()),
            ..KeyDraft::new(Dialect::Dify, Some(project.id))
        };
        let admin_secret = self.create_key(&operator, admin, None).await?.secret;
        let dify_secret = self.create_key(&operator, dify, None).await?.secret;
        Ok(Some(FirstStart {
            project,
            admin_secret,
            dify_secret,
        }))
    }

    async fn first_project(&self, operator: &Caller) -> Result<Arc<Project>> {
        let draft = ProjectDraft {
            name: Some(NAME.to_owned()),
            ..ProjectDraft::default()
        };
        let (project, _) = self.create_project(operator, draft, None).await?;
        Ok(project)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::AppOptions;

    #[tokio::test]
    async fn a_first_start_that_was_cut_off_is_made_again_and_a_whole_one_is_not() {
        let app = App::open(AppOptions::in_memory()).unwrap();
        let operator = App::operator(app.ensure_workspace().await.unwrap());
        let project = app.first_project(&operator).await.unwrap();
        let first = app.first_start().await.unwrap().unwrap();
        assert_eq!(first.project.id, project.id);
        assert!(app.first_start().await.unwrap().is_none());
    }
}
