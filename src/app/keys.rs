//! Credentials: made here, or brought along from the clients that hold them already.

use super::audit::{Subject, Told};
use super::projects::require_whole_workspace;
use super::{App, Directory, MasterKey, audit, authenticate, validate};
use crate::clock;
use crate::domain::{
    ApiKey, ApiKeyId, AuditAction, Caller, Dialect, ProjectId, RateLimit, Scope, Scopes, Timestamp,
};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::store::Idempotency;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::Arc;

/// What is said of a new key.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyDraft {
    /// The dialect whose requests carry it.
    pub dialect: Dialect,
    /// The only project that it opens; none for all of the workspace.
    pub project: Option<ProjectId>,
    /// What the operator calls it.
    pub name: Option<String>,
    /// The secret that clients hold already; one is made if there is none.
    pub secret: Option<String>,
    /// Amazon Q: the access key id that clients hold already.
    pub access_key_id: Option<String>,
    /// Haptik: the client id that clients hold already.
    pub client_id: Option<String>,
    /// Whether it is safe in a browser and may only create feedback.
    pub publishable: bool,
    /// What it may do.
    pub scopes: Scopes,
    /// How many requests are taken of it; none leaves that to the server's settings.
    pub rate_limit: Option<RateLimit>,
    /// Whether the operator knows that the brought secret is short, and wants it.
    pub allow_short_secret: bool,
}

/// A key that was just made, with its secret, which cannot be shown again.
#[derive(Clone)]
pub struct IssuedKey {
    /// The key.
    pub key: Arc<ApiKey>,
    /// Its secret.
    pub secret: String,
}

// Without the secrets: what can be printed is printed one day.
impl fmt::Debug for KeyDraft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeyDraft")
            .field("dialect", &self.dialect)
            .field("project", &self.project)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for IssuedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("IssuedKey")
            .field("id", &self.key.id)
            .finish_non_exhaustive()
    }
}

impl KeyDraft {
    /// A key of a dialect for a project, or for the whole workspace, to be made here. It may read and write feedback.
    pub fn new(dialect: Dialect, project: Option<ProjectId>) -> Self {
        Self {
            dialect,
            project,
            name: None,
            secret: None,
            access_key_id: None,
            client_id: None,
            publishable: false,
            scopes: [Scope::FeedbackWrite, Scope::FeedbackRead]
                .into_iter()
                .collect(),
            rate_limit: None,
            allow_short_secret: false,
        }
    }
}

impl App {
    /// The keys that the caller may know of, revoked ones included, oldest first.
    pub fn list_keys(&self, caller: &Caller) -> Result<Vec<Arc<ApiKey>>> {
        authenticate::require(caller, Scope::Admin)?;
        Ok(self.directory().keys(caller))
    }

    /// One key that the caller may know of.
    pub fn key(&self, caller: &Caller, id: ApiKeyId) -> Result<Arc<ApiKey>> {
        self.list_keys(caller)?
            .into_iter()
            .find(|key| key.id == id)
            .ok_or_else(|| Error::not_found("no such key"))
    }

    /// Makes a key, or takes one along. The secret is in the answer and nowhere else.
    pub async fn create_key(
        &self,
        caller: &Caller,
        draft: KeyDraft,
        idempotency: Option<Idempotency>,
    ) -> Result<IssuedKey> {
        authenticate::require(caller, Scope::Admin)?;
        let (id, secret) = self
            .administer(async {
                if self.store.remembered(idempotency.as_ref()).await?.is_some() {
                    return Err(Error::new(
                        ErrorKind::Conflict,
                        "an earlier request with this Idempotency-Key made the key; its secret was shown then and \
                         cannot be shown again",
                    ));
                }
                let directory = self.directory();
                check(caller, &directory, &draft)?;
                let (key, secret) =
                    issued(caller, draft, &self.master_key, self.clock.now())?;
                if directory.access_key_id_is_taken(&key) {
                    let message = "another key has this access key id already";
                    return Err(Error::new(ErrorKind::Conflict, message).at("access_key_id"));
                }
                if directory.key_by_secret(key.dialect, key.secret_sha256).is_some() {
                    return Err(Error::new(
                        ErrorKind::Conflict,
                        "a key with this secret exists already",
                    ));
                }
                let action = AuditAction::KeyCreate;
                let detail = audit::made(audit::key(&key));
                let entry = self.entry(caller, action, Subject::key(&key), detail);
                let once = self.store.save_key(key, idempotency, entry).await?;
                Ok((ApiKeyId(once.id), secret))
            })
            .await?;
        let key = self
            .directory()
            .key(id)
            .cloned()
            .ok_or_else(|| Error::internal("a stored key is not in the directory"))?;
        Ok(IssuedKey { key, secret })
    }

