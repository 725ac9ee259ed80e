//! Accounts, sessions and the links that make them.

use super::{Field, Id, NamedProject, Time, Word};
use crate::domain;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What an account may do: a viewer reads, an editor writes feedback too, an owner everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccountRole {
    Viewer,
    Editor,
    Owner,
}

/// What a one-time link is for: the first account, one more, or a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InviteKind {
    First,
    Account,
    Password,
}

impl From<AccountRole> for domain::AccountRole {
    fn from(role: AccountRole) -> Self {
        match role {
            AccountRole::Viewer => Self::Viewer,
            AccountRole::Editor => Self::Editor,
            AccountRole::Owner => Self::Owner,
        }
    }
}

impl From<domain::AccountRole> for AccountRole {
    fn from(role: domain::AccountRole) -> Self {
        match role {
            domain::AccountRole::Viewer => Self::Viewer,
            domain::AccountRole::Editor => Self::Editor,
            domain::AccountRole::Owner => Self::Owner,
        }
    }
}

impl From<domain::InviteKind> for InviteKind {
    fn from(kind: domain::InviteKind) -> Self {
        match kind {
            domain::InviteKind::First => Self::First,
            domain::InviteKind::Account => Self::Account,
            domain::InviteKind::Password => Self::Password,
        }
    }
}

/// The workspace that something belongs to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NamedWorkspace {
    /// Our id.
    pub(crate) id: Id,
    /// Its name.
    pub(crate) name: String,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// The account.
    pub(crate) account: MyAccount,
    /// Its workspace.
    pub(crate) workspace: NamedWorkspace,
    /// When the session ends by itself.
    pub(crate) expires_at: Time,
}

/// The account that is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyAccount {
    /// Our id.
    pub(crate) id: Id,
    /// The e-mail address that it signs in with.
    pub(crate) email: String,
    /// What people call it.
    pub(crate) name: String,
    /// What it may do.
    pub(crate) role: AccountRole,
    /// The only projects that it opens, by our ids; `null` for all.
    #[schema(required)]
    pub(crate) projects: Option<Vec<Id>>,
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Account {
    /// Who it is.
    #[serde(flatten)]
    pub(crate) account: MyAccount,
    /// When it was made.
    pub(crate) created_at: Time,
    /// When it was disabled.
    #[schema(required)]
    pub(crate) disabled_at: Option<Time>,
    /// About when it was last used.
    #[schema(required)]
    pub(crate) last_seen_at: Option<Time>,
}

/// What somebody signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"email": "ada@example.com", "password": "a long password"})))]
pub(crate) struct SignIn {
    /// The e-mail address; capitals make no difference.
    #[schema(max_length = 254)]
    pub(crate) email: String,
    /// The password.
    #[schema(max_length = 256, format = "password")]
    pub(crate) password: String,
}

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The password until now.
    #[schema(max_length = 256, format = "password")]
    pub(crate) current: String,
    /// The password from now on.
    #[schema(min_length = 10, max_length = 256, format = "password")]
    pub(crate) new: String,
}

/// Which sessions end.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SignOutQuery {
    /// Whether all of the account's sessions end, wherever they are.
    #[param(value_type = Option<bool>, default = false)]
    pub(crate) everywhere: Option<String>,
}

/// An account to be made, with its password. People who are to choose their own are invited instead.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"email": "ada@example.com", "name": "Ada", "password": "a long password", "role": "editor"})))]
pub(crate) struct NewAccount {
    /// The e-mail address to sign in with.
    #[schema(min_length = 3, max_length = 254)]
    pub(crate) email: String,
    /// What people call it.
    #[schema(min_length = 1, max_length = 255)]
    pub(crate) name: String,
    /// The password to sign in with.
    #[schema(min_length = 10, max_length = 256, format = "password")]
    pub(crate) password: String,
    /// What it may do.
    pub(crate) role: AccountRole,
    /// The only projects that it opens: our ids, their names or numbers. Absent or `null` for all.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub(crate) projects: Option<Vec<Word>>,
}

/// What is to change of an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"role": "viewer", "projects": ["support"]})))]
pub(crate) struct AccountChange {
    /// What people call it.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    pub(crate) name: Option<String>,
    /// What it may do.
    #[serde(default)]
    pub(crate) role: Option<AccountRole>,
    /// The only projects that it opens: our ids, their names or numbers. Absent, they stay; `null` opens all.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Word>>, max_items = 1000)]
    pub(crate) projects: Field<Vec<Word>>,
    /// Whether it may not sign in. It is signed out everywhere then.
    #[serde(default)]
    pub(crate) disabled: Option<bool>,
}

/// A path to an account.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct AccountPath {
    /// The account: our id, or its e-mail address.
    #[param(min_length = 1, max_length = 254)]
    pub(crate) account: String,
}

/// A one-time link that nobody has used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Invite {
    /// Our id.
    pub(crate) id: Id,
    /// What it is for.
    pub(crate) kind: InviteKind,
    /// What the account will be allowed, or is.
    pub(crate) role: AccountRole,
    /// The only projects that the account will open; `null` for all.
    #[schema(required)]
    pub(crate) projects: Option<Vec<NamedProject>>,
    /// The only e-mail address that it is for.
    #[schema(required)]
    pub(crate) email: Option<String>,
    /// When it was made.
    pub(crate) created_at: Time,
    /// Until when it can be used.
    pub(crate) expires_at: Time,
}

/// A link that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct IssuedInvite {
    /// The link.
    #[serde(flatten)]
    pub(crate) invite: Invite,
    /// Where it leads: to be opened once. It cannot be shown again.
    pub(crate) url: String,
}

/// A link to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"role": "editor", "email": "ada@example.com"})))]
pub(crate) struct NewInvite {
    /// What the account will be allowed.
    pub(crate) role: AccountRole,
    /// The only projects that the account will open: our ids, their names or numbers. Absent or `null` for all.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub(crate) projects: Option<Vec<Word>>,
    /// The only e-mail address that it is for; anybody's if it is absent.
    #[serde(default)]
    #[schema(min_length = 3, max_length = 254)]
    pub(crate) email: Option<String>,
}

/// A path to a link.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct InvitePath {
    /// The link: our id.
    #[param(format = "uuid")]
    pub(crate) id: String,
}

/// The token of a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InviteToken {
    /// What stands behind the # of the link.
    #[schema(max_length = 128)]
    pub(crate) token: String,
}

/// What a link is for, to whoever has it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InviteLook {
    /// What it is for.
    pub(crate) kind: InviteKind,
    /// What the account will be allowed, or is.
    pub(crate) role: AccountRole,
    /// The only e-mail address that it is for.
    #[schema(required)]
    pub(crate) email: Option<String>,
    /// The workspace that it leads to.
    pub(crate) workspace: NamedWorkspace,
    /// Until when it can be used.
    pub(crate) expires_at: Time,
}

/// What somebody says who uses a link. For a new password, the password alone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accepting {
    /// What stands behind the # of the link.
    #[schema(max_length = 128)]
    pub(crate) token: String,
    /// The e-mail address to sign in with.
    #[serde(default)]
    #[schema(max_length = 254)]
    pub(crate) email: Option<String>,
    /// What people call you.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub(crate) name: Option<String>,
    /// The password to sign in with.
    #[schema(min_length = 10, max_length = 256, format = "password")]
    pub(crate) password: String,
}
