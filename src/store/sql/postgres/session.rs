//! A connection to PostgreSQL that waits for each answer, with the numbers that its transaction may give.

use super::column::Bound;
use super::places;
use crate::store::postgres::slow::SlowStatements;
use crate::store::sql::{Error, Owner, Result, Seat};
use deadpool_postgres::Object;
use rusqlite::ToSql;
use rusqlite::types::Value;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::{Handle, Runtime};
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Statement};

/// How many buckets there can be: a row's number modulo this is its bucket.
const BUCKETS: i64 = 64;

/// Statements that a session keeps prepared.
const STATEMENTS: usize = 512;

/// Whose the connection is, and what has it go on while its answer is waited for.
pub(in crate::store) enum Way {
    /// A pool's, to which it goes back; the server's own threads drive it, and the caller's must be one that may wait.
    Pooled(Object, Handle),
    /// This thread's, which drives it too; with the statements that are prepared.
    Own(Client, Runtime, RefCell<HashMap<String, Statement>>),
}

/// A connection.
pub(in crate::store) struct Session {
    way: Way,
    /// How many rows each bucket has numbered, and what all share; only in a transaction that holds them.
    counts: RefCell<Counts>,
    /// Who is told of statements that take long, and what they are for.
    slow: Option<(Arc<SlowStatements>, &'static str)>,
}

/// A prepared statement with its text.
pub(in crate::store) struct Prepared {
    statement: Statement,
    text: String,
}

/// The last numbers given.
#[derive(Debug, Default)]
pub(in crate::store) struct Counts {
    pub(in crate::store) buckets: Vec<i64>,
    pub(in crate::store) shared: i64,
    /// Which of them changed.
    pub(in crate::store) changed: Vec<i16>,
    pub(in crate::store) shared_changed: bool,
    /// The last position given in the feedback log.
    pub(in crate::store) position: Option<i64>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Session {
    /// A session on a connection of a pool, driven by the server's threads.
    pub(in crate::store) fn pooled(client: Object, handle: Handle) -> Self {
        Self::new(Way::Pooled(client, handle))
    }

    /// A session on a connection that `runtime` drives.
    pub(in crate::store) fn own(client: Client, runtime: Runtime) -> Self {
        Self::new(Way::Own(client, runtime, RefCell::default()))
    }

    fn new(way: Way) -> Self {
        let counts = RefCell::default();
        let slow = None;
        Self { way, counts, slow }
    }

    /// The same with its statements told of that take long, as being for a purpose.
    pub(in crate::store) fn telling(
        self,
        slow: Arc<SlowStatements>,
        purpose: &'static str,
    ) -> Self {
        let slow = Some((slow, purpose));
        Self { slow, ..self }
    }

    /// Waits for a statement's answer, and tells of one that takes long.
    fn answer<T>(&self, text: &str, answer: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let answer = self.wait(answer);
        if let Some((slow, purpose)) = &self.slow {
            slow.note(purpose, text, began.elapsed());
        }
        answer
    }

    fn client(&self) -> &Client {
        match &self.way {
            Way::Pooled(client, _) => client,
            Way::Own(client, ..) => client,
        }
    }

    fn wait<T>(&self, answer: impl Future<Output = T>) -> T {
        match &self.way {
            Way::Pooled(_, handle) => handle.block_on(answer),
            Way::Own(_, runtime, _) => runtime.block_on(answer),
        }
    }

    /// Whether the connection has ended.
    pub(in crate::store) fn is_closed(&self) -> bool {
        self.client().is_closed()
    }

    /// Ends the session; a connection of a pool goes back to it only if it is `whole`.
    pub(in crate::store) fn end(self, whole: bool) {
        if let (Way::Pooled(client, _), false) = (self.way, whole) {
            drop(Object::take(client));
        }
    }

    /// Prepares a statement with places `?1` or `?`, or finds it prepared.
    pub(in crate::store) fn prepare(&self, sql: &str) -> Result<Prepared> {
        self.prepared(sql, || places::renamed(sql))
    }

    fn prepared(&self, name: &str, sql: impl FnOnce() -> String) -> Result<Prepared> {
        let statement = self.known(name, sql)?;
        let text = name.to_owned();
        Ok(Prepared { statement, text })
    }

    fn known(&self, name: &str, sql: impl FnOnce() -> String) -> Result<Statement> {
        match &self.way {
            // Preparing waits for locks too.
            Way::Pooled(client, _) => Ok(self.answer(name, client.prepare_cached(&sql()))?),
            Way::Own(client, _, known) => {
                if let Some(known) = known.borrow().get(name) {
                    return Ok(known.clone());
                }
                let statement = self.answer(name, client.prepare(&sql()))?;
                let mut known = known.borrow_mut();
                // Filters make statements without end, and the server keeps what we keep.
                if known.len() >= STATEMENTS {
                    known.clear();
                }
                known.insert(name.to_owned(), statement.clone());
                Ok(statement)
            }
        }
    }

    /// Runs statements without values.
    pub(in crate::store) fn execute_batch(&self, sql: &str) -> Result<()> {
        Ok(self.answer(sql, self.client().batch_execute(sql))?)
    }

    /// Runs a statement; returns how many rows it changed.
    pub(in crate::store) fn execute(
        &self,
        prepared: &Prepared,
        values: &[&dyn ToSql],
    ) -> Result<usize> {
        let bound = bound(values.iter().copied())?;
        let Prepared { statement, text } = prepared;
        let changed = self.answer(text, self.client().execute_raw(statement, &bound))?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    /// Runs a query; returns all of its rows.
    pub(in crate::store) fn query(
        &self,
        prepared: &Prepared,
        values: &[&dyn ToSql],
    ) -> Result<Vec<tokio_postgres::Row>> {
        let bound = bound(values.iter().copied())?;
        let places: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> =
            bound.iter().map(|value| value as _).collect();
        let Prepared { statement, text } = prepared;
        Ok(self.answer(text, self.client().query(statement, &places))?)
    }

    /// Copies rows into a table in PostgreSQL's own way for many.
    pub(in crate::store) fn copy_in(
        &self,
        table: &str,
        columns: &str,
        rows: &[Vec<Value>],
    ) -> Result<()> {
        let select = format!("SELECT {columns} FROM {table}");
        let kinds = self.wait(self.client().prepare(&select))?;
        let kinds: Vec<Type> = kinds
            .columns()
            .iter()
            .map(|column| column.type_().clone())
            .collect();
        self.wait(async {
            let copy = format!("COPY {table} ({columns}) FROM STDIN BINARY");
            let sink = self.client().copy_in(&copy).await?;
            let writer = BinaryCopyInWriter::new(sink, &kinds);
            tokio::pin!(writer);
            for row in rows {
                let bound = bound(row.iter().map(|value| value as &dyn ToSql))?;
                writer.as_mut().write_raw(&bound).await?;
            }
            writer.finish().await?;
            Ok(())
        })
    }

    /// Inserts a row at a seat; returns its number.
    pub(in crate::store) fn insert(
        &self,
        sql: &str,
        seat: Seat,
        values: &[&dyn ToSql],
    ) -> Result<i64> {
        let statement = self.prepared(sql, || places::seated(sql, seat, values.len()))?;
        let (bucket, number) = match seat {
            Seat::Shared => (None, Some(self.next_shared())),
            Seat::Unnumbered(owner) => (Some(self.bucket_of(owner)?), None),
            Seat::Beside(owner) => {
                let bucket = self.bucket_of(owner)?;
                (Some(bucket), Some(self.next(bucket)?))
            }
            Seat::Bucket(bucket) => (Some(bucket), Some(self.next(bucket)?)),
            Seat::Log(owner) => (Some(self.bucket_of(owner)?), Some(self.next_position()?)),
        };
        let mut all = values.to_vec();
        all.extend(bucket.as_ref().map(|bucket| bucket as &dyn ToSql));
        all.extend(number.as_ref().map(|number| number as &dyn ToSql));
        self.execute(&statement, &all)?;
        Ok(number.unwrap_or(0))
    }

    fn bucket_of(&self, owner: Owner) -> Result<i16> {
        let (sql, row) = match owner {
            Owner::Message(row) => ("SELECT bucket FROM messages WHERE row_id = ?", row),
            Owner::Conversation(row) => ("SELECT bucket FROM conversations WHERE row_id = ?", row),
            Owner::Feedback(row) => ("SELECT bucket FROM feedback WHERE row_id = ?", row),
        };
        let rows = self.query(&self.prepare(sql)?, &[&row])?;
        Ok(rows.first().ok_or(Error::NoRows)?.try_get(0)?)
    }

    /// The next position of the feedback log: the transaction's number, then the place in it.
    fn next_position(&self) -> Result<i64> {
        let known = self.counts.borrow().position;
        let position = if let Some(last) = known {
            last + 1
        } else {
            let first = self.prepare("SELECT log_position()")?;
            let rows = self.query(&first, &[])?;
            rows.first().ok_or(Error::NoRows)?.try_get(0)?
        };
        self.counts.borrow_mut().position = Some(position);
        Ok(position)
    }

    fn next_shared(&self) -> i64 {
        let mut counts = self.counts.borrow_mut();
        counts.shared += 1;
        counts.shared_changed = true;
        counts.shared
    }

    /// The next number of a bucket. A transaction that holds several counts in all of them together, so that what it numbers
    /// later has the larger number, wherever it lies.
    fn next(&self, bucket: i16) -> Result<i64> {
        let mut counts = self.counts.borrow_mut();
        let next = counts.buckets.iter().max().map_or(1, |last| last + 1);
        let place = usize::try_from(bucket).unwrap_or(usize::MAX);
        let Some(last) = counts.buckets.get_mut(place) else {
            let message = format!("the transaction does not hold bucket {bucket}");
            return Err(Error::Value(message));
        };
        *last = next;
        if !counts.changed.contains(&bucket) {
            counts.changed.push(bucket);
        }
        Ok(next * BUCKETS + i64::from(bucket))
    }

    /// Takes over the numbers that the transaction holds.
    pub(in crate::store) fn hold(&self, counts: Counts) {
        *self.counts.borrow_mut() = counts;
    }

    /// Gives the numbers back, to be saved.
    pub(in crate::store) fn release(&self) -> Counts {
        self.counts.take()
    }
}

fn bound<'v>(values: impl IntoIterator<Item = &'v dyn ToSql>) -> Result<Vec<Bound<'v>>> {
    values
        .into_iter()
        .map(|value| Ok(Bound(value.to_sql()?)))
        .collect()
}
