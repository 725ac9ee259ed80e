//! What one person said and was told: the client's own book, against which the server's is held.

use super::connection::Request;
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// The keys of those who vote, one for each interface, and the one that reads and ingests.
pub const DIFY: &str = "app-crash-test-key-000000";
pub const WONDERCHAT: &str = "wc_crash_test_key_0000000";
pub const ADMIN: &str = "cnd_crash-test-admin-key-000";

/// By which interface a person votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// Votes, changes and takes back.
    Dify,
    /// Votes and changes, each with an `Idempotency-Key`, and tells of conversations.
    Native,
    /// Votes and changes, as nobody in particular.
    Wonderchat,
}

/// What a message's vote is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vote {
    /// Never given, or taken back.
    None,
    /// Given.
    Given {
        rating: &'static str,
        comment: Option<String>,
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
    /// Whether an earlier try of what is in flight may have been stored: its answer never came, or said so.
    pub perhaps: bool,
    /// How many versions the feedback's history has.
    pub versions: usize,
    /// The `Idempotency-Key`s of what was said last and of what was acknowledged last, where there are such.
    key: String,
    acknowledged_key: String,
}

/// Everything that one person said.
#[derive(Debug)]
pub struct Ledger {
    pub user: String,
    pub voice: Voice,
    pub entries: Vec<Entry>,
    /// Conversations that the server acknowledged.
    pub conversations: Vec<String>,
    random: u64,
    said: usize,
}

/// A feedback as the server lists it.
#[derive(Debug)]
pub struct Listed {
    pub id: String,
    pub rating: String,
    pub comment: Option<String>,
}

impl Ledger {
    pub fn new(person: u64) -> Self {
        Self {
            user: format!("person-{person}"),
            voice: match person % 4 {
                0 | 1 => Voice::Dify,
                2 => Voice::Native,
                _ => Voice::Wonderchat,
            },
            entries: Vec::new(),
            conversations: Vec::new(),
            random: person,
            said: 0,
        }
    }

    /// The next thing that the person says: the entry's place and the vote. It is in flight from now on.
    ///
    /// What was left unanswered, or is not known to be stored, is said again first, as a client would that retries.
    pub fn next(&mut self) -> (usize, Vote) {
        let unanswered = self
            .entries
            .iter()
            .position(|entry| entry.in_flight.is_some());
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
                perhaps: false,
                versions: 0,
                key: String::new(),
                acknowledged_key: String::new(),
            });
            self.entries.len() - 1
        } else {
            self.below(self.entries.len())
        };
        let vote = match &self.entries[place].acknowledged {
            Vote::Given { .. } if dice < 75 && self.voice == Voice::Dify => Vote::None,
            same @ Vote::Given { .. } if dice < 80 => same.clone(),
            _ => self.new_vote(),
        };
        self.said += 1;
        self.entries[place].key = format!("{}-{}", self.user, self.said);
        self.entries[place].in_flight = Some(vote.clone());
        (place, vote)
    }

    /// How the person's interface says this.
    pub fn request(&self, place: usize, vote: &Vote) -> Request {
        self.request_under(&self.entries[place].key, place, vote)
    }

    /// How it said what was acknowledged last, if it said that under an `Idempotency-Key` and nothing since.
    pub fn repetition(&self, place: usize) -> Option<Request> {
        let entry = &self.entries[place];
        let keyed = self.voice == Voice::Native && entry.in_flight.is_none();
        (keyed && !entry.acknowledged_key.is_empty())
            .then(|| self.request_under(&entry.acknowledged_key, place, &entry.acknowledged))
    }

    fn request_under(&self, key: &str, place: usize, vote: &Vote) -> Request {
        let message = self.entries[place].message.to_string();
        let user = &self.user;
        let (positive, comment) = match vote {
            Vote::None => (None, &None),
            Vote::Given { rating, comment } => (Some(*rating == "positive"), comment),
        };
        let word = |yes: &'static str, no: &'static str| match positive {
            None => Value::Null,
            Some(positive) => json!(if positive { yes } else { no }),
        };
        match self.voice {
            Voice::Dify => {
                let path = format!("/v1/messages/{message}/feedbacks");
                let body =
                    json!({"rating": word("like", "dislike"), "user": user, "content": comment});
                Request::new("POST", path, DIFY).with(&body)
            }
            Voice::Native => {
                let body = json!({
                    "message": {"external_id": message}, "author": {"end_user": user},
                    "rating": word("positive", "negative"), "comment": comment,
                });
                let path = "/candor/v1/projects/crash/feedback";
                let mut request = Request::new("POST", path, ADMIN).with(&body);
                request.headers.push_str("Idempotency-Key: ");
                request.headers.push_str(key);
                request.headers.push_str("\r\n");
                request
            }
            Voice::Wonderchat => {
                let body = json!({
                    "apiKey": WONDERCHAT, "messageId": message, "userComment": comment,
                    "feedback": word("HELPFUL", "NOT_HELPFUL"),
                });
                Request::new("POST", "/api/v1/update-message-feedback", WONDERCHAT).with(&body)
            }
        }
    }

    /// A conversation of two messages that the person's application tells of, now and then.
    pub fn conversation(&mut self) -> Option<(String, Request)> {
        if self.voice != Voice::Native || self.below(12) > 0 {
            return None;
        }
        let name = format!("{}-conversation-{}", self.user, self.said);
        let path = format!("/candor/v1/projects/crash/conversations/{name}");
        let body = json!({"end_user": self.user, "messages": [
            {"external_id": format!("{name}-question"), "role": "user", "content": "Why?"},
            {"external_id": format!("{name}-answer"), "role": "assistant", "content": "Therefore."},
        ]});
        Some((name, Request::new("PUT", path, ADMIN).with(&body)))
    }

    /// The server answered that the vote in flight is stored.
    pub fn acknowledge(&mut self, place: usize) {
        let entry = &mut self.entries[place];
        entry.perhaps = false;
        if let Some(vote) = entry.in_flight.take() {
            entry.acknowledged_key = entry.key.clone();
            entry.now_is(vote);
        }
    }

    /// The server answered that nothing was stored; of an earlier try it knows nothing.
    pub fn refused(&mut self, place: usize) {
        let entry = &mut self.entries[place];
        entry.in_flight.take_if(|_| !entry.perhaps);
    }

    /// It is not known whether what is in flight was stored.
    pub fn perhaps(&mut self, place: usize) {
        self.entries[place].perhaps = true;
    }

    /// Holds the entries against what the server lists, from which they are taken out. Says what differs.
    pub fn differences(&mut self, listed: &mut HashMap<Uuid, Listed>) -> Vec<String> {
        let mut differences = Vec::new();
        for entry in &mut self.entries {
            let found = listed.remove(&entry.message);
            let is = |vote: &Vote| match (vote, &found) {
                (Vote::None, None) => true,
                (Vote::Given { rating, comment }, Some(found)) => {
                    *rating == found.rating && *comment == found.comment
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
                "positive"
            } else {
                "negative"
            },
            comment: (!dice.is_multiple_of(3)).then(|| format!("because of reason {dice}")),
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
