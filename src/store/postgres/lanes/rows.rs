//! What a batch knows of the rows that its votes name: what was loaded, and what the votes before made of it.

use super::entry::Named;
use crate::domain::{ApiKeyId, AuthorKind, Dialect, FeedbackId, Judgement, OptionId, Timestamp};
use crate::store::VotedOutcome;
use crate::store::counted::{Changes, Words};
use crate::store::find::UserRow;
use std::collections::HashMap;
use uuid::Uuid;

/// A conversation.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConversationRow {
    pub(super) row: i64,
    pub(super) id: Uuid,
    pub(super) owner: Option<i64>,
}

/// The latest conversation of a person.
#[derive(Clone, Copy, Debug)]
pub(super) struct LatestRow {
    pub(super) row: i64,
    pub(super) bucket: i64,
    pub(super) created_at: Timestamp,
}

/// A person who is to be made in this bucket: one whom the workspace knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewPerson<'batch> {
    pub(super) user: UserRow,
    pub(super) workspace: i64,
    pub(super) name: Named<'batch>,
    pub(super) created_at: Timestamp,
}

/// A conversation that is to be made in this bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewConversation<'batch> {
    pub(super) row: i64,
    pub(super) id: Uuid,
    pub(super) project: i64,
    pub(super) name: Option<Named<'batch>>,
    pub(super) owner: Option<i64>,
    pub(super) created_at: Timestamp,
}

/// What was answered to a request with an `Idempotency-Key`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Remembered {
    pub(super) request_sha256: [u8; 32],
    pub(super) made: Option<FeedbackId>,
    pub(super) outcome: VotedOutcome,
    pub(super) version: u32,
}

/// Whether a row is as it was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is.
    Stored,
    /// It is to be changed.
    Changed,
    /// It is to be made.
    New,
}

/// A message.
#[derive(Debug)]
pub(super) struct MessageRow<'batch> {
    pub(super) state: State,
    pub(super) row: i64,
    /// Our ids tell which is newer, of messages and of conversations; rows' numbers do not.
    pub(super) id: Uuid,
    /// None where it was looked for by our id.
    pub(super) name: Option<Named<'batch>>,
    pub(super) conversation: Option<i64>,
    /// The conversation's id, where messages were looked for by name alone.
    pub(super) conversation_id: Option<Uuid>,
    pub(super) owner: Option<i64>,
    /// When it was made; only of new ones.
    pub(super) created_at: Timestamp,
}

/// What is judged, by its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Target {
    /// A message.
    Message(i64),
    /// A conversation as a whole.
    Conversation(i64),
}

/// What is the same in one author's votes for one target under one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct StandingKey {
    pub(super) target: Target,
    pub(super) kind: AuthorKind,
    pub(super) author: Option<i64>,
    pub(super) name: i64,
}

/// A feedback.
#[derive(Debug)]
pub(super) struct FeedbackRow<'batch> {
    pub(super) state: State,
    pub(super) row: i64,
    pub(super) id: FeedbackId,
    pub(super) key: StandingKey,
    pub(super) said: Said,
    pub(super) created_at: Timestamp,
    /// The groups that its author belonged to when it was made.
    pub(super) segments: Vec<i64>,
    /// Only of new ones.
    pub(super) project: i64,
    /// Only of new ones.
    pub(super) external_id: Option<&'batch str>,
}

/// A version of a feedback.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) judgement: Judgement,
    pub(super) retracted: bool,
    pub(super) channel: Dialect,
    pub(super) api_key: Option<i64>,
    pub(super) version: u32,
    pub(super) updated_at: Timestamp,
}

/// An entry of the log of feedback.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogRow {
    pub(super) project: i64,
    pub(super) feedback: i64,
    pub(super) version: u32,
    pub(super) at: Timestamp,
}

/// A vote that a vendor is to hear of.
#[derive(Clone, Copy, Debug)]
pub(super) struct JobRow {
    pub(super) row: i64,
    pub(super) project: i64,
    pub(super) feedback: i64,
    pub(super) version: u32,
    pub(super) vendor: Dialect,
    pub(super) target: Target,
    pub(super) at: Timestamp,
}

/// The numbers of a bucket's rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Numbers {
    pub(super) bucket: i64,
    /// How many were given out.
    pub(super) last: i64,
}

