//! What a batch knows of the rows that its votes name: what was loaded, and what the votes before made of it.

use super::entry::{Aim, Named, Prepared};
use crate::domain::vote::{AuthorRef, Identity, Owner, Situation, Standing, TargetFacts};
use crate::domain::{ApiKeyId, AuthorKind, Dialect, FeedbackId, Judgement, OptionId, Timestamp};
use crate::store::VotedOutcome;
use crate::store::find::UserRow;
use std::collections::{BTreeMap, HashMap};
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
    pub(super) name: Named<'batch>,
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

/// The sums that a row counts in, in the order in which all lock them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SumsKey {
    pub(super) project: i64,
    pub(super) day: i32,
    pub(super) channel: i16,
    pub(super) name: i64,
    pub(super) sentiment: i16,
}

/// What sums change by.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SumsChange {
    pub(super) votes: i64,
    pub(super) comments: i64,
    pub(super) ratings: i64,
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
    pub(super) feedback: Vec<FeedbackRow<'batch>>,
    /// The latest first.
    pub(super) standing: HashMap<StandingKey, Vec<usize>>,
    /// Versions that were replaced, with their feedback's row.
    pub(super) versions: Vec<(i64, Said)>,
    pub(super) sums: BTreeMap<SumsKey, SumsChange>,
    pub(super) log: Vec<LogRow>,
    pub(super) jobs: Vec<JobRow>,
}

