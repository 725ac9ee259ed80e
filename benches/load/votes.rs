//! What the load says: votes for messages that nobody voted for before, by Dify's interface or Amazon Q's; and requests that
//! only ask, with a signature and without, which tell what checking a signature costs.

use crate::signature::Signer;
use std::fmt::Write as _;

/// The Dify key of the project under load.
pub const KEY: &str = "app-load-test-key-000000";

/// The Dify key of the project whose upstream is the no-op server.
pub const PASSED_KEY: &str = "app-passing-test-key-000";

/// How many people vote.
const PEOPLE: u64 = 10_000;

/// One vote in so many has a comment.
const COMMENTS_ONE_IN: u64 = 10;

/// The Amazon Q application under load.
pub const APPLICATION: &str = "11111111-2222-4333-8444-555555555555";

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A vote by Dify's interface, with a bearer key.
    Dify,
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

/// Makes requests, each vote for a new message.
pub struct Votes {
    kind: Kind,
    signer: Signer,
    random: u64,
    request: String,
}

impl Kind {
    /// How the answer begins that is no failure.
    pub const fn expected(self) -> &'static [u8] {
        match self {
            Self::Dify | Self::AmazonQ | Self::SignedQuestion | Self::Asking | Self::Chat => {
                b"HTTP/1.1 200 "
            }
            Self::UnsignedQuestion => b"HTTP/1.1 403 ",
        }
    }
}

impl Votes {
    /// Votes that differ from those of every other `stream`.
    pub fn of_stream(kind: Kind, stream: u64) -> Self {
        Self {
            kind,
            signer: Signer::new(),
            random: stream.wrapping_mul(0xd6e8_feb8_6659_fd93),
            request: String::new(),
        }
    }

    /// The next request, head and body.
    pub fn next_request(&mut self) -> &[u8] {
        self.request.clear();
        match self.kind {
            Kind::Dify => self.dify_vote(),
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

    fn dify_vote(&mut self) {
        let message = uuid::Builder::from_random_bytes(self.sixteen_bytes()).into_uuid();
        let dice = self.random_number();
        let rating = if dice.is_multiple_of(4) {
            "dislike"
        } else {
            "like"
        };
        let person = (dice >> 8) % PEOPLE;
        let content =
            comment(dice).map_or_else(String::new, |text| format!(r#","content":"{text}""#));
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
        let message = uuid::Builder::from_random_bytes(self.sixteen_bytes()).into_uuid();
        let dice = self.random_number();
        let usefulness = if dice.is_multiple_of(4) {
            "NOT_USEFUL"
        } else {
            "USEFUL"
        };
        let person = (dice >> 8) % PEOPLE;
        // A conversation has ten messages or so, as a person has conversations.
        let conversation = uuid::Uuid::from_u128(u128::from((dice >> 8) % (PEOPLE * 10)));
        let content =
            comment(dice).map_or_else(String::new, |text| format!(r#","comment":"{text}""#));
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

    fn sixteen_bytes(&mut self) -> [u8; 16] {
        let (high, low) = (self.random_number(), self.random_number());
        ((u128::from(high) << 64) | u128::from(low)).to_ne_bytes()
    }

    /// `SplitMix64`: each stream goes through all numbers in an order of its own.
    fn random_number(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// One vote in so many has a comment.
fn comment(dice: u64) -> Option<String> {
    let person = (dice >> 8) % PEOPLE;
    (dice >> 32)
        .is_multiple_of(COMMENTS_ONE_IN)
        .then(|| format!("The answer names plan {person}, which is not sold any more"))
}
