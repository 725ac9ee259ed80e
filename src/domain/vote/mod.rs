//! The rules of a vote.
//!
//! A dialect turns a request into a [`Command`]: what is asked, with the dialect's [`Policy`] as data. The store loads
//! the [`Situation`] that the command meets, [`decide`](decide()) says what is to happen, and the store saves just that.

mod command;
mod decide;
mod policy;
mod situation;
#[cfg(test)]
mod tests;

pub use command::{Addressee, Ask, Asked, AuthorRef, Command, Place, RowRef, Told, Verb};
pub use decide::{Decision, Outcome, Refusal, RefusalReason, Registration, decide, takes_back};
pub use policy::{Absent, Identity, Policy, TakingBack, UnknownAuthor};
pub use situation::{Owner, Situation, Standing, TargetFacts};
