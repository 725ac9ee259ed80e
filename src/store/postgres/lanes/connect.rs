//! A lane's connection.

use super::statements::Statements;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use tokio_postgres::{Client, Config, Error, NoTls};

/// Opens a connection. It is called again whenever one was lost.
pub type Connect = Arc<dyn Fn() -> Connecting + Send + Sync>;

/// A connection that is being opened.
pub type Connecting = Pin<Box<dyn Future<Output = Result<Connected, Error>> + Send>>;

/// A connection that is open.
pub struct Connected {
    /// What statements are given to.
    pub client: Client,
    /// What carries them there and brings the answers; it ends with the connection.
    pub driver: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// How a lane's statements are planned and kept. All of them look rows up by an index, a few for each vote, so every other
/// plan is wrong however small a table is when the plan is made; and a plan is made once, for it costs as much as a batch.
const SETTINGS: &str = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; \
     SET enable_mergejoin = off; SET jit = off; \
     SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// A line of history that a server writes; a standby that takes over begins another.
const TIMELINE: &str = "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)";

/// Opens connections without TLS.
pub fn without_tls(config: Config) -> Connect {
    Arc::new(move || {
        let config = config.clone();
        Box::pin(async move {
            let (client, connection) = config.connect(NoTls).await?;
            Ok(Connected {
                client,
                driver: Box::pin(async move {
                    // Whoever waits for an answer is told of the failure.
                    let _ = connection.await;
                }),
            })
        })
    })
}

/// A connection that is ready for votes.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) statements: Statements,
    /// See [`TIMELINE`].
    pub(super) timeline: String,
}

impl Session {
    /// Connects, within a runtime.
    pub(super) async fn open(connect: &Connect, statement_time: u128) -> Result<Self, Error> {
        let Connected { client, driver } = connect().await?;
        tokio::spawn(driver);
        client
            .batch_execute(&format!(
                "SET statement_timeout = {statement_time}; {SETTINGS}"
            ))
            .await?;
        let timeline = client.query_one(TIMELINE, &[]).await?.try_get(0)?;
        Ok(Self {
            statements: Statements::prepare(&client).await?,
            client,
            timeline,
        })
    }
}
