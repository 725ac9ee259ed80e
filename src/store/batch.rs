//! One transaction of the writer, and what the writer remembers between transactions.

use super::codes::blob;
use super::counted::{self, Changes};
use super::postgres;
use super::sql::{self, Connection, OptionalExtension as _, Owner, Seat, params};
use super::sqlite::recent::{Name, Recent};
use super::sqlite::search;
use crate::clock::Clock;
use crate::domain::vote::Command;
use crate::domain::{ApiKeyId, ProjectId, Timestamp};
use crate::limits;
use siphasher::sip::SipHasher13;
use std::collections::HashMap;
use std::hash::Hasher as _;
use uuid::Uuid;

/// What the writer remembers between transactions. It is the only writer, so what it remembers stays true.
#[derive(Debug)]
pub(super) struct Memory {
    hash_key: [u8; 16],
    /// Over how many buckets new rows are spread.
    buckets: u8,
    labels: HashMap<String, i64>,
    projects: HashMap<ProjectId, ProjectRow>,
    keys: HashMap<ApiKeyId, i64>,
    /// The messages whose names are not in the index yet.
    pub(super) recent: Recent,
    /// Whether `recent` is to be read anew: it was changed by a transaction that was rolled back.
    recent_is_stale: bool,
    /// About how many comments wait to be indexed; zero only if none does.
    pub(super) search_pending: usize,
    /// Whether the search index may have parts that are to be merged.
    pub(super) search_in_parts: bool,
}

/// A project's row and its workspace's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ProjectRow {
    /// The project's.
    pub(super) project: i64,
    /// Its workspace's.
    pub(super) workspace: i64,
}

/// The kinds of rows that other systems name. Part of the hash, so that equal names of different kinds lie apart.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    EndUser = 1,
    Conversation = 2,
    Message = 3,
}

/// One transaction.
pub(super) struct Batch<'writer> {
    pub(super) connection: Connection<'writer>,
    pub(super) memory: &'writer mut Memory,
    clock: &'writer Clock,
    pub(super) sums: Changes,
}

impl Memory {
    /// Reads what is remembered from the start: the key of the hashes, and whether comments wait to be indexed.
    pub(super) fn read(connection: Connection<'_>) -> sql::Result<Self> {
        let mut memory = Self {
            hash_key: hash_key(connection)?,
            buckets: buckets(connection)?,
            labels: HashMap::new(),
            projects: HashMap::new(),
            keys: HashMap::new(),
            recent: Recent::default(),
            recent_is_stale: true,
            search_pending: pending(connection)?,
            search_in_parts: matches!(connection, Connection::Sqlite(_)),
        };
        memory.refresh(connection)?;
        Ok(memory)
    }

    /// Reads anew what the last transaction left wrong because it was rolled back. Called first in a transaction.
    pub(super) fn refresh(&mut self, connection: Connection<'_>) -> sql::Result<()> {
        if let (true, Connection::Sqlite(connection)) = (self.recent_is_stale, connection) {
            self.recent = Recent::read(connection)?;
            self.recent_is_stale = false;
        }
        Ok(())
    }

    /// Forgets all that a transaction changed, which was rolled back as a whole.
    pub(super) fn forget_transaction(&mut self, connection: Connection<'_>) {
        self.recent_is_stale = true;
        self.forget_rows();
        // If even this cannot be read, looking again later does no harm.
        self.search_pending = pending(connection).unwrap_or(1);
    }

    /// Forgets rows that may have been taken back. That fewer comments wait then than were counted does no harm.
    fn forget_rows(&mut self) {
        self.labels.clear();
        self.projects.clear();
        self.keys.clear();
    }
}

/// How many comments wait to be indexed; on PostgreSQL none does, for words stand in the feedback's row.
pub(super) fn pending(connection: Connection<'_>) -> sql::Result<usize> {
    match connection {
        Connection::Sqlite(connection) => Ok(search::pending(connection)?),
        Connection::Postgres(_) => Ok(0),
    }
}

/// The hash of what another system calls a row. Collisions are told apart by comparing the names; the key is the data
/// folder's own, so that nobody outside can make many names collide.
pub(super) fn external_key(hash_key: &[u8; 16], kind: Kind, scope: i64, external_id: &str) -> i64 {
    let mut hasher = SipHasher13::new_with_key(hash_key);
    hasher.write_u8(kind as u8);
    hasher.write_i64(scope);
    hasher.write(external_id.as_bytes());
    hasher.finish().cast_signed()
}

/// The key of the hashes, made with the data folder.
pub(super) fn hash_key(connection: Connection<'_>) -> sql::Result<[u8; 16]> {
    connection.query_row(
        "SELECT value FROM settings WHERE name = 'hash_key'",
        [],
        |row| row.get(0),
    )
}