/// Words, keys and answers, which are the same for all and never change.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) labels: HashMap<String, i64>,
    pub(super) keys: HashMap<ApiKeyId, i64>,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Rows<'batch> {
    pub(super) numbers: Numbers,
    /// The transaction.
    pub(super) transaction: i64,
    pub(super) shared: &'batch Shared,
    /// Words of what was loaded which are not among the shared ones yet.
    pub(super) learnt: HashMap<String, i64>,
    /// What wrote messages, by their rows; of those only that have it.
    pub(super) words: HashMap<i64, Words>,
    /// The groups that people belong to, by the rows of those who belong to any.
    pub(super) segments: HashMap<i64, Vec<i64>>,
    pub(super) options: HashMap<OptionId, i64>,
    pub(super) people: HashMap<Named<'batch>, UserRow>,
    pub(super) conversations: HashMap<Named<'batch>, ConversationRow>,
    /// Whose the conversations of messages are.
    pub(super) owners: HashMap<i64, Option<i64>>,
    /// People's latest conversations, by the person's row and the project's.
    pub(super) latest: HashMap<(i64, i64), LatestRow>,
    /// When the last vote of a person was accepted, by the same; and whether that is to be saved.
    pub(super) quiet: HashMap<(i64, i64), (Timestamp, bool)>,
    pub(super) new_people: Vec<NewPerson<'batch>>,
    pub(super) new_conversations: Vec<NewConversation<'batch>>,
    /// By the `Idempotency-Key`.
    pub(super) remembered: HashMap<&'batch str, Remembered>,
    /// Those keys that are to be saved, and since when.
    pub(super) new_requests: Vec<(&'batch str, Timestamp)>,
    /// When feedback of remembered requests was created and changed.
    pub(super) times: HashMap<FeedbackId, (Timestamp, Timestamp)>,
    pub(super) messages: Vec<MessageRow<'batch>>,
    pub(super) message_names: HashMap<Named<'batch>, Vec<usize>>,
    /// The same rows by their numbers.
    pub(super) numbered_messages: HashMap<i64, usize>,
    /// Those that were looked for by our id, by it and the project's row.
    pub(super) message_ids: HashMap<(Uuid, i64), usize>,
    pub(super) conversation_ids: HashMap<(Uuid, i64), ConversationRow>,
    pub(super) feedback_ids: HashMap<(FeedbackId, i64), usize>,
    pub(super) feedback: Vec<FeedbackRow<'batch>>,
    /// The same rows by their numbers, of those that were loaded.
    pub(super) numbered_feedback: HashMap<i64, usize>,
    /// The latest first.
    pub(super) standing: HashMap<StandingKey, Vec<usize>>,
    /// Versions that were replaced, with their feedback's row.
    pub(super) versions: Vec<(i64, Said)>,
    pub(super) sums: Changes,
    pub(super) log: Vec<LogRow>,
    pub(super) jobs: Vec<JobRow>,
}

impl Shared {
    /// Keeps words for later batches. Clients choose versions and reasons, so memory must not grow with them; what a batch needs
    /// and is not here is read anew.
    pub(super) fn remember(&mut self, learnt: HashMap<String, i64>) {
        if self.labels.len() + learnt.len() > crate::limits::LABELS_REMEMBERED {
            self.labels.clear();
        }
        self.labels.extend(learnt);
    }
}

impl Numbers {
    pub(super) const fn next(&mut self) -> i64 {
        self.last += 1;
        self.last * super::MOST_BUCKETS + self.bucket
    }
}

impl<'batch> Rows<'batch> {
    pub(super) fn new(numbers: Numbers, transaction: i64, shared: &'batch Shared) -> Self {
        Self {
            numbers,
            transaction,
            shared,
            learnt: HashMap::new(),
            words: HashMap::new(),
            segments: HashMap::new(),
            options: HashMap::new(),
            people: HashMap::new(),
            conversations: HashMap::new(),
            owners: HashMap::new(),
            latest: HashMap::new(),
            quiet: HashMap::new(),
            new_people: Vec::new(),
            new_conversations: Vec::new(),
            remembered: HashMap::new(),
            new_requests: Vec::new(),
            times: HashMap::new(),
            messages: Vec::new(),
            message_names: HashMap::new(),
            numbered_messages: HashMap::new(),
            message_ids: HashMap::new(),
            conversation_ids: HashMap::new(),
            feedback_ids: HashMap::new(),
            feedback: Vec::new(),
            numbered_feedback: HashMap::new(),
            standing: HashMap::new(),
            versions: Vec::new(),
            sums: Changes::default(),
            log: Vec::new(),
            jobs: Vec::new(),
        }
    }

    /// Whether there is nothing to save.
    pub(super) fn is_unchanged(&self) -> bool {
        // What changes anything else changes one of these.
        self.new_requests.is_empty()
            && self
                .messages
                .iter()
                .all(|message| message.state == State::Stored)
            && self
                .feedback
                .iter()
                .all(|feedback| feedback.state == State::Stored)
    }

    pub(super) fn add_message(&mut self, message: MessageRow<'batch>) -> usize {
        let place = self.messages.len();
        if let Some(name) = message.name {
            self.message_names.entry(name).or_default().push(place);
        }
        self.numbered_messages.insert(message.row, place);
        self.messages.push(message);
        place
    }
}

impl Target {
    /// The row of a message.
    pub(super) const fn message(self) -> Option<i64> {
        match self {
            Self::Message(row) => Some(row),
            Self::Conversation(_) => None,
        }
    }

    /// The row of a conversation.
    pub(super) const fn conversation(self) -> Option<i64> {
        match self {
            Self::Message(_) => None,
            Self::Conversation(row) => Some(row),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Shared;
    use crate::limits::LABELS_REMEMBERED;

    #[test]
    fn the_words_that_are_remembered_are_bounded() {
        let mut shared = Shared::default();
        for row in 0..=i64::try_from(LABELS_REMEMBERED).unwrap() {
            shared.remember([(row.to_string(), row)].into());
        }
        assert!(shared.labels.len() <= LABELS_REMEMBERED);
        let last = LABELS_REMEMBERED.to_string();
        assert!(shared.labels.contains_key(&last));
    }
}
