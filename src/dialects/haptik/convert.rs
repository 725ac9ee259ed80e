//! Between what Haptik's clients say and what Candor knows. Pure.

use super::error::Rejection;
use super::wire::{
    Attachment, FeedbackBody, FileForm, LanguageBody, LogBody, LoggedMessage, User, UserBody,
    WebhookBody,
};
use crate::app::FreeObject;
use crate::dialects::answer;
use crate::domain::vote::{
    Absent, Addressee, Ask, Asked, AuthorRef, Command, Identity, Place, Policy, TakingBack,
    UnknownAuthor,
};
use crate::domain::{
    Caller, Continuation, DEFAULT_NAME, Dialect, EndUserDetails, EndUserDraft, Message,
    MessageDraft, Project, Role, Score,
};
use crate::limits;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// The rules of Haptik's votes: one of each person and business in sixty minutes, and each that is taken is a new one.
pub(super) const POLICY: Policy = Policy {
    identity: Identity::EveryVote,
    absent: Absent::Keeps,
    taking_back: TakingBack::Asked,
    unknown_author: UnknownAuthor::LikeTargets,
    only_the_owner: false,
    quiet_microseconds: Some(60 * 60 * 1_000_000),
    may_be_empty: false,
};

/// Haptik completes a conversation after eight minutes in which nobody says anything.
pub(super) const PAUSE_MICROSECONDS: i64 = 8 * 60 * 1_000_000;

/// A feedback as it was sent.
#[derive(Debug, PartialEq)]
pub(super) struct Vote {
    pub(super) auth_id: String,
    pub(super) business: i64,
    pub(super) asked: Asked,
}

/// What is said of a person.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) auth_id: String,
    pub(super) draft: EndUserDraft,
}

/// A message as it was sent.
#[derive(Debug)]
pub(super) struct Said {
    auth_id: String,
    pub(super) business: i64,
    pub(super) body: String,
    pub(super) kind: i64,
    metadata: Option<String>,
}

/// The webhook as it is to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WebhookSetting {
    pub(super) enabled: bool,
    pub(super) business: Option<i64>,
    /// As a JSON object.
    pub(super) kept: String,
}

/// A body with its fields.
pub(super) fn body<T: DeserializeOwned>(sent: Value) -> Result<T, Rejection> {
    let not_an_object = || Rejection::bad_body("the body must be a JSON object");
    if !sent.is_object() {
        return Err(not_an_object());
    }
    serde_json::from_value(sent).map_err(|_| not_an_object())
}

impl Vote {
    pub(super) fn read(sent: FeedbackBody, comment_characters: usize) -> Result<Self, Rejection> {
        let auth_id = auth_id(sent.auth_id)?;
        let business = business(sent.business_id)?;
        let resolved = boolean(sent.query_resolved, "query_resolved")?;
        let score = score(&required(sent.query_rating, "query_rating")?)?;
        let comment = match sent.feedback {
            None => None,
            Some(Value::String(text)) => Some(bounded(text, "feedback", comment_characters)?),
            Some(_) => return Err(Rejection::invalid("feedback")),
        };
        let asked = Asked {
            score: Ask::Set(score),
            resolved: Ask::Set(resolved),
            comment: Ask::set_or_absent(comment.filter(|text| !text.is_empty())),
            ..Asked::default()
        };
        Ok(Self {
            auth_id,
            business,
            asked,
        })
    }

    /// The command that the feedback is.
    pub(super) fn command(self, caller: &Caller, project: &Project) -> Command {
        let addressee = Addressee::Vote {
            place: Place::LatestConversation,
            author: AuthorRef::EndUser {
                external_id: self.auth_id,
                of_workspace: true,
            },
            name: DEFAULT_NAME.to_owned(),
        };
        Command {
            key: caller.who.key(),
            ..Command::new(project, Dialect::Haptik, POLICY, addressee, self.asked)
        }
    }
}

impl Person {
    pub(super) fn read(sent: UserBody) -> Result<Self, Rejection> {
        let auth_id = auth_id(sent.auth_id)?;
        let details = EndUserDetails {
            name: detail(sent.name, "name")?,
            email: detail(sent.email, "email")?,
            username: None,
            phone: detail(sent.mobile_no, "mobile_no")?,
            language: detail(sent.language_code, "language_code")?,
            metadata: metadata(sent.custom_data, sent.device)?,
        };
        let draft = EndUserDraft {
            details,
            ..EndUserDraft::default()
        };
        Ok(Self { auth_id, draft })
    }

