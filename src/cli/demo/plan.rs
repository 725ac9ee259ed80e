//! Who says what of which answer, vote by vote.

use super::dice::Dice;
use super::world::{Place, Topic, World};
use super::year::Year;
use crate::domain::vote::{
    Absent, Addressee, Ask, Asked, AuthorRef, Command, Identity, Place as Judged, Policy, RowRef,
    TakingBack, UnknownAuthor,
};
use crate::domain::{
    ConversationDraft, DEFAULT_NAME, Dialect, EndUserDraft, MessageDraft, Rating, Role, Score,
    Segment, Timestamp,
};
use std::collections::VecDeque;

/// The people of each project.
const PEOPLE: usize = 4_000;

/// One person's judgement of one answer is one feedback, whatever interface it came by.
const POLICY: Policy = Policy {
    identity: Identity::One,
    absent: Absent::Keeps,
    taking_back: TakingBack::Asked,
    unknown_author: UnknownAuthor::Registered,
    only_the_owner: false,
    quiet_microseconds: None,
    may_be_empty: false,
};

/// What everything bears.
const METADATA: &str = r#"{"synthetic":true}"#;

/// How often somebody thinks better of it, and after how many votes of others that comes.
const SECOND_THOUGHTS: f64 = 0.03;
const LATER: usize = 2_000;

/// Why answers are bad, by our interface and by Amazon Q's.
const REASONS: [&str; 5] = [
    "incorrect",
    "incomplete",
    "outdated",
    "too_long",
    "wrong_tone",
];
const AMAZON_Q_REASONS: [&str; 4] = [
    "NOT_FACTUALLY_CORRECT",
    "NOT_COMPLETE",
    "INCORRECT_OR_MISSING_SOURCES",
    "NOT_CONCISE",
];

const PLANS: [&str; 3] = ["free", "team", "enterprise"];
const REGIONS: [&str; 4] = ["Europe", "North America", "Asia", "elsewhere"];

/// All votes, in the order of time but for the hours of a day.
pub(super) struct Plan<'world> {
    world: &'world World,
    year: Year,
    dice: Dice,
    all: usize,
    made: usize,
    /// Second thoughts, and at which vote each comes.
    later: VecDeque<(usize, Command)>,
}

/// An answer that is judged.
struct Answer<'world> {
    place: &'world Place,
    topic: &'world Topic,
    channel: Dialect,
    at: Timestamp,
    is_good: bool,
}

impl<'world> Plan<'world> {
    /// So many votes in the year that ends now.
    pub(super) fn of(world: &'world World, all: usize, now: Timestamp) -> Self {
        Self {
            world,
            year: Year::until(now),
            dice: Dice::new(all as u64),
            all,
            made: 0,
            later: VecDeque::new(),
        }
    }

    fn vote(&mut self) -> Command {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let share = self.made as f64 / self.all as f64;
        let at = self.year.moment(share, &mut self.dice);
        let model = self.year.model(at);
        let weights: Vec<usize> = self.world.places.iter().map(|place| place.weight).collect();
        let place = &self.world.places[self.dice.weighted(&weights)];
        let weights: Vec<usize> = place.channels.iter().map(|(_, weight)| *weight).collect();
        let (channel, _) = place.channels[self.dice.weighted(&weights)];
        let topic = self.dice.one_of(&self.world.topics);
        let is_good = self
            .dice
            .happens(model.positive(&topic.name, topic.positive));
        let answer = Answer {
            place,
            topic,
            channel,
            at,
            is_good,
        };
        let mut command = self.judged(&answer);
        let person = self.person(&mut command, channel);
        let conversation = self.conversation(&answer, model.name, model.version);
        let named = RowRef::External(conversation.external_id.clone().unwrap_or_default());
        let message = conversation
            .messages
            .last()
            .and_then(|last| last.external_id.clone());
        command.addressee = Addressee::Vote {
            place: match message {
                Some(message) if channel != Dialect::Haptik => Judged::Message {
                    conversation: Some(named),
                    message: RowRef::External(message),
                },
                _ => Judged::Conversation {
                    conversation: named,
                },
            },
            author: person,
            name: DEFAULT_NAME.to_owned(),
        };
        command.told.conversation = Some(conversation);
        if self.dice.happens(SECOND_THOUGHTS) {
            let second = Answer {
                is_good: !is_good,
                ..answer
            };
            let mut changed = self.judged(&second);
            changed.addressee = command.addressee.clone();
            let minutes = i64::try_from(1 + self.dice.below(30)).unwrap_or(1);
            changed.updated_at = Some(self.year.after(at, minutes));
            self.later.push_back((self.made + LATER, changed));
        }
        command
    }

