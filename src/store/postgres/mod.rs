//! PostgreSQL, for several servers on one database.

pub mod lanes;
