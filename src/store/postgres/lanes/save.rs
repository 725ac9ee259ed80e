//! Saving what a batch noted, and committing it: all in one go.

use super::arrays::Parameter;
use super::columns::Columns;
use super::rows::Rows;
use super::session::Session;
use crate::store::postgres::failure::described;
use tokio_postgres::{Client, Error, Statement};

/// Why a batch was not saved.
#[derive(Debug)]
pub(super) enum NotSaved {
    /// Nothing of it was.
    Certainly(Fault),
    /// The connection was lost while it was being committed, and it is not known.
    Perhaps(Error),
}

/// What went wrong.
#[derive(Debug)]
pub(super) enum Fault {
    /// The database said so, or the connection was lost.
    Engine(Error),
    /// A row is not as this program writes it, or a value cannot be written.
    Row(String),
    /// There is no connection, or nothing comes over it.
    Silence,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

impl Fault {
    /// What it says to the log.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Row(text) => text.clone(),
            Self::Silence => "the database does not answer".to_owned(),
            Self::Engine(error) => described(error),
        }
    }
}

/// Saves and commits. The statements go out together; after one that fails the others do nothing, and the commit undoes.
/// `batch` tells this one from all others, should it be asked whether it was committed.
pub(super) async fn save(session: &Session, rows: &Rows<'_>, batch: i64) -> Result<(), NotSaved> {
    let columns =
        Columns::of(rows).map_err(|error| NotSaved::Certainly(Fault::Row(error.to_string())))?;
    let client = &session.client;
    let bucket = i16::try_from(rows.numbers.bucket).unwrap_or(-1);
    let numbers: Vec<Parameter<'_>> = vec![&bucket, &rows.numbers.last, &batch];
    session.begin_committing();
    let done = tokio::join!(
        Box::pin(save_votes(session, &columns, &bucket)),
        Box::pin(save_beside(session, &columns, &bucket)),
        write(client, &session.statements.number, 1, numbers),
        client.batch_execute("COMMIT"),
    );
    let failed = [done.0, done.1, done.2].into_iter().find_map(Result::err);
    // A commit that Citus could not finish may be one that a machine has finished.
    let is_certain = failed.is_some() || !session.is_spread;
    failed.or_else(|| done.3.err()).map_or(Ok(()), |error| {
        // One that the database refuses before the commit undoes all. Where the connection is lost, so is the answer to
        // the commit, which was sent already.
        Err(if is_certain && is_of_statement(client, &error) {
            NotSaved::Certainly(Fault::Engine(error))
        } else {
            NotSaved::Perhaps(error)
        })
    })
}

/// Saves votes, and what they judge.
async fn save_votes(session: &Session, columns: &Columns<'_>, bucket: &i16) -> Result<(), Error> {
    let statements = &session.statements;
    let write = |statement, rows, parameters| write(&session.client, statement, rows, parameters);
    let added = if columns.has_only_thumbs() {
        (&statements.add_thumbs, columns.thumbs(bucket))
    } else {
        let all = columns.new.parameters(bucket, true);
        (&statements.add_feedback, columns.new_feedback.after(all))
    };
    let done = tokio::join!(
        write(
            &statements.add_own_people,
            columns.new_people.row.len(),
            columns.new_people.after(vec![bucket])
        ),
        write(
            &statements.add_own_conversations,
            columns.new_conversations.row.len(),
            columns.new_conversations.after(vec![bucket])
        ),
        write(
            &statements.add_messages,
            columns.new_messages.row.len(),
            columns.new_messages.after(vec![bucket])
        ),
        write(
            &statements.change_messages,
            columns.changed_messages.row.len(),
            columns.changed_messages.parameters(bucket)
        ),
        write(added.0, columns.new.feedback.len(), added.1),
        write(
            &statements.change_feedback,
            columns.changed.feedback.len(),
            columns.changed.parameters(bucket, true)
        ),
        write(
            &statements.add_versions,
            columns.replaced.feedback.len(),
            columns.replaced.parameters(bucket, false)
        ),
    );
    let done = [done.0, done.1, done.2, done.3, done.4, done.5, done.6];
    done.into_iter().collect()
}

/// Saves what is told of votes, and what is remembered of them.
async fn save_beside(session: &Session, columns: &Columns<'_>, bucket: &i16) -> Result<(), Error> {
    let statements = &session.statements;
    let write = |statement, rows, parameters| write(&session.client, statement, rows, parameters);
    let done = tokio::join!(
        write(
            &statements.add_sums,
            columns.sums.project.len(),
            columns.sums.after(vec![bucket])
        ),
        write(
            &statements.add_log,
            columns.log.project.len(),
            columns.log.log_parameters(bucket)
        ),
        write(
            &statements.add_jobs,
            columns.jobs.row.len(),
            columns.jobs.job_parameters(bucket)
        ),
        write(
            &statements.add_quiet,
            columns.quiet.at.len(),
            columns.quiet.parameters(bucket)
        ),
        write(
            &statements.add_requests,
            columns.requests.key.len(),
            columns.requests.after(vec![bucket])
        ),
    );
    let done = [done.0, done.1, done.2, done.3, done.4];
    done.into_iter().collect()
}

/// Whether a statement failed, and the connection goes on.
fn is_of_statement(client: &Client, error: &Error) -> bool {
    let fatal = error.as_db_error().is_none_or(|error| {
        use tokio_postgres::error::Severity;
        !matches!(error.parsed_severity(), Some(Severity::Error))
    });
    !fatal && !client.is_closed()
}

async fn write(
    client: &Client,
    statement: &Statement,
    rows: usize,
    parameters: Vec<Parameter<'_>>,
) -> Result<(), Error> {
    if rows > 0 {
        client.execute(statement, &parameters).await?;
    }
    Ok(())
}
