//! People who sign in. They are few, and held in memory by the application, but for their passwords.

use super::Store;
use super::administer::row_of;
use super::batch::Batch;
use super::codes::{Coded as _, blob, coded, id, optional_time, time};
use super::invites::delete_invites;
use super::sql::{self, Connection, OptionalExtension as _, Row, Seat, Value, params};
use crate::domain::{
    Account, AccountId, AuditEntry, ProjectId, SessionId, Timestamp, WorkspaceId, email_key,
};
use crate::error::Result;
use std::collections::HashMap;

/// Which projects a row names, by its number.
pub(super) type NamedProjects = HashMap<i64, Vec<ProjectId>>;

/// What is read of an account when somebody wants to sign in.
#[derive(Clone)]
pub struct SeenAccount {
    /// Which one it is.
    pub id: AccountId,
    /// The hash of its password.
    pub password: String,
    /// Whether it is disabled.
    pub disabled: bool,
}

// Without the hash: what can be printed is printed one day.
impl std::fmt::Debug for SeenAccount {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("SeenAccount");
        shown.field("id", &self.id).finish_non_exhaustive()
    }
}

impl Store {
    /// Stores a new account with the hash of its password.
    pub async fn add_account(
        &self,
        account: Account,
        password: String,
        audit: AuditEntry,
    ) -> Result<()> {
        self.write(move |batch| {
            add(batch, &account, &password)?;
            batch.note(&audit)?;
            batch.directory_changed()?;
            Ok(Ok(()))
        })
        .await
    }

    /// Stores an account's name, role, projects and whether it is disabled. One that is disabled is signed out everywhere.
    pub async fn change_account(&self, account: Account, audit: AuditEntry) -> Result<()> {
        self.write(move |batch| {
            change(batch, &account)?;
            if account.disabled_at.is_some() {
                end_sessions(batch.connection, account.id, None)?;
                delete_password_links(batch.connection, account.id)?;
            }
            batch.note(&audit)?;
            batch.directory_changed()?;
            Ok(Ok(()))
        })
        .await
    }

    /// Stores the hash of another password. The account is signed out everywhere but in one session, and links for a new
    /// password are worth nothing any more.
    pub async fn change_password(
        &self,
        account: AccountId,
        password: String,
        but: Option<SessionId>,
        audit: AuditEntry,
    ) -> Result<()> {
        self.write(move |batch| {
            set_password(batch.connection, account, &password)?;
            end_sessions(batch.connection, account, but)?;
            batch.note(&audit)?;
            Ok(Ok(()))
        })
        .await
    }

    /// The account of an e-mail address, as it is stored now.
    pub async fn account_to_sign_in(&self, email: &str) -> Result<Option<SeenAccount>> {
        let key = email_key(email);
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT id, password, disabled_at FROM accounts WHERE email_key = ?1",
                )?
                .query_row([key], seen)
                .optional()
        })
        .await
    }

    /// The same of an account by our id.
    pub async fn account_with_password(&self, account: AccountId) -> Result<Option<SeenAccount>> {
        self.read(move |connection| {
            connection
                .prepare_cached("SELECT id, password, disabled_at FROM accounts WHERE id = ?1")?
                .query_row([blob(&account.0)], seen)
                .optional()
        })
        .await
    }

    /// About when each account of a workspace was last used, of those that were.
    pub async fn last_seen(&self, workspace: WorkspaceId) -> Result<HashMap<AccountId, Timestamp>> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT a.id, a.last_seen_at FROM accounts a JOIN workspaces w ON w.row_id = a.workspace
                     WHERE w.id = ?1 AND a.last_seen_at IS NOT NULL",
                )?
                .query_map([blob(&workspace.0)], |row| {
                    Ok((AccountId(id(row, 0)?), time(row, 1)?))
                })?
                .collect()
        })
        .await
    }
}

fn seen(row: &Row<'_>) -> sql::Result<SeenAccount> {
    Ok(SeenAccount {
        id: AccountId(id(row, 0)?),
        password: row.get(1)?,
        disabled: optional_time(row, 2)?.is_some(),
    })
}

