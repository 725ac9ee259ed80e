//! Amazon Q Business, signed with AWS's own signer.

mod conversations;
mod fixture;
mod passing;
mod refusals;
mod signatures;
mod upstream;
mod upstream_refusals;
mod votes;
