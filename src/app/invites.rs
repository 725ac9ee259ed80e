//! One-time links: for the first account, for more of them, and for forgotten passwords.

use super::accounts::{check_email, check_new, of_workspace, ordered, refused, require_owner};
use super::audit::{Subject, Told};
use super::sessions::{after, digest, new_token};
use super::{App, SignedIn, audit, passwords};
use crate::clock;
use crate::domain::{
    Account, AccountId, AccountRefusal, AccountRole, AuditAction, AuditEntry, Caller, Invite,
    InviteId, InviteKind, Named, ProjectId, Who, WorkspaceId, email_key,
};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::store::{Acceptance, NewInvite};
use std::fmt;

/// What is said of a link for a new account.
#[derive(Clone, Debug)]
pub struct InviteDraft {
    /// What the account will be allowed.
    pub role: AccountRole,
    /// The only projects that it will open; none for all.
    pub projects: Option<Vec<ProjectId>>,
    /// The only e-mail address that it is for; anybody's if there is none.
    pub email: Option<String>,
}

/// A link that was just made, with its token, which cannot be shown again.
#[derive(Clone)]
pub struct IssuedInvite {
    /// The link.
    pub invite: Invite,
    /// Its token.
    pub token: String,
}

// Without the token: what can be printed is printed one day.
impl fmt::Debug for IssuedInvite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("IssuedInvite");
        shown
            .field("invite", &self.invite.id)
            .finish_non_exhaustive()
    }
}

/// What somebody says who uses a link. Who has an account already says the password alone.
#[derive(Clone, Default)]
pub struct Accepting {
    /// The e-mail address to sign in with.
    pub email: Option<String>,
    /// What people call them.
    pub name: Option<String>,
    /// The password to sign in with.
    pub password: String,
}

