//! What the load says: Dify votes for messages that nobody voted for before.

use std::fmt::Write as _;

/// The Dify key of the project under load.
pub const KEY: &str = "app-load-test-key-000000";

/// How many people vote.
const PEOPLE: u64 = 10_000;

/// One vote in so many has a comment.
const COMMENTS_ONE_IN: u64 = 10;

/// Makes requests, each for a new message.
pub struct Votes {
    random: u64,
    request: String,
}

impl Votes {
    /// Votes that differ from those of every other `stream`.
    pub fn of_stream(stream: u64) -> Self {
        Self {
            random: stream.wrapping_mul(0xd6e8_feb8_6659_fd93),
            request: String::new(),
        }
    }

    /// The next request, head and body.
    pub fn next_request(&mut self) -> &[u8] {
        let message = uuid::Builder::from_random_bytes(self.sixteen_bytes()).into_uuid();
        let dice = self.random_number();
        let rating = if dice.is_multiple_of(4) {
            "dislike"
        } else {
            "like"
        };
        let person = (dice >> 8) % PEOPLE;
        let content = if (dice >> 32).is_multiple_of(COMMENTS_ONE_IN) {
            format!(r#","content":"The answer names plan {person}, which is not sold any more""#)
        } else {
            String::new()
        };
        let body = format!(r#"{{"rating":"{rating}","user":"person-{person}"{content}}}"#);
        self.request.clear();
        // Writing into a `String` does not fail.
        let _ = write!(
            self.request,
            "POST /v1/messages/{message}/feedbacks HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\
             Authorization: Bearer {KEY}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.request.as_bytes()
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
