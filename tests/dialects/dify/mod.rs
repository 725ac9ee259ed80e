//! Dify.

mod conversations;
mod fixture;
mod import;
mod refusals;
mod replay;
mod votes;
