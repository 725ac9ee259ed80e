//! People who talk to an application.

use super::projects::require_whole_workspace;
use super::{App, validate};
use crate::domain::vote::RowRef;
use crate::domain::{Caller, EndUser, EndUserDraft, EndUserId, Project, Scope, WorkspaceId};
use crate::error::Result;
use crate::limits;
use crate::store::{EndUserFilter, Page, Paging};
use std::collections::HashMap;

impl App {
    /// Registers a person of a project, or adds to what is known. Tells whether the person is new.
    pub async fn put_end_user(
        &self,
        caller: &Caller,
        project: &Project,
        external_id: &str,
        draft: EndUserDraft,
    ) -> Result<(EndUser, bool)> {
        self.require_for_data(caller, Scope::FeedbackWrite)?;
        self.count_request_for(project.id)?;
        validate::name("external_id", external_id, limits::EXTERNAL_ID_CHARACTERS)?;
        validate::end_user(&draft)?;
        self.store
            .put_end_user(project.workspace, Some(project.id), external_id, draft)
            .await
    }

    /// Registers a person of the workspace as a whole, or adds to what is known. Tells whether the person is new.
    pub async fn put_workspace_end_user(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
        external_id: &str,
        draft: EndUserDraft,
    ) -> Result<(EndUser, bool)> {
        self.require_for_data(caller, Scope::FeedbackWrite)?;
        validate::name("external_id", external_id, limits::EXTERNAL_ID_CHARACTERS)?;
        validate::end_user(&draft)?;
        self.store
            .put_end_user(workspace, None, external_id, draft)
            .await
    }

    /// One person of a project, or of its workspace.
    pub async fn end_user(
        &self,
        caller: &Caller,
        project: &Project,
        end_user: RowRef,
    ) -> Result<Option<EndUser>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        self.store.end_user(project.id, end_user).await
    }

    /// People by our ids, as feedback names its authors. Those whom the caller's key does not open are left out.
    pub async fn end_users(
        &self,
        caller: &Caller,
        people: Vec<EndUserId>,
    ) -> Result<HashMap<EndUserId, EndUser>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        let mut found = self.store.end_users(caller.workspace, people).await?;
        let directory = self.directory();
        found.retain(|person| {
            let project = person.project;
            project.is_none_or(|project| directory.opens(caller, project))
        });
        Ok(found
            .into_iter()
            .map(|person| (person.id, person))
            .collect())
    }

    /// One person of the caller's workspace as a whole.
    pub async fn workspace_end_user(
        &self,
        caller: &Caller,
        end_user: &RowRef,
    ) -> Result<Option<EndUser>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        self.store
            .workspace_end_user(caller.workspace, end_user.clone())
            .await
    }

    /// A page of the people of the caller's workspace as a whole, the latest first.
    pub async fn list_workspace_end_users(
        &self,
        caller: &Caller,
        paging: Paging,
    ) -> Result<Page<EndUser>> {
        require_whole_workspace(caller)?;
        let filter = EndUserFilter::OfWorkspace(caller.workspace);
        self.list_end_users(caller, filter, paging).await
    }

    /// A page of people, the latest first.
    pub async fn list_end_users(
        &self,
        caller: &Caller,
        filter: EndUserFilter,
        paging: Paging,
    ) -> Result<Page<EndUser>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        self.store.list_end_users(filter, paging).await
    }
}
