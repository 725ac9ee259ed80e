//! Checking the data against itself, on either engine.

use super::sql::Connection;
use super::{Concern, Finding};

/// A check: what it is called, and a query that gives how much was seen and how much of it is wrong.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    pub(super) sql: &'static str,
    pub(super) concern: Concern,
}

impl Check {
    /// What it finds. What is damaged may not be readable, which is told like any fault: other checks go on.
    pub(super) fn find(&self, connection: Connection<'_>) -> Finding {
        let found = connection.query_row(self.sql, [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        });
        let (seen, fault) = match found {
            Ok((seen, 0)) => (seen, None),
            Ok((seen, wrong)) => (seen, Some(format!("{wrong} are wrong"))),
            Err(error) => (0, Some(format!("cannot be read: {error}"))),
        };
        Finding {
            check: self.name,
            fault,
            seen: format!("{seen} {}", self.unit),
            concern: self.concern,
        }
    }
}
