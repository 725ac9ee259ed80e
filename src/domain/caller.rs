//! Who asks, and what is open to them.

use super::{AccountId, ApiKeyId, ProjectId, Scopes, WorkspaceId};
use uuid::Uuid;

/// Who makes a request. It is small, for every vote carries one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who it is.
    pub who: Who,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Which of the workspace's projects it opens.
    pub opens: Opens,
    /// What it may do.
    pub scopes: Scopes,
    /// Whether it may only create feedback.
    pub publishable: bool,
}

/// Who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A key that was found valid.
    Key(ApiKeyId),
    /// Somebody who signed in.
    Account(AccountId),
    /// The operator at the machine.
    CommandLine,
    /// The server, which nobody asked.
    Server,
}

/// Which projects of a workspace are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// All, and what belongs to none.
    Workspace,
    /// One.
    Project(ProjectId),
    /// Those that the account names, which the directory knows.
    NamedByAccount,
}

impl Caller {
    /// The only project that it opens, if it is a key of one project.
    pub const fn only_project(&self) -> Option<ProjectId> {
        match self.opens {
            Opens::Project(only) => Some(only),
            Opens::Workspace | Opens::NamedByAccount => None,
        }
    }

    /// Whether it opens the workspace as a whole, with what belongs to no project.
    pub const fn opens_workspace(&self) -> bool {
        matches!(self.opens, Opens::Workspace)
    }
}

impl Who {
    /// The key, if it is one.
    pub const fn key(self) -> Option<ApiKeyId> {
        match self {
            Self::Key(key) => Some(key),
            Self::Account(_) | Self::CommandLine | Self::Server => None,
        }
    }

    /// The account, if it is one.
    pub const fn account(self) -> Option<AccountId> {
        match self {
            Self::Account(account) => Some(account),
            Self::Key(_) | Self::CommandLine | Self::Server => None,
        }
    }

    /// Its id; the nil one if it has none.
    pub const fn id(self) -> Uuid {
        match self {
            Self::Key(key) => key.0,
            Self::Account(account) => account.0,
            Self::CommandLine | Self::Server => Uuid::nil(),
        }
    }
}
