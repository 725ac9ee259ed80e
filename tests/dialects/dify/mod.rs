//! Dify.

mod conversations;
mod fixture;
mod history;
mod import;
mod refusals;
mod replay;
mod upstream;
mod votes;
