//! The log of who changed what: written in the transaction of the change, read in pages.

use super::administer::row_of;
use super::batch::Batch;
use super::codes::{Coded as _, blob, coded, id, optional_id, time, unexpected};
use super::filter::Conditions;
use super::sql::{self, Row, Seat, Value, params, params_from_iter};
use super::{Cursor, Page, Paging, Store, one_more};
use crate::domain::{
    AccountId, ActorKind, AuditAction, AuditEntry, Named, ProjectId, Timestamp, WorkspaceId,
};
use crate::error::Result;
use uuid::Uuid;

/// Which entries, the latest first. Every filter that is set narrows the list.
#[derive(Clone, Copy, Debug)]
pub struct AuditFilter {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The project that they are about.
    pub project: Option<ProjectId>,
    /// Who did it.
    pub account: Option<AccountId>,
    /// What was done.
    pub action: Option<AuditAction>,
    /// At this time or later.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

impl Batch<'_> {
    /// Writes an entry of the log of who changed what.
    pub(super) fn note(&self, entry: &AuditEntry) -> sql::Result<()> {
        let workspace = row_of(self.connection, "workspaces", &entry.workspace.0)?;
        let project = match &entry.project {
            Some(project) => row_of(self.connection, "projects", &project.0)?,
            None => None,
        };
        self.connection.insert(
            "INSERT INTO audit_log (id, workspace, at, actor_kind, actor, actor_name, action, subject, subject_name, project, \
             detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            Seat::Shared,
            params![
                blob(&entry.id),
                workspace,
                entry.at.microseconds(),
                entry.by.code(),
                entry.actor.id.as_ref().map(blob),
                entry.actor.name,
                entry.action.name(),
                entry.subject.id.as_ref().map(blob),
                entry.subject.name,
                project,
                entry.detail
            ],
        )?;
        Ok(())
    }
}

impl Store {
    /// Writes entries about what is done piece by piece.
    pub async fn note(&self, entries: Vec<AuditEntry>) -> Result<()> {
        self.write(move |batch| {
            for entry in &entries {
                batch.note(entry)?;
            }
            Ok(Ok(()))
        })
        .await
    }

    /// A page of the log, the latest first.
    pub async fn audit_log(&self, filter: AuditFilter, paging: Paging) -> Result<Page<AuditEntry>> {
        self.read(move |connection| {
            let (sql, values) = filter.select(&paging);
            let mut items = connection
                .prepare_cached(&sql)?
                .query_map(params_from_iter(&values), |row| entry(row, &filter))?
                .collect::<sql::Result<Vec<_>>>()?;
            let goes_on = items.len() > paging.limit;
            items.truncate(paging.limit);
            let last = items.last().filter(|_| goes_on);
            let next = last.map(|entry| Cursor {
                at: entry.at,
                id: entry.id,
            });
            Ok(Page { items, next })
        })
        .await
    }
}

impl AuditFilter {
    fn select(&self, paging: &Paging) -> (String, Vec<Value>) {
        let uuid = |id: &Uuid| Value::Blob(id.as_bytes().to_vec());
        let mut found = Conditions::default();
        found.add(
            "a.workspace = (SELECT row_id FROM workspaces WHERE id = ?)",
            [uuid(&self.workspace.0)],
        );
        if let Some(project) = &self.project {
            found.add("p.id = ?", [uuid(&project.0)]);
        }
        if let Some(account) = &self.account {
            let kind = Value::Integer(ActorKind::Account.code());
            found.add("a.actor_kind = ? AND a.actor = ?", [kind, uuid(&account.0)]);
        }
        if let Some(action) = self.action {
            found.add("a.action = ?", [Value::Text(action.name().to_owned())]);
        }
        if let Some(since) = self.since {
            found.add("a.at >= ?", [Value::Integer(since.microseconds())]);
        }
        if let Some(until) = self.until {
            found.add("a.at < ?", [Value::Integer(until.microseconds())]);
        }
        if let Some(after) = &paging.after {
            let at = Value::Integer(after.at.microseconds());
            found.add("(a.at, a.id) < (?, ?)", [at, uuid(&after.id)]);
        }
        let sql = format!(
            "SELECT a.id, a.at, a.actor_kind, a.actor, a.actor_name, a.action, a.subject, a.subject_name, p.id, a.detail
             FROM audit_log a LEFT JOIN projects p ON p.row_id = a.project
             WHERE {} ORDER BY a.at DESC, a.id DESC LIMIT ?",
            found.sql()
        );
        let mut values = found.values;
        values.push(Value::Integer(one_more(paging.limit)));
        (sql, values)
    }
}

fn entry(row: &Row<'_>, filter: &AuditFilter) -> sql::Result<AuditEntry> {
    let action: String = row.get(5)?;
    Ok(AuditEntry {
        id: id(row, 0)?,
        workspace: filter.workspace,
        at: time(row, 1)?,
        by: coded(row, 2)?,
        actor: Named {
            id: optional_id(row, 3)?,
            name: row.get(4)?,
        },
        action: AuditAction::named(&action)
            .ok_or_else(|| unexpected(5, format!("no action {action}")))?,
        subject: Named {
            id: optional_id(row, 6)?,
            name: row.get(7)?,
        },
        project: optional_id(row, 8)?.map(ProjectId),
        detail: row.get(9)?,
    })
}
