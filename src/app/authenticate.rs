//! Who makes a request, and whether they may.

use super::App;
use crate::domain::{ApiKey, Caller, Dialect, Scope, Who};
use crate::error::{Error, ErrorKind, Result};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq as _;

/// A secret as a dialect's request carries it.
#[derive(Clone, Copy, Debug)]
pub struct Credential<'request> {
    /// The dialect whose path was called.
    pub dialect: Dialect,
    /// The secret.
    pub secret: &'request str,
}

impl App {
    /// The key that a secret belongs to, if there is one and it was not revoked. The request counts for it.
    pub fn authenticate(&self, credential: Credential<'_>) -> Result<Option<Arc<ApiKey>>> {
        let key = self.key_of(credential);
        if let Some(key) = &key {
            self.count_request(key)?;
        }
        Ok(key)
    }

    /// The key that a secret belongs to, if there is one and it was not revoked.
    ///
    /// The look-up is by the secret's SHA-256, whose timing tells nothing of the secret, and the digests are then
    /// compared in constant time.
    pub fn key_of(&self, credential: Credential<'_>) -> Option<Arc<ApiKey>> {
        let digest: [u8; 32] = Sha256::digest(credential.secret.as_bytes()).into();
        self.directory()
            .key_by_secret(credential.dialect, digest)
            .filter(|key| bool::from(key.secret_sha256.ct_eq(&digest)))
            .cloned()
    }

    /// Whether a caller may do what needs `scope`, for interfaces that refuse before they read the request. Every verb
    /// checks it again.
    pub fn require(caller: &Caller, scope: Scope) -> Result<()> {
        require(caller, scope)
    }

    /// Whether a caller may do what needs `scope` with conversations, people and feedback. A key of one project may not
    /// while the project is switched off; keys of the workspace may, to look after what is there.
    pub(super) fn require_for_data(&self, caller: &Caller, scope: Scope) -> Result<()> {
        require(caller, scope)?;
        let directory = self.directory();
        let switched_off = caller
            .only_project()
            .and_then(|only| directory.project(only))
            .is_some_and(|project| !project.enabled);
        if switched_off {
            return Err(switched_off_project());
        }
        Ok(())
    }

    /// Whether a caller may define attributes: keys that administer, and accounts that write feedback.
    pub fn require_defining_attributes(caller: &Caller) -> Result<()> {
        require_defining_attributes(caller)
    }

    /// The same for creating feedback.
    pub fn require_creating_feedback(caller: &Caller) -> Result<()> {
        require_creating_feedback(caller)
    }
}

/// Whether a caller may do what needs `scope`. Administrators may do everything; publishable keys only create feedback,
/// which is checked where feedback is created, so that no other check can let them pass.
pub(super) fn require(caller: &Caller, scope: Scope) -> Result<()> {
    let allowed = !caller.publishable
        && (caller.scopes.contains(scope) || caller.scopes.contains(Scope::Admin));
    if allowed {
        Ok(())
    } else {
        let message = match caller.who {
            Who::Account(_) => "this account may not do that: it needs another role".to_owned(),
            _ => format!("this key may not do that: it needs the scope \"{scope}\""),
        };
        Err(Error::new(ErrorKind::Forbidden, message))
    }
}

/// Whether a caller may define attributes.
pub(super) fn require_defining_attributes(caller: &Caller) -> Result<()> {
    let needs = match caller.who {
        Who::Account(_) => Scope::FeedbackWrite,
        Who::Key(_) | Who::CommandLine | Who::Server => Scope::Admin,
    };
    require(caller, needs)
}

/// The answer to what a project does not take while it is switched off.
pub(super) fn switched_off_project() -> Error {
    Error::new(ErrorKind::Forbidden, "this project is switched off")
}

/// Whether a caller may create feedback.
pub(super) fn require_creating_feedback(caller: &Caller) -> Result<()> {
    if caller.publishable {
        Ok(())
    } else {
        require(caller, Scope::FeedbackWrite)
    }
}
