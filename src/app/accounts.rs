//! People who sign in: made, changed and disabled by owners.

use super::audit::Subject;
use super::{App, Directory, audit, authenticate, passwords, projects, validate};
use crate::clock;
use crate::domain::vote::Ask;
use crate::domain::{
    Account, AccountId, AccountRefusal, AccountRole, AuditAction, Caller, ProjectId, Scope,
    Timestamp,
};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use std::fmt;
use std::sync::Arc;

/// What is said of a new account.
#[derive(Clone)]
pub struct AccountDraft {
    /// The e-mail address to sign in with.
    pub email: String,
    /// What people call it.
    pub name: String,
    /// Its password.
    pub password: String,
    /// What it may do.
    pub role: AccountRole,
    /// The only projects that it opens; none for all.
    pub projects: Option<Vec<ProjectId>>,
}

// Without the password: what can be printed is printed one day.
impl fmt::Debug for AccountDraft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("AccountDraft");
        shown.field("role", &self.role).finish_non_exhaustive()
    }
}

/// What is to change of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// What people call it.
    pub name: Option<String>,
    /// What it may do.
    pub role: Option<AccountRole>,
    /// The only projects that it opens; cleared for all.
    pub projects: Ask<Vec<ProjectId>>,
    /// Whether it may not sign in.
    pub disabled: Option<bool>,
}

impl App {
    /// The accounts of the caller's workspace, disabled ones included, oldest first; with about when each was last used.
    pub async fn list_accounts(
        &self,
        caller: &Caller,
    ) -> Result<Vec<(Arc<Account>, Option<Timestamp>)>> {
        require_owner(caller)?;
        let seen = self.store.last_seen(caller.workspace).await?;
        let accounts = self.directory().accounts(caller.workspace);
        let with_seen = |account: Arc<Account>| {
            let last = seen.get(&account.id).copied();
            (account, last)
        };
        Ok(accounts.into_iter().map(with_seen).collect())
    }

    /// An account of the caller's workspace, by our id or its e-mail address.
    pub fn account(&self, caller: &Caller, named: &str) -> Result<Arc<Account>> {
        require_owner(caller)?;
        let directory = self.directory();
        let by_id = named.parse().ok().and_then(|id| directory.account(id));
        by_id
            .or_else(|| directory.account_by_email(named))
            .filter(|account| account.workspace == caller.workspace)
            .cloned()
            .ok_or_else(no_such_account)
    }

    /// Makes an account with a password. People who are to choose their own are invited instead.
    pub async fn create_account(
        &self,
        caller: &Caller,
        draft: AccountDraft,
    ) -> Result<Arc<Account>> {
        require_owner(caller)?;
        passwords::check("password", &draft.password)?;
        let account = Account {
            id: AccountId(clock::new_id()),
            workspace: caller.workspace,
            email: draft.email.trim().to_owned(),
            name: draft.name.trim().to_owned(),
            role: draft.role,
            projects: draft.projects.map(ordered),
            created_at: self.clock.now(),
            disabled_at: None,
        };
        let id = account.id;
        check_new(&self.directory(), &account)?;
        let hash = self.passwords.hash(&draft.password).await?;
        self.administer(async {
            check_new(&self.directory(), &account)?;
            let detail = audit::made(audit::account(&account));
            let subject = Subject::account(&account);
            let entry = self.entry(caller, AuditAction::AccountCreate, subject, detail);
            self.store.add_account(account, hash, entry).await
        })
        .await?;
        self.stored_account(id)
    }

    /// Changes an account. One that is disabled is signed out everywhere.
    pub async fn change_account(
        &self,
        caller: &Caller,
        id: AccountId,
        change: AccountChange,
    ) -> Result<Arc<Account>> {
        require_owner(caller)?;
        self.administer(async {
            let directory = self.directory();
            let known = of_workspace(&directory, caller, id)?;
            let changed = changed(known, change, self.clock.now());
            check_changed(&directory, &changed)?;
            if changed == **known {
                return Ok(());
            }
            let detail = audit::difference(audit::account(known), audit::account(&changed));
            let subject = Subject::account(&changed);
            let entry = self.entry(caller, AuditAction::AccountChange, subject, detail);
            self.store.change_account(changed, entry).await
        })
        .await?;
        self.stored_account(id)
    }