    /// The key that a brought secret belongs to already, revoked or not told apart: none if it was revoked.
    pub fn known_secret(&self, dialect: Dialect, secret: &str) -> Option<Arc<ApiKey>> {
        self.key_of(super::Credential { dialect, secret })
    }

    /// Changes how many requests are taken of a key, from now on; none leaves it to the server's settings. That is for keys of
    /// the workspace: it protects other projects.
    pub async fn limit_key(
        &self,
        caller: &Caller,
        id: ApiKeyId,
        limit: Option<RateLimit>,
    ) -> Result<Arc<ApiKey>> {
        authenticate::require(caller, Scope::Admin)?;
        require_whole_workspace(caller)?;
        validate::rate_limit(limit)?;
        self.administer(async {
            let known = self.key(caller, id)?;
            if known.rate_limit != limit {
                let limited = ApiKey {
                    rate_limit: limit,
                    ..ApiKey::clone(&known)
                };
                let detail = audit::difference(audit::key(&known), audit::key(&limited));
                let subject = Subject::key(&known);
                let entry = self.entry(caller, AuditAction::KeyChange, subject, detail);
                self.store.limit_key(id, limit, entry).await?;
            }
            Ok(())
        })
        .await?;
        self.key(caller, id)
    }

    /// Revokes a key: no request that carries it is accepted from now on. Revoking it again changes nothing.
    pub async fn revoke_key(&self, caller: &Caller, id: ApiKeyId) -> Result<Arc<ApiKey>> {
        authenticate::require(caller, Scope::Admin)?;
        let no_such_key = || Error::not_found("no such key");
        self.administer(async {
            let directory = self.directory();
            let known = directory
                .keys(caller)
                .into_iter()
                .find(|key| key.id == id)
                .ok_or_else(no_such_key)?;
            if known.revoked_at.is_none() {
                let subject = Subject::key(&known);
                let entry = self.entry(caller, AuditAction::KeyRevoke, subject, Told::new());
                self.store.revoke_key(id, self.clock.now(), entry).await?;
            }
            Ok(())
        })
        .await?;
        self.directory().key(id).cloned().ok_or_else(no_such_key)
    }
}

/// Whether a caller may make this key.
pub(super) fn check(caller: &Caller, directory: &Directory, draft: &KeyDraft) -> Result<()> {
    if !caller.opens_workspace()
        && (caller.only_project().is_none() || caller.only_project() != draft.project)
    {
        return Err(Error::new(
            ErrorKind::Forbidden,
            "this key opens one project only; it may make keys for that project",
        ));
    }
    if let Some(project) = draft.project {
        directory
            .project(project)
            .filter(|found| found.workspace == caller.workspace && found.deleted_at.is_none())
            .ok_or_else(|| Error::invalid("project", "no such project"))?;
    } else if draft.dialect == Dialect::Dify {
        return Err(Error::invalid(
            "project",
            "a Dify key names its app: give the project that it opens",
        ));
    }
    let beyond = draft
        .scopes
        .iter()
        .any(|scope| !caller.scopes.contains(scope) && !caller.scopes.contains(Scope::Admin));
    if beyond {
        return Err(Error::new(
            ErrorKind::Forbidden,
            "a key cannot make keys that may do more than itself",
        ));
    }
    if let Some(name) = &draft.name {
        validate::name("name", name, limits::NAME_CHARACTERS)?;
    }
    for (field, value, belongs) in [
        ("access_key_id", &draft.access_key_id, Dialect::AmazonQ),
        ("client_id", &draft.client_id, Dialect::Haptik),
    ] {
        if let Some(value) = value {
            validate::name(field, value, limits::NAME_CHARACTERS)?;
            if draft.dialect != belongs {
                let message = format!("only a key of the dialect {belongs} has one");
                return Err(Error::invalid(field, message));
            }
        }
    }
    if draft.rate_limit.is_some() && !caller.opens_workspace() {
        return Err(Error::new(
            ErrorKind::Forbidden,
            "this key opens one project only; a key of the workspace says how many requests are taken",
        )
        .at("rate_limit"));
    }
    validate::rate_limit(draft.rate_limit)?;
    draft.secret.as_ref().map_or(Ok(()), |secret| {
        check_brought_secret(secret, draft.allow_short_secret)
    })
}

