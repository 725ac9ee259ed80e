//! Saving what a batch noted, and committing it: all in one go.

use super::arrays::{Judgements, Parameter, arrays};
use super::code;
use super::rows::{Rows, Said, State};
use super::session::Session;
use crate::domain::Timestamp;
use crate::store::postgres::search::words;
use tokio_postgres::{Client, Error, Statement};
use uuid::Uuid;

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

arrays! {
    /// Messages that are to be made.
    NewMessages<'batch> {
        row: i64,
        id: Uuid,
        project: i64,
        conversation: Option<i64>,
        key: i64,
        name: &'batch str,
        owner: Option<i64>,
        created_at: i64,
    }
}

/// Messages that are to be changed.
#[derive(Default)]
struct ChangedMessages {
    row: Vec<i64>,
    conversation: Vec<Option<i64>>,
    owner: Vec<Option<i64>>,
}

/// What is beside a judgement in a version of a feedback.
#[derive(Default)]
struct Versions<'batch> {
    says: Judgements<'batch>,
    words: Vec<Option<String>>,
    sentiment: Vec<i16>,
    channel: Vec<i16>,
    api_key: Vec<Option<i64>>,
    version: Vec<i64>,
    updated_at: Vec<i64>,
    feedback: Vec<i64>,
}

arrays! {
    /// What only new feedback has.
    NewFeedback<'batch> {
        id: Uuid,
        external_id: Option<&'batch str>,
        project: i64,
        message: i64,
        author_kind: i16,
        author: Option<i64>,
        name: i64,
        created_at: i64,
    }
}

/// Sums.
#[derive(Default)]
struct Sums {
    project: Vec<i64>,
    day: Vec<i32>,
    channel: Vec<i16>,
    name: Vec<i64>,
    sentiment: Vec<i16>,
    votes: Vec<i64>,
    comments: Vec<i64>,
    ratings: Vec<i64>,
}

/// Entries of the log, and votes that vendors are to hear of.
#[derive(Default)]
struct Told {
    row: Vec<i64>,
    project: Vec<i64>,
    feedback: Vec<i64>,
    version: Vec<i64>,
    vendor: Vec<i16>,
    target: Vec<i64>,
    at: Vec<i64>,
}

/// All that is written.
struct Columns<'batch> {
    new_messages: NewMessages<'batch>,
    changed_messages: ChangedMessages,
    new: Versions<'batch>,
    new_feedback: NewFeedback<'batch>,
    changed: Versions<'batch>,
    replaced: Versions<'batch>,
    sums: Sums,
    log: Told,
    jobs: Told,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

