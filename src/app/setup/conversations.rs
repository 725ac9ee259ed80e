//! Conversations of a file: those that are known as the file tells them are left alone.

use super::SetupReport;
use super::check::Checked;
use crate::app::App;
use crate::domain::vote::RowRef;
use crate::domain::{
    Caller, Conversation, ConversationDraft, ConversationId, Message, MessageDraft, Project,
};
use crate::error::Result;
use crate::limits;
use crate::store::MessageFilter;
use std::collections::HashMap;

impl App {
    pub(super) async fn apply_conversations(
        &self,
        caller: &Caller,
        checked: Checked,
        report: &mut SetupReport,
    ) -> Result<()> {
        for (name, mut drafts) in checked.conversations {
            let project = self.named(caller, &name)?;
            let mut different = Vec::new();
            for (place, draft) in &mut drafts {
                if let Some(id) = &draft.end_user {
                    let of_project = checked.project_people.contains(&(name.clone(), id.clone()));
                    draft.workspace_end_user = !of_project
                        && (checked.workspace_people.contains(id)
                            || self.only_the_workspace_knows(caller, &project, id).await?);
                }
                if self.is_as_drafted(caller, &project, draft).await? {
                    report.conversations.count(false, false);
                } else {
                    different.push((*place, std::mem::take(draft)));
                }
            }
            self.ingest_all(caller, &project, different, report).await?;
        }
        Ok(())
    }

    async fn ingest_all(
        &self,
        caller: &Caller,
        project: &Project,
        mut drafts: Vec<(usize, ConversationDraft)>,
        report: &mut SetupReport,
    ) -> Result<()> {
        while !drafts.is_empty() {
            let rest = drafts.split_off(drafts.len().min(limits::BATCH_ITEMS));
            let (places, batch): (Vec<_>, Vec<_>) = drafts.into_iter().unzip();
            drafts = rest;
            let ingested = self
                .ingest(caller, project, batch, None)
                .await
                .map_err(|error| {
                    error.under(format!(
                        "conversations {} to {}",
                        places.first().copied().unwrap_or_default(),
                        places.last().copied().unwrap_or_default()
                    ))
                })?;
            for ingested in ingested {
                report.conversations.count(ingested.created, true);
            }
        }
        Ok(())
    }

    async fn only_the_workspace_knows(
        &self,
        caller: &Caller,
        project: &Project,
        external_id: &str,
    ) -> Result<bool> {
        let named = RowRef::External(external_id.to_owned());
        let known = self.end_user(caller, project, named).await?;
        Ok(known.is_some_and(|known| known.project.is_none()))
    }

    async fn is_as_drafted(
        &self,
        caller: &Caller,
        project: &Project,
        draft: &ConversationDraft,
    ) -> Result<bool> {
        let Some(named) = draft.external_id.clone().map(RowRef::External) else {
            return Ok(false);
        };
        let Some(known) = self.conversation(caller, project, named).await? else {
            return Ok(false);
        };
        if !is_conversation_as_drafted(&known, draft) {
            return Ok(false);
        }
        let messages = self.messages_by_name(caller, known.id).await?;
        Ok(draft.messages.iter().all(|message| {
            let kept = project.keep_text.redacted(message.clone());
            kept.external_id
                .as_ref()
                .and_then(|id| messages.get(id))
                .is_some_and(|known| is_message_as_drafted(known, &kept))
        }))
    }

    async fn messages_by_name(
        &self,
        caller: &Caller,
        conversation: ConversationId,
    ) -> Result<HashMap<String, Message>> {
        let mut known = HashMap::new();
        let mut before = None;
        loop {
            let filter = MessageFilter {
                conversation,
                before,
                limit: limits::CONVERSATION_MESSAGES,
            };
            let page = self.list_messages(caller, filter).await?;
            before = page.items.first().map(|earliest| earliest.id);
            known.extend(
                page.items
                    .into_iter()
                    .filter_map(|message| Some((message.external_id.clone()?, message))),
            );
            if page.next.is_none() || before.is_none() {
                return Ok(known);
            }
        }
    }
}

/// Whether a field says nothing, or what is known.
fn says_nothing_new<T: PartialEq>(said: Option<&T>, known: Option<&T>) -> bool {
    said.is_none() || said == known
}

fn is_conversation_as_drafted(known: &Conversation, draft: &ConversationDraft) -> bool {
    let end_user = known.end_user.as_ref().map(|(_, external_id)| external_id);
    says_nothing_new(draft.end_user.as_ref(), end_user)
        && says_nothing_new(draft.title.as_ref(), known.title.as_ref())
        && says_nothing_new(draft.metadata.as_ref(), known.metadata.as_ref())
        && says_nothing_new(draft.created_at.as_ref(), Some(&known.created_at))
}

fn is_message_as_drafted(known: &Message, draft: &MessageDraft) -> bool {
    !known.stub
        && says_nothing_new(draft.role.as_ref(), known.role.as_ref())
        && says_nothing_new(draft.query.as_ref(), known.query.as_ref())
        && says_nothing_new(draft.content.as_ref(), known.content.as_ref())
        && says_nothing_new(draft.model.as_ref(), known.model.as_ref())
        && says_nothing_new(draft.version.as_ref(), known.version.as_ref())
        && says_nothing_new(draft.metadata.as_ref(), known.metadata.as_ref())
        && says_nothing_new(draft.created_at.as_ref(), Some(&known.created_at))
}
