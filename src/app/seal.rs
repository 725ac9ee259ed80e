//! Secrets that must be used again are sealed under a master key.

use crate::clock;
use crate::error::{Error, ErrorKind, Result};
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::Path;

const NONCE_BYTES: usize = 24;

/// The file of the data folder that holds the master key, readable by its owner only.
pub(super) const FILE: &str = "master.key";

/// The key under which secrets are sealed: 32 bytes, written as 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey([u8; 32]);

impl fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MasterKey(…)")
    }
}

impl MasterKey {
    /// A new key.
    pub fn random() -> Self {
        Self(clock::random_bytes())
    }

    /// From 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Result<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes)
            .map(|()| Self(bytes))
            .map_err(|_| Error::invalid("master_key", "must be 64 hexadecimal digits"))
    }

    /// The key in a data folder's file, which is made if it is not there.
    pub fn in_folder(folder: &Path) -> Result<Self> {
        if let Some(key) = Self::found_in(folder)? {
            return Ok(key);
        }
        // A database keeps the data then, and the folder this key alone.
        fs::create_dir_all(folder).map_err(|error| unreadable(folder, error))?;
        let path = folder.join(FILE);
        let key = Self::random();
        key.write(&path).map_err(|error| unreadable(&path, error))?;
        Ok(key)
    }

    /// The key in a data folder's file, if it is there.
    pub(super) fn found_in(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Self::from_hex(&text).map(Some).map_err(|error| {
                Error::new(
                    ErrorKind::Unavailable,
                    format!("{} does not hold a master key: {error}", path.display()),
                )
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(&path, error)),
        }
    }

    fn write(&self, path: &Path) -> std::io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        writeln!(file, "{}", hex::encode(self.0))?;
        file.sync_all()
    }

    /// Seals a secret: the nonce, then the text under XChaCha20-Poly1305.
    pub fn seal(&self, secret: &[u8]) -> Result<Vec<u8>> {
        let nonce = clock::random_bytes::<NONCE_BYTES>();
        let sealed = XChaCha20Poly1305::new(&self.0.into())
            .encrypt(&XNonce::from(nonce), secret)
            .map_err(|_| Error::internal("a secret could not be sealed"))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what [`MasterKey::seal`] gave. None if it was sealed under another key or changed since.
    pub fn unseal(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_at_checked(NONCE_BYTES)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        XChaCha20Poly1305::new(&self.0.into())
            .decrypt(&XNonce::from(nonce), text)
            .ok()
    }
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("cannot use {}: {error}", path.display()),
    )
    .because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_under_the_same_key_only() {
        let key = MasterKey::random();
        let sealed = key.seal(b"secret").unwrap();
        assert_eq!(key.unseal(&sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(MasterKey::random().unseal(&sealed), None);
    }

    #[test]
    fn what_was_changed_does_not_open() {
        let key = MasterKey::random();
        let mut sealed = key.seal(b"secret").unwrap();
        *sealed.last_mut().unwrap() ^= 1;
        assert_eq!(key.unseal(&sealed), None);
        assert_eq!(key.unseal(b"short"), None);
    }

    #[test]
    fn a_folder_keeps_its_key_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let key = MasterKey::in_folder(folder.path()).unwrap();
        assert_eq!(MasterKey::in_folder(folder.path()).unwrap(), key);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.path().join(FILE))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
