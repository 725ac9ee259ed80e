//! All that a batch writes, as arrays.

use super::arrays::{Judgements, Parameter, arrays};
use super::code;
use super::rows::{Rows, Said, State, Target};
use crate::domain::Timestamp;
use crate::store::postgres::search::words;
use uuid::Uuid;

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

arrays! {
    /// People who are to be made in this bucket.
    NewPeople<'batch> {
        row: i64,
        id: Uuid,
        workspace: i64,
        key: i64,
        name: &'batch str,
        created_at: i64,
    }
}

arrays! {
    /// Conversations that are to be made in this bucket.
    NewConversations<'batch> {
        row: i64,
        id: Uuid,
        project: i64,
        key: Option<i64>,
        name: Option<&'batch str>,
        owner: Option<i64>,
        created_at: i64,
    }
}

arrays! {
    /// What is remembered of requests with an `Idempotency-Key`.
    Requests<'batch> {
        key: &'batch str,
        request_sha256: &'batch [u8],
        made: Option<Uuid>,
        outcome: i16,
        version: i64,
        created_at: i64,
    }
}

/// When people's votes were accepted.
#[derive(Default)]
pub(super) struct QuietTimes {
    pub(super) author: Vec<i64>,
    pub(super) project: Vec<i64>,
    pub(super) at: Vec<i64>,
}

/// Messages that are to be changed.
#[derive(Default)]
pub(super) struct ChangedMessages {
    pub(super) row: Vec<i64>,
    pub(super) conversation: Vec<Option<i64>>,
    pub(super) owner: Vec<Option<i64>>,
}

/// What is beside a judgement in a version of a feedback.
#[derive(Default)]
pub(super) struct Versions<'batch> {
    pub(super) says: Judgements<'batch>,
    pub(super) words: Vec<Option<String>>,
    pub(super) sentiment: Vec<i16>,
    pub(super) channel: Vec<i16>,
    pub(super) api_key: Vec<Option<i64>>,
    pub(super) version: Vec<i64>,
    pub(super) updated_at: Vec<i64>,
    pub(super) feedback: Vec<i64>,
}

arrays! {
    /// What only new feedback has.
    NewFeedback<'batch> {
        id: Uuid,
        external_id: Option<&'batch str>,
        project: i64,
        message: Option<i64>,
        conversation: Option<i64>,
        author_kind: i16,
        author: Option<i64>,
        name: i64,
        created_at: i64,
    }
}

arrays! {
    /// Sums.
    Sums {
        project: i64,
        kind: i16,
        level: i16,
        slot: i32,
        value: i64,
        detail: i64,
        channel: i16,
        name: i64,
        sentiment: i16,
        votes: i64,
        comments: i64,
        ratings: i64,
        resolved: i64,
        unresolved: i64,
        scored: i64,
        score: i64,
    }
}

/// Entries of the log, and votes that vendors are to hear of.
#[derive(Default)]
pub(super) struct Told {
    pub(super) row: Vec<i64>,
    pub(super) project: Vec<i64>,
    pub(super) feedback: Vec<i64>,
    pub(super) version: Vec<i64>,
    pub(super) vendor: Vec<i16>,
    pub(super) target: Vec<i64>,
    pub(super) at: Vec<i64>,
}

/// All that is written.
#[derive(Default)]
pub(super) struct Columns<'batch> {
    pub(super) new_people: NewPeople<'batch>,
    pub(super) new_conversations: NewConversations<'batch>,
    pub(super) new_messages: NewMessages<'batch>,
    pub(super) changed_messages: ChangedMessages,
    pub(super) new: Versions<'batch>,
    pub(super) new_feedback: NewFeedback<'batch>,
    pub(super) changed: Versions<'batch>,
    pub(super) replaced: Versions<'batch>,
    pub(super) sums: Sums,
    pub(super) log: Told,
    pub(super) jobs: Told,
    pub(super) quiet: QuietTimes,
    pub(super) requests: Requests<'batch>,
}

impl<'batch> Columns<'batch> {
    pub(super) fn of(rows: &'batch Rows<'_>) -> Result<Self, serde_json::Error> {
        let mut columns = Self::default();
        columns.add_people_and_conversations(rows);
        columns.add_messages(rows);
        columns.add_feedback(rows)?;
        columns.add_sums(rows);
        columns.add_told(rows);
        columns.add_remembered(rows);
        Ok(columns)
    }

    fn add_people_and_conversations(&mut self, rows: &'batch Rows<'_>) {
        for made in &rows.new_people {
            self.new_people.push(
                made.user.row,
                made.user.id.0,
                made.workspace,
                made.name.key,
                made.name.name,
                made.created_at.microseconds(),
            );
        }
        for made in &rows.new_conversations {
            self.new_conversations.push(
                made.row,
                made.id,
                made.project,
                made.name.map(|name| name.key),
                made.name.map(|name| name.name),
                made.owner,
                made.created_at.microseconds(),
            );
        }
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
                State::New => {
                    // Only those that are named are made.
                    let Some(name) = message.name else { continue };
                    self.new_messages.push(
                        message.row,
                        message.id,
                        name.scope,
                        message.conversation,
                        name.key,
                        name.name,
                        message.owner,
                        message.created_at.microseconds(),
                    );
                }
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
                        feedback.key.target.message(),
                        feedback.key.target.conversation(),
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
        for (key, change) in rows.sums.of_all_levels() {
            self.sums.push(
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
                change.score,
            );
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
            self.jobs.target.push(match job.target {
                Target::Message(row) => row,
                Target::Conversation(row) => -row,
            });
            self.jobs.at.push(job.at.microseconds());
        }
    }

    fn add_remembered(&mut self, rows: &'batch Rows<'_>) {
        for ((author, project), (at, is_new)) in &rows.quiet {
            if *is_new {
                self.quiet.author.push(*author);
                self.quiet.project.push(*project);
                self.quiet.at.push(at.microseconds());
            }
        }
        for (key, at) in &rows.new_requests {
            if let Some(known) = rows.remembered.get(key) {
                self.requests.push(
                    key,
                    &known.request_sha256,
                    known.made.map(|id| id.0),
                    code(known.outcome),
                    known.version.into(),
                    at.microseconds(),
                );
            }
        }
    }
}

impl Columns<'_> {
    /// Whether new feedback is in its first version, and says nothing but a thumb and a comment.
    pub(super) fn has_only_thumbs(&self) -> bool {
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
            && self.new_feedback.conversation.iter().all(Option::is_none)
    }

    /// The columns that such feedback has.
    pub(super) fn thumbs<'value>(&'value self, bucket: &'value i16) -> Vec<Parameter<'value>> {
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
    pub(super) fn parameters<'value>(
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
    pub(super) fn parameters<'value>(&'value self, bucket: &'value i16) -> Vec<Parameter<'value>> {
        vec![bucket, &self.row, &self.conversation, &self.owner]
    }
}

impl QuietTimes {
    pub(super) fn parameters<'value>(&'value self, bucket: &'value i16) -> Vec<Parameter<'value>> {
        vec![bucket, &self.author, &self.project, &self.at]
    }
}

impl Told {
    pub(super) fn log_parameters<'value>(
        &'value self,
        bucket: &'value i16,
    ) -> Vec<Parameter<'value>> {
        vec![
            bucket,
            &self.project,
            &self.feedback,
            &self.version,
            &self.at,
        ]
    }

    pub(super) fn job_parameters<'value>(
        &'value self,
        bucket: &'value i16,
    ) -> Vec<Parameter<'value>> {
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
