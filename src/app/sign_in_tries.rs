//! How often somebody may try to sign in: by the e-mail address that is named, and by where it comes from.
//!
//! A try counts when it begins, so that many at once are no way around it, and counts no more when it was right. What is counted
//! is this server's alone: several servers together take as many times as many.

use crate::domain::{Timestamp, email_key};
use crate::error::{Error, Result};
use crate::limits::{self, Tries};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What tries are counted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum By {
    Email(String),
    /// An address; of IPv6 the first 64 bits, for the rest is whatever the other side likes.
    Address(u64, bool),
}

/// For each, until when its tries are paid for.
#[derive(Debug, Default)]
pub(super) struct SignInTries(Mutex<HashMap<By, i64>>);

impl SignInTries {
    /// Counts a try, if there is room for one.
    pub(super) fn begin(&self, email: &str, address: Option<IpAddr>, now: Timestamp) -> Result<()> {
        let now = now.microseconds();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wait = 0;
        for (by, tries) in counted(email, address) {
            let until = all.get(&by).copied().unwrap_or(now).max(now);
            wait = wait.max(until + microseconds(tries.every) - now - room(tries));
        }
        if wait > 0 {
            let wait = Duration::from_micros(wait.unsigned_abs());
            let message = "too many tries to sign in; wait before the next one";
            return Err(Error::busy_for(wait, message));
        }
        for (by, tries) in counted(email, address) {
            make_room(&mut all, now);
            let until = all.entry(by).or_insert(now);
            *until = (*until).max(now) + microseconds(tries.every);
        }
        drop(all);
        Ok(())
    }

    /// Takes a try back, which was right.
    pub(super) fn forgive(&self, email: &str, address: Option<IpAddr>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (by, tries) in counted(email, address) {
            if let Some(until) = all.get_mut(&by) {
                *until -= microseconds(tries.every);
            }
        }
    }
}

fn counted(email: &str, address: Option<IpAddr>) -> impl Iterator<Item = (By, Tries)> {
    let email = (By::Email(email_key(email)), limits::SIGN_INS_OF_EMAIL);
    let address = address.map(|address| {
        let by = match address.to_canonical() {
            IpAddr::V4(address) => By::Address(u32::from(address).into(), false),
            IpAddr::V6(address) => {
                let beginning = u64::try_from(u128::from(address) >> 64);
                By::Address(beginning.unwrap_or(0), true)
            }
        };
        (by, limits::SIGN_INS_OF_ADDRESS)
    });
    std::iter::once(email).chain(address)
}

/// Forgets those whose tries are paid for where many are known, else the one that is the nearest to it.
fn make_room(all: &mut HashMap<By, i64>, now: i64) {
    if all.len() < limits::SIGN_INS_REMEMBERED {
        return;
    }
    all.retain(|_, until| *until > now);
    if all.len() >= limits::SIGN_INS_REMEMBERED {
        let nearest = all.iter().min_by_key(|(_, until)| **until);
        if let Some(nearest) = nearest.map(|(by, _)| by.clone()) {
            all.remove(&nearest);
        }
    }
}

fn microseconds(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

fn room(tries: Tries) -> i64 {
    microseconds(tries.every).saturating_mul(tries.at_once.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    const NOW: Timestamp = Timestamp::from_microseconds(1_000_000_000);

    fn later(time: Duration) -> Timestamp {
        NOW.plus_microseconds(microseconds(time))
    }

    #[test]
    fn so_many_at_once_and_then_one_after_each_wait() {
        let tries = SignInTries::default();
        let Tries { at_once, every } = limits::SIGN_INS_OF_EMAIL;
        for _ in 0..at_once {
            tries.begin("ada@example.com", None, NOW).unwrap();
        }
        let refused = tries.begin("ADA@example.com", None, NOW).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Busy);
        assert_eq!(refused.wait(), Some(every));
        tries.begin("eve@example.com", None, NOW).unwrap();
        tries.begin("ada@example.com", None, later(every)).unwrap();
        assert!(tries.begin("ada@example.com", None, later(every)).is_err());
    }

    #[test]
    fn what_was_right_does_not_count() {
        let tries = SignInTries::default();
        for _ in 0..limits::SIGN_INS_OF_EMAIL.at_once * 3 {
            tries.begin("ada@example.com", None, NOW).unwrap();
            tries.forgive("ada@example.com", None);
        }
    }

    #[test]
    fn an_address_may_not_try_one_account_after_the_other() {
        let tries = SignInTries::default();
        let address = |last: u16| Some(IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]));
        for number in (0..).take(limits::SIGN_INS_OF_ADDRESS.at_once as usize) {
            let email = format!("{number}@example.com");
            tries.begin(&email, address(number), NOW).unwrap();
        }
        assert!(tries.begin("one@example.com", address(0), NOW).is_err());
        let elsewhere = Some(IpAddr::from([192, 0, 2, 1]));
        tries.begin("one@example.com", elsewhere, NOW).unwrap();
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let tries = SignInTries::default();
        for number in 0..limits::SIGN_INS_REMEMBERED + 10 {
            tries
                .begin(&format!("{number}@example.com"), None, NOW)
                .unwrap();
        }
        let known = tries.0.lock().unwrap().len();
        assert_eq!(known, limits::SIGN_INS_REMEMBERED);
    }
}
