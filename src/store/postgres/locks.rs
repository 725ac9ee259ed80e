//! What only one of several servers does at a time: a lock of the database, held for as long as its connection lives.

use super::connect::{Connector, Purpose};
use super::failure;
use crate::error::{Error, ErrorKind, Result};
use crate::store::StoreLock;
use tokio_postgres::Client;

/// The first half of the locks' numbers: `cand` in letters.
const SPACE: i32 = 0x6361_6e64;

/// A lock that this server holds.
pub(in crate::store) struct Held {
    client: Client,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Held").finish_non_exhaustive()
    }
}

impl Held {
    /// Whether it is still held: a lock goes with its connection.
    pub(in crate::store) fn is_held(&self) -> bool {
        !self.client.is_closed()
    }
}

/// Waits for a lock.
pub(super) async fn wait_for(connector: &Connector, lock: StoreLock) -> Result<Held> {
    let (client, _) = connector.connect(Purpose::Upkeep).await?;
    let statement = "SELECT pg_advisory_lock($1, $2)";
    client
        .execute(statement, &[&SPACE, &number(lock)])
        .await
        .map_err(|error| lost(&error))?;
    Ok(Held { client })
}

/// Takes a lock if no other server has it.
pub(super) async fn try_for(connector: &Connector, lock: StoreLock) -> Result<Option<Held>> {
    let (client, _) = connector.connect(Purpose::Upkeep).await?;
    let statement = "SELECT pg_try_advisory_lock($1, $2)";
    let row = client
        .query_one(statement, &[&SPACE, &number(lock)])
        .await
        .map_err(|error| lost(&error))?;
    Ok(row.get::<_, bool>(0).then_some(Held { client }))
}

const fn number(lock: StoreLock) -> i32 {
    match lock {
        StoreLock::FirstStart => 1,
        StoreLock::Administration => 2,
        StoreLock::Mirror => 3,
    }
}

fn lost(error: &tokio_postgres::Error) -> Error {
    let cause = failure::described(error);
    Error::new(ErrorKind::Unavailable, "the database cannot be reached").because(cause)
}
