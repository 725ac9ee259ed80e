//! The signature itself, which both sides compute.

use super::ALGORITHM;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// The signature of a canonical request, made with a secret for a moment and a scope. There always is one.
pub(super) fn of(canonical: &[u8], secret: &[u8], date: &str, scope: &str) -> Option<String> {
    let text = format!(
        "{ALGORITHM}\n{date}\n{scope}\n{}",
        hex::encode(Sha256::digest(canonical))
    );
    let key = scope
        .split('/')
        .try_fold([b"AWS4", secret].concat(), |key, part| {
            authenticated(&key, part.as_bytes())
        })?;
    authenticated(&key, text.as_bytes()).map(hex::encode)
}

/// An HMAC. It takes keys of every length, so there is always one.
fn authenticated(key: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text);
    Some(mac.finalize().into_bytes().to_vec())
}
