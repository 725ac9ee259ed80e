//! Signing in and out.

use super::accounts::check_email;
use super::audit::{Subject, Told};
use super::{App, passwords};
use crate::clock;
use crate::domain::{AccountId, AuditAction, Caller, Session, SessionId, Timestamp};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::store::NewSession;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// A session that just began, with its token, which cannot be shown again.
#[derive(Clone)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// What carries it.
    pub token: String,
}

// Without the token: what can be printed is printed one day.
impl fmt::Debug for SignedIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("SignedIn");
        shown
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

impl App {
    /// Signs an account in. `address` is where it comes from.
    ///
    /// Whether the e-mail address is nobody's, the password is wrong or the account is disabled, the answer is the same and takes
    /// as long.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        address: Option<IpAddr>,
    ) -> Result<SignedIn> {
        let email = email.trim();
        self.sign_in_tries.begin(email, address, self.clock.now())?;
        // What cannot be an address is nobody's, and not every engine can be asked for it.
        let known = match check_email("email", email) {
            Ok(()) => self.store.account_to_sign_in(email).await?,
            Err(_) => None,
        };
        let hash = known.as_ref().map(|known| known.password.clone());
        let right = self.passwords.is_right(password, hash).await?;
        let known = known.filter(|known| right && !known.disabled);
        let refused = || {
            let message = "the e-mail address or the password is wrong";
            Error::new(ErrorKind::Unauthenticated, message)
        };
        let known = known.ok_or_else(refused)?;
        let (session, token) = self.new_session(known.id);
        if !self.store.begin_session(session, known.password).await? {
            return Err(refused());
        }
        self.sign_in_tries.forgive(email, address);
        self.signed_in(token).await
    }

    /// The session of a token, if it is not over and its account not disabled. It is asked of the store each time, so that
    /// signing out is true on all servers at once.
    pub async fn session(&self, token: &str) -> Result<Option<Session>> {
        let now = self.clock.now();
        let session = self.store.session(digest(token), now).await?;
        if let Some(session) = session {
            if self.directory().account(session.account).is_none() {
                // Another server has just made it.
                self.follow_directory().await?;
            }
            let seen = limits::SESSION_SEEN_INTERVAL.as_micros();
            let seen = i64::try_from(seen).unwrap_or(i64::MAX);
            if now > session.last_seen_at.plus_microseconds(seen) {
                // Whoever asks is answered even while nothing can be written.
                if let Err(error) = self.store.session_seen(session, now).await {
                    tracing::warn!(%error, "that a session was used was not noted");
                }
            }
        }
        Ok(session)
    }

    /// Ends a session.
    pub async fn sign_out(&self, session: &Session) -> Result<()> {
        self.store.end_session(session.id).await
    }

    /// Ends all sessions of the account that a session is of.
    pub async fn sign_out_everywhere(&self, session: &Session) -> Result<()> {
        self.end_sessions_of(&session.caller(), session.account)
            .await
    }

    pub(super) async fn end_sessions_of(&self, caller: &Caller, account: AccountId) -> Result<()> {
        let directory = self.directory();
        let subject = directory.account(account);
        let subject = subject.map_or_else(Subject::nothing, |account| Subject::account(account));
        let entry = self.entry(caller, AuditAction::AccountSignOut, subject, Told::new());
        self.store.end_sessions(account, entry).await
    }

    /// Changes the password of the account that a session is of, which is signed out everywhere else.
    pub async fn change_own_password(
        &self,
        session: &Session,
        current: &str,
        new: &str,
    ) -> Result<()> {
        passwords::check("new", new)?;
        let email = self
            .directory()
            .account(session.account)
            .map(|account| account.email.clone())
            .unwrap_or_default();
        self.sign_in_tries.begin(&email, None, self.clock.now())?;
        let known = self.store.account_with_password(session.account).await?;
        let hash = known.map(|known| known.password);
        if !self.passwords.is_right(current, hash).await? {
            return Err(Error::invalid("current", "this is not the password"));
        }
        self.sign_in_tries.forgive(&email, None);
        let hash = self.passwords.hash(new).await?;
        let directory = self.directory();
        let subject = directory.account(session.account);
        let subject = subject.map_or_else(Subject::nothing, |account| Subject::account(account));
        let action = AuditAction::AccountPassword;
        let entry = self.entry(&session.caller(), action, subject, Told::new());
        self.store
            .change_password(session.account, hash, Some(session.id), entry)
            .await
    }

    /// A session of an account that begins now, with its token.
    pub(super) fn new_session(&self, account: AccountId) -> (NewSession, String) {
        let token = new_token("cns_");
        let at = self.clock.now();
        let session = NewSession {
            id: SessionId(clock::new_id()),
            account,
            token_sha256: digest(&token),
            at,
            expires_at: after(at, limits::SESSION_TIME),
        };
        (session, token)
    }

    /// The session that was stored with this token.
    pub(super) async fn signed_in(&self, token: String) -> Result<SignedIn> {
        let session = self.session(&token).await?;
        let session =
            session.ok_or_else(|| Error::internal("a session that began is not there"))?;
        Ok(SignedIn { session, token })
    }
}