/// What a vote meets.
#[derive(Debug, Default)]
pub(super) struct Scene {
    /// The author, if it is a known end user.
    pub(super) author: Option<UserRow>,
    /// The conversation that is named or that the message belongs to, if it is known.
    pub(super) conversation: Option<i64>,
    /// The id of the conversation that is named, if it is known.
    pub(super) conversation_id: Option<Uuid>,
    /// What is judged, if it is known.
    pub(super) target: Option<Target>,
    /// Whether what is judged lies in another bucket.
    pub(super) is_elsewhere: bool,
    /// The message that is judged, by its place, if it is known.
    pub(super) message: Option<usize>,
    /// Whether the message is known to belong to a conversation.
    pub(super) linked: bool,
    /// What earlier votes are found by, if there can be any.
    pub(super) key: Option<StandingKey>,
    /// The conversation whose owner counts as the message's, where it is not the one that is named.
    pub(super) owned_through: Option<i64>,
    named_owner: Option<i64>,
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
            feedback: Vec::new(),
            standing: HashMap::new(),
            versions: Vec::new(),
            sums: BTreeMap::new(),
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
        self.message_names
            .entry(message.name)
            .or_default()
            .push(place);
        self.messages.push(message);
        place
    }

    /// The row of who judges, if it is known; an anonymous author has none.
    pub(super) fn author_row(
        &self,
        author: &AuthorRef,
        user: Option<UserRow>,
    ) -> Option<(AuthorKind, Option<i64>)> {
        let label = |name: &str| self.shared.labels.get(name).copied();
        match author {
            AuthorRef::Anonymous => Some((AuthorKind::Anonymous, None)),
            AuthorRef::EndUser { .. } => user.map(|user| (AuthorKind::EndUser, Some(user.row))),
            AuthorRef::Reviewer(name) => label(name).map(|row| (AuthorKind::Reviewer, Some(row))),
            AuthorRef::Model(name) => label(name).map(|row| (AuthorKind::Model, Some(row))),
        }
    }

    /// Looks at what a vote meets.
    pub(super) fn scene(&self, vote: &Prepared) -> Scene {
        let author = vote
            .people()
            .find_map(|name| self.people.get(&name).copied());
        let mut scene = match vote.aim() {
            Aim::Message(_) => self.scene_of_message(vote),
            Aim::Conversation(name) => {
                let known = self.conversations.get(&name);
                Scene {
                    named_owner: known.and_then(|found| found.owner),
                    ..Scene::of_conversation(known.map(|found| found.row))
                }
            }
            Aim::LatestOf(_) => {
                let person = author.map(|author| (author.row, vote.project.project));
                let latest = person.and_then(|person| self.latest.get(&person));
                Scene {
                    named_owner: author.map(|author| author.row),
                    is_elsewhere: latest.is_some_and(|found| found.bucket != self.numbers.bucket),
                    ..Scene::of_conversation(latest.map(|found| found.row))
                }
            }
        };
        scene.author = author;
        let author_row = self.author_row(vote.author(), author);
        let name = self.shared.labels.get(vote.name()).copied();
        if let (Some(target), Some((kind, author)), Some(name)) = (scene.target, author_row, name)
            && vote.command.policy.identity != Identity::EveryVote
        {
            scene.key = Some(StandingKey {
                target,
                kind,
                author,
                name,
            });
        }
        scene
    }

    fn scene_of_message(&self, vote: &Prepared) -> Scene {
        let named = vote.conversation();
        let conversation = named.and_then(|name| self.conversations.get(&name));
        let message = self.find_message(vote, conversation.map(|found| found.row));
        let found = message.map(|place| &self.messages[place]);
        let linked_to = found.and_then(|found| found.conversation);
        Scene {
            conversation: linked_to.or(conversation.map(|found| found.row)),
            conversation_id: conversation.map(|found| found.id),
            target: found.map(|found| Target::Message(found.row)),
            message,
            linked: linked_to.is_some(),
            owned_through: linked_to
                .filter(|_| named.is_none() && found.is_some_and(|found| found.owner.is_none())),
            named_owner: conversation.and_then(|found| found.owner),
            ..Scene::default()
        }
    }

    /// A message by name alone is that of the newest conversation; within one, it is that conversation's, else one of that
    /// name that belongs to none yet.
    fn find_message(&self, vote: &Prepared, conversation: Option<i64>) -> Option<usize> {
        let places = self.message_names.get(&vote.message()?)?;
        let candidates = || places.iter().map(|place| (&self.messages[*place], *place));
        if vote.conversation.is_none() {
            return candidates()
                .max_by_key(|(message, _)| (message.conversation_id, message.id))
                .map(|(_, place)| place);
        }
        let within = |wanted: Option<i64>| {
            candidates()
                .filter(|(message, _)| message.conversation == wanted)
                .max_by_key(|(message, _)| message.id)
                .map(|(_, place)| place)
        };
        conversation
            .and_then(|row| within(Some(row)))
            .or_else(|| within(None))
    }

    /// What is known, for the rules. None if something of it was not loaded, because the votes before made the vote mean
    /// other rows than it did.
    pub(super) fn situation(&self, vote: &Prepared, scene: &Scene) -> Option<Situation> {
        let target = if scene.target.is_none() {
            TargetFacts::Unknown
        } else {
            let through = match scene.owned_through {
                None => scene.named_owner,
                Some(row) => *self.owners.get(&row)?,
            };
            let own = scene.message.and_then(|place| self.messages[place].owner);
            TargetFacts::Known {
                owner: owner(own.or(through), scene.author),
            }
        };
        let standing = match scene.key {
            None => Vec::new(),
            Some(key) => {
                let known = self.standing.get(&key);
                if known.is_none() && !self.is_new(scene) {
                    return None;
                }
                let known = known.into_iter().flatten();
                known.map(|place| self.feedback[*place].says()).collect()
            }
        };
        Some(Situation {
            author_known: scene.author.is_some()
                || !matches!(vote.author(), AuthorRef::EndUser { .. }),
            target,
            standing,
            last_accepted_at: self.last_accepted_at(vote, scene),
        })
    }

    /// Whether what is judged is made in this batch.
    fn is_new(&self, scene: &Scene) -> bool {
        match scene.target {
            None => false,
            Some(Target::Message(_)) => scene
                .message
                .is_some_and(|place| self.messages[place].state == State::New),
            Some(Target::Conversation(row)) => {
                self.new_conversations.iter().any(|made| made.row == row)
            }
        }
    }

    fn last_accepted_at(&self, vote: &Prepared, scene: &Scene) -> Option<Timestamp> {
        vote.command.policy.quiet_microseconds?;
        let person = (scene.author?.row, vote.project.project);
        self.quiet.get(&person).map(|(at, _)| *at)
    }
}

impl Scene {
    fn of_conversation(row: Option<i64>) -> Self {
        Self {
            conversation: row,
            target: row.map(Target::Conversation),
            ..Self::default()
        }
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

impl FeedbackRow<'_> {
    fn says(&self) -> Standing {
        Standing {
            judgement: self.said.judgement.clone(),
            retracted: self.said.retracted,
            updated_at: self.said.updated_at,
        }
    }
}

fn owner(owner: Option<i64>, author: Option<UserRow>) -> Owner {
    match (owner, author) {
        (None, _) => Owner::Nobody,
        (Some(owner), Some(author)) if owner == author.row => Owner::Author,
        (Some(_), _) => Owner::Another,
    }
}