    pub(super) fn of_language(sent: LanguageBody) -> Result<Self, Rejection> {
        let auth_id = auth_id(sent.auth_id)?;
        let language = required(sent.language_code, "language_code")?;
        let details = EndUserDetails {
            language: detail(Some(language), "language_code")?,
            ..EndUserDetails::default()
        };
        let draft = EndUserDraft {
            details,
            ..EndUserDraft::default()
        };
        Ok(Self { auth_id, draft })
    }

    /// The answer: what was said, for what is known beside it is not this client's to ask for.
    pub(super) fn echo(&self) -> User {
        let said = |detail: &Option<String>| detail.clone().unwrap_or_default();
        let details = &self.draft.details;
        User {
            auth_id: self.auth_id.clone(),
            mobile_no: said(&details.phone),
            email: said(&details.email),
            name: said(&details.name),
        }
    }
}

impl Said {
    pub(super) fn read(sent: LogBody) -> Result<Self, Rejection> {
        let person = match required(sent.user, "user")? {
            Value::Object(mut person) => person.remove("auth_id").filter(|id| !id.is_null()),
            _ => return Err(Rejection::invalid("user")),
        };
        Ok(Self {
            auth_id: auth_id(person)?,
            business: business(sent.business_id)?,
            body: message_body(required(sent.message_body, "message_body")?)?,
            kind: message_type(&sent.message_type.unwrap_or(Value::from(0)))?,
            metadata: None,
        })
    }

    pub(super) fn of_file(sent: FileForm) -> Result<Self, Rejection> {
        let auth_id = auth_id(sent.auth_id)?;
        let business = business(sent.business_id)?;
        let kind = message_type(&required(sent.message_type, "message_type")?)?;
        let body = message_body(sent.message_body.unwrap_or(Value::from("")))?;
        let file = sent.file.ok_or_else(|| Rejection::missing("file"))?;
        Ok(Self {
            auth_id,
            business,
            body,
            kind,
            metadata: Some(attachment(&file)?),
        })
    }

    /// What is kept of it.
    pub(super) fn continuation(&self) -> Continuation {
        Continuation {
            end_user: self.auth_id.clone(),
            registers: false,
            pause_microseconds: Some(PAUSE_MICROSECONDS),
            message: MessageDraft {
                role: Some(Role::User),
                content: Some(self.body.clone()),
                metadata: self.metadata.clone(),
                ..MessageDraft::default()
            },
        }
    }

    /// The answer. Files are not kept, so none has a URL.
    pub(super) fn logged(self, message: &Message) -> LoggedMessage {
        LoggedMessage {
            message_id: message.number,
            message_body: self.body,
            created_at: answer::milliseconds(message.created_at),
            message_type: self.kind,
            file_url: self.metadata.map(|_| ""),
        }
    }
}

impl WebhookSetting {
    pub(super) fn read(sent: WebhookBody) -> Result<Self, Rejection> {
        let enabled = boolean(sent.enabled, "enabled")?;
        let business = sent.business_id.map(|id| business(Some(id))).transpose()?;
        let platform = match &sent.device_platform {
            None => None,
            Some(platform) => {
                Some(whole(platform).ok_or_else(|| Rejection::invalid("device_platform"))?)
            }
        };
        let webhook = json!({"enabled": enabled, "device_platform": platform});
        Ok(Self {
            enabled,
            business,
            kept: json!({"webhook": webhook}).to_string(),
        })
    }
}

fn required(sent: Option<Value>, field: &str) -> Result<Value, Rejection> {
    sent.ok_or_else(|| Rejection::missing(field))
}

fn boolean(sent: Option<Value>, field: &str) -> Result<bool, Rejection> {
    required(sent, field)?
        .as_bool()
        .ok_or_else(|| Rejection::invalid(field))
}

/// A text within its bound.
fn bounded(text: String, field: &str, characters: usize) -> Result<String, Rejection> {
    if !limits::fits(&text, characters) || text.contains('\0') {
        return Err(Rejection::invalid(field));
    }
    Ok(text)
}

