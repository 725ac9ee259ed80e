//! What a person says next, without naming the conversation.

use super::{MessageDraft, Timestamp};

/// What a person says next: in the latest conversation, or after a long pause in a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Continuation {
    /// What the application calls the person, whom the workspace as a whole knows.
    pub end_user: String,
    /// Microseconds without a message after which a conversation is over.
    pub pause_microseconds: i64,
    /// What is said.
    pub message: MessageDraft,
}

impl Continuation {
    /// Whether a conversation in which something was last said at `last` still goes on.
    pub const fn goes_on(&self, last: Timestamp, now: Timestamp) -> bool {
        now.microseconds()
            < last
                .plus_microseconds(self.pause_microseconds)
                .microseconds()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_is_over_at_the_end_of_the_pause() {
        let said = Continuation {
            end_user: "ada".to_owned(),
            pause_microseconds: 10,
            message: MessageDraft::default(),
        };
        let at = Timestamp::from_microseconds;
        assert!(said.goes_on(at(0), at(9)));
        assert!(!said.goes_on(at(0), at(10)));
        assert!(said.goes_on(at(20), at(0)), "a clock that was set back");
    }
}
