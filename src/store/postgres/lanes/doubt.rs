//! What became of a commit whose answer was lost with the connection.

use super::session::Session;
use tokio_postgres::Error;

/// A transaction that may have been committed.
#[derive(Clone, Debug)]
pub(super) struct Doubt {
    /// Its number.
    pub(super) transaction: i64,
    /// The line of history in which it has this number.
    pub(super) timeline: String,
    /// Its bucket.
    pub(super) bucket: i16,
    /// What it drew and wrote into the bucket's row.
    pub(super) batch: i64,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is committed.
    Committed,
    /// Nothing of it is stored.
    Aborted,
    /// The server has not noticed yet that nobody waits for it.
    UnderWay,
    /// Nobody knows any more.
    Unknown,
}

impl Doubt {
    /// Asks the database.
    ///
    /// A crash forgets numbers that were given to transactions of which nothing was on disk yet, and gives them out again. So
    /// that a number is aborted is always true of ours, but that it is committed may be true of another's: then it is believed
    /// only where the bucket still bears what ours wrote.
    pub(super) async fn ask(&self, session: &Session) -> Result<Fate, Error> {
        let fate = self.fate_of_number(session).await?;
        if matches!(fate, Fate::Aborted | Fate::UnderWay) {
            return Ok(fate);
        }
        let last = &session.statements.last_batch;
        let last = session.client.query_one(last, &[&self.bucket]).await?;
        Ok(if last.try_get::<_, i64>(0)? == self.batch {
            Fate::Committed
        } else {
            Fate::Unknown
        })
    }

    async fn fate_of_number(&self, session: &Session) -> Result<Fate, Error> {
        if session.timeline != self.timeline {
            // A standby took over, and gives the same numbers to other transactions.
            return Ok(Fate::Unknown);
        }
        let number = self.transaction.to_string();
        let asked = session
            .client
            .query_one(&session.statements.fate, &[&number])
            .await?;
        let status: Option<String> = asked.try_get(0)?;
        Ok(match status.as_deref() {
            Some("committed") => Fate::Committed,
            Some("aborted") => Fate::Aborted,
            Some("in progress") => Fate::UnderWay,
            _ => Fate::Unknown,
        })
    }
}
