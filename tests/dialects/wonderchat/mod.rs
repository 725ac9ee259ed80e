//! Wonderchat.

mod bodies;
mod documented;
mod export;
mod fixture;
mod import;
mod tags;
mod upstream;
mod vendor;
mod votes;