/// Over how many buckets new rows are spread: a setting that PostgreSQL's databases are made with.
fn buckets(connection: Connection<'_>) -> sql::Result<u8> {
    match connection {
        Connection::Sqlite(_) => Ok(1),
        Connection::Postgres(_) => connection
            .query_row(
                "SELECT value FROM settings WHERE name = 'buckets'",
                [],
                |row| row.get::<_, [u8; 1]>(0),
            )
            .map(|[buckets]| buckets.max(1)),
    }
}

impl<'writer> Batch<'writer> {
    pub(super) fn new(
        connection: Connection<'writer>,
        memory: &'writer mut Memory,
        clock: &'writer Clock,
    ) -> Self {
        Self {
            connection,
            memory,
            clock,
            sums: Changes::default(),
        }
    }

    /// The time now.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Runs `work` so that an `Err` inside its value undoes what it wrote, and nothing else of the transaction.
    pub(super) fn undoing<T, E>(
        &mut self,
        work: impl FnOnce(&mut Self) -> sql::Result<Result<T, E>>,
    ) -> sql::Result<Result<T, E>> {
        self.connection.execute_batch("SAVEPOINT work")?;
        let changes = self.memory.recent.changes();
        let value = work(self)?;
        if value.is_err() {
            self.connection.execute_batch("ROLLBACK TO work")?;
            self.memory.recent.undo(changes);
            self.memory.forget_rows();
        }
        self.connection.execute_batch("RELEASE work")?;
        Ok(value)
    }

    /// See [`external_key`].
    pub(super) fn external_key(&self, kind: Kind, scope: i64, external_id: &str) -> i64 {
        external_key(&self.memory.hash_key, kind, scope, external_id)
    }

    /// The seat of a new row that has this hash of a name.
    pub(super) fn seat(&self, key: i64) -> Seat {
        Seat::spread(key, self.memory.buckets)
    }

