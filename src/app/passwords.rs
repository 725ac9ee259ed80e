//! Hashes of passwords: argon2id, a few at once and off the threads that serve, for each takes memory and time on purpose.

use super::validate;
use crate::clock;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use icu_normalizer::ComposingNormalizerBorrowed;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Those who wait for a hash, and those whose turn it is.
#[derive(Debug)]
pub(super) struct Passwords {
    waiting: Semaphore,
    at_once: Arc<Semaphore>,
}

impl Passwords {
    pub(super) fn new() -> Self {
        Self {
            waiting: Semaphore::new(limits::PASSWORDS_WAITING),
            at_once: Arc::new(Semaphore::new(limits::PASSWORDS_AT_ONCE)),
        }
    }

    /// The hash of a new password, in the PHC form.
    pub(super) async fn hash(&self, password: &str) -> Result<String> {
        let password = normal(password);
        let hashed = self.in_turn(move || hash(&password)).await?;
        hashed.map_err(|error| Error::internal(error.to_string()))
    }

    /// Whether a password is the one of a hash. Where there is no hash it is not, which takes as long to say.
    pub(super) async fn is_right(&self, password: &str, known: Option<String>) -> Result<bool> {
        let password = normal(password);
        self.in_turn(move || match known {
            Some(known) => PasswordHash::new(&known).is_ok_and(|known| {
                let verified = Argon2::default().verify_password(password.as_bytes(), &known);
                verified.is_ok()
            }),
            None => {
                let _ = hash(&password);
                false
            }
        })
        .await
    }

    /// Refuses at once where many wait already: a flood of sign-ins takes no more memory than its bound.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let _place = self.waiting.try_acquire().map_err(|_| {
            let message = "more sign-ins are waiting than the server takes on; try again";
            Error::new(ErrorKind::Busy, message)
        })?;
        let turn = Arc::clone(&self.at_once).acquire_owned().await;
        let turn = turn.map_err(Error::internal)?;
        let worked = tokio::task::spawn_blocking(move || {
            // Held here: who asked may be gone by now, and the memory is taken all the same.
            let _turn = turn;
            work()
        });
        worked.await.map_err(Error::internal)
    }
}

/// Whether a password may be one. What it is made of is its owner's affair; how long it is decides how well it holds.
pub(super) fn check(field: &str, password: &str) -> Result<()> {
    let least = limits::PASSWORD_CHARACTERS_MINIMUM;
    if password.chars().take(least).count() < least {
        let message = format!("must have at least {least} characters");
        return Err(Error::invalid(field, message));
    }
    validate::text(field, password, limits::PASSWORD_CHARACTERS)
}

/// Keyboards write some letters in one of two ways.
fn normal(password: &str) -> String {
    let normalizer = ComposingNormalizerBorrowed::new_nfc();
    normalizer.normalize(password).into_owned()
}

fn hash(password: &str) -> argon2::password_hash::Result<String> {
    let salt = clock::random_bytes::<16>();
    let hash: PasswordHash =
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt)?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_however_its_letters_are_written() {
        let passwords = Passwords::new();
        let hash = passwords.hash("très secret").await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        let decomposed = "tre\u{300}s secret";
        let is_right = async |password| passwords.is_right(password, Some(hash.clone())).await;
        assert!(is_right("très secret").await.unwrap());
        assert!(is_right(decomposed).await.unwrap());
        assert!(!is_right("Très secret").await.unwrap());
        assert!(!passwords.is_right("très secret", None).await.unwrap());
    }

    #[tokio::test]
    async fn more_than_may_wait_are_refused() {
        let passwords = Passwords::new();
        let all = u32::try_from(limits::PASSWORDS_WAITING).unwrap();
        let _all = passwords.waiting.acquire_many(all).await.unwrap();
        let refused = passwords
            .is_right("a long password", None)
            .await
            .unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Busy);
    }

    #[test]
    fn passwords_have_a_length_and_no_other_rule() {
        for (password, allowed) in [
            ("short", false),
            ("ünïcödé!!", false),
            ("aaaaaaaaaa", true),
            ("ünïcödé!!!", true),
            ("with\0nul and more", false),
        ] {
            assert_eq!(check("password", password).is_ok(), allowed, "{password}");
        }
        let long = "x".repeat(limits::PASSWORD_CHARACTERS + 1);
        assert!(check("password", &long).is_err());
    }
}
