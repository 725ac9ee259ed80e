//! One of the two stores of a copy, which nobody else may use meanwhile.

use super::tables::Table;
use super::{many, unread, unwritten};
use crate::domain::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::store::StorePlace;
use crate::store::postgres::{self, Connector, Purpose, steady};
use crate::store::sql::postgres::Session;
use crate::store::sql::{self, Connection, OptionalExtension as _, Value, params_from_iter};
use crate::store::sqlite;
use std::fs::File;
use std::time::Instant;

/// The lock of a database that is held by whoever copies into it; `candcopy` in letters.
const LOCK: i64 = 0x6361_6e64_636f_7079;

/// A row's values, in the order of the table's columns.
pub(super) type Values = Vec<Value>;

/// A store that is open for a copy.
pub(super) enum Side {
    /// A data folder.
    Sqlite {
        connection: rusqlite::Connection,
        /// Keeps other processes out for as long as the copy goes on.
        #[expect(dead_code, reason = "it is held, not used")]
        lock: File,
    },
    /// A database.
    Postgres(Box<Session>),
}

impl Side {
    /// Opens the store that is copied, of which one state is read. There must be something.
    pub(super) fn source(place: &StorePlace) -> Result<Self> {
        if let StorePlace::Folder(folder) = place
            && !sqlite::is_there(folder)
        {
            return Err(nothing(&folder.display()));
        }
        let side = Self::open(place, true)?;
        match (&side, place) {
            (Self::Postgres(session), StorePlace::Postgres(address)) => {
                steady::begin(session, &Connector::new(address.clone())?)?;
            }
            _ => side
                .connection()
                .execute_batch("BEGIN")
                .map_err(|error| unread(&error))?,
        }
        if side.mark().map_err(|error| unread(&error))?.is_some() {
            return Err(super::unfinished());
        }
        Ok(side)
    }

    /// Opens the store that is copied into.
    ///
    /// What is copied need not be on disk at once: the last commit takes all of them there.
    pub(super) fn target(place: &StorePlace) -> Result<Self> {
        let side = Self::open(place, false)?;
        match &side {
            Self::Sqlite { connection, .. } => {
                let lazy = "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000";
                let set = connection.execute_batch(lazy);
                set.map_err(|error| unwritten(&error.into()))?;
            }
            Self::Postgres(session) => {
                if !is_alone(session).map_err(|error| unwritten(&error))? {
                    let message = "another copy into this database is under way";
                    return Err(Error::new(ErrorKind::Conflict, message));
                }
                let lazy = "SET synchronous_commit = off";
                session
                    .execute_batch(lazy)
                    .map_err(|error| unwritten(&error))?;
            }
        }
        Ok(side)
    }

    fn open(place: &StorePlace, is_source: bool) -> Result<Self> {
        match place {
            StorePlace::Memory => Err(Error::invalid(
                "--from",
                "what is in memory cannot be copied",
            )),
            StorePlace::Folder(folder) => {
                let (connection, lock) = sqlite::open_alone(folder)?;
                Ok(Self::Sqlite { connection, lock })
            }
            StorePlace::Postgres(address) => {
                let connector = Connector::new(address.clone())?;
                let runtime = postgres::runtime()?;
                let (client, is_spread) = runtime.block_on(async {
                    let (mut client, _) = connector.connect(Purpose::Upkeep).await?;
                    let is_spread = if is_source {
                        if !postgres::is_there(&client).await? {
                            return Err(nothing(address));
                        }
                        // What is only read is not changed.
                        postgres::refuse_other_schema(&client).await?;
                        postgres::is_spread(&client).await?
                    } else {
                        let migrated = postgres::migrate(&mut client).await?;
                        if migrated.is_spread {
                            return Err(spread());
                        }
                        false
                    };
                    Ok::<_, Error>((client, is_spread))
                })?;
                Ok(Self::Postgres(Box::new(Session::own(
                    client, runtime, is_spread,
                ))))
            }
        }
    }