/// Saves and commits. The statements go out together; after one that fails the others do nothing, and the commit undoes.
pub(super) async fn save(session: &Session, rows: &Rows<'_>) -> Result<(), NotSaved> {
    let columns =
        Columns::of(rows).map_err(|error| NotSaved::Certainly(Fault::Row(error.to_string())))?;
    let Session {
        client, statements, ..
    } = session;
    let bucket = i16::try_from(rows.numbers.bucket).unwrap_or(-1);
    let write = |statement, rows, parameters| write(client, statement, rows, parameters);
    let numbers: Vec<Parameter<'_>> = vec![&bucket, &rows.numbers.last];
    let added = if columns.has_only_thumbs() {
        (&statements.add_thumbs, columns.thumbs(&bucket))
    } else {
        let all = columns.new.parameters(&bucket, true);
        (&statements.add_feedback, columns.new_feedback.after(all))
    };
    session.begin_committing();
    let done = tokio::join!(
        write(
            &statements.add_messages,
            columns.new_messages.row.len(),
            columns.new_messages.after(vec![&bucket])
        ),
        write(
            &statements.change_messages,
            columns.changed_messages.row.len(),
            columns.changed_messages.parameters(&bucket)
        ),
        write(added.0, columns.new.feedback.len(), added.1),
        write(
            &statements.change_feedback,
            columns.changed.feedback.len(),
            columns.changed.parameters(&bucket, true)
        ),
        write(
            &statements.add_versions,
            columns.replaced.feedback.len(),
            columns.replaced.parameters(&bucket, false)
        ),
        write(
            &statements.add_sums,
            columns.sums.project.len(),
            columns.sums.parameters(&bucket)
        ),
        write(
            &statements.add_log,
            columns.log.project.len(),
            columns.log.log_parameters(&bucket)
        ),
        write(
            &statements.add_jobs,
            columns.jobs.row.len(),
            columns.jobs.job_parameters(&bucket)
        ),
        write(&statements.number, 1, numbers),
        client.batch_execute("COMMIT"),
    );
    let writes = [
        done.0, done.1, done.2, done.3, done.4, done.5, done.6, done.7, done.8,
    ];
    let failed = writes.into_iter().find_map(Result::err);
    // A commit that Citus could not finish may be one that a machine has finished.
    let is_certain = failed.is_some() || !session.is_spread;
    failed.or_else(|| done.9.err()).map_or(Ok(()), |error| {
        // One that the database refuses before the commit undoes all. Where the connection is lost, so is the answer to
        // the commit, which was sent already.
        Err(if is_certain && is_of_statement(client, &error) {
            NotSaved::Certainly(Fault::Engine(error))
        } else {
            NotSaved::Perhaps(error)
        })
    })
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

impl<'batch> Columns<'batch> {
    fn of(rows: &'batch Rows<'_>) -> Result<Self, serde_json::Error> {
        let mut columns = Self {
            new_messages: NewMessages::default(),
            changed_messages: ChangedMessages::default(),
            new: Versions::default(),
            new_feedback: NewFeedback::default(),
            changed: Versions::default(),
            replaced: Versions::default(),
            sums: Sums::default(),
            log: Told::default(),
            jobs: Told::default(),
        };
        columns.add_messages(rows);
        columns.add_feedback(rows)?;
        columns.add_sums(rows);
        columns.add_told(rows);
        Ok(columns)
    }

    fn add_messages(&mut self, rows: &'batch Rows<'_>) {
        for message in &rows.messages {
            match message.state {
                State::Stored => {}
                State::Changed => {
                    let changed = &mut self.changed_messages;
                    changed.row.push(message.row);
                    changed.conversation.push(message.conversation);
                    changed.owner.push(message.owner);
                }
                State::New => self.new_messages.push(
                    message.row,
                    message.id,
                    message.name.scope,
                    message.conversation,
                    message.name.key,
                    message.name.name,
                    message.owner,
                    message.created_at.microseconds(),
                ),
            }
        }
    }

    fn add_feedback(&mut self, rows: &'batch Rows<'_>) -> Result<(), serde_json::Error> {
        for feedback in &rows.feedback {
            match feedback.state {
                State::Stored => {}
                State::Changed => self.changed.add(feedback.row, &feedback.said, rows)?,
                State::New => {
                    self.new.add(feedback.row, &feedback.said, rows)?;
                    self.new_feedback.push(
                        feedback.id.0,
                        feedback.external_id,
                        feedback.project,
                        feedback.key.message,
                        code(feedback.key.kind),
                        feedback.key.author,
                        feedback.key.name,
                        feedback.created_at.microseconds(),
                    );
                }
            }
        }
        for (feedback, said) in &rows.versions {
            self.replaced.add(*feedback, said, rows)?;
        }
        Ok(())
    }

    fn add_sums(&mut self, rows: &Rows<'_>) {
        for (key, change) in &rows.sums {
            if change.votes != 0 || change.comments != 0 || change.ratings != 0 {
                self.sums.project.push(key.project);
                self.sums.day.push(key.day);
                self.sums.channel.push(key.channel);
                self.sums.name.push(key.name);
                self.sums.sentiment.push(key.sentiment);
                self.sums.votes.push(change.votes);
                self.sums.comments.push(change.comments);
                self.sums.ratings.push(change.ratings);
            }
        }
    }

    fn add_told(&mut self, rows: &Rows<'_>) {
        for entry in &rows.log {
            self.log.project.push(entry.project);
            self.log.feedback.push(entry.feedback);
            self.log.version.push(entry.version.into());
            self.log.at.push(entry.at.microseconds());
        }
        for job in &rows.jobs {
            self.jobs.row.push(job.row);
            self.jobs.project.push(job.project);
            self.jobs.feedback.push(job.feedback);
            self.jobs.version.push(job.version.into());
            self.jobs.vendor.push(code(job.vendor));
            self.jobs.target.push(job.target);
            self.jobs.at.push(job.at.microseconds());
        }
    }
}

impl Columns<'_> {
    /// Whether new feedback is in its first version, and says nothing but a thumb and a comment.
    fn has_only_thumbs(&self) -> bool {
        let says = &self.new.says;
        self.new.version.iter().all(|version| *version == 1)
            && says.score.iter().all(Option::is_none)
            && says.resolved.iter().all(Option::is_none)
            && says.reasons.iter().all(Option::is_none)
            && says.correction.iter().all(Option::is_none)
            && says.attributes.iter().all(Option::is_none)
            && says.message_copied_at.iter().all(Option::is_none)
            && says.submitted_at.iter().all(Option::is_none)
            && says.metadata.iter().all(Option::is_none)
            && self.new_feedback.external_id.iter().all(Option::is_none)
    }

    /// The columns that such feedback has.
    fn thumbs<'value>(&'value self, bucket: &'value i16) -> Vec<Parameter<'value>> {
        let (new, beside) = (&self.new, &self.new_feedback);
        vec![
            bucket,
            &new.says.rating,
            &new.says.comment,
            &new.words,
            &new.sentiment,
            &new.channel,
            &new.api_key,
            &new.updated_at,
            &new.feedback,
            &beside.id,
            &beside.project,
            &beside.message,
            &beside.author_kind,
            &beside.author,
            &beside.name,
            &beside.created_at,
        ]
    }
}

