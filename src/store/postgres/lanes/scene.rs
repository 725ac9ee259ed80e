//! What a vote meets, among the rows of its batch.

use super::entry::{Aim, Prepared};
use super::rows::{ConversationRow, FeedbackRow, Rows, StandingKey, State, Target};
use crate::domain::vote::{AuthorRef, Identity, Owner, Situation, Standing, TargetFacts};
use crate::domain::{AuthorKind, Timestamp};
use crate::store::find::UserRow;
use uuid::Uuid;

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
    /// The feedback that is meant, by its place, where it is named itself.
    pub(super) feedback: Option<usize>,
    /// What earlier votes are found by, if there can be any.
    pub(super) key: Option<StandingKey>,
    /// The conversation whose owner counts as the message's, where it is not the one that is named.
    pub(super) owned_through: Option<i64>,
    named_owner: Option<i64>,
}

impl Rows<'_> {
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
            Aim::Message(_) | Aim::MessageOfId(_) => self.scene_of_message(vote),
            Aim::Conversation(name) => Scene::of(self.conversations.get(&name)),
            Aim::ConversationOfId(id) => {
                Scene::of(self.conversation_ids.get(&(id, vote.project.project)))
            }
            Aim::Feedback(id) => Scene {
                feedback: self.feedback_ids.get(&(id, vote.project.project)).copied(),
                ..Scene::default()
            },
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
        if let Aim::MessageOfId(id) = vote.aim() {
            return self.message_ids.get(&(id, vote.project.project)).copied();
        }
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
            match vote.aim() {
                Aim::MessageOfId(_) | Aim::ConversationOfId(_) => TargetFacts::NoSuchId,
                _ => TargetFacts::Unknown,
            }
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
            None => {
                let named = scene.feedback.into_iter();
                named.map(|place| self.feedback[place].says()).collect()
            }
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
    fn of(conversation: Option<&ConversationRow>) -> Self {
        Self {
            named_owner: conversation.and_then(|found| found.owner),
            ..Self::of_conversation(conversation.map(|found| found.row))
        }
    }

    fn of_conversation(row: Option<i64>) -> Self {
        Self {
            conversation: row,
            target: row.map(Target::Conversation),
            ..Self::default()
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
