//! The log of who changed what.

use super::{ProjectId, Timestamp, WorkspaceId};
use uuid::Uuid;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditAction {
    /// A workspace was made.
    WorkspaceCreate,
    /// A project was made.
    ProjectCreate,
    /// A project's settings were changed.
    ProjectChange,
    /// A project was deleted.
    ProjectDelete,
    /// A key was made or taken along.
    KeyCreate,
    /// What is taken of a key was changed.
    KeyChange,
    /// A key was revoked.
    KeyRevoke,
    /// An attribute was defined.
    AttributeCreate,
    /// An attribute got more options.
    AttributeChange,
    /// An account was made.
    AccountCreate,
    /// An account's name, role, projects or whether it is disabled was changed.
    AccountChange,
    /// An account got another password.
    AccountPassword,
    /// An account was signed out everywhere.
    AccountSignOut,
    /// A one-time link was made.
    InviteCreate,
    /// A one-time link was taken back.
    InviteDelete,
    /// A file was applied. What it changed has entries of its own.
    FileApply,
    /// Old versions of votes were dropped.
    HistoryDrop,
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// Somebody who signed in.
    Account,
    /// A key.
    Key,
    /// The operator at the machine.
    CommandLine,
    /// The server, at its first start.
    Server,
}

/// Somebody or something, with the name that it had then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Our id, of what has one.
    pub id: Option<Uuid>,
    /// What people called it.
    pub name: Option<String>,
}

/// An entry of the log. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Our id.
    pub id: Uuid,
    /// The workspace in which it was done.
    pub workspace: WorkspaceId,
    /// When.
    pub at: Timestamp,
    /// What kind of caller did it.
    pub by: ActorKind,
    /// Which one.
    pub actor: Named,
    /// What was done.
    pub action: AuditAction,
    /// What it was done to.
    pub subject: Named,
    /// The project that it is about.
    pub project: Option<ProjectId>,
    /// More of it: a JSON object, with `before` and `after` for each field that changed.
    pub detail: String,
}

impl AuditAction {
    /// Every action.
    pub const ALL: [Self; 17] = [
        Self::WorkspaceCreate,
        Self::ProjectCreate,
        Self::ProjectChange,
        Self::ProjectDelete,
        Self::KeyCreate,
        Self::KeyChange,
        Self::KeyRevoke,
        Self::AttributeCreate,
        Self::AttributeChange,
        Self::AccountCreate,
        Self::AccountChange,
        Self::AccountPassword,
        Self::AccountSignOut,
        Self::InviteCreate,
        Self::InviteDelete,
        Self::FileApply,
        Self::HistoryDrop,
    ];

    /// The name in answers and filters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WorkspaceCreate => "workspace.create",
            Self::ProjectCreate => "project.create",
            Self::ProjectChange => "project.change",
            Self::ProjectDelete => "project.delete",
            Self::KeyCreate => "key.create",
            Self::KeyChange => "key.change",
            Self::KeyRevoke => "key.revoke",
            Self::AttributeCreate => "attribute.create",
            Self::AttributeChange => "attribute.change",
            Self::AccountCreate => "account.create",
            Self::AccountChange => "account.change",
            Self::AccountPassword => "account.password",
            Self::AccountSignOut => "account.sign_out",
            Self::InviteCreate => "invite.create",
            Self::InviteDelete => "invite.delete",
            Self::FileApply => "file.apply",
            Self::HistoryDrop => "history.drop",
        }
    }

    /// What kind of thing it was done to.
    pub fn subject(self) -> &'static str {
        let name = self.name();
        name.split_once('.').map_or(name, |(subject, _)| subject)
    }

    /// The action of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

impl AuditEntry {
    /// That something was done, and nothing more of it.
    pub fn new(
        id: Uuid,
        workspace: WorkspaceId,
        at: Timestamp,
        by: ActorKind,
        action: AuditAction,
    ) -> Self {
        Self {
            id,
            workspace,
            at,
            by,
            actor: Named::default(),
            action,
            subject: Named::default(),
            project: None,
            detail: "{}".to_owned(),
        }
    }
}

impl ActorKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Account, Self::Key, Self::CommandLine, Self::Server];

    /// The name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Key => "key",
            Self::CommandLine => "command_line",
            Self::Server => "server",
        }
    }
}
