//! What one person said and was told: the client's own book, against which the server's is held.

use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// What a message's vote is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vote {
    /// Never given, or taken back.
    None,
    /// Given.
    Given {
        rating: &'static str,
        content: Option<String>,
    },
}

/// A message and what is known of its vote.
#[derive(Debug)]
pub struct Entry {
    pub message: Uuid,
    /// The last state that the server acknowledged.
    pub acknowledged: Vote,
    /// What was sent and not answered; it may have been stored or not.
    pub in_flight: Option<Vote>,
    /// How many versions the feedback's history has.
    pub versions: usize,
}

/// Everything that one person said.
#[derive(Debug)]
pub struct Ledger {
    pub user: String,
    pub entries: Vec<Entry>,
    random: u64,
}

/// A feedback as the server lists it.
#[derive(Debug)]
pub struct Listed {
    pub id: String,
    pub rating: String,
    pub content: Option<String>,
}

impl Ledger {
    pub fn new(person: u64) -> Self {
        Self {
            user: format!("person-{person}"),
            entries: Vec::new(),
            random: person,
        }
    }

    /// The next thing that the person says: the entry's place and the vote. It is in flight from now on.
    ///
    /// What a kill left unanswered is said again first, as a client would that retries.
    pub fn next(&mut self) -> (usize, Vote) {
        let unanswered = self
            .entries
            .iter()
            .position(|entry| matches!(entry.in_flight, Some(Vote::Given { .. })));
        if let Some(place) = unanswered
            && let Some(vote) = self.entries[place].in_flight.clone()
        {
            return (place, vote);
        }
        let dice = self.below(100);
        let place = if dice < 55 || self.entries.is_empty() {
            let message = Uuid::from_u64_pair(self.random_number(), self.random_number());
            self.entries.push(Entry {
                message,
                acknowledged: Vote::None,
                in_flight: None,
                versions: 0,
            });
            self.entries.len() - 1
        } else {
            self.below(self.entries.len())
        };
        let vote = match &self.entries[place].acknowledged {
            Vote::Given { .. } if dice < 75 => Vote::None,
            same @ Vote::Given { .. } if dice < 80 => same.clone(),
            _ => self.new_vote(),
        };
        self.entries[place].in_flight = Some(vote.clone());
        (place, vote)
    }

    /// The server answered that the vote in flight is stored.
    pub fn acknowledge(&mut self, place: usize) {
        if let Some(vote) = self.entries[place].in_flight.take() {
            self.entries[place].now_is(vote);
        }
    }

    /// The server answered that nothing was stored.
    pub fn refused(&mut self, place: usize) {
        self.entries[place].in_flight = None;
    }

    /// Holds the entries against what the server lists, from which they are taken out. Says what differs.
    pub fn differences(&mut self, listed: &mut HashMap<Uuid, Listed>) -> Vec<String> {
        let mut differences = Vec::new();
        for entry in &mut self.entries {
            let found = listed.remove(&entry.message);
            let is = |vote: &Vote| match (vote, &found) {
                (Vote::None, None) => true,
                (Vote::Given { rating, content }, Some(found)) => {
                    *rating == found.rating && *content == found.content
                }
                _ => false,
            };
            if is(&entry.acknowledged) {
                continue;
            }
            match entry.in_flight.clone().filter(is) {
                // It was stored before the kill: from now on it must stay, and saying it again must change nothing.
                Some(stored) => entry.now_is(stored),
                None => differences.push(format!("{entry:?} is listed as {found:?}")),
            }
        }
        for entry in &mut self.entries {
            // A taking back is not said again: the second one would be refused if the first was stored.
            entry.in_flight.take_if(|vote| *vote == Vote::None);
        }
        differences
    }

    /// A number that is not the same each time; the same sequence in every run.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.random_number() >> 33).unwrap_or(0) % bound
    }

    fn new_vote(&mut self) -> Vote {
        let dice = self.below(1_000_000);
        Vote::Given {
            rating: if dice.is_multiple_of(2) {
                "like"
            } else {
                "dislike"
            },
            content: (!dice.is_multiple_of(3)).then(|| format!("because of reason {dice}")),
        }
    }

    /// `SplitMix64`.
    fn random_number(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Entry {
    fn now_is(&mut self, vote: Vote) {
        if self.acknowledged != vote {
            self.versions += 1;
            self.acknowledged = vote;
        }
    }
}

impl Vote {
    /// The body that says it, as Dify's clients do.
    pub fn body(&self, user: &str) -> Value {
        match self {
            Self::None => json!({"rating": null, "user": user}),
            Self::Given { rating, content } => {
                json!({"rating": rating, "user": user, "content": content})
            }
        }
    }
}
