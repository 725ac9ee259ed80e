//! Feedback.

use super::super::error::Rejection;
use super::super::wire::{self, FeedbackBody};
use super::attribute::{attribute, attribute_option};
use super::{Person, ProjectRef, conversation_draft, not_empty, time};
use crate::app::Directory;
use crate::dialects::answer::milliseconds;
use crate::domain::vote::{
    Absent, Addressee, Ask, Asked, AuthorRef, Identity, Place, Policy, RowRef, TakingBack, Told,
    UnknownAuthor,
};
use crate::domain::{
    AttributeAnswer, ConversationDraft, DEFAULT_NAME, Feedback, FeedbackState, Project, Rating,
    Timestamp,
};
use serde_json::{Map, Value};

/// A feedback as it was sent, read.
#[derive(Clone, Debug)]
pub(in super::super) struct Said {
    /// Which feedback is to be changed.
    pub(in super::super) id: Option<i64>,
    /// The project, where one is named.
    pub(in super::super) project: Option<ProjectRef>,
    /// What the application calls the thread.
    pub(in super::super) thread: Option<String>,
    /// What the application calls the message.
    pub(in super::super) message: Option<String>,
    /// Who judges.
    pub(in super::super) person: Option<Person>,
    /// Names of attributes and of their options.
    pub(in super::super) attributes: Vec<(String, String)>,
    /// The thread, where it is told along.
    pub(in super::super) told: Option<ConversationDraft>,
    /// When it was said, for one that is older than its arrival.
    pub(in super::super) created_at: Option<Timestamp>,
    rating: Option<Rating>,
    text: Option<String>,
}

/// The rules of Melodi's feedback; which calls are the same feedback depends on the method.
pub(in super::super) const fn policy(identity: Identity) -> Policy {
    Policy {
        identity,
        absent: Absent::Keeps,
        taking_back: TakingBack::Asked,
        unknown_author: UnknownAuthor::Registered,
        only_the_owner: false,
        quiet_microseconds: None,
        may_be_empty: false,
    }
}

impl Said {
    /// Reads a body. What is wrong with it is refused here, before anything is looked up.
    pub(in super::super) fn of(body: FeedbackBody) -> Result<Self, Rejection> {
        let rating = body.feedback_type.as_deref().map(rating_named);
        let created_at = body.created_at.map(|text| time("createdAt", &text));
        let mut project = ProjectRef::of(body.project_id, body.project_name);
        let mut thread = not_empty(body.external_thread_id);
        let mut told = None;
        if let Some(body) = body.thread {
            let named = ProjectRef::of(body.project_id, body.project_name.clone());
            project = ProjectRef::one_of(project, named)?;
            if body.id.is_some() {
                return Err(Rejection::bad_request(
                    "thread.id is not taken here: a known thread is named by its externalId",
                ));
            }
            let (mut draft, _) = conversation_draft(body)?;
            let differs = thread.is_some() && draft.external_id.is_some();
            if differs && thread != draft.external_id {
                return Err(Rejection::bad_request(
                    "externalThreadId and thread.externalId are not the same",
                ));
            }
            thread = thread.or_else(|| draft.external_id.take());
            draft.external_id.clone_from(&thread);
            told = Some(draft);
        }
        Ok(Self {
            id: body.id,
            project,
            thread,
            message: not_empty(body.external_message_id),
            person: Person::of(body.external_user)?,
            attributes: attributes(body.attributes.unwrap_or_default())?,
            told,
            created_at: created_at.transpose()?,
            rating: rating.transpose()?,
            text: not_empty(body.feedback_text),
        })
    }

    /// Whether it says what a new feedback must say.
    pub(in super::super) const fn is_whole(&self) -> bool {
        self.rating.is_some() || !self.attributes.is_empty()
    }

    /// Whether it says nothing of the judgement, so that no feedback can be made of it.
    pub(in super::super) const fn says_nothing(&self) -> bool {
        !self.is_whole() && self.text.is_none()
    }

    /// What is judged, and by whom. Without a message, the thread's last one is meant.
    pub(in super::super) fn addressee(&self) -> Result<Addressee, Rejection> {
        // A thread that is told without a name takes the place of this one.
        let conversation = match (&self.thread, &self.told) {
            (Some(thread), _) => RowRef::External(thread.clone()),
            (None, Some(_)) => RowRef::Number(0),
            (None, None) => return Err(Rejection::bad_request("externalThreadId is required")),
        };
        let place = match &self.message {
            None => Place::LastMessage { conversation },
            Some(message) => Place::Message {
                conversation: Some(conversation),
                message: RowRef::External(message.clone()),
            },
        };
        let author = match &self.person {
            None => AuthorRef::Anonymous,
            Some(person) => AuthorRef::EndUser {
                external_id: person.external_id.clone(),
                of_workspace: true,
            },
        };
        Ok(Addressee::Vote {
            place,
            author,
            name: DEFAULT_NAME.to_owned(),
        })
    }

    /// What it says of the judgement. Nothing is cleared: an empty text or map is as good as none.
    pub(in super::super) fn asked(&self, attributes: Vec<AttributeAnswer>) -> Asked {
        let attributes = Some(attributes).filter(|answers| !answers.is_empty());
        Asked {
            rating: Ask::set_or_absent(self.rating),
            comment: Ask::set_or_absent(self.text.clone()),
            attributes: Ask::set_or_absent(attributes),
            ..Asked::default()
        }
    }