    /// The same of a row that may have no name.
    pub(super) fn seat_of(&self, key: Option<i64>, id: &Uuid) -> Seat {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the last bits are random, and some are enough"
        )]
        self.seat(key.unwrap_or_else(|| (id.as_u128() as u64).cast_signed()))
    }

    /// The seat of a new conversation: that of its name, or else beside the person whose it is.
    pub(super) fn seat_of_conversation(
        &self,
        key: Option<i64>,
        end_user: Option<i64>,
        id: &Uuid,
    ) -> Seat {
        match (key, end_user) {
            (None, Some(end_user)) => Seat::Beside(Owner::EndUser(end_user)),
            _ => self.seat_of(key, id),
        }
    }

    /// A project's row. The project must exist: callers take it from the directory, from which none disappears.
    pub(super) fn project(&mut self, id: ProjectId) -> sql::Result<ProjectRow> {
        if let Some(known) = self.memory.projects.get(&id) {
            return Ok(*known);
        }
        let found = self
            .connection
            .prepare_cached("SELECT row_id, workspace FROM projects WHERE id = ?1")?
            .query_row([blob(&id.0)], |row| {
                Ok(ProjectRow {
                    project: row.get(0)?,
                    workspace: row.get(1)?,
                })
            })?;
        self.memory.projects.insert(id, found);
        Ok(found)
    }

    /// The row of the key that a command came with, if it is one of the stored ones.
    pub(super) fn key(&mut self, command: &Command) -> sql::Result<Option<i64>> {
        let Some(id) = command.key else {
            return Ok(None);
        };
        if let Some(known) = self.memory.keys.get(&id) {
            return Ok(Some(*known));
        }
        let found = self
            .connection
            .prepare_cached("SELECT row_id FROM api_keys WHERE id = ?1")?
            .query_row([blob(&id.0)], |row| row.get(0))
            .optional()?;
        if let Some(row) = found {
            self.memory.keys.insert(id, row);
        }
        Ok(found)
    }

    /// The row of a label, if there is one.
    pub(super) fn known_label(&mut self, text: &str) -> sql::Result<Option<i64>> {
        if let Some(known) = self.memory.labels.get(text) {
            return Ok(Some(*known));
        }
        let found = self
            .connection
            .prepare_cached("SELECT row_id FROM labels WHERE text = ?1")?
            .query_row([text], |row| row.get(0))
            .optional()?;
        if let Some(row) = found {
            self.remember_label(text, row);
        }
        Ok(found)
    }

    /// The row of a label, made if there is none.
    pub(super) fn label(&mut self, text: &str) -> sql::Result<i64> {
        if let Some(known) = self.known_label(text)? {
            return Ok(known);
        }
        let row = self.connection.insert(
            "INSERT INTO labels (text) VALUES (?1)",
            Seat::Shared,
            [text],
        )?;
        self.remember_label(text, row);
        Ok(row)
    }

    fn remember_label(&mut self, text: &str, row: i64) {
        // Clients choose criteria, so memory must not grow with them.
        if self.memory.labels.len() >= limits::LABELS_REMEMBERED {
            self.memory.labels.clear();
        }
        self.memory.labels.insert(text.to_owned(), row);
    }

    /// Writes the changes of all sums of this transaction.
    pub(super) fn save_sums(&mut self) -> sql::Result<()> {
        let changes = self.sums.of_all_levels();
        if changes.is_empty() {
            return Ok(());
        }
        let mut save = self.connection.prepare_cached(counted::ADD)?;
        for (key, change) in changes {
            save.execute(params![
                key.project,
                key.kind,
                key.level,
                key.slot,
                key.value,
                key.detail,
                key.channel,
                key.name,
                key.sentiment,
                change.votes,
                change.comments,
                change.ratings,
                change.resolved,
                change.unresolved,
                change.scored,
                change.score
            ])?;
        }
        self.sums.clear();
        Ok(())
    }

    /// Notes that a feedback's comment changed: what waits is indexed later on SQLite, and at once on PostgreSQL.
    pub(super) fn comment_changed(
        &mut self,
        feedback: i64,
        comment: Option<&str>,
    ) -> sql::Result<()> {
        match self.connection {
            Connection::Sqlite(_) => {
                self.connection
                    .prepare_cached("INSERT OR IGNORE INTO search_pending (feedback) VALUES (?1)")?
                    .execute([feedback])?;
                self.memory.search_pending += 1;
            }
            Connection::Postgres(_) => {
                let words = comment.and_then(postgres::search::words);
                self.connection
                    .prepare_cached(
                        "UPDATE feedback SET words = CAST(CAST(?2 AS TEXT) AS TSVECTOR) WHERE row_id = ?1",
                    )?
                    .execute(params![feedback, words])?;
            }
        }
        Ok(())
    }

    /// Notes that there is a new message, and what it is called, for the index of names.
    pub(super) fn message_added(
        &mut self,
        key: Option<i64>,
        message: i64,
        conversation: Option<i64>,
    ) {
        if matches!(self.connection, Connection::Postgres(_)) {
            return;
        }
        match key {
            None => self.memory.recent.add_nameless(),
            Some(key) => self.memory.recent.add(Name {
                key,
                conversation: conversation.unwrap_or(0),
                message,
            }),
        }
    }

    /// Notes that a message belongs to a conversation, which it may have done before.
    pub(super) fn name_linked(
        &mut self,
        key: Option<i64>,
        message: i64,
        conversation: i64,
    ) -> sql::Result<()> {
        let (Some(key), Connection::Sqlite(connection)) = (key, self.connection) else {
            return Ok(());
        };
        let before = Name {
            key,
            conversation: 0,
            message,
        };
        Ok(self.memory.recent.link(connection, before, conversation)?)
    }

    /// Notes that a message is not found by its name any more.
    pub(super) fn name_removed(&mut self, name: Name) -> sql::Result<()> {
        match self.connection {
            Connection::Sqlite(connection) => Ok(self.memory.recent.remove(connection, name)?),
            Connection::Postgres(_) => Ok(()),
        }
    }

    /// Puts names into their index that are due: see [`Recent::settle`].
    pub(super) fn settle_names(&mut self) -> sql::Result<()> {
        match self.connection {
            Connection::Sqlite(connection) => Ok(self.memory.recent.settle(connection)?),
            Connection::Postgres(_) => Ok(()),
        }
    }

    /// The same while nothing else is to be done.
    pub(super) fn settle_names_at_rest(&mut self) -> sql::Result<()> {
        let most = limits::NAMES_INDEXED_AT_REST;
        match self.connection {
            Connection::Sqlite(connection) => {
                Ok(self.memory.recent.settle_at_rest(connection, most)?)
            }
            Connection::Postgres(_) => Ok(()),
        }
    }

    /// Indexes some of the comments that wait: see [`search::index_pending`].
    pub(super) fn index_pending_comments(&mut self) -> sql::Result<Option<i64>> {
        let Connection::Sqlite(connection) = self.connection else {
            return Ok(None);
        };
        let next = search::index_pending(connection)?;
        self.memory.search_in_parts = true;
        let waiting = self.memory.search_pending;
        self.memory.search_pending = if next.is_some() {
            waiting.saturating_sub(limits::SEARCH_BATCH).max(1)
        } else {
            0
        };
        Ok(next)
    }

    /// Merges some of the search index, if there are parts to merge: see [`search::merge`].
    pub(super) fn merge_search_index(&mut self) -> sql::Result<()> {
        if let (true, Connection::Sqlite(connection)) =
            (self.memory.search_in_parts, self.connection)
        {
            let pages = limits::SEARCH_PAGES_MERGED_AT_REST;
            self.memory.search_in_parts = search::merge(connection, pages)?;
        }
        Ok(())
    }
}