    /// What is said of an answer, as the interface lets people say it.
    fn judged(&mut self, answer: &Answer<'_>) -> Command {
        let dice = &mut self.dice;
        let is_good = answer.is_good;
        let mut asked = Asked {
            metadata: Ask::Set(METADATA.to_owned()),
            ..Asked::default()
        };
        let rating = if is_good {
            Rating::Positive
        } else {
            Rating::Negative
        };
        match answer.channel {
            Dialect::Haptik => {
                let score =
                    f64::from([5_u8, 4, 4, 2, 1, 1][dice.below(3) + 3 * usize::from(!is_good)]);
                asked.score = Score::new(score, 1.0, 5.0).map_or(Ask::Absent, Ask::Set);
            }
            Dialect::Native if dice.happens(0.4) => asked.resolved = Ask::Set(is_good),
            _ => asked.rating = Ask::Set(rating),
        }
        let reasons: &[&str] = match answer.channel {
            Dialect::Native => &REASONS,
            Dialect::AmazonQ => &AMAZON_Q_REASONS,
            _ => &[],
        };
        if !is_good && !reasons.is_empty() && dice.happens(0.7) {
            asked.reasons = Ask::Set(vec![(*dice.one_of(reasons)).to_owned()]);
        }
        if answer.channel == Dialect::Melodi && dice.happens(0.6) {
            let option = dice.below(2) + 2 * usize::from(!is_good);
            asked.attributes = Ask::Set(vec![answer.place.answers[option]]);
        }
        let (often, said) = if is_good {
            (0.06, &answer.topic.praise)
        } else {
            (0.38, &answer.topic.complaints)
        };
        if dice.happens(often) {
            asked.comment = Ask::Set(dice.one_of(said).clone());
        }
        let place = Addressee::Vote {
            place: Judged::LatestConversation,
            author: AuthorRef::Anonymous,
            name: DEFAULT_NAME.to_owned(),
        };
        let mut command = Command::new(&answer.place.project, answer.channel, POLICY, place, asked);
        command.created_at = Some(answer.at);
        command.updated_at = Some(answer.at);
        command
    }

    /// Who votes, with the groups that the person belongs to.
    fn person(&mut self, command: &mut Command, channel: Dialect) -> AuthorRef {
        if channel == Dialect::Wonderchat {
            return AuthorRef::Anonymous;
        }
        let number = self.dice.below(PEOPLE);
        let group = |kind: &str, value: &str| Segment {
            kind: kind.to_owned(),
            value: value.to_owned(),
        };
        command.told.end_user = Some(EndUserDraft {
            segments: vec![
                group("plan", PLANS[number % 7 % PLANS.len()]),
                group("region", REGIONS[number % REGIONS.len()]),
            ],
            ..EndUserDraft::default()
        });
        AuthorRef::EndUser {
            external_id: format!("synthetic-person-{number:04}"),
            of_workspace: matches!(channel, Dialect::Melodi | Dialect::Haptik),
        }
    }

    /// A question or two, with their answers.
    fn conversation(
        &mut self,
        answer: &Answer<'_>,
        model: &str,
        version: &str,
    ) -> ConversationDraft {
        let turns = 1 + usize::from(self.dice.happens(0.3));
        let mut messages = Vec::with_capacity(2 * turns);
        for turn in 1..=turns {
            let seconds = i64::try_from(40 * (turns + 1 - turn)).unwrap_or(0);
            let at = Timestamp::from_microseconds(answer.at.microseconds() - seconds * 1_000_000);
            let [question, text] = self.dice.one_of(&answer.topic.turns);
            let said = |role, text: &str, id: String| MessageDraft {
                external_id: Some(id),
                role: Some(role),
                content: Some(text.to_owned()),
                created_at: Some(at),
                ..MessageDraft::default()
            };
            messages.push(said(Role::User, question, self.dice.id().to_string()));
            messages.push(MessageDraft {
                query: Some(question.clone()),
                model: Some(model.to_owned()),
                version: Some(version.to_owned()),
                ..said(Role::Assistant, text, self.dice.id().to_string())
            });
        }
        ConversationDraft {
            external_id: Some(self.dice.id().to_string()),
            title: Some(answer.topic.name.clone()),
            metadata: Some(METADATA.to_owned()),
            created_at: messages.first().and_then(|first| first.created_at),
            messages,
            ..ConversationDraft::default()
        }
    }
}

impl Iterator for Plan<'_> {
    type Item = Command;

    fn next(&mut self) -> Option<Command> {
        let is_due = |(at, _): &(usize, Command)| self.made >= *at || self.made == self.all;
        if self.later.front().is_some_and(is_due) {
            return self.later.pop_front().map(|(_, command)| command);
        }
        (self.made < self.all).then(|| {
            let vote = self.vote();
            self.made += 1;
            vote
        })
    }
}
