//! Workspaces and projects.

use super::{Dialect, KeepText, ProjectId, RateLimit, Timestamp, WorkspaceId};

/// An account: owns projects, keys and settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// Our id.
    pub id: WorkspaceId,
    /// An integer that stays the same for good, for clients whose ids are integers; zero until it is stored.
    pub number: i64,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One application whose messages are judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Our id; also the id that clients use who need a UUID or 36 characters.
    pub id: ProjectId,
    /// The workspace that owns it.
    pub workspace: WorkspaceId,
    /// What people call it; unique among the workspace's projects that are not deleted.
    pub name: String,
    /// A sentence for people.
    pub description: Option<String>,
    /// An integer by which clients name it; unique on the server, and never given to another project.
    pub number: u32,
    /// A 36-character application id by which clients name it, unique on the server.
    pub amazon_q_application_id: Option<String>,
    /// A business id by which clients name it.
    pub haptik_business_id: Option<i64>,
    /// A chatbot id by which clients name it.
    pub wonderchat_chatbot_id: Option<String>,
    /// What a vote for something unknown does.
    pub unknown_targets: UnknownTargets,
    /// Whether its API answers. While it is switched off nobody votes, and its own keys open no conversation, person or
    /// feedback; keys of the workspace do.
    pub enabled: bool,
    /// Which texts of messages are kept.
    pub keep_text: KeepText,
    /// Whether its application chats or completes.
    pub mode: Mode,
    /// Where requests go that are not answered here.
    pub upstream: Option<Upstream>,
    /// How many requests are taken for it; none leaves that to the server's settings.
    pub rate_limit: Option<RateLimit>,
    /// What clients asked to be kept for it: a JSON object of objects by dialect, as compact text.
    pub client_settings: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its settings last changed.
    pub updated_at: Timestamp,
    /// When it was deleted. Its keys still name it, so that their holders can be told.
    pub deleted_at: Option<Timestamp>,
}

impl Project {
    /// The application id by which Amazon Q's clients name it: the one it was given, else our id.
    pub fn application_id(&self) -> String {
        self.amazon_q_application_id
            .clone()
            .unwrap_or_else(|| self.id.to_string())
    }
}

/// What a vote for an unknown user, conversation or message does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum UnknownTargets {
    /// It registers the unknown as a stub, to which what is learnt later is linked.
    #[default]
    Accept,
    /// It is refused.
    Reject,
}

/// What an application does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum Mode {
    /// It holds conversations.
    #[default]
    Chat,
    /// It answers single prompts.
    Completion,
}

/// A vendor's server behind a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// The dialect that it speaks.
    pub dialect: Dialect,
    /// Its base URL.
    pub base_url: String,
    /// Whether accepted votes are sent there too.
    pub mirror: bool,
    /// What is sent there instead of the client's own credential; none sends the client's own.
    pub credential: Option<SealedCredential>,
    /// Where what the vendor reports to us goes on to; none keeps it here.
    pub webhook_forward_to: Option<String>,
}

/// A credential at a vendor, which only the master key opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedCredential {
    /// What is sealed.
    pub sealed: Vec<u8>,
    /// The end of the secret, by which people tell one from another.
    pub hint: String,
}

impl UnknownTargets {
    /// Both choices, in the order of their stored codes.
    pub const ALL: [Self; 2] = [Self::Accept, Self::Reject];

    /// The name in files and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
        }
    }
}

impl Mode {
    /// Both modes, in the order of their stored codes.
    pub const ALL: [Self; 2] = [Self::Chat, Self::Completion];

    /// The name in files and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Completion => "completion",
        }
    }
}