impl App {
    /// Makes a link for a new account.
    pub async fn create_invite(&self, caller: &Caller, draft: InviteDraft) -> Result<IssuedInvite> {
        require_owner(caller)?;
        let email = draft.email.map(|email| email.trim().to_owned());
        if let Some(email) = &email {
            check_email("email", email)?;
            if self.directory().account_by_email(email).is_some() {
                let message = "an account has this e-mail address already";
                return Err(Error::new(ErrorKind::Conflict, message).at("email"));
            }
        }
        if draft.role == AccountRole::Owner && draft.projects.is_some() {
            return Err(refused(AccountRefusal::LimitedOwner));
        }
        if self.list_invites(caller).await?.len() >= limits::INVITES {
            let message = format!(
                "there are {} links that nobody used already",
                limits::INVITES
            );
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        let invite = Invite {
            role: draft.role,
            projects: draft.projects.map(ordered),
            email,
            ..self.new_invite(caller.workspace, InviteKind::Account)
        };
        self.issue(caller, invite).await
    }

    /// Makes a link by which whoever has an account gives it a new password. Earlier ones are worth nothing any more.
    pub async fn create_password_link(
        &self,
        caller: &Caller,
        account: AccountId,
    ) -> Result<IssuedInvite> {
        require_owner(caller)?;
        let directory = self.directory();
        let account = of_workspace(&directory, caller, account)?;
        if account.disabled_at.is_some() {
            let message = "this account is disabled: enable it first";
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        let now = self.clock.now();
        let invite = Invite {
            role: account.role,
            email: Some(account.email.clone()),
            account: Some(account.id),
            expires_at: after(now, limits::PASSWORD_LINK_TIME),
            ..self.new_invite(caller.workspace, InviteKind::Password)
        };
        self.issue(caller, invite).await
    }

    /// A new link for the first account of a workspace, in the place of the last one; none if there is an account.
    pub async fn first_link(&self, workspace: WorkspaceId) -> Result<Option<IssuedInvite>> {
        if !self.directory().accounts(workspace).is_empty() {
            return Ok(None);
        }
        let invite = Invite {
            role: AccountRole::Owner,
            ..self.new_invite(workspace, InviteKind::First)
        };
        let token = new_token("cni_");
        let new = NewInvite {
            invite: invite.clone(),
            token_sha256: digest(&token),
        };
        // One is made at every start, so the log tells of the account that comes of it, and not of the link.
        self.store.save_invite(new, None).await?;
        Ok(Some(IssuedInvite { invite, token }))
    }

    /// The links into the caller's workspace that can be used, oldest first.
    pub async fn list_invites(&self, caller: &Caller) -> Result<Vec<Invite>> {
        require_owner(caller)?;
        self.store.invites(caller.workspace, self.clock.now()).await
    }

    /// Takes a link back.
    pub async fn delete_invite(&self, caller: &Caller, id: InviteId) -> Result<()> {
        let all = self.list_invites(caller).await?;
        let invite = all.iter().find(|invite| invite.id == id);
        let invite = invite.ok_or_else(|| Error::not_found("no such link"))?;
        let subject = Subject::invite(invite);
        let entry = self.entry(caller, AuditAction::InviteDelete, subject, Told::new());
        self.store.delete_invite(id, entry).await
    }

    /// The link of a token, if it can be used: whoever has the token may know.
    pub async fn look_at_invite(&self, token: &str) -> Result<Invite> {
        let found = self.store.invite_of(digest(token), self.clock.now());
        let message = "this link is not known: it was used already, is over, or was taken back";
        found.await?.ok_or_else(|| Error::not_found(message))
    }

    /// Uses a link, once, and signs in.
    pub async fn accept_invite(&self, token: &str, accepting: Accepting) -> Result<SignedIn> {
        let invite = self.look_at_invite(token).await?;
        passwords::check("password", &accepting.password)?;
        let what = match invite.account {
            Some(account) => Acceptance::Password(account),
            None => {
                let account = self.invited(&invite, &accepting)?;
                check_new(&self.directory(), &account)?;
                Acceptance::Account(account)
            }
        };
        let hash = self.passwords.hash(&accepting.password).await?;
        let id = match &what {
            Acceptance::Account(account) => account.id,
            Acceptance::Password(account) => *account,
        };
        let (session, token) = self.new_session(id);
        self.administer(async {
            let entry = match &what {
                Acceptance::Account(account) => {
                    check_new(&self.directory(), account)?;
                    self.accepted(&invite, account)
                }
                Acceptance::Password(account) => self.given_password(&invite, *account)?,
            };
            self.store
                .accept_invite(invite.id, what, hash, session, entry)
                .await
        })
        .await?;
        self.signed_in(token).await
    }

    fn new_invite(&self, workspace: WorkspaceId, kind: InviteKind) -> Invite {
        let now = self.clock.now();
        Invite {
            id: InviteId(clock::new_id()),
            workspace,
            kind,
            role: AccountRole::Viewer,
            projects: None,
            email: None,
            account: None,
            created_at: now,
            expires_at: after(now, limits::INVITE_TIME),
        }
    }

    async fn issue(&self, caller: &Caller, invite: Invite) -> Result<IssuedInvite> {
        let token = new_token("cni_");
        let new = NewInvite {
            invite: invite.clone(),
            token_sha256: digest(&token),
        };
        let detail = audit::made(audit::invite(&invite));
        let subject = Subject::invite(&invite);
        let entry = self.entry(caller, AuditAction::InviteCreate, subject, detail);
        self.store.save_invite(new, Some(entry)).await?;
        Ok(IssuedInvite { invite, token })
    }

    /// The account that a link is for.
    fn invited(&self, invite: &Invite, accepting: &Accepting) -> Result<Account> {
        let said = accepting.email.as_deref().map(str::trim);
        let email = match (&invite.email, said) {
            (Some(named), Some(said)) if email_key(named) != email_key(said) => {
                let message = "this link is for another e-mail address";
                return Err(Error::invalid("email", message));
            }
            (Some(named), _) => named.clone(),
            (None, said) => said.unwrap_or_default().to_owned(),
        };
        Ok(Account {
            id: AccountId(clock::new_id()),
            workspace: invite.workspace,
            email,
            name: accepting
                .name
                .as_deref()
                .unwrap_or_default()
                .trim()
                .to_owned(),
            role: invite.role,
            projects: invite.projects.clone(),
            created_at: self.clock.now(),
            disabled_at: None,
        })
    }

    /// That somebody made their account by a link.
    fn accepted(&self, invite: &Invite, account: &Account) -> AuditEntry {
        let mut detail = audit::made(audit::account(account));
        detail.insert("invite".to_owned(), invite.id.to_string().into());
        let caller = Caller {
            who: Who::Account(account.id),
            ..Self::itself(account.workspace)
        };
        let subject = Subject::account(account);
        AuditEntry {
            actor: Named {
                id: Some(account.id.0),
                name: Some(account.name.clone()),
            },
            ..self.entry(&caller, AuditAction::AccountCreate, subject, detail)
        }
    }

    /// That somebody gave their account a new password by a link. One that was disabled meanwhile stays so.
    fn given_password(&self, invite: &Invite, account: AccountId) -> Result<AuditEntry> {
        let directory = self.directory();
        let known = directory.account(account);
        let known = known.filter(|account| account.disabled_at.is_none());
        let known = known.ok_or_else(|| Error::not_found("this account is disabled"))?;
        let detail = audit::told([("invite", invite.id.to_string().into())]);
        let caller = Caller {
            who: Who::Account(account),
            ..Self::itself(known.workspace)
        };
        let subject = Subject::account(known);
        Ok(self.entry(&caller, AuditAction::AccountPassword, subject, detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::AppOptions;
    use crate::clock::Clock;
    use crate::domain::Timestamp;

    const START: Timestamp = Timestamp::from_microseconds(1_777_636_800_000_000);

    async fn opened() -> (App, WorkspaceId) {
        let app = App::open(AppOptions {
            clock: Clock::standing_at(START),
            ..AppOptions::in_memory()
        });
        let app = app.unwrap();
        let workspace = app.ensure_workspace().await.unwrap();
        (app, workspace)
    }

    fn ada() -> Accepting {
        Accepting {
            email: Some("ada@example.com".to_owned()),
            name: Some("Ada".to_owned()),
            password: "a long password".to_owned(),
        }
    }

    #[tokio::test]
    async fn the_first_link_makes_an_owner_and_is_then_no_more() {
        let (app, workspace) = opened().await;
        let old = app.first_link(workspace).await.unwrap().unwrap();
        let first = app.first_link(workspace).await.unwrap().unwrap();
        let refused = app.accept_invite(&old.token, ada()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotFound);
        let signed_in = app.accept_invite(&first.token, ada()).await.unwrap();
        assert_eq!(signed_in.session.role, AccountRole::Owner);
        assert!(app.first_link(workspace).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn an_account_made_otherwise_ends_the_first_link() {
        let (app, workspace) = opened().await;
        let first = app.first_link(workspace).await.unwrap().unwrap();
        let draft = InviteDraft {
            role: AccountRole::Owner,
            projects: None,
            email: None,
        };
        let operator = App::operator(workspace);
        let link = app.create_invite(&operator, draft).await.unwrap();
        app.accept_invite(&link.token, ada()).await.unwrap();
        let refused = app.look_at_invite(&first.token).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotFound);
    }

    #[tokio::test]
    async fn a_link_is_over_in_the_end() {
        let (app, workspace) = opened().await;
        let link = app.first_link(workspace).await.unwrap().unwrap();
        app.clock.set(link.invite.expires_at.plus_microseconds(-1));
        app.look_at_invite(&link.token).await.unwrap();
        app.clock.set(link.invite.expires_at);
        let refused = app.accept_invite(&link.token, ada()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotFound);
    }

    #[tokio::test]
    async fn of_two_who_use_a_link_at_once_one_does() {
        let (app, workspace) = opened().await;
        let link = app.first_link(workspace).await.unwrap().unwrap();
        let other = Accepting {
            email: Some("eve@example.com".to_owned()),
            ..ada()
        };
        let (one, other) = tokio::join!(
            app.accept_invite(&link.token, ada()),
            app.accept_invite(&link.token, other)
        );
        assert!(one.is_ok() != other.is_ok());
        assert_eq!(app.directory().accounts(workspace).len(), 1);
    }

    #[tokio::test]
    async fn a_link_for_a_password_does_not_let_in_who_was_disabled_meanwhile() {
        let (app, workspace) = opened().await;
        let operator = App::operator(workspace);
        let first = app.first_link(workspace).await.unwrap().unwrap();
        app.accept_invite(&first.token, ada()).await.unwrap();
        let draft = super::super::AccountDraft {
            email: "eve@example.com".to_owned(),
            name: "Eve".to_owned(),
            password: "a long password".to_owned(),
            role: AccountRole::Viewer,
            projects: None,
        };
        let eve = app.create_account(&operator, draft).await.unwrap();
        let link = app.create_password_link(&operator, eve.id).await.unwrap();
        let disabled = super::super::AccountChange {
            disabled: Some(true),
            ..super::super::AccountChange::default()
        };
        app.change_account(&operator, eve.id, disabled)
            .await
            .unwrap();
        let refused = app.accept_invite(&link.token, ada()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotFound);
        let again = app.create_password_link(&operator, eve.id).await;
        assert_eq!(again.unwrap_err().kind(), ErrorKind::Conflict);
    }
}