fn check_brought_secret(secret: &str, allow_short: bool) -> Result<()> {
    validate::name("secret", secret, limits::SECRET_CHARACTERS)?;
    if secret.contains(char::is_control) || secret.trim() != secret {
        return Err(Error::invalid(
            "secret",
            "must not contain control characters, nor begin or end with a space",
        ));
    }
    if !allow_short && secret.chars().count() < limits::SECRET_CHARACTERS_MINIMUM {
        return Err(Error::invalid(
            "secret",
            format!(
                "has fewer than {} characters and could be guessed; say that short secrets are allowed if clients \
                 must keep it",
                limits::SECRET_CHARACTERS_MINIMUM
            ),
        ));
    }
    Ok(())
}

fn issued(
    caller: &Caller,
    draft: KeyDraft,
    master_key: &MasterKey,
    now: Timestamp,
) -> Result<(ApiKey, String)> {
    let secret = draft.secret.unwrap_or_else(|| new_secret(draft.dialect));
    let access_key_id = match (draft.dialect, draft.access_key_id) {
        (Dialect::AmazonQ, None) => Some(new_access_key_id()),
        (_, given) => given,
    };
    let client_id = match (draft.dialect, draft.client_id) {
        (Dialect::Haptik, None) => Some(hex::encode(clock::random_bytes::<20>())),
        (_, given) => given,
    };
    // Request signing computes with the secret itself; every other dialect only shows it.
    let sealed_secret = if draft.dialect == Dialect::AmazonQ {
        Some(master_key.seal(secret.as_bytes())?)
    } else {
        None
    };
    let key = ApiKey {
        id: ApiKeyId(clock::new_id()),
        dialect: draft.dialect,
        workspace: caller.workspace,
        project: draft.project,
        name: draft.name,
        secret_sha256: Sha256::digest(secret.as_bytes()).into(),
        hint: hint(&secret),
        access_key_id,
        client_id,
        sealed_secret,
        publishable: draft.publishable,
        scopes: draft.scopes,
        rate_limit: draft.rate_limit,
        created_at: now,
        revoked_at: None,
    };
    Ok((key, secret))
}

/// The last four characters of a long secret; nothing of a short one, of which they would give too much away.
pub(super) fn hint(secret: &str) -> String {
    let characters = secret.chars().count();
    if characters < limits::SECRET_CHARACTERS_MINIMUM {
        return "…".to_owned();
    }
    format!(
        "…{}",
        secret.chars().skip(characters - 4).collect::<String>()
    )
}

/// A secret of 256 bits (Haptik: 128, as its clients' forms allow) in the form that the dialect's clients know.
fn new_secret(dialect: Dialect) -> String {
    let token = || URL_SAFE_NO_PAD.encode(clock::random_bytes::<32>());
    match dialect {
        Dialect::Native => format!("cnd_{}", token()),
        Dialect::Dify => format!("app-{}", token()),
        Dialect::Haptik => hex::encode(clock::random_bytes::<16>()),
        Dialect::Wonderchat | Dialect::Melodi | Dialect::AmazonQ => token(),
    }
}

/// Twenty characters beginning with `AKIA`, as AWS's are.
fn new_access_key_id() -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let letters = clock::random_bytes::<16>()
        .map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    format!("AKIA{}", letters.iter().collect::<String>())
}
