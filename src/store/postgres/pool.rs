//! Connections that read, kept for the next read.

use super::connect::{Connector, Purpose};
use super::failure;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use deadpool_postgres::{
    Connect, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType,
};
use std::fmt;
use std::pin::Pin;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config};

/// A pool of connections for [`Purpose::Reading`]. They are opened when they are needed.
///
/// A connection comes back as it was left: whoever took it ends the transaction that it began.
pub struct ReaderPool {
    pool: Pool,
    connector: Connector,
}

impl ReaderPool {
    /// A pool of at most [`limits::POOL_READERS`] connections, each of which is waited for [`limits::POOL_WAIT`].
    pub fn new(connector: Connector) -> Result<Self> {
        Self::of(connector, limits::POOL_READERS, limits::POOL_WAIT)
    }

    /// A pool of at most so many, each of which is waited for so long.
    pub fn of(connector: Connector, most: usize, wait: Duration) -> Result<Self> {
        // What was closed is noticed without asking the server before every read.
        let recycling_method = RecyclingMethod::Fast;
        let manager = Manager::from_connect(
            connector.address().config().clone(),
            Reading(connector.clone()),
            ManagerConfig { recycling_method },
        );
        let pool = Pool::builder(manager)
            .max_size(most)
            .wait_timeout(Some(wait))
            .create_timeout(Some(limits::DATABASE_CONNECT_TIME))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(Error::internal)?;
        Ok(Self { pool, connector })
    }

    /// Takes a connection; dropped, it is there for the next read. Who waits too long is refused.
    pub async fn get(&self) -> Result<Object> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Timeout(TimeoutType::Wait) => Error::new(
                ErrorKind::Unavailable,
                "more reads are waiting than the server takes on; try again",
            ),
            PoolError::Timeout(_) => failure::silent(self.connector.address()),
            PoolError::Backend(error) => failure::unreachable(self.connector.address(), &error),
            PoolError::Closed => Error::new(ErrorKind::Unavailable, "the server is stopping"),
            error => Error::internal(error),
        })
    }

    /// Has the metrics know how many connections there are, and how many of them and of reads wait.
    pub fn observe(&self) {
        let status = self.pool.status();
        let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        metrics::gauge!("candor_database_readers").set(count(status.size));
        metrics::gauge!("candor_database_readers_idle").set(count(status.available));
        metrics::gauge!("candor_database_reads_waiting").set(count(status.waiting));
    }

    /// Gives no more connections, and closes those that are at rest.
    pub fn close(&self) {
        self.pool.close();
    }
}

impl fmt::Debug for ReaderPool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ReaderPool({})", self.connector.address())
    }
}

/// Opens the pool's connections.
struct Reading(Connector);

type Opened = Result<(Client, JoinHandle<()>), tokio_postgres::Error>;

impl Connect for Reading {
    fn connect(&self, _: &Config) -> Pin<Box<dyn Future<Output = Opened> + Send + '_>> {
        Box::pin(self.0.open(Purpose::Reading))
    }
}