impl<'batch> Versions<'batch> {
    fn add(
        &mut self,
        feedback: i64,
        said: &'batch Said,
        rows: &Rows<'_>,
    ) -> Result<(), serde_json::Error> {
        self.says.add(said, &rows.options)?;
        let comment = said.judgement.comment.as_deref();
        self.words.push(comment.and_then(words));
        self.sentiment.push(code(said.judgement.sentiment()));
        self.channel.push(code(said.channel));
        self.api_key.push(said.api_key);
        self.version.push(said.version.into());
        self.updated_at
            .push(Timestamp::microseconds(said.updated_at));
        self.feedback.push(feedback);
        Ok(())
    }

    /// The columns, in order; a version that was replaced is neither searched nor counted.
    fn parameters<'value>(
        &'value self,
        bucket: &'value i16,
        current: bool,
    ) -> Vec<Parameter<'value>> {
        let mut all = self.says.after(vec![bucket]);
        if current {
            all.push(&self.words);
            all.push(&self.sentiment);
        }
        all.extend([
            &self.channel as Parameter<'value>,
            &self.api_key,
            &self.version,
            &self.updated_at,
            &self.feedback,
        ]);
        all
    }
}

impl ChangedMessages {
    fn parameters<'value>(&'value self, bucket: &'value i16) -> Vec<Parameter<'value>> {
        vec![bucket, &self.row, &self.conversation, &self.owner]
    }
}

impl Sums {
    fn parameters<'value>(&'value self, bucket: &'value i16) -> Vec<Parameter<'value>> {
        vec![
            bucket,
            &self.project,
            &self.day,
            &self.channel,
            &self.name,
            &self.sentiment,
            &self.votes,
            &self.comments,
            &self.ratings,
        ]
    }
}

impl Told {
    fn log_parameters<'value>(&'value self, bucket: &'value i16) -> Vec<Parameter<'value>> {
        vec![
            bucket,
            &self.project,
            &self.feedback,
            &self.version,
            &self.at,
        ]
    }

    fn job_parameters<'value>(&'value self, bucket: &'value i16) -> Vec<Parameter<'value>> {
        vec![
            bucket,
            &self.row,
            &self.project,
            &self.feedback,
            &self.version,
            &self.vendor,
            &self.target,
            &self.at,
        ]
    }
}
