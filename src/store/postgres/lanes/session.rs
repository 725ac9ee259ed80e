//! A lane's connection, with its statements.

use super::statements::Statements;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::postgres::connect::{Connector, Purpose};
use tokio_postgres::Client;

/// How a lane's statements are planned and kept. All of them look rows up by an index, a few for each vote, so every other
/// plan is wrong however small a table is when the plan is made; and a plan is made once, for making it costs as much as a
/// batch.
const SETTINGS: &str = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; \
     SET enable_mergejoin = off; SET statement_timeout = ";

/// A line of history that a server writes; a standby that takes over begins another.
const TIMELINE: &str = "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)";

/// A connection that is ready for votes.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) statements: Statements,
    /// See [`TIMELINE`].
    pub(super) timeline: String,
}

impl Session {
    /// Connects, within a runtime.
    pub(super) async fn open(connector: &Connector) -> Result<Self> {
        let (client, _) = connector.connect(Purpose::Writing).await?;
        prepared(client).await.map_err(Error::internal)
    }
}

async fn prepared(client: Client) -> Result<Session, tokio_postgres::Error> {
    let most = limits::LANE_STATEMENT_TIME.as_millis();
    client.batch_execute(&format!("{SETTINGS}{most}")).await?;
    let timeline = client.query_one(TIMELINE, &[]).await?.try_get(0)?;
    let statements = Statements::prepare(&client).await?;
    Ok(Session {
        client,
        statements,
        timeline,
    })
}