    pub(super) const fn connection(&self) -> Connection<'_> {
        match self {
            Self::Sqlite { connection, .. } => Connection::Sqlite(connection),
            Self::Postgres(session) => Connection::Postgres(session),
        }
    }

    /// How many rows a table has.
    pub(super) fn count(&self, table: &Table) -> sql::Result<i64> {
        self.connection()
            .query_row(&table.count(), [], |row| row.get(0))
    }

    /// Whether a table has no row.
    pub(super) fn is_empty(&self, table: &Table) -> sql::Result<bool> {
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM {} LIMIT 1) AS first",
            table.name
        );
        let rows: i64 = self.connection().query_row(&sql, [], |row| row.get(0))?;
        Ok(rows == 0)
    }

    /// The rows of a table after one of them.
    pub(super) fn page(&self, table: &Table, after: Option<&Values>) -> sql::Result<Vec<Values>> {
        let collation = self.connection().text("BINARY", "\"C\"");
        let sql = table.page(after.is_some()).replace("{C}", collation);
        let key = after.into_iter().flatten().take(table.key).cloned();
        let most = Value::Integer(i64::try_from(limits::COPY_ROWS).unwrap_or(i64::MAX));
        let columns = table.names().count();
        self.connection()
            .prepare_cached(&sql)?
            .query_map(params_from_iter(key.chain([most])), |row| {
                (0..columns).map(|column| row.get(column)).collect()
            })?
            .collect()
    }

    /// The last row of a table, by what tells its rows apart.
    pub(super) fn last(&self, table: &Table) -> sql::Result<Option<Values>> {
        let collation = self.connection().text("BINARY", "\"C\"");
        let sql = table.last().replace("{C}", collation);
        self.connection()
            .query_row(&sql, [], |row| {
                (0..table.key).map(|column| row.get(column)).collect()
            })
            .optional()
    }

    /// When the oldest of the versions was given that were replaced.
    pub(super) fn first_replaced(&self) -> sql::Result<Option<Timestamp>> {
        let first: Option<i64> = self.connection().query_row(
            "SELECT min(updated_at) FROM feedback_versions",
            [],
            |row| row.get(0),
        )?;
        Ok(first.map(Timestamp::from_microseconds))
    }

    /// Makes the tables that versions since a time belong into.
    pub(super) fn make_months(&self, first: Option<Timestamp>) -> sql::Result<()> {
        match (self, first) {
            (Self::Postgres(session), Some(first)) => postgres::history::make_since(session, first),
            (Self::Sqlite { .. }, _) | (_, None) => Ok(()),
        }
    }

    /// Makes ready for the rows of a table.
    pub(super) fn begin(&self, table: &Table) -> sql::Result<()> {
        match self {
            Self::Sqlite { .. } => Ok(()),
            Self::Postgres(session) => session.execute_batch(&many::place(table)),
        }
    }

    /// Adds rows, all or none.
    pub(super) fn add(&self, table: &Table, rows: Vec<Values>) -> sql::Result<()> {
        match self {
            Self::Sqlite { connection, .. } => Ok(many::add_to_sqlite(connection, table, &rows)?),
            Self::Postgres(session) => many::add_to_postgres(session, table, rows),
        }
    }

    /// The hash key of what is being copied into this store, if a copy has not come to its end.
    pub(super) fn mark(&self) -> sql::Result<Option<Vec<u8>>> {
        let sql = "SELECT value FROM settings WHERE name = ?1";
        self.connection()
            .query_row(sql, [super::MARK], |row| row.get(0))
            .optional()
    }

    /// Takes over what names are hashed with, and notes that a copy has begun, before there is anything.
    pub(super) fn adopt(&self, key: &[u8; 16]) -> sql::Result<()> {
        let connection = self.connection();
        connection.execute_batch("BEGIN")?;
        let adopt = "UPDATE settings SET value = ?1 WHERE name = 'hash_key'";
        connection.execute(adopt, [&key[..]])?;
        let mark = "INSERT INTO settings (name, value) VALUES (?1, ?2)";
        connection.execute(mark, rusqlite::params![super::MARK, &key[..]])?;
        connection.execute_batch("COMMIT")
    }

    /// The last number that may have been given to a row which is deleted by now. Only those of `topic_messages` are told to
    /// clients and deleted.
    pub(super) fn last_given(&self) -> sql::Result<i64> {
        let sql = self.connection().text(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'topic_messages'",
            "SELECT CAST(max(last_row) * 64 + 63 AS BIGINT) FROM buckets",
        );
        self.connection().query_row(sql, [], |row| row.get(0))
    }

    /// Derives what is not copied, and sees to it that new rows get new numbers.
    pub(super) fn derive(&self, last_given: i64) -> sql::Result<()> {
        match self {
            Self::Sqlite { connection, .. } => {
                connection.execute_batch(&format!(
                    "DELETE FROM sqlite_sequence WHERE name = 'topic_messages';
                     INSERT INTO sqlite_sequence (name, seq)
                       SELECT 'topic_messages', max({last_given}, coalesce(max(row_id), 0)) FROM topic_messages"
                ))?;
                Ok(sqlite::derive(connection)?)
            }
            Self::Postgres(session) => {
                session.execute_batch(&NUMBERS.replace("{last_given}", &last_given.to_string()))
            }
        }
    }

    /// Notes that the copy is whole. Returns when all of it is on disk.
    pub(super) fn finish(&self) -> sql::Result<()> {
        let durable = self
            .connection()
            .text("PRAGMA synchronous = FULL", "SET synchronous_commit = on");
        self.connection().execute_batch(durable)?;
        let sql = "DELETE FROM settings WHERE name = ?1";
        self.connection().execute(sql, [super::MARK])?;
        if let Self::Sqlite { connection, .. } = self {
            connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
        }
        Ok(())
    }
}

