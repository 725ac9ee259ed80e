//! What SQLite alone costs for the votes that Candor stores: the same lookups and rows, in transactions of the same size, by
//! prepared statements on one thread, on a copy of the same folder. No HTTP, no rules, no queue.
//!
//! The rows are taken from those that Candor wrote, whatever their columns; only what differs from vote to vote is made anew.

use crate::process::Usage;
use crate::rounds::{Round, number, whole};
use crate::servers::{self, DATABASE};
use crate::votes::mixed;
use candor::clock::Clock;
use candor::limits;
use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Row, params};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How many of the latest votes are taken as examples.
const EXAMPLES: usize = 20_000;

/// The log is moved into the database when it is larger, which costs least if it happens seldom.
const LOG_BYTES: u64 = 64 * 1024 * 1024;

/// As the server looks for people and messages: see `src/store/find.rs`.
const FIND_PERSON: &str = "SELECT row_id, id FROM end_users \
     WHERE external_key = ?1 AND external_id = ?2 AND +workspace = ?3 AND +project IS ?4";
const FIND_MESSAGE: &str = "SELECT m.row_id, m.conversation, m.owner \
     FROM message_names n CROSS JOIN messages m ON m.row_id = n.message \
     WHERE n.external_key = ?1 AND m.external_id = ?2 AND m.project = ?3 \
     ORDER BY n.conversation DESC, n.message DESC LIMIT 1";
/// The server does this later and many at once; here it is done with the vote.
const INDEX_NAME: &str =
    "INSERT INTO message_names (external_key, conversation, message) VALUES (?1, 0, ?2)";

/// The database, and what is written into it.
#[derive(Debug)]
pub struct Bare {
    connection: Connection,
    log: PathBuf,
    messages: Table,
    feedback: Table,
    examples: Vec<Example>,
    /// From which names are made.
    seed: u64,
    votes: usize,
    /// Comments that wait to be indexed.
    waiting: Vec<(i64, String)>,
}

/// A table and the columns that are written.
#[derive(Debug)]
struct Table {
    insert: String,
    names: Vec<String>,
    columns: Vec<Column>,
}

/// What is written into a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    /// What the example says.
    Example,
    /// A new id, which grows with time.
    Id,
    /// A new hash of a name.
    Key,
    /// A new name.
    Name,
    /// The message that was written before.
    Message,
    /// The time.
    Now,
}

/// A vote that Candor wrote.
#[derive(Debug)]
struct Example {
    person: (i64, String, i64, Option<i64>),
    message: Vec<Value>,
    feedback: Vec<Value>,
    /// Project, channel, name and sentiment, by which it is counted.
    sum: [i64; 4],
    comment: Option<String>,
}

/// What of one transaction is added to the sums: votes and comments.
type Sums = HashMap<[i64; 4], (i64, i64)>;

impl Bare {
    /// Opens a data folder of a server that does not run, as the server does.
    pub fn open(folder: &Path) -> rusqlite::Result<Self> {
        let file = folder.join(DATABASE);
        let connection = Connection::open(&file)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.pragma_update(None, "cache_size", -limits::PAGE_CACHE_KIBIBYTES)?;
        connection.set_prepared_statement_cache_capacity(64);
        let messages = Table::read(&connection, "messages")?;
        let feedback = Table::read(&connection, "feedback")?;
        let examples = examples(&connection, &messages, &feedback)?;
        assert!(!examples.is_empty(), "there are votes to take as examples");
        let mut log = file.into_os_string();
        log.push("-wal");
        Ok(Self {
            connection,
            log: log.into(),
            messages,
            feedback,
            examples,
            seed: mixed(now().cast_unsigned()),
            votes: 0,
            waiting: Vec::new(),
        })
    }

