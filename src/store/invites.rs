//! One-time links. A link that was used, taken back or is over leaves no row.

use super::accounts::{add, end_sessions, name_projects, named_projects, set_password};
use super::administer::row_of;
use super::codes::{Coded as _, blob, coded, id, optional_id, time};
use super::sessions::{NewSession, begin};
use super::sql::{self, Connection, Seat, Value, params};
use super::{Store, sql::params_from_iter};
use crate::domain::{
    Account, AccountId, AuditEntry, Invite, InviteId, InviteKind, Timestamp, WorkspaceId,
};
use crate::error::{Error, Result};

/// A link that is made.
#[derive(Clone, Debug)]
pub struct NewInvite {
    /// The link.
    pub invite: Invite,
    /// SHA-256 of its token.
    pub token_sha256: [u8; 32],
}

/// What comes of a link that is used.
#[derive(Clone)]
pub enum Acceptance {
    /// A new account.
    Account(Account),
    /// Another password of one.
    Password(AccountId),
}

impl Store {
    /// Stores a link. Earlier ones for the first account of the workspace, or for the same account's password, are worth
    /// nothing any more, and those that are over leave.
    pub async fn save_invite(&self, new: NewInvite, audit: Option<AuditEntry>) -> Result<()> {
        self.write(move |batch| {
            let connection = batch.connection;
            let NewInvite {
                invite,
                token_sha256,
            } = &new;
            let workspace = row_of(connection, "workspaces", &invite.workspace.0)?;
            let account = match &invite.account {
                Some(account) => row_of(connection, "accounts", &account.0)?,
                None => None,
            };
            let now = invite.created_at.microseconds();
            delete_invites(connection, "expires_at <= ?", [Value::Integer(now)])?;
            if invite.kind == InviteKind::First {
                delete_first(connection, invite.workspace)?;
            }
            if let Some(account) = account {
                delete_invites(connection, "account = ?", [Value::Integer(account)])?;
            }
            let row = connection.insert(
                "INSERT INTO invites (id, workspace, kind, role, limited, email, account, token_sha256, created_at, expires_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                Seat::Shared,
                params![
                    blob(&invite.id.0),
                    workspace,
                    invite.kind.code(),
                    invite.role.code(),
                    invite.projects.is_some(),
                    invite.email,
                    account,
                    token_sha256,
                    now,
                    invite.expires_at.microseconds()
                ],
            )?;
            let projects = invite.projects.as_deref();
            name_projects(connection, "invite_projects", "invite", row, projects)?;
            if let Some(audit) = &audit {
                batch.note(audit)?;
            }
            Ok(Ok(()))
        })
        .await
    }

    /// The links into a workspace that can be used, oldest first.
    pub async fn invites(&self, workspace: WorkspaceId, now: Timestamp) -> Result<Vec<Invite>> {
        self.read(move |connection| {
            let workspace = Value::Blob(workspace.0.as_bytes().to_vec());
            found(connection, "w.id = ?", workspace, now)
        })
        .await
    }

    /// The link of a token, if it can be used.
    pub async fn invite_of(
        &self,
        token_sha256: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<Invite>> {
        self.read(move |connection| {
            let token = Value::Blob(token_sha256.to_vec());
            Ok(found(connection, "i.token_sha256 = ?", token, now)?.pop())
        })
        .await
    }

    /// Takes a link back.
    pub async fn delete_invite(&self, invite: InviteId, audit: AuditEntry) -> Result<()> {
        self.write(move |batch| {
            let id = Value::Blob(invite.0.as_bytes().to_vec());
            if delete_invites(batch.connection, "id = ?", [id])? == 1 {
                batch.note(&audit)?;
            }
            Ok(Ok(()))
        })
        .await
    }

    /// Uses a link, once: makes the account or sets its password, and signs it in there and nowhere else.
    pub async fn accept_invite(
        &self,
        invite: InviteId,
        what: Acceptance,
        password: String,
        session: NewSession,
        audit: AuditEntry,
    ) -> Result<()> {
        self.write(move |batch| {
            let connection = batch.connection;
            let id = Value::Blob(invite.0.as_bytes().to_vec());
            if delete_invites(connection, "id = ?", [id])? == 0 {
                return Ok(Err(Error::not_found("this link was used already")));
            }
            match &what {
                Acceptance::Account(account) => {
                    add(batch, account, &password)?;
                    delete_first(connection, account.workspace)?;
                }
                Acceptance::Password(account) => {
                    set_password(connection, *account, &password)?;
                    end_sessions(connection, *account, None)?;
                }
            }
            begin(connection, &session)?;
            batch.note(&audit)?;
            batch.directory_changed()?;
            Ok(Ok(()))
        })
        .await
    }
}

fn found(
    connection: Connection<'_>,
    which: &str,
    value: Value,
    now: Timestamp,
) -> sql::Result<Vec<Invite>> {
    let mut named = named_projects(connection, "invite_projects", "invite")?;
    let sql = format!(
        "SELECT i.row_id, i.id, w.id, i.kind, i.role, i.limited, i.email, a.id, i.created_at, i.expires_at
         FROM invites i JOIN workspaces w ON w.row_id = i.workspace LEFT JOIN accounts a ON a.row_id = i.account
         WHERE {which} AND i.expires_at > ? ORDER BY i.created_at, i.id"
    );
    connection
        .prepare_cached(&sql)?
        .query_map(
            params_from_iter([value, Value::Integer(now.microseconds())]),
            |row| {
                let projects = named.remove(&row.get(0)?).unwrap_or_default();
                Ok(Invite {
                    id: InviteId(id(row, 1)?),
                    workspace: WorkspaceId(id(row, 2)?),
                    kind: coded(row, 3)?,
                    role: coded(row, 4)?,
                    projects: row.get::<_, bool>(5)?.then_some(projects),
                    email: row.get(6)?,
                    account: optional_id(row, 7)?.map(AccountId),
                    created_at: time(row, 8)?,
                    expires_at: time(row, 9)?,
                })
            },
        )?
        .collect()
}

/// Deletes links with what they name; returns how many there were.
pub(super) fn delete_invites<const N: usize>(
    connection: Connection<'_>,
    which: &str,
    values: [Value; N],
) -> sql::Result<usize> {
    let names = format!(
        "DELETE FROM invite_projects WHERE invite IN (SELECT row_id FROM invites WHERE {which})"
    );
    connection.execute(&names, params_from_iter(values.clone()))?;
    let links = format!("DELETE FROM invites WHERE {which}");
    connection.execute(&links, params_from_iter(values))
}

/// Deletes the link for the first account of a workspace.
fn delete_first(connection: Connection<'_>, workspace: WorkspaceId) -> sql::Result<usize> {
    let workspace = Value::Blob(workspace.0.as_bytes().to_vec());
    let which = "kind = ? AND workspace = (SELECT row_id FROM workspaces WHERE id = ?)";
    let kind = Value::Integer(InviteKind::First.code());
    delete_invites(connection, which, [kind, workspace])
}
