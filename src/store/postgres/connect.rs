//! Opens connections to the database, each made ready for what it is for.

use super::address::DatabaseAddress;
use super::slow::SlowStatements;
use super::{failure, tls};
use crate::error::Result;
use crate::limits;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use tokio_postgres_rustls::MakeRustlsConnect;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Reads: a transaction sees one state of the data, writes nothing, and none of its statements takes longer than
    /// [`limits::READ_TIME`].
    Reading,
    /// Writes of requests: a statement ends after [`limits::DATABASE_WRITE_TIME`], and a transaction in which nothing
    /// happens after [`limits::DATABASE_STALLED_TIME`].
    Writing,
    /// What may take long, such as a migration.
    Upkeep,
}

/// Opens connections to one database.
#[derive(Clone)]
pub struct Connector {
    address: DatabaseAddress,
    tls: MakeRustlsConnect,
    slow: Arc<SlowStatements>,
}

impl Connector {
    /// For this address. Connects to nothing yet; fails if a file that it names cannot be used.
    pub fn new(address: DatabaseAddress) -> Result<Self> {
        let tls = tls::connector(&address)?;
        let slow = Arc::new(SlowStatements::new(limits::SLOW_STATEMENT));
        Ok(Self { address, tls, slow })
    }

    /// The same with slower statements than this told to the log, in the place of those slower than
    /// [`limits::SLOW_STATEMENT`]; zero tells none.
    #[must_use]
    pub fn telling_slower_than(self, least: Duration) -> Self {
        let slow = Arc::new(SlowStatements::new(least));
        Self { slow, ..self }
    }

    /// What becomes of slow statements.
    pub(in crate::store) fn slow(&self) -> Arc<SlowStatements> {
        Arc::clone(&self.slow)
    }

    /// Where the database is.
    pub const fn address(&self) -> &DatabaseAddress {
        &self.address
    }

    /// Opens a connection within the time that the address names, else [`limits::DATABASE_CONNECT_TIME`].
    ///
    /// The task moves its bytes, on the runtime that this is called on, and ends with the client.
    pub async fn connect(&self, purpose: Purpose) -> Result<(Client, JoinHandle<()>)> {
        let time = self.address.config().get_connect_timeout();
        let time = time.copied().unwrap_or(limits::DATABASE_CONNECT_TIME);
        tokio::time::timeout(time, self.open(purpose))
            .await
            .map_err(|_| failure::silent(&self.address))?
            .map_err(|error| failure::unreachable(&self.address, &error))
    }

    /// Opens a connection, however long it takes.
    pub(super) async fn open(
        &self,
        purpose: Purpose,
    ) -> Result<(Client, JoinHandle<()>), tokio_postgres::Error> {
        let config = self.address.config();
        let (client, connection) = config.connect(self.tls.clone()).await?;
        let task = tokio::spawn(async move {
            if let Err(error) = connection.await {
                let cause = failure::described(&error);
                tracing::warn!(cause, "a connection to the database was lost");
            }
        });
        client.batch_execute(&purpose.settings()).await?;
        Ok((client, task))
    }
}

impl Purpose {
    /// What the session is set to, whatever the server, the database or the user have as their defaults.
    fn settings(self) -> String {
        let (isolation, statement, stalled) = match self {
            Self::Reading => (
                "repeatable read",
                limits::READ_TIME,
                limits::DATABASE_STALLED_TIME,
            ),
            Self::Writing => (
                "read committed",
                limits::DATABASE_WRITE_TIME,
                limits::DATABASE_STALLED_TIME,
            ),
            Self::Upkeep => ("read committed", Duration::ZERO, Duration::ZERO),
        };
        let (statement, stalled) = (statement.as_millis(), stalled.as_millis());
        // Never off: a database may be set to read-only, such as when its disk is full.
        let reads_only = match self {
            Self::Reading => "SET default_transaction_read_only = on;",
            Self::Writing | Self::Upkeep => "",
        };
        // A commit returns when it is on disk: the one setting that promises more than that is left as it is. Compiling
        // statements would cost more than it saves in those of ours.
        format!(
            "SET standard_conforming_strings = on;
             SET default_transaction_isolation = '{isolation}';
             SET default_transaction_deferrable = off;
             SET statement_timeout = {statement};
             SET lock_timeout = 0;
             SET idle_in_transaction_session_timeout = {stalled};
             SET jit = off;
             {reads_only}
             SELECT set_config('synchronous_commit', 'on', false)
             WHERE current_setting('synchronous_commit') <> 'remote_apply'"
        )
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Connector({})", self.address)
    }
}
