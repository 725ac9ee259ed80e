//! People who sign in, and what each may do.

use super::{
    AccountId, Caller, InviteId, Opens, ProjectId, Scope, Scopes, SessionId, Timestamp, Who,
    WorkspaceId,
};
use std::fmt;
use std::str::FromStr;

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountRole {
    /// Read feedback and conversations.
    Viewer,
    /// Also write them, and define attributes.
    Editor,
    /// Everything: projects, keys and accounts too.
    Owner,
}

/// Somebody who signs in. The password is kept apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Our id.
    pub id: AccountId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The e-mail address that it signs in with, as it was written; see [`email_key`].
    pub email: String,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub role: AccountRole,
    /// The only projects that it opens, in the order of their ids; none if it opens all of the workspace's.
    pub projects: Option<Vec<ProjectId>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was disabled.
    pub disabled_at: Option<Timestamp>,
}

/// That an account is signed in somewhere, with what the account may do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Our id.
    pub id: SessionId,
    /// Who signed in.
    pub account: AccountId,
    /// The account's workspace.
    pub workspace: WorkspaceId,
    /// What the account may do.
    pub role: AccountRole,
    /// Whether the account opens some of the workspace's projects only.
    pub limited: bool,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// About when it was last used.
    pub last_seen_at: Timestamp,
}

/// What a one-time link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InviteKind {
    /// The first account of a workspace.
    First,
    /// One more account.
    Account,
    /// A new password of an account.
    Password,
}

/// A one-time link that was not used yet. Its token is never kept, but the token's SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// Our id.
    pub id: InviteId,
    /// The workspace that it leads to.
    pub workspace: WorkspaceId,
    /// What it is for.
    pub kind: InviteKind,
    /// What the account will be allowed, or is.
    pub role: AccountRole,
    /// The only projects that the account will open; none for all.
    pub projects: Option<Vec<ProjectId>>,
    /// The only e-mail address that it is for.
    pub email: Option<String>,
    /// The account whose password it is for.
    pub account: Option<AccountId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

/// Why an account may not be as somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountRefusal {
    /// An owner opens every project.
    LimitedOwner,
    /// Nobody would be left who may do everything.
    LastOwner,
}

impl AccountRole {
    /// Every role; each may do what those before it may.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Editor, Self::Owner];

    /// The name in options and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Owner => "owner",
        }
    }

    /// What it may do.
    pub fn scopes(self) -> Scopes {
        let all = match self {
            Self::Viewer => &[Scope::FeedbackRead][..],
            Self::Editor => &[Scope::FeedbackRead, Scope::FeedbackWrite],
            Self::Owner => &Scope::ALL,
        };
        all.iter().copied().collect()
    }
}

impl fmt::Display for AccountRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for AccountRole {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == name)
            .ok_or_else(|| format!("\"{name}\" is none of viewer, editor, owner"))
    }
}

impl InviteKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::First, Self::Account, Self::Password];

    /// The name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Account => "account",
            Self::Password => "password",
        }
    }
}

impl Account {
    /// Whether it opens a project of its workspace.
    pub fn opens(&self, project: ProjectId) -> bool {
        self.disabled_at.is_none()
            && self
                .projects
                .as_ref()
                .is_none_or(|named| named.contains(&project))
    }

    /// Whether it may do everything now.
    pub const fn is_owner(&self) -> bool {
        matches!(self.role, AccountRole::Owner) && self.disabled_at.is_none()
    }

    /// Whether the account may become as it stands here. `others` are all accounts of the workspace, this one as it was
    /// among them or not.
    pub fn allowed<'all>(
        &self,
        others: impl IntoIterator<Item = &'all Self>,
    ) -> Result<(), AccountRefusal> {
        if self.role == AccountRole::Owner && self.projects.is_some() {
            return Err(AccountRefusal::LimitedOwner);
        }
        let (mut was_owner, mut another) = (false, false);
        for other in others {
            was_owner |= other.id == self.id && other.is_owner();
            another |= other.id != self.id && other.is_owner();
        }
        if was_owner && !self.is_owner() && !another {
            return Err(AccountRefusal::LastOwner);
        }
        Ok(())
    }
}

impl Session {
    /// Who a request is made by that carries it.
    pub fn caller(&self) -> Caller {
        Caller {
            who: Who::Account(self.account),
            workspace: self.workspace,
            opens: if self.limited {
                Opens::NamedByAccount
            } else {
                Opens::Workspace
            },
            scopes: self.role.scopes(),
            publishable: false,
        }
    }
}

/// What an e-mail address is compared by: people do not remember how they wrote it.
pub fn email_key(email: &str) -> String {
    email.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    #[test]
    fn each_role_may_do_what_those_before_it_may() {
        for pair in AccountRole::ALL.windows(2) {
            let (less, more) = (pair[0].scopes(), pair[1].scopes());
            assert!(less.iter().all(|scope| more.contains(scope)), "{pair:?}");
            assert!(less.iter().count() < more.iter().count(), "{pair:?}");
        }
    }

    #[test]
    fn names_of_roles_are_read_as_they_are_written() {
        for role in AccountRole::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
    }

    fn account(number: u128) -> Account {
        Account {
            id: AccountId(Uuid::from_u128(number)),
            workspace: WorkspaceId(Uuid::nil()),
            email: format!("{number}@example.com"),
            name: number.to_string(),
            role: AccountRole::Viewer,
            projects: None,
            created_at: Timestamp::MIN,
            disabled_at: None,
        }
    }

    fn changed() -> impl Strategy<Value = Account> {
        let role = (0..AccountRole::ALL.len()).prop_map(|place| AccountRole::ALL[place]);
        (0..4_u128, role, any::<bool>(), any::<bool>()).prop_map(
            |(number, role, disabled, limited)| Account {
                role,
                disabled_at: disabled.then_some(Timestamp::MIN),
                projects: limited.then(Vec::new),
                ..account(number)
            },
        )
    }

    proptest! {
        /// Whatever is asked, somebody is left who may do everything, and who opens every project.
        #[test]
        fn an_owner_of_everything_is_always_left(asked in proptest::collection::vec(changed(), 1..40)) {
            let first = Account { role: AccountRole::Owner, ..account(0) };
            let mut all = vec![first];
            for account in asked {
                if account.allowed(&all).is_ok() {
                    all.retain(|other| other.id != account.id);
                    all.push(account);
                }
                prop_assert!(all.iter().any(|account| account.is_owner() && account.projects.is_none()));
            }
        }

        /// What is refused for the last owner's sake is allowed once there is another one.
        #[test]
        fn with_another_owner_any_account_may_change(asked in changed()) {
            let another = Account { role: AccountRole::Owner, ..account(9) };
            let before = Account { role: AccountRole::Owner, ..account(0) };
            let refusal = asked.allowed([&before, &another]).err();
            prop_assert!(refusal.is_none_or(|refusal| refusal == AccountRefusal::LimitedOwner));
        }
    }
}
