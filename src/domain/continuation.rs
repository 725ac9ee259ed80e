//! What is said next to a person or by one, without naming the conversation.

use super::{MessageDraft, Timestamp};

/// What is said next, by a person or to one: in the latest conversation, or after a long pause in a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Continuation {
    /// What the application calls the person, whom the workspace as a whole knows.
    pub end_user: String,
    /// Whether a person who is not known is registered, also where unknown ones are refused: their vendor knows them.
    pub registers: bool,
    /// Microseconds without a message after which a conversation is over; without them, it never is.
    pub pause_microseconds: Option<i64>,
    /// What is said. One that is known by its name already stays in the conversation where it was said.
    pub message: MessageDraft,
}

impl Continuation {
    /// Whether a conversation in which something was last said at `last` still goes on.
    pub const fn goes_on(&self, last: Timestamp, now: Timestamp) -> bool {
        match self.pause_microseconds {
            None => true,
            Some(pause) => now.microseconds() < last.plus_microseconds(pause).microseconds(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_is_over_at_the_end_of_the_pause() {
        let said = Continuation {
            end_user: "ada".to_owned(),
            registers: false,
            pause_microseconds: Some(10),
            message: MessageDraft::default(),
        };
        let at = Timestamp::from_microseconds;
        assert!(said.goes_on(at(0), at(9)));
        assert!(!said.goes_on(at(0), at(10)));
        assert!(said.goes_on(at(20), at(0)), "a clock that was set back");
        let without_a_pause = Continuation {
            pause_microseconds: None,
            ..said
        };
        assert!(without_a_pause.goes_on(at(0), at(i64::MAX)));
    }
}