/// What a token is known by.
pub(super) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// A token of 256 bits that nobody can guess.
pub(super) fn new_token(prefix: &str) -> String {
    let token = URL_SAFE_NO_PAD.encode(clock::random_bytes::<32>());
    format!("{prefix}{token}")
}

/// A time so much later.
pub(super) fn after(at: Timestamp, time: Duration) -> Timestamp {
    at.plus_microseconds(i64::try_from(time.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{AccountDraft, AppOptions};
    use crate::clock::Clock;
    use crate::domain::AccountRole;

    const START: Timestamp = Timestamp::from_microseconds(1_777_636_800_000_000);
    const PASSWORD: &str = "a long password";

    async fn signed_in() -> (App, Caller, SignedIn) {
        let app = App::open(AppOptions {
            clock: Clock::standing_at(START),
            ..AppOptions::in_memory()
        });
        let app = app.unwrap();
        let operator = App::operator(app.ensure_workspace().await.unwrap());
        let draft = AccountDraft {
            email: "ada@example.com".to_owned(),
            name: "Ada".to_owned(),
            password: PASSWORD.to_owned(),
            role: AccountRole::Viewer,
            projects: None,
        };
        app.create_account(&operator, draft).await.unwrap();
        let signed_in = app.sign_in("ada@example.com", PASSWORD, None).await;
        (app, operator, signed_in.unwrap())
    }

    #[tokio::test]
    async fn a_session_is_over_in_the_end() {
        let (app, _, SignedIn { session, token }) = signed_in().await;
        app.clock.set(session.expires_at.plus_microseconds(-1));
        let still = app.session(&token).await.unwrap().unwrap();
        // Using it makes it no longer.
        assert_eq!(still.expires_at, session.expires_at);
        app.clock.set(session.expires_at);
        assert!(app.session(&token).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn that_somebody_was_here_is_noted_now_and_then() {
        let (app, operator, SignedIn { token, .. }) = signed_in().await;
        let seen = async || {
            app.session(&token).await.unwrap().unwrap();
            app.list_accounts(&operator).await.unwrap()[0].1
        };
        assert_eq!(seen().await, Some(START));
        app.clock.set(after(START, limits::SESSION_SEEN_INTERVAL));
        assert_eq!(seen().await, Some(START));
        let later = after(START, limits::SESSION_SEEN_INTERVAL * 2);
        app.clock.set(later);
        assert_eq!(seen().await, Some(later));
    }

    #[tokio::test]
    async fn a_token_is_not_kept() {
        let (_, _, signed_in) = signed_in().await;
        assert!(!format!("{signed_in:?}").contains(&signed_in.token));
    }
}
