//! Bodies that are held whole on their way, bounded for all of them together.

use super::pass::Passing;
use crate::limits;
use axum::body::Bytes;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What memory is counted in.
const UNIT: usize = 1024;

/// The memory of one body. It is given back when this is dropped.
#[derive(Debug)]
pub struct Held {
    memory: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
}

/// A body with its memory.
struct Whole {
    bytes: Bytes,
    _held: Held,
}

impl Passing {
    /// Memory for a body, none of which is taken yet.
    pub fn hold(&self) -> Held {
        Held {
            memory: Arc::clone(&self.held),
            taken: None,
        }
    }
}

impl Held {
    /// Takes as much as a body of this size needs. False if there is not so much left. What every body may have is not
    /// counted, so that small ones are never refused because of large ones.
    pub fn grow_to(&mut self, bytes: usize) -> bool {
        let needed = bytes.saturating_sub(limits::BODY_BYTES).div_ceil(UNIT);
        let taken = self
            .taken
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits);
        let Ok(more) = u32::try_from(needed.saturating_sub(taken)) else {
            return false;
        };
        if more == 0 {
            return true;
        }
        let Ok(more) = Arc::clone(&self.memory).try_acquire_many_owned(more) else {
            return false;
        };
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            none => *none = Some(more),
        }
        true
    }

    /// The body whose memory this is. It is given back when the body is.
    pub fn whole(self, bytes: Bytes) -> Bytes {
        if self.taken.is_none() {
            return bytes;
        }
        Bytes::from_owner(Whole { bytes, _held: self })
    }
}

impl AsRef<[u8]> for Whole {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The memory of all bodies.
pub(super) fn memory() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(limits::HELD_BYTES / UNIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(memory: &Arc<Semaphore>) -> Held {
        Held {
            memory: Arc::clone(memory),
            taken: None,
        }
    }

    #[test]
    fn all_bodies_together_stay_within_their_memory() {
        let memory = memory();
        let mut large = held(&memory);
        assert!(large.grow_to(limits::HELD_BYTES / 2));
        assert!(large.grow_to(limits::HELD_BYTES + limits::BODY_BYTES));
        assert!(!large.grow_to(limits::HELD_BYTES + limits::BODY_BYTES + 1));
        assert!(!held(&memory).grow_to(limits::BODY_BYTES + 1));
        drop(large);
        assert!(held(&memory).grow_to(limits::BODY_BYTES + 1));
    }

    #[test]
    fn a_small_body_always_has_its_memory() {
        let memory = memory();
        let mut large = held(&memory);
        assert!(large.grow_to(limits::HELD_BYTES + limits::BODY_BYTES));
        assert!(held(&memory).grow_to(limits::BODY_BYTES));
    }

    #[test]
    fn memory_is_given_back_with_the_body() {
        let memory = memory();
        let mut large = held(&memory);
        assert!(large.grow_to(limits::BODY_BYTES + 1));
        let whole = large.whole(Bytes::from_static(b"word"));
        let copy = whole.clone();
        drop(whole);
        assert!(memory.available_permits() < limits::HELD_BYTES / UNIT);
        assert_eq!(copy, "word");
        drop(copy);
        assert_eq!(memory.available_permits(), limits::HELD_BYTES / UNIT);
    }
}