/// Takes the lock of copies into this database. A copy that has just ended, or was killed, holds it until the database has
/// noticed, so it is asked for several times.
fn is_alone(session: &Session) -> sql::Result<bool> {
    let began = Instant::now();
    loop {
        let taken = Connection::Postgres(session).query_row(
            "SELECT pg_try_advisory_lock(?1)",
            [LOCK],
            |row| row.get(0),
        )?;
        if taken || began.elapsed() > limits::COPY_LOCK_WAIT {
            return Ok(taken);
        }
        std::thread::sleep(limits::COPY_LOCK_WAIT / 50);
    }
}

fn nothing(place: &dyn std::fmt::Display) -> Error {
    Error::not_found(format!("there is no data in {place}")).at("--from")
}

/// A copy looks up where each row belongs among the rows before it, which machines of Citus cannot do for one another.
fn spread() -> Error {
    let message = "its tables are spread over the machines of Citus, into which nothing is copied: copy into an empty database on \
                   the coordinator, and spread that with candor migrate --citus";
    Error::new(ErrorKind::Conflict, message).at("--to")
}

/// The greatest numbers that were copied: those of buckets are counts times 64 and more.
const NUMBERS: &str = "UPDATE buckets SET last_row = greatest(last_row, 1 + (SELECT max(last) FROM (
       SELECT coalesce(max(row_id), 0) AS last FROM end_users UNION ALL SELECT coalesce(max(row_id), 0) FROM conversations
       UNION ALL SELECT coalesce(max(row_id), 0) FROM messages UNION ALL SELECT coalesce(max(row_id), 0) FROM feedback
       UNION ALL SELECT coalesce(max(row_id), 0) FROM topic_messages
       UNION ALL SELECT coalesce(max(row_id), 0) FROM mirror_jobs UNION ALL SELECT {last_given}) AS tables) / 64);
     UPDATE shared_rows SET directory = directory + 1,
       log_base = (SELECT coalesce(max(row_id), 0) FROM feedback_log),
       last_row = greatest(last_row, (SELECT max(last) FROM (
         SELECT coalesce(max(row_id), 0) AS last FROM workspaces UNION ALL SELECT coalesce(max(row_id), 0) FROM projects
         UNION ALL SELECT coalesce(max(row_id), 0) FROM api_keys UNION ALL SELECT coalesce(max(row_id), 0) FROM attributes
         UNION ALL SELECT coalesce(max(row_id), 0) FROM attribute_options
         UNION ALL SELECT coalesce(max(row_id), 0) FROM accounts UNION ALL SELECT coalesce(max(row_id), 0) FROM sessions
         UNION ALL SELECT coalesce(max(row_id), 0) FROM invites UNION ALL SELECT coalesce(max(row_id), 0) FROM audit_log
         UNION ALL SELECT coalesce(max(row_id), 0) FROM labels UNION ALL SELECT coalesce(max(row_id), 0) FROM segment_kinds
         UNION ALL SELECT coalesce(max(row_id), 0) FROM segments
         UNION ALL SELECT coalesce(max(row_id), 0) FROM topics) AS tables));
     ANALYZE";
