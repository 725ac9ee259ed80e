//! A lane's connection, with its statements.

use super::statements::Statements;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::postgres::citus::IS_SPREAD;
use crate::store::postgres::connect::{Connector, Purpose};
use std::cell::Cell;
use tokio::time::timeout;
use tokio_postgres::Client;

/// How a lane's statements are planned and kept. All of them look rows up by an index, a few for each vote, so every other
/// plan is wrong; and plans are kept, for making one costs as much as a batch.
const SETTINGS: &str = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; \
     SET enable_mergejoin = off; SET statement_timeout = ";

/// The same on Citus, which plans for each bucket and does the looking up elsewhere.
const SPREAD_SETTINGS: &str =
    "SET citus.multi_shard_modify_mode = 'sequential'; SET statement_timeout = ";

/// A line of history that a server writes; a standby that takes over begins another.
const TIMELINE: &str = "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)";

/// A connection that is ready for votes.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) statements: Statements,
    /// See [`TIMELINE`].
    pub(super) timeline: String,
    /// Whether several machines keep the rows.
    pub(super) is_spread: bool,
    /// How many batches it has carried.
    batches: Cell<u64>,
    /// Whether a commit was sent that may not have been answered.
    committing: Cell<bool>,
}

impl Session {
    /// Connects, within a runtime.
    pub(super) async fn open(connector: &Connector) -> Result<Self> {
        let (client, _) = connector.connect(Purpose::Writing).await?;
        prepared(client).await.map_err(Error::internal)
    }

    /// Notes that a batch begins. A plan that was made while tables were small is wrong when they are large, so plans are
    /// made anew after one batch, two, four, eight and so on.
    pub(super) async fn count_batch(&self) -> Result<(), tokio_postgres::Error> {
        let batches = self.batches.get() + 1;
        self.batches.set(batches);
        self.committing.set(false);
        if batches.is_power_of_two() {
            self.client.batch_execute("DISCARD PLANS").await?;
        }
        Ok(())
    }

    /// Notes that the batch's commit is sent.
    pub(super) fn begin_committing(&self) {
        self.committing.set(true);
    }

    /// Whether a batch that was not answered may be committed.
    pub(super) const fn is_committing(&self) -> bool {
        self.committing.get()
    }

    /// Undoes the transaction. Returns whether the connection can be used further.
    pub(super) async fn undo(&self) -> bool {
        if self.client.is_closed() {
            return false;
        }
        let undone = self.client.batch_execute("ROLLBACK");
        matches!(timeout(limits::LANE_UNDO_TIME, undone).await, Ok(Ok(())))
    }
}

async fn prepared(client: Client) -> Result<Session, tokio_postgres::Error> {
    let most = limits::LANE_STATEMENT_TIME.as_millis();
    let is_spread = client.query_one(IS_SPREAD, &[]).await?.try_get(0)?;
    let settings = if is_spread { SPREAD_SETTINGS } else { SETTINGS };
    client.batch_execute(&format!("{settings}{most}")).await?;
    let timeline = client.query_one(TIMELINE, &[]).await?.try_get(0)?;
    // There are many, and each is a future of its own.
    let statements = Box::pin(Statements::prepare(&client)).await?;
    Ok(Session {
        client,
        statements,
        timeline,
        is_spread,
        batches: Cell::new(0),
        committing: Cell::new(false),
    })
}
