//! `candor import wonderchat`: conversations, and what people thought of them, out of Wonderchat's export.
//!
//! The export is the answer of `POST /export-chatlogs`, in a file or fetched. It has no ids, so that what a row is called
//! here is derived from what it says: SHA-256 of its chatbot, its time and its first message. It tells what people thought of a
//! conversation as a whole, not of which message, and not who or when.

mod read;
mod window;

pub use crate::dialects::import::ImportReport;
pub use read::{Export, parse, read};
pub use window::{Window, begin, place_after, request, source, windows};

use super::convert::{POLICY, anonymous};
use crate::app::App;
use crate::app::{VoteError, VotedOutcome};
use crate::dialects::import::all;
use crate::domain::vote::{Ask, Asked, Command, Place, RowRef};
use crate::domain::{
    Caller, ConversationDraft, Dialect, EndUserDetails, EndUserDraft, MessageDraft, Project, Role,
    UnknownTargets,
};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use read::{Chatlog, Exchange};

/// The conversations that are under way at once: enough to share commits, few enough to leave room for others.
const AT_ONCE: usize = 64;

/// Brings an export into a project. Rows that cannot be taken are reported while the others go in; an error says that
/// everything stopped, and what went in before stays. Doing it again changes nothing.
///
/// `progress` hears how many rows are done.
pub async fn import(
    app: &App,
    caller: &Caller,
    project: &Project,
    export: Export,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<ImportReport> {
    let mut report = ImportReport::default();
    let mut chatlogs = Vec::with_capacity(export.rows());
    for (place, row) in export.into_rows() {
        match row {
            Ok(chatlog) => chatlogs.push((place, chatlog)),
            Err(reason) => report.refused.push((place, reason)),
        }
    }
    let import = Import {
        app,
        caller,
        project,
    };
    let mut done = report.refused.len();
    progress(done);
    for chatlogs in chatlogs.chunks(AT_ONCE) {
        let brought = all(chatlogs.iter().map(|(_, chatlog)| import.bring(chatlog))).await;
        for ((place, _), brought) in chatlogs.iter().zip(brought) {
            report.count(*place, brought)?;
        }
        done += chatlogs.len();
        progress(done);
    }
    report.refused.sort_unstable();
    Ok(report)
}

struct Import<'import> {
    app: &'import App,
    caller: &'import Caller,
    project: &'import Project,
}

impl Import<'_> {
    /// Brings a conversation and tells whether that brought something new.
    async fn bring(&self, chatlog: &Chatlog) -> Result<bool> {
        let known = self.knows(chatlog).await?;
        if !known {
            self.tell(chatlog).await?;
        }
        let judged = self.judge(chatlog).await?;
        Ok(!known || judged)
    }

    /// Whether the conversation is known to its last message. What is known already is left as it is.
    async fn knows(&self, chatlog: &Chatlog) -> Result<bool> {
        let conversation = RowRef::External(chatlog.name());
        let conversation = self
            .app
            .conversation(self.caller, self.project, conversation)
            .await?;
        if conversation.is_none() {
            return Ok(false);
        }
        let Some(last) = chatlog.exchanges.len().checked_sub(1) else {
            return Ok(true);
        };
        let last = RowRef::External(chatlog.name_of(last));
        let message = self.app.message(self.caller, self.project, last).await?;
        Ok(message.is_some())
    }

    async fn tell(&self, chatlog: &Chatlog) -> Result<()> {
        let person = chatlog.person();
        if let Some(person) = person {
            let draft = EndUserDraft {
                details: EndUserDetails {
                    name: chatlog.user_name.clone(),
                    email: chatlog.user_email.clone(),
                    phone: chatlog.user_phone_number.clone(),
                    ..EndUserDetails::default()
                },
                ..EndUserDraft::default()
            };
            self.app
                .put_end_user(self.caller, self.project, person, draft)
                .await?;
        }
        let named = || ConversationDraft {
            external_id: Some(chatlog.name()),
            end_user: person.map(str::to_owned),
            created_at: Some(chatlog.created_at),
            metadata: chatlog.metadata(),
            ..ConversationDraft::default()
        };
        let messages: Vec<_> = chatlog
            .exchanges
            .iter()
            .enumerate()
            .map(|(place, exchange)| message(chatlog.name_of(place), exchange))
            .collect();
        // A conversation without messages is told too.
        let mut parts: Vec<_> = messages.chunks(limits::CONVERSATION_MESSAGES).collect();
        if parts.is_empty() {
            parts.push(&[]);
        }
        for part in parts {
            let draft = ConversationDraft {
                messages: part.to_vec(),
                ..named()
            };
            self.app
                .ingest(self.caller, self.project, vec![draft], None)
                .await?;
        }
        Ok(())
    }

    /// Stores what people thought, as the vote of nobody in particular. The export does not say when it was given: it
    /// counts as given with the last message, so that whatever was said of the conversation here since stays.
    async fn judge(&self, chatlog: &Chatlog) -> Result<bool> {
        let Some(rating) = chatlog.rating else {
            return Ok(false);
        };
        let addressee = anonymous(Place::Conversation {
            conversation: RowRef::External(chatlog.name()),
        });
        let asked = Asked {
            rating: Ask::Set(rating),
            ..Asked::default()
        };
        let at = Some(chatlog.last_at());
        let command = Command {
            unknown_targets: UnknownTargets::Accept,
            created_at: at,
            updated_at: at,
            ..Command::new(self.project, Dialect::Wonderchat, POLICY, addressee, asked)
        };
        match self.app.record_feedback(self.caller, command, None).await {
            Ok(voted) => Ok(voted.outcome != VotedOutcome::Unchanged),
            Err(VoteError::Failed(error)) => Err(error),
            Err(VoteError::Refused(reason)) => {
                Err(Error::new(ErrorKind::Invalid, format!("{reason:?}")))
            }
        }
    }
}

/// A question with its answer is one message, as in the export; a question without one is the person's.
fn message(name: String, exchange: &Exchange) -> MessageDraft {
    let asked_only = exchange.answer.is_none() && exchange.question.is_some();
    let said = MessageDraft {
        external_id: Some(name),
        created_at: exchange.created_at,
        ..MessageDraft::default()
    };
    if asked_only {
        MessageDraft {
            role: Some(Role::User),
            content: exchange.question.clone(),
            ..said
        }
    } else {
        MessageDraft {
            role: Some(Role::Assistant),
            query: exchange.question.clone(),
            content: exchange.answer.clone(),
            ..said
        }
    }
}