/// What the application calls the person: a text, or a number, which is kept as a text.
pub(super) fn auth_id(sent: Option<Value>) -> Result<String, Rejection> {
    const FIELD: &str = "auth_id";
    let text = match required(sent, FIELD)? {
        Value::String(text) => text,
        Value::Number(number) if !number.is_f64() => number.to_string(),
        _ => return Err(Rejection::invalid(FIELD)),
    };
    if text.is_empty() {
        return Err(Rejection::invalid(FIELD));
    }
    bounded(text, FIELD, limits::EXTERNAL_ID_CHARACTERS)
}

fn business(sent: Option<Value>) -> Result<i64, Rejection> {
    const FIELD: &str = "business_id";
    whole(&required(sent, FIELD)?).ok_or_else(|| Rejection::invalid(FIELD))
}

/// A whole number, also as `5.0` or as digits in a text.
pub(super) fn whole(sent: &Value) -> Option<i64> {
    match sent {
        Value::Number(number) => number.as_i64().or_else(|| {
            let text = number.to_string();
            let (whole, fraction) = text.split_once('.')?;
            let is_whole = fraction.bytes().all(|digit| digit == b'0');
            is_whole.then(|| whole.parse().ok())?
        }),
        Value::String(text) if text.bytes().all(|digit| digit.is_ascii_digit()) => {
            text.parse().ok()
        }
        _ => None,
    }
}

/// One to five.
fn score(sent: &Value) -> Result<Score, Rejection> {
    whole(sent)
        .and_then(|stars| u8::try_from(stars).ok())
        .and_then(|stars| Score::new(f64::from(stars), 1.0, 5.0).ok())
        .ok_or_else(|| Rejection::invalid("query_rating"))
}

/// A person's detail: a text, or a number such as a telephone's.
fn detail(sent: Option<Value>, field: &str) -> Result<Option<String>, Rejection> {
    let text = match sent {
        None => return Ok(None),
        Some(Value::String(text)) => text,
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err(Rejection::invalid(field)),
    };
    bounded(text, field, limits::NAME_CHARACTERS).map(Some)
}

/// `custom_data`, which must be flat, and beside it what is said of the device.
fn metadata(
    custom_data: Option<Value>,
    device: Map<String, Value>,
) -> Result<Option<String>, Rejection> {
    let flat = |value: &Value| !value.is_object() && !value.is_array();
    let mut kept: Map<_, _> = device
        .into_iter()
        .filter(|(_, value)| flat(value) && !value.is_null())
        .collect();
    match custom_data {
        None => {}
        Some(Value::Object(custom)) if custom.values().all(flat) => {
            kept.insert("custom_data".to_owned(), Value::Object(custom));
        }
        Some(_) => return Err(Rejection::invalid("custom_data")),
    }
    if kept.is_empty() {
        return Ok(None);
    }
    kept_object(Value::Object(kept), "custom_data").map(Some)
}

fn kept_object(object: Value, field: &str) -> Result<String, Rejection> {
    serde_json::from_value::<FreeObject>(object)
        .ok()
        .map(|object| object.0)
        .filter(|text| text.len() <= limits::METADATA_BYTES)
        .ok_or_else(|| Rejection::invalid(field))
}

fn message_body(sent: Value) -> Result<String, Rejection> {
    const FIELD: &str = "message_body";
    match sent {
        Value::String(text) => bounded(text, FIELD, limits::MESSAGE_CHARACTERS),
        _ => Err(Rejection::invalid(FIELD)),
    }
}

fn message_type(sent: &Value) -> Result<i64, Rejection> {
    whole(sent)
        .filter(|kind| *kind >= 0)
        .ok_or_else(|| Rejection::invalid("message_type"))
}

