//! The rows of votes, written without a server: what the database alone takes for them.

use crate::votes::mixed;
use candor::clock::{self, Clock};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

const ADD_MESSAGES: &str = "INSERT INTO messages (bucket, row_id, id, project, external_key, external_id, owner, created_at) \
     SELECT $1::int2, n.row_id, n.id, $7::int8, n.key, n.name, 64, $6::int8 \
     FROM unnest($2::int8[], $3::uuid[], $4::int8[], $5::text[]) n (row_id, id, key, name)";
const ADD_FEEDBACK: &str = "INSERT INTO feedback (bucket, row_id, id, project, message, author_kind, author, name, sentiment, \
     rating, comment, retracted, channel, version, words, created_at, updated_at) \
     SELECT $1::int2, n.row_id, n.id, $8::int8, n.message, 0, 64, 1, 0, 0, n.comment, 0, 0, 1, n.words, $7::int8, $7::int8 \
     FROM unnest($2::int8[], $3::uuid[], $4::int8[], $5::text[], $6::text[]::tsvector[]) n (row_id, id, message, comment, words)";
const ADD_SUM: &str = "INSERT INTO rollups (bucket, project, kind, level, slot, value, detail, channel, name, sentiment, votes, comments, \
     ratings, resolved, unresolved, scored, score) \
     SELECT $1::int2, $4::int8, 0, n.level::int2, n.slot, 0, 0, 0, 1, 0, $3::int8, 0, $3::int8, 0, 0, 0, 0 \
     FROM (VALUES (0, $2::int4), (1, $2::int4 * 96)) n (level, slot) \
     ON CONFLICT (project, kind, level, slot, value, detail, channel, name, sentiment, bucket) \
     DO UPDATE SET votes = rollups.votes + excluded.votes, ratings = rollups.ratings + excluded.ratings";

/// One vote in so many has a comment, as in the load of servers.
const COMMENTS_ONE_IN: u64 = 5;
const WORDS: u64 = 14;

/// What numbers the rows of all connections.
#[derive(Debug)]
pub struct Numbers {
    next: AtomicI64,
    /// Whose votes they are.
    project: i64,
    clock: Clock,
}

/// A connection that writes votes, with a bucket of its own: nobody waits for another's sums.
pub struct Writer {
    client: Client,
    messages: Statement,
    feedback: Statement,
    sum: Statement,
    bucket: i16,
    numbers: Arc<Numbers>,
}

/// Of some votes, what differs from one to the other.
#[derive(Debug, Default)]
struct Votes {
    message: Vec<i64>,
    message_id: Vec<Uuid>,
    key: Vec<i64>,
    name: Vec<String>,
    feedback: Vec<i64>,
    feedback_id: Vec<Uuid>,
    comment: Vec<Option<String>>,
    words: Vec<Option<String>>,
}

impl Numbers {
    /// Behind those that a database has given.
    pub fn after(last_row: i64, project: i64) -> Arc<Self> {
        Arc::new(Self {
            next: AtomicI64::new(last_row + 1),
            project,
            clock: Clock::default(),
        })
    }
}

impl Writer {
    /// Prepares a connection.
    pub async fn new(client: Client, bucket: i16, numbers: &Arc<Numbers>) -> Self {
        let prepared = tokio::join!(
            client.prepare(ADD_MESSAGES),
            client.prepare(ADD_FEEDBACK),
            client.prepare(ADD_SUM),
        );
        Self {
            messages: prepared.0.expect("a statement"),
            feedback: prepared.1.expect("a statement"),
            sum: prepared.2.expect("a statement"),
            client,
            bucket,
            numbers: Arc::clone(numbers),
        }
    }

    /// Writes so many votes in one transaction. All statements go out together.
    pub async fn write(&self, votes: usize) -> Result<(), tokio_postgres::Error> {
        let (made, project) = (self.votes(votes), &self.numbers.project);
        let now = self.numbers.clock.now().microseconds();
        let day = i32::try_from(now / 86_400_000_000).expect("a day");
        let count = i64::try_from(votes).expect("a few votes");
        let messages: [&(dyn ToSql + Sync); 7] = [
            &self.bucket,
            &made.message,
            &made.message_id,
            &made.key,
            &made.name,
            &now,
            project,
        ];
        let feedback: [&(dyn ToSql + Sync); 8] = [
            &self.bucket,
            &made.feedback,
            &made.feedback_id,
            &made.message,
            &made.comment,
            &made.words,
            &now,
            project,
        ];
        let sum: [&(dyn ToSql + Sync); 4] = [&self.bucket, &day, &count, project];
        let done = tokio::join!(
            self.client.batch_execute("BEGIN"),
            self.client.execute(&self.messages, &messages),
            self.client.execute(&self.feedback, &feedback),
            self.client.execute(&self.sum, &sum),
            self.client.batch_execute("COMMIT"),
        );
        done.0?;
        done.1?;
        done.2?;
        done.3?;
        done.4
    }

    fn votes(&self, votes: usize) -> Votes {
        let count = i64::try_from(votes).expect("a few votes") * 2;
        let first = self.numbers.next.fetch_add(count, Ordering::Relaxed);
        let mut made = Votes::default();
        for number in (first..first + count).step_by(2) {
            let row = number * 64 + i64::from(self.bucket);
            let [key, name] = [0, 1].map(|which| mixed((number + which).cast_unsigned()));
            made.message.push(row);
            made.message_id.push(clock::new_id());
            made.key.push(key.cast_signed());
            made.name.push(Uuid::from_u64_pair(key, name).to_string());
            made.feedback.push(row + 64);
            made.feedback_id.push(clock::new_id());
            let comment = key.is_multiple_of(COMMENTS_ONE_IN).then(|| comment(key));
            made.words.push(comment.clone());
            made.comment.push(comment);
        }
        made
    }
}

/// About eighty characters.
fn comment(seed: u64) -> String {
    let word = |place| format!("word{:x}", mixed(seed.wrapping_add(place)) % 1024);
    let words: Vec<String> = (0..WORDS).map(word).collect();
    words.join(" ")
}
