//! Amazon Q's wire to the domain, and back.

use super::constraint::Faults;
use super::error::Rejection;
use super::wire;
use crate::domain::vote::{
    Absent, Addressee, Ask, Asked, AuthorRef, Command, Identity, Place, Policy, RowRef, TakingBack,
    UnknownAuthor,
};
use crate::domain::{
    Caller, Conversation, DEFAULT_NAME, Dialect, Message, Project, Rating, Role, Timestamp,
};
use crate::limits;
use serde_json::{Map, Value};

/// One person's vote on a message is one; a judgement replaces the one before it whole.
const POLICY: Policy = Policy {
    identity: Identity::One,
    absent: Absent::ReplacesJudgement,
    taking_back: TakingBack::Asked,
    unknown_author: UnknownAuthor::Registered,
    only_the_owner: false,
    quiet_microseconds: None,
    may_be_empty: true,
};

/// Amazon Q's words for a thumb.
const USEFULNESS: [(&str, Rating); 2] = [
    ("USEFUL", Rating::Positive),
    ("NOT_USEFUL", Rating::Negative),
];

/// Amazon Q's reasons. They are kept as they are spelled.
const REASONS: [&str; 12] = [
    "NOT_FACTUALLY_CORRECT",
    "HARMFUL_OR_UNSAFE",
    "INCORRECT_OR_MISSING_SOURCES",
    "NOT_HELPFUL",
    "FACTUALLY_CORRECT",
    "COMPLETE",
    "RELEVANT_SOURCES",
    "HELPFUL",
    "NOT_BASED_ON_DOCUMENTS",
    "NOT_COMPLETE",
    "NOT_CONCISE",
    "OTHER",
];

const MICROSECONDS: f64 = 1_000_000.0;

/// Which message a vote judges, and whose vote it is.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) application: String,
    pub(super) conversation: String,
    pub(super) message: String,
    pub(super) user: Option<String>,
}

/// What the body of a vote says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Feedback {
    copied_at: Option<Timestamp>,
    usefulness: Option<Usefulness>,
}

#[derive(Debug, PartialEq)]
struct Usefulness {
    rating: Option<Rating>,
    reason: Option<String>,
    comment: Option<String>,
    submitted_at: Option<Timestamp>,
}

impl Target {
    pub(super) fn check(&self, faults: &mut Faults) {
        faults.id("applicationId", &self.application);
        faults.id("conversationId", &self.conversation);
        faults.id("messageId", &self.message);
        check_user(self.user.as_deref(), faults);
    }

    /// The command that a vote is.
    pub(super) fn command(
        &self,
        caller: &Caller,
        project: &Project,
        feedback: Feedback,
    ) -> Command {
        let author = match &self.user {
            None => AuthorRef::Anonymous,
            Some(user) => AuthorRef::EndUser {
                external_id: user.clone(),
                of_workspace: false,
            },
        };
        let addressee = Addressee::Vote {
            place: Place::Message {
                conversation: Some(RowRef::External(self.conversation.clone())),
                message: RowRef::External(self.message.clone()),
            },
            author,
            name: DEFAULT_NAME.to_owned(),
        };
        Command {
            key: caller.who.key(),
            ..Command::new(
                project,
                Dialect::AmazonQ,
                POLICY,
                addressee,
                feedback.asked(),
            )
        }
    }
}

/// Checks a person's id.
pub(super) fn check_user(user: Option<&str>, faults: &mut Faults) {
    if let Some(user) = user {
        faults.text("userId", user, 1, limits::AMAZON_Q_USER_CHARACTERS);
    }
}

impl Feedback {
    /// Reads a body. No body is an empty object; members that the model does not know, and nulls, say nothing.
    pub(super) fn read(body: &[u8], faults: &mut Faults) -> Result<Self, Rejection> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
            return Err(Rejection::bad_body());
        };
        let usefulness = match member(&members, "messageUsefulness") {
            None => None,
            Some(Value::Object(members)) => Some(Usefulness::read(members, faults)),
            Some(_) => {
                faults.add("messageUsefulness", "Member must be a structure");
                None
            }
        };
        Ok(Self {
            copied_at: time(&members, "", "messageCopiedAt", faults),
            usefulness,
        })
    }

    fn asked(self) -> Asked {
        let copied = Asked {
            message_copied_at: Ask::set_or_absent(self.copied_at),
            ..Asked::default()
        };
        let Some(usefulness) = self.usefulness else {
            return copied;
        };
        Asked {
            rating: Ask::set_or_clear(usefulness.rating),
            reasons: Ask::set_or_clear(usefulness.reason.map(|reason| vec![reason])),
            comment: Ask::set_or_clear(usefulness.comment.filter(|comment| !comment.is_empty())),
            submitted_at: Ask::set_or_clear(usefulness.submitted_at),
            ..copied
        }
    }
}

const PARENT: &str = "messageUsefulness.";

