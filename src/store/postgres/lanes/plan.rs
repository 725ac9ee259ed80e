//! Deciding a vote in memory, and noting what is to be saved of it.

use super::entry::{Aim, Named, Prepared};
use super::is_followed;
use super::rows::{
    ConversationRow, FeedbackRow, JobRow, LatestRow, LogRow, MessageRow, NewConversation,
    NewPerson, Remembered, Rows, Said, StandingKey, State, Target,
};
use super::scene::Scene;
use crate::clock;
use crate::domain::vote::{
    AuthorRef, Command, Decision, Outcome, RefusalReason, Registration, decide,
};
use crate::domain::{AuthorKind, EndUserId, FeedbackId, Judgement, Timestamp};
use crate::limits;
use crate::store::counted::SumsKey;
use crate::store::find::UserRow;
use crate::store::{Idempotency, VoteError, Voted, VotedOutcome, idempotency};

/// What becomes of a vote.
#[derive(Debug)]
pub(super) enum Step {
    /// It is answered once what was noted is saved.
    Answer(Result<Voted, VoteError>),
    /// It is refused once its author is known.
    Register(RefusalReason),
    /// It runs again once these are there.
    Again(Missing),
    /// What it judges lies in another bucket.
    Elsewhere,
}

/// What a vote needs that is not made in its bucket.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Missing {
    /// Its author, as an end user.
    pub(super) author: bool,
    /// The conversation that it names, which is then the author's.
    pub(super) conversation: bool,
    /// The words in it.
    pub(super) labels: bool,
}

/// Decides a vote.
pub(super) fn plan<'batch>(
    rows: &mut Rows<'batch>,
    vote: &'batch Prepared,
    now: Timestamp,
) -> Step {
    if let Some(known) = vote.idempotency.as_ref().and_then(|key| rows.recall(key)) {
        return Step::Answer(known);
    }
    let scene = rows.scene(vote);
    if scene.is_elsewhere {
        return Step::Elsewhere;
    }
    let Some(situation) = rows.situation(vote, &scene) else {
        return Step::Again(Missing::default());
    };
    let decision = match decide(&vote.command, &situation, now) {
        Ok(decision) => decision,
        Err(refusal) if refusal.register_author => return Step::Register(refusal.reason),
        Err(refusal) => return Step::Answer(Err(VoteError::Refused(refusal.reason))),
    };
    if let Some(missing) = missing(rows, vote, &scene, &decision) {
        return Step::Again(missing);
    }
    let mut noted = Noted {
        rows,
        vote,
        scene,
        now,
    };
    let voted = noted.note(decision);
    if let Some(idempotency) = &vote.idempotency {
        rows.remember(idempotency, &voted, now);
    }
    Step::Answer(Ok(voted))
}

/// What has to be there before a decision can be saved.
fn missing(
    rows: &Rows<'_>,
    vote: &Prepared,
    scene: &Scene,
    decision: &Decision,
) -> Option<Missing> {
    let registers = decision.registration;
    let links =
        registers.target || (scene.message.is_some() && vote.command.may_change && !scene.linked);
    // Of what else is judged, conversations and people of the workspace lie in this bucket, and are made with the vote.
    let aim = vote.aim();
    let conversation = links
        && matches!(aim, Aim::Message(_))
        && vote.conversation.is_some()
        && scene.conversation.is_none();
    let unknown = |name: &str| !rows.shared.labels.contains_key(name);
    let labels = matches!(decision.outcome, Outcome::Created(_))
        && (unknown(vote.name())
            || match vote.author() {
                AuthorRef::Reviewer(name) | AuthorRef::Model(name) => unknown(name),
                AuthorRef::Anonymous | AuthorRef::EndUser { .. } => false,
            });
    let missing = Missing {
        author: registers.author && !matches!(aim, Aim::LatestOf(_)),
        conversation,
        labels,
    };
    (!missing.is_nothing()).then_some(missing)
}

/// A decision that is being noted.
struct Noted<'rows, 'batch> {
    rows: &'rows mut Rows<'batch>,
    vote: &'batch Prepared,
    scene: Scene,
    now: Timestamp,
}

