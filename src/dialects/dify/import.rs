//! `candor import dify FILE`: feedback out of the export of Dify's console.
//!
//! The export is `GET /console/api/apps/{id}/feedbacks/export?format=csv|json`. It names end users by Dify's internal ids,
//! not by the `user` of the API: whoever votes again after the move is another author than the imported one. For the
//! same reason an imported message belongs to nobody yet, so that its real user may vote on it.

pub mod history;
mod read;

pub use crate::dialects::import::ImportReport;
pub use read::{Export, read};

use super::convert::POLICY;
use crate::app::{App, VoteError, Voted};
use crate::dialects::import::all;
use crate::domain::vote::{Addressee, Ask, Asked, Command, Place, Policy, RowRef};
use crate::domain::{
    Caller, ConversationDraft, DEFAULT_NAME, Dialect, MessageDraft, Project, Role, Timestamp,
    UnknownTargets,
};
use crate::error::Result;
use read::Row;
use std::cmp::Reverse;
use std::collections::HashMap;

/// The rules of Dify's votes, but for the owner: Dify looked at that before it stored what it exports.
const IMPORT: Policy = Policy {
    only_the_owner: false,
    ..POLICY
};
/// The rows that are under way at once: enough to fill the writer's batches, few enough to leave room for others.
const AT_ONCE: usize = 256;

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
    let mut rows = Vec::with_capacity(export.rows());
    for (place, row) in export.into_rows() {
        match row {
            Ok(row) => rows.push((place, row)),
            Err(reason) => report.refused.push((place, reason)),
        }
    }
    // An export begins with the newest; oldest first, the versions of one feedback come in their order.
    rows.sort_by_key(|(place, row)| (row.given_at, Reverse(*place)));
    let import = Import {
        app,
        caller,
        project,
        begun: beginnings(&rows),
    };
    let mut done = report.refused.len();
    progress(done);
    for rows in rows.chunks(AT_ONCE) {
        import.ingest(rows).await?;
        let votes = all(rows.iter().map(|(_, row)| import.vote(row))).await;
        for ((place, _), voted) in rows.iter().zip(votes) {
            report.add(*place, voted)?;
        }
        done += rows.len();
        progress(done);
    }
    report.refused.sort_unstable();
    Ok(report)
}

/// When each conversation began, as far as the export tells: with the earliest of its messages.
fn beginnings(rows: &[(u64, Row)]) -> HashMap<String, Timestamp> {
    let mut begun = HashMap::new();
    for (_, row) in rows {
        begun
            .entry(row.conversation.clone())
            .and_modify(|at| *at = row.asked_at.min(*at))
            .or_insert(row.asked_at);
    }
    begun
}

struct Import<'import> {
    app: &'import App,
    caller: &'import Caller,
    project: &'import Project,
    begun: HashMap<String, Timestamp>,
}

impl Import<'_> {
    /// Registers the rows' conversations and messages.
    async fn ingest(&self, rows: &[(u64, Row)]) -> Result<()> {
        let drafts = all(rows.iter().map(|(_, row)| self.draft(row))).await;
        let drafts: Vec<_> = drafts
            .into_iter()
            .filter_map(Result::transpose)
            .collect::<Result<_>>()?;
        if !drafts.is_empty() {
            self.app
                .ingest(self.caller, self.project, drafts, None)
                .await?;
        }
        Ok(())
    }

    /// What a row tells of its conversation and message; none if the message is known. Whatever is known already is
    /// known better than from an export, which cuts long answers.
    async fn draft(&self, row: &Row) -> Result<Option<ConversationDraft>> {
        let message = RowRef::External(row.message.clone());
        let message = self.app.message(self.caller, self.project, message).await?;
        if message.is_some_and(|message| !message.stub) {
            return Ok(None);
        }
        let conversation = RowRef::External(row.conversation.clone());
        let known = self
            .app
            .conversation(self.caller, self.project, conversation)
            .await?
            .is_some();
        let begun = self.begun.get(&row.conversation).copied();
        Ok(Some(ConversationDraft {
            external_id: Some(row.conversation.clone()),
            title: row.conversation_name.clone().filter(|_| !known),
            created_at: begun.filter(|_| !known),
            messages: vec![MessageDraft {
                external_id: Some(row.message.clone()),
                role: Some(Role::Assistant),
                query: row.query.clone(),
                content: row.answer.clone(),
                created_at: Some(row.asked_at),
                ..MessageDraft::default()
            }],
            ..ConversationDraft::default()
        }))
    }

    async fn vote(&self, row: &Row) -> Result<Voted, VoteError> {
        let addressee = Addressee::Vote {
            place: Place::Message {
                conversation: Some(RowRef::External(row.conversation.clone())),
                message: RowRef::External(row.message.clone()),
            },
            author: row.author.clone(),
            name: DEFAULT_NAME.to_owned(),
        };
        let asked = Asked {
            rating: Ask::Set(row.rating),
            comment: Ask::set_or_absent(row.comment.clone()),
            ..Asked::default()
        };
        let command = Command {
            unknown_targets: UnknownTargets::Accept,
            created_at: Some(row.given_at),
            updated_at: Some(row.given_at),
            external_id: row.feedback.clone(),
            ..Command::new(self.project, Dialect::Dify, IMPORT, addressee, asked)
        };
        self.app.record_feedback(self.caller, command, None).await
    }
}