impl Usefulness {
    fn read(members: &Map<String, Value>, faults: &mut Faults) -> Self {
        let names = USEFULNESS.map(|(name, _)| name);
        let usefulness = choice(members, "usefulness", &names, faults);
        if member(members, "usefulness").is_none() {
            faults.add(&format!("{PARENT}usefulness"), "Member must not be null");
        }
        let reason = choice(members, "reason", &REASONS, faults);
        let comment = text(members, "comment", faults);
        if let Some(comment) = &comment {
            let name = format!("{PARENT}comment");
            faults.text(&name, comment, 0, limits::AMAZON_Q_COMMENT_CHARACTERS);
        }
        let submitted_at = time(members, PARENT, "submittedAt", faults);
        if member(members, "submittedAt").is_none() {
            faults.add(&format!("{PARENT}submittedAt"), "Member must not be null");
        }
        let rating = USEFULNESS
            .iter()
            .find(|(name, _)| usefulness.as_deref() == Some(*name))
            .map(|(_, rating)| *rating);
        Self {
            rating,
            reason,
            comment,
            submitted_at,
        }
    }
}

/// A member that is there and is not null.
fn member<'object>(members: &'object Map<String, Value>, name: &str) -> Option<&'object Value> {
    members.get(name).filter(|value| !value.is_null())
}

fn text(members: &Map<String, Value>, name: &str, faults: &mut Faults) -> Option<String> {
    let text = member(members, name)?.as_str().map(str::to_owned);
    if text.is_none() {
        faults.add(&format!("{PARENT}{name}"), "Member must be a string");
    }
    text
}

fn choice(
    members: &Map<String, Value>,
    name: &str,
    choices: &[&str],
    faults: &mut Faults,
) -> Option<String> {
    let text = text(members, name, faults)?;
    if choices.contains(&text.as_str()) {
        return Some(text);
    }
    let fault = format!(
        "Member must satisfy enum value set: [{}]",
        choices.join(", ")
    );
    faults.add(&format!("{PARENT}{name}"), fault);
    None
}

/// A time: seconds since 1970 as a JSON number, with or without a fraction.
fn time(
    members: &Map<String, Value>,
    parent: &str,
    name: &str,
    faults: &mut Faults,
) -> Option<Timestamp> {
    let value = member(members, name)?;
    let time = value.as_f64().and_then(timestamp);
    if time.is_none() {
        let fault = if value.is_number() {
            "Member must be a time between the years 1 and 9999"
        } else {
            "Member must be a timestamp: a number of seconds since 1970"
        };
        faults.add(&format!("{parent}{name}"), fault);
    }
    time
}

fn timestamp(number: f64) -> Option<Timestamp> {
    let microseconds = (number * MICROSECONDS).round();
    let bounds = seconds(Timestamp::MIN) * MICROSECONDS..=seconds(Timestamp::MAX) * MICROSECONDS;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the bounds are those of stored times, far within the integer's"
    )]
    bounds
        .contains(&microseconds)
        .then(|| Timestamp::from_microseconds(microseconds as i64))
}

/// A time as Amazon Q writes it.
pub(super) fn seconds(time: Timestamp) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "microseconds of the years 1 to 9999 lose at most some of their last digits"
    )]
    let microseconds = time.microseconds() as f64;
    microseconds / MICROSECONDS
}

/// What clients call an application.
pub(super) fn application_id(project: &Project) -> String {
    project
        .amazon_q_application_id
        .clone()
        .unwrap_or_else(|| project.id.to_string())
}

/// A project as an application. Only `GetApplication` tells its description.
pub(super) fn application(project: &Project, with_description: bool) -> wire::Application {
    wire::Application {
        id: application_id(project),
        display_name: project.name.clone(),
        description: project.description.clone().filter(|_| with_description),
        status: "ACTIVE",
        created_at: seconds(project.created_at),
        updated_at: seconds(project.updated_at),
    }
}

pub(super) fn conversation(conversation: Conversation) -> wire::Conversation {
    wire::Conversation {
        id: conversation
            .external_id
            .unwrap_or_else(|| conversation.id.to_string()),
        title: conversation.title,
        start_time: seconds(conversation.created_at),
    }
}

/// What one of our messages is to Amazon Q: the answer, and before it the question where both are one message. Latest
/// first; instructions and what tools say are nothing that people see.
pub(super) fn messages(message: Message) -> Vec<wire::Message> {
    let kind = match message.role {
        Some(Role::User) => "USER",
        None | Some(Role::Assistant) => "SYSTEM",
        Some(Role::System | Role::Tool) => return Vec::new(),
    };
    let time = seconds(message.created_at);
    let question = message.query.map(|query| wire::Message {
        id: message.id.to_string(),
        body: Some(query),
        time,
        kind: "USER",
    });
    let said = wire::Message {
        id: message
            .external_id
            .unwrap_or_else(|| message.id.to_string()),
        body: message.content,
        time,
        kind,
    };
    std::iter::once(said).chain(question).collect()
}

#[cfg(test)]
mod tests;