    /// Stores votes for so long, so many in each transaction. What is done behind votes is done at the end, and counted.
    pub fn round(&mut self, votes_a_commit: f64, length: Duration) -> rusqlite::Result<Round> {
        let votes_a_commit = whole(votes_a_commit.max(1.0));
        let (began, before) = (Instant::now(), Usage::of_this_thread());
        let mut votes = 0;
        let mut commits = Vec::new();
        while began.elapsed() < length && !servers::interrupted() {
            let commit = Instant::now();
            self.commit(votes_a_commit)?;
            commits.push(u32::try_from(commit.elapsed().as_micros()).unwrap_or(u32::MAX));
            votes += votes_a_commit;
            if self.waiting.len() >= limits::SEARCH_BATCH {
                self.index_comments()?;
            }
            if std::fs::metadata(&self.log).is_ok_and(|log| log.len() > LOG_BYTES) {
                self.empty_the_log()?;
            }
        }
        self.index_comments()?;
        self.empty_the_log()?;
        let speed = number(votes) / began.elapsed().as_secs_f64();
        let usage = Usage::of_this_thread().since(before);
        commits.sort_unstable();
        let mut round = Round::told_by(&commits, speed, usage, votes);
        round.batch = Some(number(votes_a_commit));
        Ok(round)
    }

