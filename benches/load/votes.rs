//! What the load says: votes for messages that nobody voted for before, by Dify's interface or Amazon Q's; votes that change
//! what was said before; and requests that only ask, with a signature and without, which tell what checking one costs.

use crate::signature::Signer;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// The Dify key of the project under load.
pub const KEY: &str = "app-load-test-key-000000";

/// The Dify key of the project whose upstream is the no-op server.
pub const PASSED_KEY: &str = "app-passing-test-key-000";

/// The Amazon Q application under load.
pub const APPLICATION: &str = "11111111-2222-4333-8444-555555555555";

/// How many people vote.
const PEOPLE: u64 = 10_000;

/// One vote in so many has a comment, of so many characters.
const COMMENTS_ONE_IN: u64 = 5;
const COMMENT_CHARACTERS: usize = 80;

/// Words of comments begin and end so: a thousand of them.
const BEGINNINGS: [&str; 32] = [
    "an", "bar", "cer", "dis", "el", "for", "gen", "hol", "in", "jus", "kin", "lor", "mar", "nor",
    "or", "pre", "qua", "re", "sol", "ter", "un", "ver", "wor", "ex", "you", "zen", "con", "pro",
    "sta", "tri", "ple", "man",
];
const ENDINGS: [&str; 32] = [
    "a", "ble", "ce", "der", "ed", "ful", "ge", "her", "ing", "ject", "ken", "ly", "ment", "ness",
    "on", "per", "que", "ry", "sion", "ted", "ure", "ven", "ward", "xt", "y", "ze", "al", "ic",
    "ous", "th", "st", "nd",
];

/// A step that visits every number below any bound that it does not divide, far from one another.
const STEP: u64 = 2_654_435_761;

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A vote by Dify's interface, with a bearer key, for a new message.
    New,
    /// The same for a message of [`Ballot::known`], whose owner changes the mind.
    Changed,
    /// A vote by Amazon Q's interface, signed.
    AmazonQ,
    /// `GetApplication`, signed: answered from memory.
    SignedQuestion,
    /// The same without a signature: refused.
    UnsignedQuestion,
    /// `GET /parameters` of Dify, which is handed on and teaches nothing.
    Asking,
    /// A question to a Dify app, which is handed on, read and remembered.
    Chat,
}

/// The votes of one data folder. Each is made from its number, so that one can be found again.
#[derive(Debug)]
pub struct Ballot {
    seed: u64,
    /// How many votes are stored that others may change: those of the first numbers.
    known: u64,
    new: AtomicU64,
    changed: AtomicU64,
    streams: AtomicU64,
}

impl Ballot {
    /// For a folder in which nothing is stored yet.
    #[expect(clippy::cast_possible_truncation, reason = "any number will do")]
    pub fn empty() -> Arc<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self::filled(now.map_or(1, |now| now.as_nanos() as u64), 0)
    }

    /// For a folder, or a copy of one, that was filled with so many votes of another ballot.
    pub fn filled(seed: u64, known: u64) -> Arc<Self> {
        Arc::new(Self {
            seed,
            known,
            new: AtomicU64::new(known),
            changed: AtomicU64::new(0),
            streams: AtomicU64::new(0),
        })
    }

    /// From which all votes are made.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// How many new votes were made of it since the folder was filled.
    pub fn newly_made(&self) -> u64 {
        self.new.load(Ordering::Relaxed) - self.known
    }

    fn number(&self, vote: u64, which: u64) -> u64 {
        mixed(
            self.seed
                .wrapping_add(vote.wrapping_mul(4).wrapping_add(which)),
        )
    }

    /// The message and the dice of a vote.
    fn vote(&self, vote: u64) -> (Uuid, u64) {
        let message = (u128::from(self.number(vote, 0)) << 64) | u128::from(self.number(vote, 1));
        let message = uuid::Builder::from_random_bytes(message.to_ne_bytes()).into_uuid();
        (message, self.number(vote, 2))
    }

    fn next_new(&self) -> (Uuid, u64) {
        self.vote(self.new.fetch_add(1, Ordering::Relaxed))
    }

    /// Messages in an order without order, and how often all of them were changed before.
    fn next_changed(&self) -> (Uuid, u64, u64) {
        assert!(self.known > 0, "no vote is known that could be changed");
        let place = self.changed.fetch_add(1, Ordering::Relaxed);
        let vote = u128::from(place) * u128::from(STEP) % u128::from(self.known);
        let (message, dice) = self.vote(u64::try_from(vote).unwrap_or(0));
        (message, dice, place / self.known)
    }
}

/// Makes requests, each vote for a new message.
pub struct Votes {
    kind: Kind,
    ballot: Arc<Ballot>,
    signer: Signer,
    random: u64,
    request: String,
}

impl Kind {
    /// How the answer begins that is no failure.
    pub const fn expected(self) -> &'static [u8] {
        match self {
            Self::New
            | Self::Changed
            | Self::AmazonQ
            | Self::SignedQuestion
            | Self::Asking
            | Self::Chat => b"HTTP/1.1 200 ",
            Self::UnsignedQuestion => b"HTTP/1.1 403 ",
        }
    }
}