    /// Signs an account out everywhere.
    pub async fn sign_out_account(&self, caller: &Caller, id: AccountId) -> Result<()> {
        require_owner(caller)?;
        of_workspace(&self.directory(), caller, id)?;
        self.end_sessions_of(caller, id).await
    }

    fn stored_account(&self, id: AccountId) -> Result<Arc<Account>> {
        self.directory()
            .account(id)
            .cloned()
            .ok_or_else(|| Error::internal("a stored account is not in the directory"))
    }
}

/// Accounts are for those who may do everything in the workspace.
pub(super) fn require_owner(caller: &Caller) -> Result<()> {
    authenticate::require(caller, Scope::Admin)?;
    projects::require_whole_workspace(caller)
}

pub(super) fn no_such_account() -> Error {
    Error::not_found("no such account")
}

/// An account that the caller may administer.
pub(super) fn of_workspace<'directory>(
    directory: &'directory Directory,
    caller: &Caller,
    id: AccountId,
) -> Result<&'directory Arc<Account>> {
    directory
        .account(id)
        .filter(|account| account.workspace == caller.workspace)
        .ok_or_else(no_such_account)
}

fn changed(known: &Account, change: AccountChange, now: Timestamp) -> Account {
    let known = known.clone();
    Account {
        name: change
            .name
            .map_or(known.name, |name| name.trim().to_owned()),
        role: change.role.unwrap_or(known.role),
        projects: match change.projects {
            Ask::Absent => known.projects,
            Ask::Clear => None,
            Ask::Set(projects) => Some(ordered(projects)),
        },
        disabled_at: match change.disabled {
            None => known.disabled_at,
            Some(true) => known.disabled_at.or(Some(now)),
            Some(false) => None,
        },
        ..known
    }
}

/// Whether there may be this account beside those that are there.
pub(super) fn check_new(directory: &Directory, account: &Account) -> Result<()> {
    check_email("email", &account.email)?;
    if directory.account_by_email(&account.email).is_some() {
        let message = "an account has this e-mail address already";
        return Err(Error::new(ErrorKind::Conflict, message).at("email"));
    }
    if directory.accounts(account.workspace).len() >= limits::ACCOUNTS {
        let message = format!("there are {} accounts already", limits::ACCOUNTS);
        return Err(Error::new(ErrorKind::Conflict, message));
    }
    check_changed(directory, account)
}

fn check_changed(directory: &Directory, account: &Account) -> Result<()> {
    validate::name("name", &account.name, limits::NAME_CHARACTERS)?;
    let all = directory.accounts(account.workspace);
    account
        .allowed(all.iter().map(AsRef::as_ref))
        .map_err(refused)
}

/// Why an account may not be so.
pub(super) fn refused(refusal: AccountRefusal) -> Error {
    match refusal {
        AccountRefusal::LimitedOwner => Error::invalid(
            "projects",
            "an owner opens every project: leave projects out, or null",
        ),
        AccountRefusal::LastOwner => Error::new(
            ErrorKind::Conflict,
            "this is the last owner, who can neither be disabled nor become anything else: make another owner first",
        ),
    }
}

/// Whether something can be an e-mail address. That there is somebody behind it, no check of its letters can tell.
pub(super) fn check_email(field: &str, email: &str) -> Result<()> {
    validate::name(field, email, limits::EMAIL_CHARACTERS)?;
    let mut parts = email.split('@');
    let of_two = matches!((parts.next(), parts.next(), parts.next()),
        (Some(name), Some(host), None) if !name.is_empty() && !host.is_empty());
    let plain = !email.contains(|letter: char| letter.is_whitespace() || letter.is_control());
    if of_two && plain {
        Ok(())
    } else {
        Err(Error::invalid(
            field,
            "must be an e-mail address, such as ada@example.com",
        ))
    }
}

/// Each project once, in the order in which they are stored.
pub(super) fn ordered(mut projects: Vec<ProjectId>) -> Vec<ProjectId> {
    projects.sort_unstable();
    projects.dedup();
    projects
}
