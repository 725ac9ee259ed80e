//! Where accounts are signed in. Every request that carries a session asks here, so that who is signed out is so on all servers.

use super::Store;
use super::accounts::end_sessions;
use super::administer::row_of;
use super::codes::{blob, coded, id, time};
use super::sql::{self, Connection, OptionalExtension as _, Seat, params};
use crate::domain::{AccountId, AuditEntry, Session, SessionId, Timestamp, WorkspaceId};
use crate::error::Result;

/// A session that begins.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Our id.
    pub id: SessionId,
    /// Who signed in.
    pub account: AccountId,
    /// SHA-256 of its token.
    pub token_sha256: [u8; 32],
    /// When it begins.
    pub at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

impl Store {
    /// Begins a session, if the password that was checked is still the account's and the account is not disabled. Tells
    /// whether it did. Sessions that are over leave.
    pub async fn begin_session(&self, session: NewSession, password: String) -> Result<bool> {
        self.write(move |batch| {
            let stands = batch
                .connection
                .prepare_cached(
                    "SELECT 1 FROM accounts WHERE id = ?1 AND password = ?2 AND disabled_at IS NULL",
                )?
                .query_row(params![blob(&session.account.0), password], |_| Ok(()))
                .optional()?
                .is_some();
            if stands {
                begin(batch.connection, &session)?;
            }
            Ok(Ok(stands))
        })
        .await
    }

    /// The session of a token, if it is not over and its account not disabled.
    pub async fn session(&self, token_sha256: [u8; 32], now: Timestamp) -> Result<Option<Session>> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT s.id, a.id, w.id, a.role, a.limited, s.expires_at, s.last_seen_at
                     FROM sessions s JOIN accounts a ON a.row_id = s.account JOIN workspaces w ON w.row_id = a.workspace
                     WHERE s.token_sha256 = ?1 AND s.expires_at > ?2 AND a.disabled_at IS NULL",
                )?
                .query_row(params![token_sha256, now.microseconds()], |row| {
                    Ok(Session {
                        id: SessionId(id(row, 0)?),
                        account: AccountId(id(row, 1)?),
                        workspace: WorkspaceId(id(row, 2)?),
                        role: coded(row, 3)?,
                        limited: row.get(4)?,
                        expires_at: time(row, 5)?,
                        last_seen_at: time(row, 6)?,
                    })
                })
                .optional()
        })
        .await
    }

    /// Notes that a session was used.
    pub async fn session_seen(&self, session: Session, at: Timestamp) -> Result<()> {
        self.write(move |batch| {
            for (sql, id) in [
                (
                    "UPDATE sessions SET last_seen_at = ?2 WHERE id = ?1",
                    &session.id.0,
                ),
                (
                    "UPDATE accounts SET last_seen_at = ?2 WHERE id = ?1",
                    &session.account.0,
                ),
            ] {
                let values = params![blob(id), at.microseconds()];
                batch.connection.execute(sql, values)?;
            }
            Ok(Ok(()))
        })
        .await
    }

    /// Ends one session.
    pub async fn end_session(&self, session: SessionId) -> Result<()> {
        self.write(move |batch| {
            let sql = "DELETE FROM sessions WHERE id = ?1";
            batch.connection.execute(sql, [blob(&session.0)])?;
            Ok(Ok(()))
        })
        .await
    }

    /// Signs an account out everywhere.
    pub async fn end_sessions(&self, account: AccountId, audit: AuditEntry) -> Result<()> {
        self.write(move |batch| {
            end_sessions(batch.connection, account, None)?;
            batch.note(&audit)?;
            Ok(Ok(()))
        })
        .await
    }
}

/// Inserts a session. Those that are over leave.
pub(super) fn begin(connection: Connection<'_>, session: &NewSession) -> sql::Result<()> {
    let at = session.at.microseconds();
    connection.execute("DELETE FROM sessions WHERE expires_at <= ?1", [at])?;
    connection.insert(
        "INSERT INTO sessions (id, account, token_sha256, created_at, expires_at, last_seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        Seat::Shared,
        params![
            blob(&session.id.0),
            row_of(connection, "accounts", &session.account.0)?,
            session.token_sha256,
            at,
            session.expires_at.microseconds(),
            at
        ],
    )?;
    connection.execute(
        "UPDATE accounts SET last_seen_at = ?2 WHERE id = ?1",
        params![blob(&session.account.0), at],
    )?;
    Ok(())
}
