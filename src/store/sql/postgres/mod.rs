//! The layer's half for PostgreSQL: a session that waits for each answer, and how values look on the wire.

pub(in crate::store) mod column;
mod places;
mod session;

pub(in crate::store) use session::{Counts, Prepared, Session};
