//! Questions with their answers: what Dify calls a message. Pure.
//!
//! An application that was made for Dify tells both in one message. Others tell them one by one; then an answer is
//! paired with the user's last message before it, and a question that nobody answered stands alone.

use crate::domain::{Message, Role};

/// A question with its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'messages> {
    /// The message that is judged: the answer, or a question without one.
    pub(super) message: &'messages Message,
    pub(super) query: &'messages str,
    pub(super) answer: &'messages str,
}

/// The pairs in consecutive messages of a conversation, oldest first. If the messages do not begin with the first of
/// the conversation, the first pair may lack its question.
pub(super) fn pairs(messages: &[Message]) -> Vec<Pair<'_>> {
    let mut pairs = Vec::new();
    let mut question: Option<&Message> = None;
    let mut answered = true;
    for message in messages {
        match message.role {
            Some(Role::System | Role::Tool) => {}
            Some(Role::User) => {
                pairs.extend(question.filter(|_| !answered).map(unanswered));
                question = Some(message);
                answered = false;
            }
            None | Some(Role::Assistant) => {
                let asked = || question.and_then(|question| question.content.as_deref());
                pairs.push(Pair {
                    message,
                    query: message.query.as_deref().or_else(asked).unwrap_or_default(),
                    answer: message.content.as_deref().unwrap_or_default(),
                });
                answered = true;
            }
        }
    }
    pairs.extend(question.filter(|_| !answered).map(unanswered));
    pairs
}

/// The place in `earlier` of the question that `message` answers: with it the pair of `message` begins.
pub(super) fn question_before(message: &Message, earlier: &[Message]) -> Option<usize> {
    let spoken = |message: &Message| !matches!(message.role, Some(Role::System | Role::Tool));
    let last = earlier.iter().rposition(spoken)?;
    let answers = message.role != Some(Role::User);
    (answers && earlier[last].role == Some(Role::User)).then_some(last)
}

fn unanswered(question: &Message) -> Pair<'_> {
    Pair {
        message: question,
        query: question.content.as_deref().unwrap_or_default(),
        answer: "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{MessageId, ProjectId, TextFormat, Timestamp};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn said(role: Role, content: &str) -> Message {
        Message {
            id: MessageId(Uuid::nil()),
            number: 0,
            project: ProjectId(Uuid::nil()),
            conversation: None,
            external_id: None,
            owner: None,
            role: Some(role),
            speaker: None,
            query: None,
            content: Some(content.to_owned()),
            format: TextFormat::Markdown,
            model: None,
            version: None,
            metadata: None,
            created_at: Timestamp::MIN,
            stub: false,
        }
    }

    fn talk(messages: &[Message]) -> Vec<(&str, &str)> {
        pairs(messages)
            .into_iter()
            .map(|pair| (pair.query, pair.answer))
            .collect()
    }

    #[test]
    fn an_answer_takes_the_question_before_it() {
        let messages = [
            said(Role::User, "why?"),
            said(Role::Tool, "42"),
            said(Role::Assistant, "because"),
        ];
        assert_eq!(talk(&messages), [("why?", "because")]);
    }

    #[test]
    fn a_message_that_holds_both_needs_no_other() {
        let both = Message {
            query: Some("why?".to_owned()),
            ..said(Role::Assistant, "because")
        };
        assert_eq!(talk(&[both]), [("why?", "because")]);
    }

    #[test]
    fn a_question_that_nobody_answered_stands_alone() {
        let messages = [
            said(Role::User, "hello?"),
            said(Role::User, "why?"),
            said(Role::Assistant, "because"),
            said(Role::User, "and?"),
        ];
        assert_eq!(
            talk(&messages),
            [("hello?", ""), ("why?", "because"), ("and?", "")]
        );
    }

    #[test]
    fn a_second_answer_answers_the_same_question() {
        let messages = [
            said(Role::User, "why?"),
            said(Role::Assistant, "because"),
            said(Role::Assistant, "also"),
        ];
        assert_eq!(talk(&messages), [("why?", "because"), ("why?", "also")]);
    }

    #[test]
    fn a_pair_begins_with_its_question() {
        let earlier = [said(Role::User, "why?"), said(Role::Tool, "42")];
        assert_eq!(
            question_before(&said(Role::Assistant, "because"), &earlier),
            Some(0)
        );
        assert_eq!(question_before(&said(Role::User, "and?"), &earlier), None);
        assert_eq!(
            question_before(&said(Role::Assistant, "because"), &[]),
            None
        );
    }

    proptest! {
        /// The page before a pair holds the pairs before it: none is lost, none is cut.
        #[test]
        fn what_comes_before_a_pair_are_the_pairs_before_it(
            roles in prop::collection::vec(0..Role::ALL.len(), 1..12),
        ) {
            let messages: Vec<_> = roles
                .iter()
                .enumerate()
                .map(|(place, role)| said(Role::ALL[*role], &place.to_string()))
                .collect();
            let whole = talk(&messages);
            for (place, pair) in pairs(&messages).iter().enumerate() {
                let first = messages
                    .iter()
                    .position(|message| std::ptr::eq(message, pair.message))
                    .unwrap_or_default();
                let earlier = &messages[..first];
                let end = question_before(pair.message, earlier).unwrap_or(first);
                prop_assert_eq!(talk(&earlier[..end]), &whole[..place]);
            }
        }
    }
}