/// Every account.
pub(super) fn all(connection: Connection<'_>) -> sql::Result<Vec<Account>> {
    let mut named = named_projects(connection, "account_projects", "account")?;
    connection
        .prepare_cached(
            "SELECT a.row_id, a.id, w.id, a.email, a.name, a.role, a.limited, a.created_at, a.disabled_at
             FROM accounts a JOIN workspaces w ON w.row_id = a.workspace ORDER BY a.row_id",
        )?
        .query_map([], |row| {
            let projects = named.remove(&row.get(0)?).unwrap_or_default();
            Ok(Account {
                id: AccountId(id(row, 1)?),
                workspace: WorkspaceId(id(row, 2)?),
                email: row.get(3)?,
                name: row.get(4)?,
                role: coded(row, 5)?,
                projects: row.get::<_, bool>(6)?.then_some(projects),
                created_at: time(row, 7)?,
                disabled_at: optional_time(row, 8)?,
            })
        })?
        .collect()
}

/// The projects that rows of a table name, in the order of their ids.
pub(super) fn named_projects(
    connection: Connection<'_>,
    table: &str,
    column: &str,
) -> sql::Result<NamedProjects> {
    let sql = format!(
        "SELECT n.{column}, p.id FROM {table} n JOIN projects p ON p.row_id = n.project ORDER BY n.{column}, p.id"
    );
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query([])?;
    let mut named = NamedProjects::new();
    while let Some(row) = rows.next()? {
        let projects = named.entry(row.get(0)?).or_default();
        projects.push(ProjectId(id(&row, 1)?));
    }
    Ok(named)
}

/// Says which projects a row names; none if it names none.
pub(super) fn name_projects(
    connection: Connection<'_>,
    table: &str,
    column: &str,
    row: i64,
    projects: Option<&[ProjectId]>,
) -> sql::Result<()> {
    connection.execute(&format!("DELETE FROM {table} WHERE {column} = ?1"), [row])?;
    let insert =
        format!("INSERT INTO {table} ({column}, project) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
    for project in projects.unwrap_or_default() {
        let project = row_of(connection, "projects", &project.0)?;
        connection.execute(&insert, params![row, project])?;
    }
    Ok(())
}

/// Inserts an account.
pub(super) fn add(batch: &Batch<'_>, account: &Account, password: &str) -> sql::Result<()> {
    let connection = batch.connection;
    connection.insert(
        "INSERT INTO accounts (id, workspace, email, email_key, name, role, limited, password, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        Seat::Shared,
        params![
            blob(&account.id.0),
            row_of(connection, "workspaces", &account.workspace.0)?,
            account.email,
            email_key(&account.email),
            account.name,
            account.role.code(),
            account.projects.is_some(),
            password,
            account.created_at.microseconds()
        ],
    )?;
    name_projects_of(connection, account)
}

fn change(batch: &Batch<'_>, account: &Account) -> sql::Result<()> {
    batch.connection.execute(
        "UPDATE accounts SET name = ?2, role = ?3, limited = ?4, disabled_at = ?5 WHERE id = ?1",
        params![
            blob(&account.id.0),
            account.name,
            account.role.code(),
            account.projects.is_some(),
            account.disabled_at.map(Timestamp::microseconds)
        ],
    )?;
    name_projects_of(batch.connection, account)
}

fn name_projects_of(connection: Connection<'_>, account: &Account) -> sql::Result<()> {
    let Some(row) = row_of(connection, "accounts", &account.id.0)? else {
        return Ok(());
    };
    let projects = account.projects.as_deref();
    name_projects(connection, "account_projects", "account", row, projects)
}

/// Sets the hash of a password. Links for a new one are worth nothing any more.
pub(super) fn set_password(
    connection: Connection<'_>,
    account: AccountId,
    password: &str,
) -> sql::Result<()> {
    connection.execute(
        "UPDATE accounts SET password = ?2 WHERE id = ?1",
        params![blob(&account.0), password],
    )?;
    delete_password_links(connection, account)
}

/// Takes back the links for a new password of an account.
fn delete_password_links(connection: Connection<'_>, account: AccountId) -> sql::Result<()> {
    if let Some(row) = row_of(connection, "accounts", &account.0)? {
        delete_invites(connection, "account = ?", [Value::Integer(row)])?;
    }
    Ok(())
}

/// Signs an account out everywhere, but in one session.
pub(super) fn end_sessions(
    connection: Connection<'_>,
    account: AccountId,
    but: Option<SessionId>,
) -> sql::Result<()> {
    let Some(row) = row_of(connection, "accounts", &account.0)? else {
        return Ok(());
    };
    match but {
        None => connection.execute("DELETE FROM sessions WHERE account = ?1", [row])?,
        Some(but) => connection.execute(
            "DELETE FROM sessions WHERE account = ?1 AND id <> ?2",
            params![row, blob(&but.0)],
        )?,
    };
    Ok(())
}
