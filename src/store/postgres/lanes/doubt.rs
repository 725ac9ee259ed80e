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
    pub(super) async fn ask(&self, session: &Session) -> Result<Fate, Error> {
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
