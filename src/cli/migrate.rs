//! `candor migrate`.

use super::{Outcome, load, output};
use crate::error::{Error, Result};
use crate::store::postgres::{DatabaseMigrated, DatabaseMigration, Spread, migrate_database};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Bring a PostgreSQL database up to date, and say what was done.
///
/// Servers do that on their own when they start. This is for doing it before they start, for choosing the number of buckets of
/// a new database, and for spreading its tables over the machines of a Citus cluster.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[arg(
        long,
        value_name = "ADDRESS",
        help = "The database, such as postgres://candor@localhost/candor. One with a password is better given as CANDOR_STORE. \
                [setting: store]"
    )]
    store: Option<String>,
    /// Spread the tables over the machines of a Citus cluster, of which the database is the coordinator's. Stop the servers
    /// first. What is run is src/store/postgres/citus.sql; a second time it does nothing.
    #[arg(long)]
    citus: bool,
    /// Over how many buckets the rows of a new database are spread: 1, 2, 4, 8, 16, 32 or 64. As many transactions of votes
    /// commit side by side, and every server has a connection for each. It stays.
    #[arg(long, value_name = "N", value_parser = power_of_two)]
    buckets: Option<u8>,
    /// Print what was done as JSON.
    #[arg(long)]
    json: bool,
}

impl Migrate {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let config = load(config, [("store", self.store)])?;
        output::log("warn", config.log_format)?;
        let Some(address) = config.store else {
            let message = "there is no database to bring up to date; SQLite in a data folder is, whenever it is opened";
            return Err(Error::invalid("--store", message));
        };
        let migrated = migrate_database(&DatabaseMigration {
            address,
            buckets: self.buckets,
            citus: self.citus,
        })?;
        if self.json {
            output::json(&json!({
                "new": migrated.new,
                "schema_before": migrated.schema.0,
                "schema": migrated.schema.1,
                "buckets": migrated.buckets,
                "machines": match migrated.citus {
                    Some(Spread::Now(machines)) => Some(machines),
                    Some(Spread::Before) | None => None,
                },
            }));
        } else {
            print(&migrated);
        }
        Ok(Outcome::Done)
    }
}

fn print(migrated: &DatabaseMigrated) {
    let DatabaseMigrated {
        new,
        schema: (before, now),
        buckets,
        citus,
    } = migrated;
    output::line(if *new {
        format!("the database was empty and has schema {now} now, with {buckets} buckets")
    } else if before == now {
        format!(
            "the database has schema {now} already, with {buckets} buckets; nothing was changed"
        )
    } else {
        format!("the database had schema {before} and has {now} now, with {buckets} buckets")
    });
    match citus {
        Some(Spread::Now(machines)) => output::line(format_args!(
            "its tables are spread over the {machines} machines of Citus that keep rows"
        )),
        Some(Spread::Before) => {
            output::line("its tables were spread over the machines of Citus already");
        }
        None => {}
    }
}

fn power_of_two(text: &str) -> Result<u8, String> {
    match text.parse::<u8>() {
        Ok(number) if number.is_power_of_two() && number <= 64 => Ok(number),
        _ => Err("must be 1, 2, 4, 8, 16, 32 or 64".to_owned()),
    }
}