    /// What it tells beside the judgement.
    pub(in super::super) fn told(&self) -> Told {
        Told {
            conversation: self.told.clone(),
            end_user: self.person.as_ref().map(|person| person.draft.clone()),
            ..Told::default()
        }
    }
}

/// The rating that a word means, in any case.
pub(in super::super) fn rating_named(name: &str) -> Result<Rating, Rejection> {
    match name.to_ascii_uppercase().as_str() {
        "POSITIVE" => Ok(Rating::Positive),
        "NEGATIVE" => Ok(Rating::Negative),
        _ => Err(Rejection::bad_request(
            "feedbackType must be POSITIVE or NEGATIVE",
        )),
    }
}

/// The word for a thumb.
pub(in super::super) const fn type_name(rating: Rating) -> &'static str {
    match rating {
        Rating::Positive => "POSITIVE",
        Rating::Negative => "NEGATIVE",
    }
}

/// Names of attributes with names of options. Numbers are written out as JavaScript writes them.
fn attributes(sent: Map<String, Value>) -> Result<Vec<(String, String)>, Rejection> {
    let mut attributes = Vec::with_capacity(sent.len());
    for (name, value) in sent {
        let option = match value {
            Value::Null => continue,
            Value::String(option) => option,
            Value::Number(number) => {
                let text = number.to_string();
                text.strip_suffix(".0").unwrap_or(&text).to_owned()
            }
            Value::Bool(value) => value.to_string(),
            Value::Array(_) | Value::Object(_) => {
                return Err(Rejection::bad_request(format!(
                    "attributes.{name} must be the name of an option"
                )));
            }
        };
        attributes.push((name, option));
    }
    Ok(attributes)
}

/// A feedback as Melodi shows one. `external_user` is its author, where that is a person.
pub(in super::super) fn feedback(
    directory: &Directory,
    organization: i64,
    project: &Project,
    feedback: &Feedback,
    external_user: Option<wire::ExternalUser>,
) -> wire::Feedback {
    let judgement = &feedback.judgement;
    let answers = judgement.attributes.iter().filter_map(|answer| {
        let asked = directory.attribute(project.id, answer.attribute)?;
        let option = asked
            .options
            .iter()
            .find(|option| option.id == answer.option)?;
        Some(wire::AnsweredOption {
            option: attribute_option(asked, option),
            attribute: attribute(organization, project, asked),
        })
    });
    wire::Feedback {
        id: feedback.number,
        project_id: project.number,
        kind: judgement.rating.map(type_name),
        text: judgement.comment.clone(),
        is_read: false,
        is_deleted: feedback.state == FeedbackState::Retracted,
        user_id: None,
        external_user_id: external_user.as_ref().map(|user| user.id),
        external_user,
        attribute_options: answers.collect(),
        created_at: milliseconds(feedback.created_at),
        updated_at: milliseconds(feedback.updated_at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(json: &str) -> Result<Said, Rejection> {
        Said::of(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn nulls_and_empty_texts_say_nothing() {
        let said = said(
            r#"{"feedbackType": null, "feedbackText": "", "projectId": null, "externalThreadId": "t", "externalUser": null,
                "attributes": {"Quality": null}, "createdAt": null, "thread": null}"#,
        )
        .unwrap();
        assert!(!said.is_whole());
        assert_eq!(said.asked(Vec::new()), Asked::default());
    }

    #[test]
    fn types_may_be_in_any_case() {
        for (name, rating) in [
            ("positive", Rating::Positive),
            ("POSITIVE", Rating::Positive),
            ("Negative", Rating::Negative),
        ] {
            let said = said(&format!(r#"{{"feedbackType": "{name}"}}"#)).unwrap();
            assert_eq!(said.rating, Some(rating));
        }
        assert!(said(r#"{"feedbackType": "NEUTRAL"}"#).is_err());
    }

    #[test]
    fn options_that_are_numbers_are_written_out() {
        let said = said(r#"{"attributes": {"Stars": 5, "Half": 4.5, "Whole": 5.0}}"#).unwrap();
        let options: Vec<_> = said
            .attributes
            .iter()
            .map(|(_, option)| option.as_str())
            .collect();
        assert_eq!(options, ["5", "4.5", "5"]);
        assert!(self::said(r#"{"attributes": {"Stars": [5]}}"#).is_err());
    }

    #[test]
    fn a_thread_in_a_feedback_is_the_one_that_the_feedback_names() {
        let said = said(r#"{"externalThreadId": "t", "thread": {"projectId": 7}}"#).unwrap();
        assert_eq!(said.project, Some(ProjectRef::Number(7)));
        assert_eq!(said.told.unwrap().external_id.as_deref(), Some("t"));
        assert!(self::said(r#"{"externalThreadId": "t", "thread": {"externalId": "u"}}"#).is_err());
        assert!(self::said(r#"{"projectId": 6, "thread": {"projectId": 7}}"#).is_err());
    }

    #[test]
    fn a_message_needs_its_thread() {
        let said = said(r#"{"externalMessageId": "m"}"#).unwrap();
        assert!(said.addressee().is_err());
    }
}