fn attachment(file: &Attachment) -> Result<String, Rejection> {
    let names = [&file.name, &file.content_type];
    if names
        .iter()
        .any(|name| !limits::fits(name, limits::NAME_CHARACTERS))
    {
        return Err(Rejection::invalid("file"));
    }
    kept_object(json!({"attachment": file}), "file")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vote(change: (&str, Value)) -> Result<Vote, String> {
        let mut sent = json!({
            "auth_id": "u1", "business_id": 343, "query_resolved": true, "query_rating": 5, "feedback": "fine",
        });
        sent[change.0] = change.1;
        read(sent)
    }

    fn read(sent: Value) -> Result<Vote, String> {
        body(sent)
            .and_then(|sent| Vote::read(sent, 5))
            .map_err(|rejection| format!("{rejection:?}"))
    }

    #[test]
    fn whole_numbers_may_be_texts_or_end_in_a_point_and_zeros() {
        for (sent, business) in [
            (json!(343), 343),
            (json!("343"), 343),
            (json!(343.0), 343),
            (json!(-1), -1),
        ] {
            assert_eq!(vote(("business_id", sent)).unwrap().business, business);
        }
        for sent in [
            json!("x"),
            json!(""),
            json!("-1"),
            json!(3.5),
            json!(true),
            json!([343]),
            json!(1e300),
        ] {
            let refused = vote(("business_id", sent.clone())).unwrap_err();
            assert!(refused.contains("invalid business_id provided"), "{sent}");
        }
    }

    #[test]
    fn a_rating_is_from_one_to_five() {
        for sent in [json!(1), json!(5.0), json!("3")] {
            assert!(vote(("query_rating", sent)).is_ok());
        }
        for sent in [
            json!(0),
            json!(6),
            json!(3.5),
            json!("five"),
            json!(-1),
            json!(257),
        ] {
            let refused = vote(("query_rating", sent.clone())).unwrap_err();
            assert!(refused.contains("invalid query_rating provided"), "{sent}");
        }
    }

    #[test]
    fn whether_it_was_resolved_is_a_boolean() {
        for sent in [json!("true"), json!(1), json!("yes")] {
            assert!(vote(("query_resolved", sent)).is_err());
        }
    }

    #[test]
    fn what_is_absent_or_null_is_missing() {
        for field in ["auth_id", "business_id", "query_resolved", "query_rating"] {
            let refused = vote((field, Value::Null)).unwrap_err();
            assert!(refused.contains(&format!("{field} missing in the request")));
        }
        assert!(vote(("feedback", Value::Null)).is_ok());
    }

    #[test]
    fn a_person_may_be_called_by_a_number() {
        assert_eq!(vote(("auth_id", json!(7))).unwrap().auth_id, "7");
        for sent in [json!(""), json!(7.5), json!({}), json!("a\0b")] {
            assert!(vote(("auth_id", sent)).is_err());
        }
    }

    #[test]
    fn a_comment_is_bounded_and_an_empty_one_is_none() {
        assert!(vote(("feedback", json!("12345"))).is_ok());
        assert!(vote(("feedback", json!("123456"))).is_err());
        let empty = vote(("feedback", json!(""))).unwrap();
        assert_eq!(empty.asked.comment, Ask::Absent);
    }

    fn person(sent: Value) -> Result<Person, Rejection> {
        body(sent).and_then(Person::read)
    }

    #[test]
    fn what_is_said_of_a_person_and_their_device_is_kept_but_no_secret() {
        let person = person(json!({
            "auth_id": "u1", "auth_code": "secret", "mobile_no": 9_870_000_000_i64, "language_code": "en",
            "custom_data": {"plan": "gold"}, "os_version": "14",
        }))
        .unwrap();
        let details = &person.draft.details;
        assert_eq!(details.phone.as_deref(), Some("9870000000"));
        assert_eq!(
            details.metadata.as_deref(),
            Some(r#"{"os_version":"14","custom_data":{"plan":"gold"}}"#)
        );
        assert_eq!(person.echo().email, "");
    }

    #[test]
    fn custom_data_is_flat() {
        for custom in [
            json!({"a": {"b": 1}}),
            json!({"a": [1]}),
            json!([1]),
            json!("x"),
        ] {
            assert!(person(json!({"auth_id": "u1", "custom_data": custom})).is_err());
        }
    }

    #[test]
    fn a_body_is_an_object() {
        for sent in [json!([]), json!(null), json!("x"), json!(5)] {
            assert!(read(sent).unwrap_err().contains("must be a JSON object"));
        }
    }

    proptest! {
        #[test]
        fn a_whole_number_is_read_as_it_is(number in any::<i64>()) {
            prop_assert_eq!(whole(&json!(number)), Some(number));
        }
    }
}
