//! What requests say of feedback, as commands.

use super::referred;
use crate::dialects::native::wire;
use crate::domain::vote::{
    Absent, Addressee, Ask, Asked, AuthorRef, Command, Identity, Place, Policy, TakingBack,
    UnknownAuthor, Verb,
};
use crate::domain::{AttributeAnswer, Caller, DEFAULT_NAME, Dialect, FeedbackId, Project, Score};
use crate::error::{Error, Result};

/// One feedback a target, author and name; what is not said stays; only `DELETE` takes back.
const POLICY: Policy = Policy {
    identity: Identity::One,
    absent: Absent::Keeps,
    taking_back: TakingBack::Asked,
    unknown_author: UnknownAuthor::LikeTargets,
    only_the_owner: false,
    quiet_microseconds: None,
    may_be_empty: false,
};

/// How attributes are looked up: by the question and the answer.
type LookUp<'project> = &'project dyn Fn(&str, &str) -> Result<AttributeAnswer>;

/// A request to record a feedback.
pub(in super::super) fn new_feedback(
    caller: &Caller,
    project: &Project,
    mut body: wire::NewFeedback,
    look_up: LookUp<'_>,
) -> Result<Command> {
    let saying = body.saying();
    let place = place(body.target, body.message, body.conversation)?;
    let author = match body.author {
        None => AuthorRef::Anonymous,
        Some(wire::AuthorBody::EndUser(external_id)) => AuthorRef::EndUser {
            external_id: external_id.0,
            of_workspace: false,
        },
        Some(wire::AuthorBody::Reviewer(name)) => AuthorRef::Reviewer(name.0),
        Some(wire::AuthorBody::Model(name)) => AuthorRef::Model(name.0),
    };
    let addressee = Addressee::Vote {
        place,
        author,
        name: body.name.unwrap_or_else(|| DEFAULT_NAME.to_owned()),
    };
    let asked = asked(saying, look_up)?;
    Ok(command(caller, project, addressee, Verb::Say, asked))
}

/// A request to change a feedback, or to take it back if there is no body.
pub(in super::super) fn change(
    caller: &Caller,
    project: &Project,
    id: FeedbackId,
    body: Option<wire::FeedbackChange>,
    look_up: LookUp<'_>,
) -> Result<Command> {
    let (verb, asked) = match body {
        Some(mut body) => (Verb::Say, asked(body.saying(), look_up)?),
        None => (Verb::TakeBack, Asked::default()),
    };
    Ok(command(
        caller,
        project,
        Addressee::Feedback(id),
        verb,
        asked,
    ))
}

fn command(
    caller: &Caller,
    project: &Project,
    addressee: Addressee,
    verb: Verb,
    asked: Asked,
) -> Command {
    Command {
        key: caller.who.key(),
        verb,
        ..Command::new(project, Dialect::Native, POLICY, addressee, asked)
    }
}

fn place(
    target: wire::TargetKind,
    message: Option<wire::Reference>,
    conversation: Option<wire::Reference>,
) -> Result<Place> {
    let conversation = conversation.map(referred);
    match (target, message, conversation) {
        (wire::TargetKind::Message, Some(message), conversation) => Ok(Place::Message {
            conversation,
            message: referred(message),
        }),
        (wire::TargetKind::Message, None, None) => Err(Error::invalid(
            "message",
            "say what is judged: a message, or a conversation with \"target\": \"conversation\" or \"last_message\"",
        )),
        (wire::TargetKind::Message, None, Some(_)) => Err(Error::invalid(
            "target",
            "a conversation alone is judged with \"target\": \"conversation\" or \"last_message\"",
        )),
        (_, Some(_), _) => Err(Error::invalid(
            "message",
            "a message is judged with \"target\": \"message\" only",
        )),
        (_, None, None) => Err(Error::invalid(
            "conversation",
            "say which conversation is judged",
        )),
        (wire::TargetKind::LastMessage, None, Some(conversation)) => {
            Ok(Place::LastMessage { conversation })
        }
        (wire::TargetKind::Conversation, None, Some(conversation)) => {
            Ok(Place::Conversation { conversation })
        }
    }
}

fn asked(saying: wire::Saying, look_up: LookUp<'_>) -> Result<Asked> {
    let attributes = match Ask::from(saying.attributes) {
        Ask::Absent => Ask::Absent,
        Ask::Clear => Ask::Clear,
        Ask::Set(answers) => Ask::Set(
            answers
                .0
                .iter()
                .map(|(attribute, option)| look_up(attribute, option))
                .collect::<Result<_>>()?,
        ),
    };
    let score = match Ask::from(saying.score) {
        Ask::Absent => Ask::Absent,
        Ask::Clear => Ask::Clear,
        Ask::Set(wire::Object(score)) => Ask::Set(
            Score::new(score.value, score.lowest, score.highest)
                .map_err(|error| Error::invalid("score", error.to_string()))?,
        ),
    };
    Ok(Asked {
        rating: Ask::from(saying.rating.map(Into::into)),
        score,
        resolved: Ask::from(saying.resolved),
        reasons: Ask::from(saying.reasons),
        comment: without_empty(Ask::from(saying.comment)),
        correction: without_empty(Ask::from(saying.correction)),
        attributes,
        message_copied_at: Ask::from(saying.message_copied_at.map(|time| time.0)),
        submitted_at: Ask::from(saying.submitted_at.map(|time| time.0)),
        metadata: Ask::from(saying.metadata.map(|object| object.0)),
    })
}

/// A form sends the text of a field that nobody filled in: there is no comment then.
fn without_empty(asked: Ask<String>) -> Ask<String> {
    match asked {
        Ask::Set(text) if text.is_empty() => Ask::Clear,
        asked => asked,
    }
}
