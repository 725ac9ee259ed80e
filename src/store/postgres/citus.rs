//! Spreading a database over several machines with Citus.

use super::connect::{Connector, Purpose};
use super::schema::{self, LOCK, Migrated, refused, unusable};
use super::{DatabaseAddress, apart, runtime};
use crate::error::Result;
use crate::limits;
use tokio_postgres::{Client, Error, Transaction};

/// What spreads the tables, for whoever keeps the database to read.
const DISTRIBUTE: &str = include_str!("citus.sql");

/// The oldest Citus that is used, by its major number.
const OLDEST: i32 = 11;

/// Connections of other processes of Candor to this database.
const OTHERS: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend' AND application_name = current_setting('application_name')";

/// The setting that a spread database has.
pub(in crate::store) const IS_SPREAD: &str =
    "SELECT EXISTS (SELECT FROM settings WHERE name = 'citus')";

/// How to bring a database up to date.
#[derive(Clone, Debug)]
pub struct DatabaseMigration {
    /// Where it is.
    pub address: DatabaseAddress,
    /// Over how many buckets its rows are spread: a power of two up to 64. Only a database that is empty can be given another
    /// number than it has.
    pub buckets: Option<u8>,
    /// Whether its tables are to be spread over the machines of a Citus cluster.
    pub citus: bool,
}

/// What was done to a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseMigrated {
    /// Whether it was empty before.
    pub new: bool,
    /// The number of its schema, before and now.
    pub schema: (i32, i32),
    /// Over how many buckets its rows are spread.
    pub buckets: u8,
    /// What became of spreading it, if that was asked.
    pub citus: Option<Spread>,
}

/// How tables came to be spread over machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// They are now, over so many machines.
    Now(i64),
    /// They were already; nothing was done.
    Before,
}

/// Whether the tables are spread over machines.
pub(in crate::store) async fn is_spread(client: &Client) -> Result<bool> {
    let found = client.query_one(IS_SPREAD, &[]).await;
    Ok(found.map_err(|error| unusable(&error))?.get(0))
}

/// Brings a database up to date, and spreads its tables if that is asked. Blocks.
///
/// Fails with [`ErrorKind::Unavailable`](crate::error::ErrorKind::Unavailable) if it cannot be used so, and then nothing is
/// changed, but perhaps the schema brought up to date.
pub fn migrate_database(migration: &DatabaseMigration) -> Result<DatabaseMigrated> {
    let connector = Connector::new(migration.address.clone())?;
    apart(|| runtime()?.block_on(migrated(&connector, migration)))
}

async fn migrated(connector: &Connector, asked: &DatabaseMigration) -> Result<DatabaseMigrated> {
    let (mut client, _) = connector.connect(Purpose::Upkeep).await?;
    if asked.citus {
        machines(&client).await?;
    }
    let buckets = asked.buckets.unwrap_or(if asked.citus {
        limits::CITUS_BUCKETS
    } else {
        limits::BUCKETS
    });
    let Migrated {
        new,
        buckets,
        schema,
        ..
    } = schema::migrate_into(&mut client, buckets).await?;
    if let Some(asked) = asked.buckets.filter(|asked| *asked != buckets) {
        return Err(refused(&format!(
            "its rows are numbered by {buckets} buckets, which stay; for {asked}, make a new database with --buckets {asked} \
             and copy into it (candor copy)"
        )));
    }
    let citus = if asked.citus {
        Some(spread(&mut client).await?)
    } else {
        None
    };
    Ok(DatabaseMigrated {
        new,
        schema,
        buckets,
        citus,
    })
}

/// How many machines there are to keep rows. Fails with what is missing, and what to do about it.
async fn machines(client: &Client) -> Result<i64> {
    let extension = "SELECT (SELECT extversion FROM pg_extension WHERE extname = 'citus'),
        EXISTS (SELECT FROM pg_available_extensions WHERE name = 'citus')";
    let found = client.query_one(extension, &[]).await.map_err(failed)?;
    let Some(version) = found.get::<_, Option<&str>>(0) else {
        return Err(refused(if found.get(1) {
            "the extension citus is not in this database; as a superuser, run CREATE EXTENSION citus in it, on the coordinator \
             and on every worker"
        } else {
            "its server has no Citus; install Citus on the coordinator and on every worker, name it in \
             shared_preload_libraries, restart them, and run CREATE EXTENSION citus in the database on each"
        }));
    };
    let major: i32 = version
        .split('.')
        .next()
        .and_then(|major| major.trim().parse().ok())
        .unwrap_or(0);
    if major < OLDEST {
        return Err(refused(&format!(
            "it has Citus {version}; Candor needs {OLDEST} or later"
        )));
    }
    let nodes = "SELECT citus_is_coordinator(), coalesce(bool_or(groupid = 0), false),
        count(*) FILTER (WHERE shouldhaveshards) FROM pg_dist_node WHERE isactive AND noderole = 'primary'";
    let found = client.query_one(nodes, &[]).await.map_err(failed)?;
    if !found.get::<_, bool>(1) {
        return Err(refused(
            "Citus does not know the coordinator; on it, run SELECT citus_set_coordinator_host('its name', its port), and then \
             SELECT citus_add_node('name', port) for every worker",
        ));
    }
    if !found.get::<_, bool>(0) {
        return Err(refused("it is a worker of Citus; name the coordinator"));
    }
    match found.get(2) {
        0 => Err(refused(
            "Citus has no machine to keep rows; on the coordinator, run SELECT citus_add_node('name', port) for every worker",
        )),
        machines => Ok(machines),
    }
}

/// Spreads the tables, unless they are.
async fn spread(client: &mut Client) -> Result<Spread> {
    let machines = machines(client).await?;
    let transaction = client.transaction().await.map_err(failed)?;
    let lock = "SELECT pg_advisory_xact_lock($1)";
    transaction.execute(lock, &[&LOCK]).await.map_err(failed)?;
    let is_spread = transaction.query_one(IS_SPREAD, &[]).await;
    if is_spread.map_err(failed)?.get(0) {
        return Ok(Spread::Before);
    }
    refuse_beside_servers(&transaction).await?;
    warn_of_rows(&transaction).await.map_err(failed)?;
    transaction
        .batch_execute(DISTRIBUTE)
        .await
        .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(Spread::Now(machines))
}

/// Servers look whether tables are spread when they start, and would go on to write as if these were not.
async fn refuse_beside_servers(transaction: &Transaction<'_>) -> Result<()> {
    let others = transaction.query_one(OTHERS, &[]).await;
    match others.map_err(failed)?.get(0) {
        0_i64 => Ok(()),
        others => Err(refused(&format!(
            "{others} connections of Candor are open to it; stop all servers first, and start them again after"
        ))),
    }
}

/// Rows that are there are copied one by one while all who write wait.
async fn warn_of_rows(transaction: &Transaction<'_>) -> Result<(), Error> {
    let rows = "SELECT count(*) FROM feedback";
    let rows: i64 = transaction.query_one(rows, &[]).await?.get(0);
    if rows > 0 {
        tracing::warn!(
            rows,
            "the database holds votes already: their rows are copied to the machines now, which takes minutes for a million, \
             and nothing else can be written meanwhile"
        );
    }
    Ok(())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what `map_err` hands on"
)]
fn failed(error: Error) -> crate::error::Error {
    unusable(&error)
}
