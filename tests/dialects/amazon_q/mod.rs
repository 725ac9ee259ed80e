//! Amazon Q Business, signed with AWS's own signer.

mod conversations;
mod fixture;
mod refusals;
mod signatures;
mod upstream;
mod votes;