impl Votes {
    /// Votes of a ballot, no two alike however many share it.
    pub fn new(kind: Kind, ballot: &Arc<Ballot>) -> Self {
        Self {
            kind,
            random: ballot.number(ballot.streams.fetch_add(1, Ordering::Relaxed), 3),
            ballot: Arc::clone(ballot),
            signer: Signer::new(),
            request: String::new(),
        }
    }

    /// The next request, head and body.
    pub fn next_request(&mut self) -> &[u8] {
        self.request.clear();
        match self.kind {
            Kind::New => {
                let (message, dice) = self.ballot.next_new();
                self.dify_vote(message, dice, 0);
            }
            Kind::Changed => {
                let (message, dice, before) = self.ballot.next_changed();
                self.dify_vote(message, dice, before + 1);
            }
            Kind::AmazonQ => self.amazon_q_vote(),
            Kind::SignedQuestion => self.question(true),
            Kind::UnsignedQuestion => self.question(false),
            Kind::Asking => self.asking(),
            Kind::Chat => self.chat(),
        }
        self.request.as_bytes()
    }

    fn asking(&mut self) {
        let _ = write!(
            self.request,
            "GET /v1/parameters HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nAuthorization: Bearer {PASSED_KEY}\r\n\r\n"
        );
    }

    fn chat(&mut self) {
        let person = self.random_number() % PEOPLE;
        let body = format!(
            r#"{{"inputs":{{}},"query":"How do I set up the printer on the third floor?","response_mode":"blocking","user":"person-{person}"}}"#
        );
        let _ = write!(
            self.request,
            "POST /v1/chat-messages HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\
             Authorization: Bearer {PASSED_KEY}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
    }

    /// Every other change says what was said at first.
    fn dify_vote(&mut self, message: Uuid, dice: u64, changes: u64) {
        let rating = rating(dice, changes, ["like", "dislike"]);
        let person = person(dice);
        let content = comment(mixed(dice.wrapping_add(changes)))
            .map_or_else(String::new, |text| format!(r#","content":"{text}""#));
        let body = format!(r#"{{"rating":"{rating}","user":"person-{person}"{content}}}"#);
        // Writing into a `String` does not fail.
        let _ = write!(
            self.request,
            "POST /v1/messages/{message}/feedbacks HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\
             Authorization: Bearer {KEY}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
    }

    fn amazon_q_vote(&mut self) {
        let (message, dice) = self.ballot.next_new();
        let usefulness = rating(dice, 0, ["USEFUL", "NOT_USEFUL"]);
        let person = person(dice);
        // A conversation has ten messages or so, as a person has conversations.
        let conversation = Uuid::from_u128(u128::from((dice >> 8) % (PEOPLE * 10)));
        let content =
            comment(mixed(dice)).map_or_else(String::new, |text| format!(r#","comment":"{text}""#));
        let body = format!(
            r#"{{"messageUsefulness":{{"usefulness":"{usefulness}","submittedAt":1700000000.123{content}}}}}"#
        );
        let path = format!(
            "/applications/{APPLICATION}/conversations/{conversation}/messages/{message}/feedback"
        );
        let query = format!("userId=person-{person}");
        let signed = self.signer.sign("POST", &path, &query, &body);
        let _ = write!(
            self.request,
            "POST {path}?{query} HTTP/1.1\r\nHost: localhost\r\nX-Amz-Date: {}\r\nAuthorization: {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            signed.date,
            signed.authorization,
            body.len()
        );
    }

    fn question(&mut self, with_signature: bool) {
        let path = format!("/applications/{APPLICATION}");
        let _ = write!(self.request, "GET {path} HTTP/1.1\r\nHost: localhost\r\n");
        if with_signature {
            let signed = self.signer.sign("GET", &path, "", "");
            let _ = write!(
                self.request,
                "X-Amz-Date: {}\r\nAuthorization: {}\r\n",
                signed.date, signed.authorization
            );
        }
        self.request.push_str("\r\n");
    }

    fn random_number(&mut self) -> u64 {
        self.random = self.random.wrapping_add(1);
        mixed(self.random)
    }
}

/// `SplitMix64`: neighbours become numbers that have nothing in common.
pub const fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

const fn person(dice: u64) -> u64 {
    (dice >> 8) % PEOPLE
}

/// Three of four are content at first; each change turns it around.
fn rating(dice: u64, changes: u64, [content, not]: [&'static str; 2]) -> &'static str {
    if dice.is_multiple_of(4) == changes.is_multiple_of(2) {
        not
    } else {
        content
    }
}

/// One vote in so many has a comment.
fn comment(dice: u64) -> Option<String> {
    if !dice.is_multiple_of(COMMENTS_ONE_IN) {
        return None;
    }
    let mut comment = String::with_capacity(COMMENT_CHARACTERS + 16);
    let mut random = dice;
    while comment.len() < COMMENT_CHARACTERS {
        random = mixed(random.wrapping_add(1));
        // The lesser of two numbers: some words are frequent.
        let word = (random % 1024).min((random >> 16) % 1024);
        let [beginning, ending] =
            [word / 32, word % 32].map(|part| usize::try_from(part).unwrap_or(0));
        let _ = write!(comment, "{}{} ", BEGINNINGS[beginning], ENDINGS[ending]);
    }
    comment.truncate(COMMENT_CHARACTERS);
    Some(comment)
}
