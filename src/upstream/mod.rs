//! Handing requests on to the vendors' servers behind projects, and learning from what passes.
//!
//! A dialect decides what it answers itself, who may have something handed on, and with whose credential ([`Onward`]);
//! [`Passing`] sends it, streams both bodies, and keeps a bounded copy of what passed ([`Exchange`]), from which the dialect
//! reads what was said ([`Learnt`]). What is learnt is written behind the answer. Calls of our own to the same servers go
//! the same way ([`Call`]).

mod admit;
mod call;
mod client;
mod copies;
mod decode;
mod exchange;
mod failure;
mod headers;
mod held;
mod learn;
mod pass;
mod place;
mod shares;
mod streamed;
mod under_way;

pub use admit::{admit, admit_anybody, admit_for};
pub use call::{Call, Heard, Reply};
pub use exchange::{Exchange, Learnt, Read};
pub use failure::Failure;
pub use held::Held;
pub use learn::Learning;
pub use pass::{Onward, Passing};
pub use place::Place;
pub use under_way::{HandedOn, noting_handing_on};
