//! Copies of what passes, bounded for each exchange and for all of them together.

use crate::limits;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The bytes that copies may take together.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory(Arc<AtomicUsize>);

/// The copies of both bodies of one exchange. Their memory is given back when they are dropped.
#[derive(Debug)]
pub(super) struct Copies {
    /// What was sent of the request.
    pub(super) request: Vec<u8>,
    /// What came of the answer.
    pub(super) answer: Vec<u8>,
    /// Why there are none, if they would have been too much.
    pub(super) forgotten: Option<Forgotten>,
    memory: Memory,
    taken: usize,
}

/// Which body.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    Request,
    Answer,
}

/// Why nothing is learnt from an exchange, or from a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forgotten {
    /// It is larger than one exchange may be.
    TooLarge,
    /// Too much passes at the same time.
    Memory,
    /// Too many wait to be read.
    Queue,
    /// The reading failed.
    Unreadable,
    /// It is not within the bounds of what Candor keeps.
    Refused,
    /// It could not be written.
    Unwritten,
}

impl Memory {
    fn take(&self, bytes: usize) -> bool {
        let more = |taken: usize| {
            taken
                .checked_add(bytes)
                .filter(|sum| *sum <= limits::LEARN_MEMORY_BYTES)
        };
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.0.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Copies {
    pub(super) const fn new(memory: Memory) -> Self {
        Self {
            request: Vec::new(),
            answer: Vec::new(),
            forgotten: None,
            memory,
            taken: 0,
        }
    }

    /// Copies what passes. Bytes and not handles on them: a handle on one word of a stream holds the whole buffer that it
    /// was read into.
    pub(super) fn note(&mut self, side: Side, bytes: &[u8]) {
        if self.forgotten.is_some() {
            return;
        }
        let copy = match side {
            Side::Request => &mut self.request,
            Side::Answer => &mut self.answer,
        };
        let length = copy.len() + bytes.len();
        if length > limits::LEARN_BYTES {
            return self.forget(Forgotten::TooLarge);
        }
        if length > copy.capacity() {
            let capacity = length.next_power_of_two();
            let more = capacity - copy.capacity();
            if !self.memory.take(more) {
                return self.forget(Forgotten::Memory);
            }
            self.taken += more;
            copy.reserve_exact(capacity - copy.len());
        }
        copy.extend_from_slice(bytes);
    }

    fn forget(&mut self, why: Forgotten) {
        self.forgotten = Some(why);
        self.request = Vec::new();
        self.answer = Vec::new();
        self.memory.give_back(self.taken);
        self.taken = 0;
    }
}

impl Drop for Copies {
    fn drop(&mut self) {
        self.memory.give_back(self.taken);
    }
}

impl Forgotten {
    /// The name in `/metrics`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Memory => "memory",
            Self::Queue => "queue",
            Self::Unreadable => "unreadable",
            Self::Refused => "refused",
            Self::Unwritten => "unwritten",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_copied_in_order() {
        let mut copies = Copies::new(Memory::default());
        copies.note(Side::Answer, b"to");
        copies.note(Side::Request, b"why?");
        copies.note(Side::Answer, b"ken");
        assert_eq!(
            (&*copies.request, &*copies.answer),
            (&b"why?"[..], &b"token"[..])
        );
    }

    #[test]
    fn an_exchange_that_is_too_large_is_not_kept() {
        let memory = Memory::default();
        let mut copies = Copies::new(memory.clone());
        let half = vec![0; limits::LEARN_BYTES / 2];
        copies.note(Side::Answer, &half);
        copies.note(Side::Answer, &half);
        assert_eq!(copies.forgotten, None);
        copies.note(Side::Answer, b"!");
        assert_eq!(copies.forgotten, Some(Forgotten::TooLarge));
        assert!(copies.answer.is_empty());
        assert_eq!(memory.0.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn all_exchanges_together_stay_within_their_memory() {
        let memory = Memory::default();
        let whole = vec![0; limits::LEARN_BYTES];
        let mut kept = Vec::new();
        loop {
            let mut copies = Copies::new(memory.clone());
            copies.note(Side::Answer, &whole);
            if copies.forgotten.is_some() {
                assert_eq!(copies.forgotten, Some(Forgotten::Memory));
                break;
            }
            kept.push(copies);
        }
        assert_eq!(kept.len(), limits::LEARN_MEMORY_BYTES / limits::LEARN_BYTES);
        kept.pop();
        let mut copies = Copies::new(memory);
        copies.note(Side::Answer, &whole);
        assert_eq!(copies.forgotten, None);
    }
}
