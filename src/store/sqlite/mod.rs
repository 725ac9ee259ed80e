//! SQLite in a data folder.
#![allow(
    clippy::todo,
    unused_variables,
    missing_docs,
    clippy::unused_async,
    reason = "stub while the rooms are built side by side"
)]

use super::{
    ConversationFilter, Directory, EndUserFilter, FeedbackDetail, FeedbackFilter, Finding,
    Idempotency, Ingested, MessageFilter, Once, Page, Paging, VoteError, Voted,
};
use crate::clock::Clock;
use crate::domain::vote::{Command, RowRef};
use crate::domain::{
    ApiKey, ApiKeyId, Attribute, Conversation, ConversationDraft, EndUser, EndUserDraft, Feedback,
    FeedbackId, Message, Project, ProjectId, Rollup, Timestamp, Workspace, WorkspaceId,
};
use crate::error::Result;
use std::path::PathBuf;

#[derive(Clone, Debug)]
pub struct StoreOptions {
    pub data_dir: Option<PathBuf>,
    pub clock: Clock,
}

#[derive(Debug)]
pub struct Store {}

impl Store {
    pub fn open(options: &StoreOptions) -> Result<Self> {
        todo!()
    }
    pub fn read_directory(&self) -> Result<Directory> {
        todo!()
    }
    pub async fn directory(&self) -> Result<Directory> {
        todo!()
    }
    pub async fn ready(&self) -> Result<()> {
        todo!()
    }
    pub async fn check(&self) -> Result<Vec<Finding>> {
        todo!()
    }
    pub async fn close(&self) -> Result<()> {
        todo!()
    }
    pub async fn vote(
        &self,
        command: Command,
        idempotency: Option<Idempotency>,
    ) -> Result<Voted, VoteError> {
        todo!()
    }
    pub async fn remembered(&self, idempotency: Option<&Idempotency>) -> Result<Option<Once>> {
        todo!()
    }
    pub async fn save_workspace(&self, workspace: Workspace) -> Result<()> {
        todo!()
    }
    pub async fn save_project(
        &self,
        project: Project,
        idempotency: Option<Idempotency>,
    ) -> Result<Once> {
        todo!()
    }
    pub async fn save_key(&self, key: ApiKey, idempotency: Option<Idempotency>) -> Result<Once> {
        todo!()
    }
    pub async fn revoke_key(&self, id: ApiKeyId, at: Timestamp) -> Result<()> {
        todo!()
    }
    pub async fn save_attribute(&self, attribute: Attribute) -> Result<()> {
        todo!()
    }
    pub async fn ingest(
        &self,
        project: ProjectId,
        drafts: Vec<ConversationDraft>,
    ) -> Result<Vec<Ingested>> {
        todo!()
    }
    pub async fn put_end_user(
        &self,
        workspace: WorkspaceId,
        project: Option<ProjectId>,
        external_id: &str,
        draft: EndUserDraft,
    ) -> Result<(EndUser, bool)> {
        todo!()
    }
    pub async fn list_feedback(
        &self,
        filter: FeedbackFilter,
        paging: Paging,
    ) -> Result<Page<Feedback>> {
        todo!()
    }
    pub async fn feedback(&self, id: FeedbackId) -> Result<Option<FeedbackDetail>> {
        todo!()
    }
    pub async fn rollups(&self, projects: Vec<ProjectId>) -> Result<Vec<Rollup>> {
        todo!()
    }
    pub async fn list_conversations(
        &self,
        filter: ConversationFilter,
        paging: Paging,
    ) -> Result<Page<Conversation>> {
        todo!()
    }
    pub async fn conversation(
        &self,
        project: ProjectId,
        conversation: RowRef,
    ) -> Result<Option<Conversation>> {
        todo!()
    }
    pub async fn list_messages(&self, filter: MessageFilter) -> Result<Page<Message>> {
        todo!()
    }
    pub async fn message(&self, project: ProjectId, message: RowRef) -> Result<Option<Message>> {
        todo!()
    }
    pub async fn end_user(&self, project: ProjectId, end_user: RowRef) -> Result<Option<EndUser>> {
        todo!()
    }
    pub async fn list_end_users(
        &self,
        filter: EndUserFilter,
        paging: Paging,
    ) -> Result<Page<EndUser>> {
        todo!()
    }
}
