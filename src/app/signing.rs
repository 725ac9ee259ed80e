//! Keys whose requests are signed: the secret itself is computed with, and never sent.

use super::App;
use crate::domain::{ApiKey, ApiKeyId};
use crate::error::{Error, Result};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// A key with the secret that its requests are signed with.
#[derive(Clone)]
pub struct SigningKey {
    /// The key.
    pub key: Arc<ApiKey>,
    secret: Arc<[u8]>,
}

/// Secrets that were opened before, by key: a key's secret never changes. There are never more than keys.
#[derive(Default)]
pub(super) struct OpenedSecrets(RwLock<HashMap<ApiKeyId, Arc<[u8]>>>);

// Without the secrets: what can be printed is printed one day.
impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("id", &self.key.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for OpenedSecrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OpenedSecrets(…)")
    }
}

impl SigningKey {
    /// The secret.
    pub fn secret(&self) -> &[u8] {
        &self.secret
    }
}

impl App {
    /// The key with this access key id, if there is one and it was not revoked. Who names it is not known to hold its
    /// secret: that is for the caller to find out.
    pub fn signing_key(&self, access_key_id: &str) -> Result<Option<SigningKey>> {
        let Some(key) = self
            .directory()
            .key_by_access_key_id(access_key_id)
            .cloned()
        else {
            return Ok(None);
        };
        let secret = self.opened_secret(&key)?;
        Ok(Some(SigningKey { key, secret }))
    }

    fn opened_secret(&self, key: &ApiKey) -> Result<Arc<[u8]>> {
        let opened = self.opened_secrets.0.read();
        let known = opened
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key.id)
            .cloned();
        if let Some(secret) = known {
            return Ok(secret);
        }
        let secret: Arc<[u8]> = key
            .sealed_secret
            .as_deref()
            .and_then(|sealed| self.master_key.unseal(sealed))
            .ok_or_else(|| Error::internal("the master key does not open a key's secret"))?
            .into();
        self.opened_secrets
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key.id, Arc::clone(&secret));
        Ok(secret)
    }
}