impl<'batch> Noted<'_, 'batch> {
    fn note(&mut self, decision: Decision) -> Voted {
        self.register(decision.registration);
        let voted = self.save(decision.outcome);
        if let (Some(_), Some(author)) =
            (self.command().policy.quiet_microseconds, self.scene.author)
            && voted.outcome != VotedOutcome::Unchanged
            && voted.outcome != VotedOutcome::Nothing
        {
            let person = (author.row, self.vote.project.project);
            self.rows.quiet.insert(person, (self.now, true));
        }
        voted
    }

    fn save(&mut self, outcome: Outcome) -> Voted {
        match outcome {
            Outcome::Nothing => Voted {
                outcome: VotedOutcome::Nothing,
                feedback: None,
                version: 0,
                created_at: self.now,
                updated_at: self.now,
                end_user: self.scene.author.map(|author| author.id),
                replayed: false,
            },
            Outcome::Unchanged { standing } => {
                self.answer(VotedOutcome::Unchanged, self.standing(standing))
            }
            Outcome::Created(judgement) => self.create(judgement),
            Outcome::Changed {
                standing,
                judgement,
            } => self.change(VotedOutcome::Changed, standing, Some(judgement)),
            Outcome::TakenBack { standing } => self.change(VotedOutcome::TakenBack, standing, None),
        }
    }

    const fn command(&self) -> &'batch Command {
        &self.vote.command
    }

    fn answer(&self, outcome: VotedOutcome, place: usize) -> Voted {
        let row = &self.rows.feedback[place];
        Voted {
            outcome,
            feedback: Some(row.id),
            version: row.said.version,
            created_at: row.created_at,
            updated_at: row.said.updated_at,
            end_user: self.scene.author.map(|author| author.id),
            replayed: false,
        }
    }

    /// The place of a feedback that the rules speak of.
    fn standing(&self, standing: usize) -> usize {
        if let Some(named) = self.scene.feedback {
            return named;
        }
        let places = self.scene.key.and_then(|key| self.rows.standing.get(&key));
        places.map_or(0, |places| places[standing])
    }

    fn register(&mut self, registration: Registration) {
        if let (true, Aim::LatestOf(name)) = (registration.author, self.vote.aim()) {
            self.make_person(name);
        }
        let author = self.scene.author.map(|author| author.row);
        if registration.target {
            match self.vote.aim() {
                Aim::Message(name) => self.make_message(name, author),
                Aim::Conversation(name) => self.make_conversation(Some(name), author),
                Aim::LatestOf(_) => self.make_conversation(None, author),
                // What has an id of ours is there, or the vote is refused.
                Aim::MessageOfId(_) | Aim::ConversationOfId(_) | Aim::Feedback(_) => {}
            }
            return;
        }
        let Some(place) = self.scene.message else {
            return;
        };
        let message = &mut self.rows.messages[place];
        let links =
            self.vote.command.may_change && self.vote.conversation.is_some() && !self.scene.linked;
        if links {
            message.conversation = self.scene.conversation;
            message.conversation_id = self.scene.conversation_id;
        }
        if registration.owner && author.is_some() {
            message.owner = author;
        }
        if (links || registration.owner) && message.state == State::Stored {
            message.state = State::Changed;
        }
    }

    fn make_person(&mut self, name: Named<'batch>) {
        let user = UserRow {
            row: self.rows.numbers.next(),
            id: EndUserId(clock::new_id()),
        };
        self.rows.people.insert(name, user);
        self.rows.new_people.push(NewPerson {
            user,
            workspace: self.vote.project.workspace,
            name,
            created_at: self.now,
        });
        self.scene.author = Some(user);
    }

    fn make_message(&mut self, name: Named<'batch>, owner: Option<i64>) {
        let row = self.rows.numbers.next();
        let place = self.rows.add_message(MessageRow {
            state: State::New,
            row,
            id: clock::new_id(),
            name: Some(name),
            conversation: self.scene.conversation,
            conversation_id: self.scene.conversation_id,
            owner,
            created_at: self.now,
        });
        self.scene.message = Some(place);
        self.scene.target = Some(Target::Message(row));
    }

    fn make_conversation(&mut self, name: Option<Named<'batch>>, owner: Option<i64>) {
        let (row, id) = (self.rows.numbers.next(), clock::new_id());
        let (project, created_at) = (self.vote.project.project, self.now);
        self.rows.new_conversations.push(NewConversation {
            row,
            id,
            project,
            name,
            owner,
            created_at,
        });
        if let Some(name) = name {
            let made = ConversationRow { row, id, owner };
            self.rows.conversations.insert(name, made);
        }
        self.rows.owners.insert(row, owner);
        if let Some(owner) = owner {
            let bucket = self.rows.numbers.bucket;
            let made = LatestRow {
                row,
                bucket,
                created_at,
            };
            let latest = self.rows.latest.entry((owner, project)).or_insert(made);
            if latest.created_at <= created_at {
                *latest = made;
            }
        }
        self.scene.conversation = Some(row);
        self.scene.target = Some(Target::Conversation(row));
    }

    fn api_key(&self) -> Option<i64> {
        let key = self.command().key?;
        self.rows.shared.keys.get(&key).copied()
    }

    fn create(&mut self, judgement: Judgement) -> Voted {
        let command = self.command();
        let (kind, author) = self
            .rows
            .author_row(self.vote.author(), self.scene.author)
            .unwrap_or((AuthorKind::Anonymous, None));
        let name = self.rows.shared.labels.get(self.vote.name());
        let key = StandingKey {
            // The rules create nothing for a target that is neither known nor made.
            target: self.scene.target.unwrap_or(Target::Message(0)),
            kind,
            author,
            name: name.copied().unwrap_or_default(),
        };
        let row = FeedbackRow {
            state: State::New,
            row: self.rows.numbers.next(),
            id: FeedbackId(clock::new_id()),
            key,
            said: Said {
                judgement,
                retracted: false,
                channel: command.channel,
                api_key: self.api_key(),
                version: 1,
                updated_at: command.updated_at.unwrap_or(self.now),
            },
            created_at: command.created_at.unwrap_or(self.now),
            project: self.vote.project.project,
            external_id: command.external_id.as_deref(),
        };
        let place = self.rows.feedback.len();
        self.rows.feedback.push(row);
        let standing = self.rows.standing.entry(key).or_default();
        standing.insert(0, place);
        standing.truncate(limits::STANDING_MOST);
        self.count(place, 1);
        self.tell(place);
        self.answer(VotedOutcome::Created, place)
    }

    /// Notes a new version; without a judgement, one that takes the feedback back.
    fn change(
        &mut self,
        outcome: VotedOutcome,
        standing: usize,
        judgement: Option<Judgement>,
    ) -> Voted {
        let place = self.standing(standing);
        let api_key = self.api_key();
        let command = self.command();
        let retracted = judgement.is_none();
        if !self.rows.feedback[place].said.retracted {
            self.count(place, -1);
        }
        let row = &mut self.rows.feedback[place];
        let said = Said {
            judgement: judgement.unwrap_or_default(),
            retracted,
            channel: command.channel,
            api_key,
            version: row.said.version.saturating_add(1),
            // A clock that was set back must not make a later version look earlier.
            updated_at: command
                .updated_at
                .unwrap_or(self.now)
                .max(row.said.updated_at),
        };
        let replaced = std::mem::replace(&mut row.said, said);
        if row.state == State::Stored {
            row.state = State::Changed;
        }
        let feedback = row.row;
        self.rows.versions.push((feedback, replaced));
        if !retracted {
            self.count(place, 1);
        }
        self.tell(place);
        self.answer(outcome, place)
    }

    /// Counts a feedback in (`votes` = 1) or out (`votes` = -1) of the sums.
    fn count(&mut self, place: usize, votes: i64) {
        let row = &self.rows.feedback[place];
        let judgement = &row.said.judgement;
        let came = (row.said.channel, row.key.name);
        let key = SumsKey::of(self.vote.project.project, row.created_at, came, judgement);
        self.rows.sums.count(key, judgement, votes);
    }

    /// Notes a version for those who follow, and for the vendor behind the project. What reviewers and models say is not
    /// the vendor's affair: its interface knows the people who talk to it.
    fn tell(&mut self, place: usize) {
        let row = &self.rows.feedback[place];
        let (feedback, version, key) = (row.row, row.said.version, row.key);
        let (updated_at, project) = (row.said.updated_at, self.vote.project.project);
        if is_followed(self.command()) {
            self.rows.log.push(LogRow {
                project,
                feedback,
                version,
                at: updated_at,
            });
        }
        let heard = matches!(key.kind, AuthorKind::Anonymous | AuthorKind::EndUser);
        if let (Some(vendor), true) = (self.command().mirror, heard) {
            let row = self.rows.numbers.next();
            self.rows.jobs.push(JobRow {
                row,
                project,
                feedback,
                version,
                vendor,
                target: key.target,
                at: self.now,
            });
        }
    }
}

