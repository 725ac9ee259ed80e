//! PostgreSQL 15 or later: the engine for several servers beside each other.
//!
//! A [`DatabaseAddress`] says where it is, a [`Connector`] opens connections to it for a [`Purpose`], [`migrate`] brings its
//! schema up to date, and [`ReaderPool`] keeps connections that read.

mod address;
mod connect;
mod failure;
mod pool;
mod schema;
mod tls;

pub use address::DatabaseAddress;
pub use connect::{Connector, Purpose};
pub use failure::unreachable;
pub use pool::ReaderPool;
pub use schema::{Migrated, migrate};
