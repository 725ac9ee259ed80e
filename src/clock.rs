//! The only reader of time and of randomness.

use crate::domain::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// Tells the time. Tests set it; the program reads the system's.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `now` until it is set.
    pub fn standing_at(now: Timestamp) -> Self {
        Self(Source::Set(Arc::new(AtomicI64::new(now.microseconds()))))
    }

    /// Sets a clock made by [`Clock::standing_at`]; the system's clock is not ours to set.
    pub fn set(&self, now: Timestamp) {
        if let Source::Set(time) = &self.0 {
            time.store(now.microseconds(), Ordering::SeqCst);
        }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => {
                #[expect(clippy::disallowed_methods, reason = "the one place that asks")]
                let since = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                Timestamp::from_microseconds(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
            }
            Source::Set(time) => Timestamp::from_microseconds(time.load(Ordering::SeqCst)),
        }
    }
}

/// A new identifier: UUID version 7, so that identifiers made later sort later within this process.
#[expect(clippy::disallowed_methods, reason = "the one place that makes them")]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// Random bytes that nobody can guess.
///
/// # Panics
/// If the system gives none: no secret can be made then.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(
        clippy::expect_used,
        clippy::disallowed_methods,
        reason = "the one place that asks; without the system's randomness no secret can be made"
    )]
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}