    fn commit(&mut self, votes: u64) -> rusqlite::Result<()> {
        let connection = &self.connection;
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut statements = [
            connection.prepare_cached(FIND_PERSON)?,
            connection.prepare_cached(FIND_MESSAGE)?,
            connection.prepare_cached(&self.messages.insert)?,
            connection.prepare_cached(&self.feedback.insert)?,
            connection
                .prepare_cached("INSERT OR IGNORE INTO search_pending (feedback) VALUES (?1)")?,
            connection.prepare_cached(INDEX_NAME)?,
        ];
        let mut sums = Sums::new();
        for _ in 0..votes {
            let example = &self.examples[self.votes % self.examples.len()];
            self.votes += 1;
            let tables = [&self.messages, &self.feedback];
            let number = self
                .seed
                .wrapping_add(u64::try_from(self.votes).unwrap_or(0));
            let feedback = vote(connection, &mut statements, tables, example, number)?;
            let sum = sums.entry(example.sum).or_default();
            sum.0 += 1;
            if let Some(comment) = &example.comment {
                sum.1 += 1;
                self.waiting.push((feedback, comment.clone()));
            }
        }
        let mut add = connection.prepare_cached(
            "INSERT INTO rollups (project, kind, level, slot, value, detail, channel, name, sentiment, votes, comments, ratings,
               resolved, unresolved, scored, score)
             VALUES (?1, 0, ?2, ?3, 0, 0, ?4, ?5, ?6, ?7, ?8, 0, 0, 0, 0, 0)
             ON CONFLICT DO UPDATE SET votes = votes + excluded.votes, comments = comments + excluded.comments",
        )?;
        let quarter = now() / 900_000_000;
        for ([project, channel, name, sentiment], (votes, comments)) in sums {
            for (level, slot) in [(0, quarter / 96), (1, quarter)] {
                add.execute([
                    project, level, slot, channel, name, sentiment, votes, comments,
                ])?;
            }
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    fn index_comments(&mut self) -> rusqlite::Result<()> {
        let connection = &self.connection;
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut index =
            connection.prepare_cached("INSERT INTO search (rowid, comment) VALUES (?1, ?2)")?;
        let mut done =
            connection.prepare_cached("DELETE FROM search_pending WHERE feedback = ?1")?;
        for (feedback, comment) in self.waiting.drain(..) {
            index.execute(params![feedback, comment])?;
            done.execute([feedback])?;
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    fn empty_the_log(&self) -> rusqlite::Result<()> {
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    }
}

/// Looks up what a vote needs and writes its rows. Returns the feedback's row.
fn vote(
    connection: &Connection,
    [person, find, message, feedback, pending, index]: &mut [CachedStatement<'_>; 6],
    [messages, votes]: [&Table; 2],
    example: &Example,
    number: u64,
) -> rusqlite::Result<i64> {
    let (key, name, workspace, project) = &example.person;
    person.query_row(params![key, name, workspace, project], |row| {
        row.get::<_, i64>(0)
    })?;
    let made = Made {
        key: mixed(number).cast_signed(),
        name: Uuid::from_u64_pair(mixed(number), number).to_string(),
        message: 0,
        now: now(),
    };
    let known = find
        .query_row(params![made.key, made.name, example.sum[0]], |row| {
            row.get::<_, i64>(0)
        })
        .optional()?;
    assert!(known.is_none(), "nobody voted for it before");
    messages.insert(message, &example.message, &made)?;
    let message = connection.last_insert_rowid();
    index.execute(params![made.key, message])?;
    votes.insert(feedback, &example.feedback, &Made { message, ..made })?;
    let feedback = connection.last_insert_rowid();
    if example.comment.is_some() {
        pending.execute([feedback])?;
    }
    Ok(feedback)
}

/// What differs from vote to vote.
struct Made {
    key: i64,
    name: String,
    message: i64,
    now: i64,
}

impl Table {
    fn read(connection: &Connection, name: &str) -> rusqlite::Result<Self> {
        let names: Vec<String> = connection
            .prepare("SELECT name FROM pragma_table_info(?1) WHERE name <> 'row_id' ORDER BY cid")?
            .query_map([name], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let columns = names
            .iter()
            .map(|column| match column.as_str() {
                "id" => Column::Id,
                "external_key" => Column::Key,
                "external_id" if name == "messages" => Column::Name,
                "message" => Column::Message,
                "created_at" | "updated_at" => Column::Now,
                _ => Column::Example,
            })
            .collect();
        let places: Vec<String> = (1..=names.len()).map(|place| format!("?{place}")).collect();
        Ok(Self {
            insert: format!(
                "INSERT INTO {name} ({}) VALUES ({})",
                names.join(", "),
                places.join(", ")
            ),
            names,
            columns,
        })
    }

    /// The columns as a query lists them, of a table with this short name.
    fn listed(&self, short: &str) -> String {
        let names: Vec<String> = self
            .names
            .iter()
            .map(|name| format!("{short}.{name}"))
            .collect();
        names.join(", ")
    }

    fn insert(
        &self,
        statement: &mut CachedStatement<'_>,
        example: &[Value],
        made: &Made,
    ) -> rusqlite::Result<()> {
        for (place, (column, value)) in self.columns.iter().zip(example).enumerate() {
            let place = place + 1;
            match column {
                Column::Example => statement.raw_bind_parameter(place, value)?,
                Column::Id => {
                    statement
                        .raw_bind_parameter(place, candor::clock::new_id().as_bytes().as_slice())?;
                }
                Column::Key => statement.raw_bind_parameter(place, made.key)?,
                Column::Name => statement.raw_bind_parameter(place, &made.name)?,
                Column::Message => statement.raw_bind_parameter(place, made.message)?,
                Column::Now => statement.raw_bind_parameter(place, made.now)?,
            }
        }
        statement.raw_execute()?;
        Ok(())
    }
}

/// The latest votes for messages by people.
fn examples(
    connection: &Connection,
    messages: &Table,
    feedback: &Table,
) -> rusqlite::Result<Vec<Example>> {
    let sql = format!(
        "SELECT u.external_key, u.external_id, u.workspace, u.project,
           f.project, f.channel, f.name, f.sentiment, f.comment, {}, {}
         FROM feedback f JOIN messages m ON m.row_id = f.message JOIN end_users u ON u.row_id = f.author
         ORDER BY f.row_id DESC LIMIT {EXAMPLES}",
        messages.listed("m"),
        feedback.listed("f")
    );
    let values = |row: &Row<'_>, from: usize, count: usize| -> rusqlite::Result<Vec<Value>> {
        (from..from + count).map(|place| row.get(place)).collect()
    };
    let (first, second) = (messages.columns.len(), feedback.columns.len());
    connection
        .prepare(&sql)?
        .query_map([], |row| {
            Ok(Example {
                person: (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?),
                sum: [row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?],
                comment: row.get(8)?,
                message: values(row, 9, first)?,
                feedback: values(row, 9 + first, second)?,
            })
        })?
        .collect()
}

fn now() -> i64 {
    Clock::default().now().microseconds()
}
