//! Conversations and messages: what votes judge.

use super::{App, validate};
use crate::domain::vote::RowRef;
use crate::domain::{Caller, Conversation, ConversationDraft, Message, Project, Scope};
use crate::error::Result;
use crate::limits;
use crate::store::{ConversationFilter, Idempotency, Ingested, MessageFilter, Page, Paging};

/// The conversation such that a key of one project changes nothing that is known of a person of the workspace: other
/// projects know that person too.
pub(super) fn of_caller(caller: &Caller, draft: ConversationDraft) -> ConversationDraft {
    ConversationDraft {
        end_user_stays: !caller.opens_workspace() && draft.workspace_end_user,
        ..draft
    }
}

impl App {
    /// Registers conversations with their messages, or adds to what is known of them. Votes that came before a message
    /// are linked to it.
    ///
    /// All are stored, or none: an error names the place of the first bad one.
    pub async fn ingest(
        &self,
        caller: &Caller,
        project: &Project,
        drafts: Vec<ConversationDraft>,
        idempotency: Option<Idempotency>,
    ) -> Result<Vec<Ingested>> {
        self.require_for_data(caller, Scope::FeedbackWrite)?;
        self.count_request_for(project.id)?;
        validate::count("conversations", drafts.len(), limits::BATCH_ITEMS)?;
        for (place, draft) in drafts.iter().enumerate() {
            validate::conversation(draft)
                .map_err(|error| error.under(format!("conversations[{place}]")))?;
        }
        let kept = drafts
            .into_iter()
            .map(|draft| project.keep_text.kept_of(of_caller(caller, draft)))
            .collect();
        self.store.ingest(project.id, kept, idempotency).await
    }

    /// Whether what is said of a conversation is within bounds, for interfaces that do more before they register it.
    pub fn check_conversation(draft: &ConversationDraft) -> Result<()> {
        validate::conversation(draft)
    }

    /// A page of a project's conversations, the latest first.
    pub async fn list_conversations(
        &self,
        caller: &Caller,
        filter: ConversationFilter,
        paging: Paging,
    ) -> Result<Page<Conversation>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        self.store.list_conversations(filter, paging).await
    }

    /// One conversation of a project.
    pub async fn conversation(
        &self,
        caller: &Caller,
        project: &Project,
        conversation: RowRef,
    ) -> Result<Option<Conversation>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        self.store.conversation(project.id, conversation).await
    }

    /// Messages of one conversation, oldest first; whether there are earlier ones is told by `next`.
    pub async fn list_messages(
        &self,
        caller: &Caller,
        filter: MessageFilter,
    ) -> Result<Page<Message>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        self.store.list_messages(filter).await
    }

    /// One message of a project.
    pub async fn message(
        &self,
        caller: &Caller,
        project: &Project,
        message: RowRef,
    ) -> Result<Option<Message>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        self.store.message(project.id, message).await
    }
}
