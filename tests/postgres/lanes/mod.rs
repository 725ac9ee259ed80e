//! Votes by lanes: the same as on SQLite, from several servers at once, and while connections are lost.

mod buckets;
mod faults;
mod same;
mod together;
pub(crate) mod world;
