//! Credentials and what they open.

use super::{ApiKeyId, Caller, Dialect, Opens, ProjectId, RateLimit, Timestamp, Who, WorkspaceId};
use std::fmt;
use std::str::FromStr;

/// One thing that a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Create, change and take back feedback; register conversations and end users.
    FeedbackWrite,
    /// Read feedback, conversations and end users.
    FeedbackRead,
    /// Manage projects, keys and attributes.
    Admin,
}

/// A set of [`Scope`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct Scopes(u8);

/// A credential. The secret itself is never kept: see [`ApiKey::secret_sha256`] and [`ApiKey::sealed_secret`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Our id.
    pub id: ApiKeyId,
    /// The dialect whose requests carry it.
    pub dialect: Dialect,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The only project it opens; every project of the workspace if there is none.
    pub project: Option<ProjectId>,
    /// What the operator calls it.
    pub name: Option<String>,
    /// SHA-256 of the secret.
    pub secret_sha256: [u8; 32],
    /// The secret's last characters, shown so that people can tell keys apart.
    pub hint: String,
    /// Amazon Q: the access key id that requests name.
    pub access_key_id: Option<String>,
    /// Haptik: the client id that must accompany the token.
    pub client_id: Option<String>,
    /// The secret sealed under the master key, for dialects that must compute with it (request signing).
    pub sealed_secret: Option<Vec<u8>>,
    /// Safe in a browser: may create feedback and do nothing else.
    pub publishable: bool,
    /// What it may do.
    pub scopes: Scopes,
    /// How many requests are taken of it; none leaves that to the server's settings.
    pub rate_limit: Option<RateLimit>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::FeedbackWrite, Self::FeedbackRead, Self::Admin];

    /// The name in files, options and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FeedbackWrite => "feedback:write",
            Self::FeedbackRead => "feedback:read",
            Self::Admin => "admin",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::FeedbackWrite => 1,
            Self::FeedbackRead => 2,
            Self::Admin => 4,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.name() == name)
            .ok_or_else(|| format!("\"{name}\" is none of feedback:write, feedback:read, admin"))
    }
}

impl Scopes {
    /// Every scope.
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// Whether `scope` is among them.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// The scopes, in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL
            .into_iter()
            .filter(move |scope| self.contains(*scope))
    }

    /// The set as stored: one bit a scope.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The set from what [`Scopes::bits`] gave.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 7)
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl ApiKey {
    /// Who a request is made by that carries this key.
    pub const fn caller(&self) -> Caller {
        Caller {
            who: Who::Key(self.id),
            workspace: self.workspace,
            opens: match self.project {
                Some(project) => Opens::Project(project),
                None => Opens::Workspace,
            },
            scopes: self.scopes,
            publishable: self.publishable,
        }
    }
}
