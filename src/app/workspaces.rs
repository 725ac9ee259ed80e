//! Workspaces: accounts that know nothing of each other. Only the operator at the machine makes them.

use super::{App, IssuedKey, KeyDraft, validate};
use crate::clock;
use crate::domain::{Dialect, Scopes, Workspace, WorkspaceId};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;

impl App {
    /// Makes a workspace, and a native key that may do everything in it. One that was cut off before it got a key is made
    /// again.
    pub async fn create_workspace(&self, name: &str) -> Result<(Workspace, IssuedKey)> {
        validate::name("name", name, limits::NAME_CHARACTERS)?;
        self.administer(async {
            let directory = self.directory();
            if let Some(known) = directory.workspace_named(name) {
                if !directory.keys(&Self::operator(known.id)).is_empty() {
                    let message = "another workspace has this name already";
                    return Err(Error::new(ErrorKind::Conflict, message).at("name"));
                }
                return Ok(());
            }
            let workspace = Workspace {
                id: WorkspaceId(clock::new_id()),
                number: 0,
                name: name.to_owned(),
                created_at: self.clock.now(),
            };
            let entry = self.workspace_entry(&Self::operator(workspace.id), &workspace);
            self.store.save_workspace(workspace, entry).await
        })
        .await?;
        let workspace = self
            .directory()
            .workspace_named(name)
            .cloned()
            .ok_or_else(|| Error::internal("a stored workspace is not in the directory"))?;
        let admin = KeyDraft {
            name: Some("first admin key".to_owned()),
            scopes: Scopes::all(),
            ..KeyDraft::new(Dialect::Native, None)
        };
        let issued = self
            .create_key(&Self::operator(workspace.id), admin, None)
            .await?;
        Ok((workspace, issued))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::AppOptions;

    #[tokio::test]
    async fn a_workspace_is_made_once_with_a_key_of_its_own() {
        let app = App::open(AppOptions::in_memory()).unwrap();
        let first = app.ensure_workspace().await.unwrap();
        let (made, issued) = app.create_workspace("other").await.unwrap();
        assert_ne!(made.id, first);
        assert_eq!(issued.key.workspace, made.id);
        let again = app.create_workspace("other").await.err().unwrap();
        assert_eq!(again.kind(), ErrorKind::Conflict);
        assert_eq!(app.directory().workspaces().len(), 2);
    }

    #[tokio::test]
    async fn a_workspace_without_a_key_gets_one() {
        let app = App::open(AppOptions::in_memory()).unwrap();
        let first = app.ensure_workspace().await.unwrap();
        let (made, _) = app.create_workspace("default").await.unwrap();
        assert_eq!(made.id, first);
    }
}