impl Missing {
    /// Whether nothing is missing: the vote only has to be looked at anew.
    pub(super) const fn is_nothing(self) -> bool {
        !self.author && !self.conversation && !self.labels
    }

    /// The person who is to be made: the project's, unless the vote means the workspace's.
    pub(super) fn person(vote: &Prepared) -> Option<Named<'_>> {
        vote.people().next()
    }
}

impl<'batch> Rows<'batch> {
    /// The answer to a request that was answered before.
    fn recall(&self, asked: &Idempotency) -> Option<Result<Voted, VoteError>> {
        let known = self.remembered.get(asked.key.as_str())?;
        if known.request_sha256 != asked.request_sha256 {
            return Some(Err(idempotency::used_for_another().into()));
        }
        let (created_at, updated_at) = known
            .made
            .and_then(|id| self.times_of(id))
            .unwrap_or((Timestamp::MIN, Timestamp::MIN));
        Some(Ok(Voted {
            outcome: known.outcome,
            feedback: known.made,
            version: known.version,
            created_at,
            updated_at,
            end_user: None,
            replayed: true,
        }))
    }

    /// When a feedback was created and changed, by this batch or before it.
    fn times_of(&self, id: FeedbackId) -> Option<(Timestamp, Timestamp)> {
        let here = self.feedback.iter().find(|row| row.id == id);
        here.map(|row| (row.created_at, row.said.updated_at))
            .or_else(|| self.times.get(&id).copied())
    }

    fn remember(&mut self, asked: &'batch Idempotency, voted: &Voted, now: Timestamp) {
        let Voted {
            outcome,
            feedback,
            version,
            ..
        } = *voted;
        let remembered = Remembered {
            request_sha256: asked.request_sha256,
            made: feedback,
            outcome,
            version,
        };
        self.remembered.insert(&asked.key, remembered);
        self.new_requests.push((&asked.key, now));
    }
}
