//! Where a server of tests is, and databases on it.

use super::USER;
use candor::clock;
use candor::store::postgres::{
    Connector, DatabaseAddress, DatabaseMigration, Purpose, Spread, migrate, migrate_database,
};
use std::path::{Path, PathBuf};
use tokio_postgres::{Client, SimpleQueryMessage};

/// The database that every server has, with nothing in it.
pub(super) const EMPTY: &str = "template0";

/// The database that is connected to for what is about others.
const ADMINISTRATION: &str = "postgres";

/// A server's socket.
#[derive(Clone, Debug)]
pub(super) struct Place {
    folder: PathBuf,
    port: u16,
    /// The ports of the workers, where it is the coordinator of Citus. Their sockets are in the same folder.
    workers: Vec<u16>,
}

/// A database that is dropped when the test is over.
#[derive(Debug)]
pub struct TestDatabase {
    place: Place,
    name: String,
}

impl Place {
    pub(super) fn new(folder: &Path, port: u16) -> Self {
        Self {
            folder: folder.to_owned(),
            port,
            workers: Vec::new(),
        }
    }

    /// A coordinator of Citus and its workers, by the ports of them.
    pub(super) fn of_citus(folder: &Path, port: u16, workers: [u16; 2]) -> Self {
        let workers = workers.to_vec();
        Self {
            workers,
            ..Self::new(folder, port)
        }
    }

    /// All of its servers, each by itself.
    fn servers(&self) -> Vec<Self> {
        let ports = std::iter::once(&self.port).chain(&self.workers);
        ports.map(|port| Self::new(&self.folder, *port)).collect()
    }

    /// The address of a database, as `--store` takes it.
    pub(super) fn url(&self, database: &str) -> String {
        let Self { folder, port, .. } = self;
        let folder = folder.display();
        format!("postgres://{USER}@/{database}?host={folder}&port={port}")
    }

    /// Whether the server takes connections.
    pub(super) fn answers(&self) -> bool {
        self.try_query(ADMINISTRATION, "SELECT 1").is_ok()
    }

    /// Runs statements; returns the first column of what they give.
    pub(super) fn query(&self, database: &str, statements: &str) -> Vec<String> {
        self.try_query(database, statements)
            .unwrap_or_else(|error| panic!("{statements}: {error}"))
    }

    /// The same in a database for what is about others.
    pub(super) fn administer(&self, statements: &str) -> Vec<String> {
        self.query(ADMINISTRATION, statements)
    }

    /// A new database, as another is.
    pub(super) fn database(&self, template: &str) -> TestDatabase {
        let name = format!("test_{}", clock::new_id().simple());
        for server in self.servers() {
            server.administer(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        }
        let place = self.clone();
        TestDatabase { place, name }
    }

    /// Makes a database with the latest schema, unless it is there.
    pub(super) fn ensure_template(&self, name: &str) {
        let is_there = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
        if !self.administer(&is_there).is_empty() {
            return;
        }
        // Under another name first: where a test is killed meanwhile, the next one begins anew.
        let unfinished = format!("{name}_{}", clock::new_id().simple());
        self.administer(&format!("CREATE DATABASE {unfinished} TEMPLATE {EMPTY}"));
        let migrated = on(&self.url(&unfinished), async |client| {
            migrate(client).await.map_err(|error| error.to_string())
        });
        migrated.unwrap();
        self.administer(&format!("ALTER DATABASE {unfinished} RENAME TO {name}"));
    }

    /// Makes a database that is spread over the workers, and on them what belongs to it. It is there to be copied from, so
    /// nobody, and nothing of Citus's own, stays connected to it.
    pub(super) fn ensure_spread_template(&self, name: &str) {
        let is_there = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
        if !self.administer(&is_there).is_empty() {
            return;
        }
        for server in self.servers() {
            server.administer(&format!("CREATE DATABASE {name} TEMPLATE {EMPTY}"));
            server.query(name, "CREATE EXTENSION citus");
        }
        let folder = self.folder.display();
        let coordinator = format!(
            "SELECT citus_set_coordinator_host('{folder}', {})",
            self.port
        );
        self.query(name, &coordinator);
        for worker in &self.workers {
            self.query(
                name,
                &format!("SELECT citus_add_node('{folder}', {worker})"),
            );
        }
        let migration = DatabaseMigration {
            address: self.url(name).parse().unwrap(),
            buckets: None,
            citus: true,
        };
        let migrated = migrate_database(&migration).unwrap();
        assert_eq!(migrated.citus, Some(Spread::Now(2)));
        for server in self.servers() {
            server.administer(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
            server.administer(&format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            ));
        }
    }

    fn try_query(&self, database: &str, statements: &str) -> Result<Vec<String>, String> {
        let first = |message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
            _ => None,
        };
        let answered = on(&self.url(database), async |client| {
            let answered = client.simple_query(statements).await;
            answered.map_err(|error| format!("{error:?}"))
        });
        Ok(answered?.into_iter().filter_map(first).collect())
    }
}

impl TestDatabase {
    /// Its address, as `--store` takes it.
    pub fn url(&self) -> String {
        self.place.url(&self.name)
    }

    /// Its address, read.
    pub fn address(&self) -> DatabaseAddress {
        self.url().parse().unwrap()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs statements; returns the first column of what they give.
    pub fn query(&self, statements: &str) -> Vec<String> {
        self.place.query(&self.name, statements)
    }

    /// Ends every connection to it, as an administrator can. Returns how many there were.
    pub fn terminate_backends(&self) -> usize {
        let ended = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = '{}' AND backend_type = 'client backend'",
            self.name
        );
        self.place.administer(&ended).len()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        for server in self.place.servers() {
            // A server that the test has stopped takes it along.
            let _ = server.try_query(ADMINISTRATION, &statement);
        }
    }
}

/// Connects, and works on a thread and a runtime of its own: tests may be on one, where nothing may block.
fn on<T: Send>(
    url: &str,
    work: impl AsyncFnOnce(&mut Client) -> Result<T, String> + Send,
) -> Result<T, String> {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let connector = Connector::new(url.parse().unwrap()).unwrap();
            let connected = connector.connect(Purpose::Upkeep).await;
            let (mut client, connection) = connected.map_err(|error| format!("{error:?}"))?;
            let done = work(&mut client).await;
            drop(client);
            // So that it is no longer there when the database is copied or dropped.
            let _ = connection.await;
            done
        })
    };
    std::thread::scope(|scope| scope.spawn(run).join().unwrap())
}
