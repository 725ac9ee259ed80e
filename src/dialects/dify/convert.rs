//! Between what Dify's clients say and what Candor knows. Pure.

use super::error::Rejection;
use super::python;
use super::wire::{BodyFault, EndUserDetail, FeedbackBody, FeedbackItem};
use crate::domain::vote::{
    Absent, Addressee, Ask, Asked, AuthorRef, Command, Identity, Place, Policy, RowRef, TakingBack,
    UnknownAuthor,
};
use crate::domain::{
    Author, Caller, DEFAULT_NAME, Dialect, EndUser, Feedback, NamedRow, Project, Rating, Timestamp,
};
use crate::limits;
use serde_json::value::RawValue;
use uuid::Uuid;

/// The rules of Dify's votes.
pub(super) const POLICY: Policy = Policy {
    identity: Identity::One,
    absent: Absent::ClearsComment,
    taking_back: TakingBack::MissingRating,
    unknown_author: UnknownAuthor::AlwaysRegistered,
    only_the_owner: true,
    quiet_microseconds: None,
    may_be_empty: false,
};

/// The user of a request that only reads and names none (`DefaultEndUserSessionID` in `api/models/model.py`).
pub(super) const DEFAULT_USER: &str = "DEFAULT-USER";

/// What the driver of Dify's database says, and Dify passes on.
const NUL: &str = "A string literal cannot contain NUL (0x00) characters.";

/// A vote as it was sent: read, but with what is wrong about rating and content kept for its turn.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) user: Option<String>,
    rating: Option<Ask<Rating>>,
    content: Option<Ask<String>>,
}

/// A vote that may be recorded.
#[derive(Debug, PartialEq)]
pub(super) struct Vote {
    pub(super) rating: Ask<Rating>,
    pub(super) comment: Ask<String>,
}

impl Sent {
    /// Reads a body. What is not JSON is refused here, before anything that it says is looked at.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Rejection> {
        let body = FeedbackBody::parse(bytes).map_err(|fault| match fault {
            BodyFault::NotJson => Rejection::bad_body(),
            BodyFault::NotAnObject => Rejection::invalid("The body must be a JSON object."),
        })?;
        Ok(Self {
            rating: rating(body.rating)?,
            content: content(body.content)?,
            user: user(body.user)?,
        })
    }

    /// The vote, if rating and content are what they may be.
    pub(super) fn vote(self, content_characters: usize) -> Result<Vote, Rejection> {
        let mut faults = Vec::new();
        if self.rating.is_none() {
            faults.push("rating: Input should be 'like' or 'dislike'".to_owned());
        }
        if self.content.is_none() {
            faults.push("content: Input should be a valid string".to_owned());
        }
        let (Some(rating), Some(comment)) = (self.rating, self.content) else {
            return Err(Rejection::invalid(faults.join("; ")));
        };
        // A vote that takes back writes no comment, so nothing is wrong with it.
        if !matches!(rating, Ask::Set(_)) {
            let comment = Ask::Absent;
            return Ok(Vote { rating, comment });
        }
        if let Ask::Set(text) = &comment {
            if !limits::fits(text, content_characters) {
                return Err(Rejection::invalid(format!(
                    "content: String should have at most {content_characters} characters"
                )));
            }
            if text.contains('\0') {
                return Err(Rejection::invalid(NUL));
            }
        }
        Ok(Vote { rating, comment })
    }
}

/// None for what is neither `"like"` nor `"dislike"` nor null.
fn rating(sent: Option<&RawValue>) -> Result<Option<Ask<Rating>>, Rejection> {
    Ok(match sent.map(RawValue::get) {
        None => Some(Ask::Absent),
        Some("null") => Some(Ask::Clear),
        Some("\"like\"") => Some(Ask::Set(Rating::Positive)),
        Some("\"dislike\"") => Some(Ask::Set(Rating::Negative)),
        Some(text) if text.starts_with('"') => rating_named(&string(text)?).map(Ask::Set),
        Some(_) => None,
    })
}

/// None for what is neither a string nor null.
fn content(sent: Option<&RawValue>) -> Result<Option<Ask<String>>, Rejection> {
    Ok(match sent.map(RawValue::get) {
        None => Some(Ask::Absent),
        Some("null") => Some(Ask::Clear),
        Some(text) if text.starts_with('"') => Some(Ask::Set(string(text)?)),
        Some(_) => None,
    })
}

fn string(json: &str) -> Result<String, Rejection> {
    serde_json::from_str(json).map_err(|_| Rejection::bad_body())
}

pub(super) fn user(sent: Option<&RawValue>) -> Result<Option<String>, Rejection> {
    match python::text_if_true(sent.map_or("null", RawValue::get)) {
        Ok(user) => Ok(user),
        Err(python::Fault::NotJson) => Err(Rejection::bad_body()),
        Err(python::Fault::TooLong) => Err(user_too_long()),
    }
}

fn user_too_long() -> Rejection {
    Rejection::invalid(format!(
        "user: String should have at most {} characters",
        limits::DIFY_USER_CHARACTERS
    ))
}

/// A user's name as Dify can store it.
pub(super) fn checked_user(user: String) -> Result<String, Rejection> {
    if user.contains('\0') {
        return Err(Rejection::invalid(NUL));
    }
    if !limits::fits(&user, limits::DIFY_USER_CHARACTERS) {
        return Err(user_too_long());
    }
    Ok(user)
}

/// The command that a vote is.
pub(super) fn command(
    caller: &Caller,
    project: &Project,
    message: Uuid,
    user: String,
    vote: Vote,
) -> Command {
    let addressee = Addressee::Vote {
        place: Place::Message {
            conversation: None,
            message: named(message),
        },
        author: AuthorRef::EndUser {
            external_id: user,
            of_workspace: false,
        },
        name: DEFAULT_NAME.to_owned(),
    };
    let asked = Asked {
        rating: vote.rating,
        comment: vote.comment,
        ..Asked::default()
    };
    Command {
        key: caller.who.key(),
        ..Command::new(project, Dialect::Dify, POLICY, addressee, asked)
    }
}

/// Something by the UUID that Dify gave it, always written in lower case.
pub(super) fn named(id: Uuid) -> RowRef {
    RowRef::External(id.hyphenated().to_string())
}

/// Dify's word for a rating.
pub(super) const fn rating_name(rating: Rating) -> &'static str {
    match rating {
        Rating::Positive => "like",
        Rating::Negative => "dislike",
    }
}

/// The rating that Dify's word means.
pub(super) fn rating_named(name: &str) -> Option<Rating> {
    match name {
        "like" => Some(Rating::Positive),
        "dislike" => Some(Rating::Negative),
        _ => None,
    }
}

/// A feedback as Dify lists it; none for one without a rating, which Dify does not have.
pub(super) fn feedback_item(feedback: Feedback) -> Option<FeedbackItem> {
    let rating = rating_name(feedback.judgement.rating?);
    let (from_source, from_end_user_id) = match feedback.author {
        Author::EndUser { id, .. } => ("user", Some(id.to_string())),
        Author::Anonymous => ("user", None),
        Author::Reviewer(_) | Author::Model(_) => ("admin", None),
    };
    let created_at = whole_seconds(feedback.created_at);
    let updated_at = if feedback.updated_at == feedback.created_at {
        created_at.clone()
    } else {
        with_microseconds(feedback.updated_at)
    };
    Some(FeedbackItem {
        id: feedback
            .external_id
            .unwrap_or_else(|| feedback.id.to_string()),
        app_id: feedback.project.to_string(),
        conversation_id: feedback.target.conversation.map(name_of),
        message_id: feedback.target.message.map(name_of),
        rating,
        content: feedback.judgement.comment,
        from_source,
        from_end_user_id,
        from_account_id: None,
        created_at,
        updated_at,
    })
}

fn name_of<Id: ToString>(row: NamedRow<Id>) -> String {
    row.external_id.unwrap_or_else(|| row.id.to_string())
}

/// A person as `GET /end-users/{id}` tells of them.
pub(super) fn end_user_detail(end_user: EndUser, project: &Project) -> EndUserDetail {
    EndUserDetail {
        id: end_user.id.to_string(),
        tenant_id: project.workspace.to_string(),
        app_id: project.id.to_string(),
        kind: "service-api",
        is_anonymous: end_user.external_id == DEFAULT_USER,
        session_id: end_user.external_id.clone(),
        external_user_id: end_user.external_id,
        name: end_user.details.name,
        created_at: whole_seconds(end_user.created_at),
        updated_at: whole_seconds(end_user.updated_at),
    }
}

/// `2026-11-20T23:54:13`: Dify's database keeps the time of creation in whole seconds, in UTC without saying so.
fn whole_seconds(at: Timestamp) -> String {
    let whole = Timestamp::from_microseconds(at.seconds() * 1_000_000).to_string();
    whole.trim_end_matches('Z').to_owned()
}

/// `2026-11-20T23:54:13.235627`: Python's `isoformat`, which has six digits or none.
fn with_microseconds(at: Timestamp) -> String {
    match at.microseconds().rem_euclid(1_000_000) {
        0 => whole_seconds(at),
        fraction => format!("{}.{fraction:06}", whole_seconds(at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sent(body: &str) -> Result<Sent, Rejection> {
        Sent::read(body.as_bytes())
    }

    fn vote(body: &str) -> Option<Vote> {
        sent(body).and_then(|sent| sent.vote(5)).ok()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap_or(Timestamp::MIN)
    }

    #[test]
    fn a_rating_is_exactly_one_of_two_words_or_null() {
        for (json, expected) in [
            ("\"like\"", Ask::Set(Rating::Positive)),
            ("\"dislike\"", Ask::Set(Rating::Negative)),
            ("\"l\\u0069ke\"", Ask::Set(Rating::Positive)),
            ("null", Ask::Clear),
        ] {
            let vote = vote(&format!("{{\"rating\":{json}}}"));
            assert_eq!(vote.map(|vote| vote.rating), Some(expected), "{json}");
        }
        for json in [
            "\"LIKE\"",
            "\"null\"",
            "\"\"",
            "\"like \"",
            "1",
            "true",
            "[\"like\"]",
            "{}",
        ] {
            assert_eq!(vote(&format!("{{\"rating\":{json}}}")), None, "{json}");
        }
    }

    #[test]
    fn an_absent_rating_is_no_rating() {
        assert_eq!(vote("{}").map(|vote| vote.rating), Some(Ask::Absent));
    }

    #[test]
    fn content_is_a_string_within_its_bound() {
        let comment = |json: &str| {
            vote(&format!("{{\"rating\":\"like\",\"content\":{json}}}")).map(|vote| vote.comment)
        };
        assert_eq!(comment("\"\""), Some(Ask::Set(String::new())));
        assert_eq!(comment("\"ééééé\""), Some(Ask::Set("ééééé".to_owned())));
        assert_eq!(comment("null"), Some(Ask::Clear));
        assert_eq!(comment("\"123456\""), None);
        assert_eq!(comment("\"a\\u0000\""), None);
        assert_eq!(comment("5"), None);
    }

    #[test]
    fn a_vote_that_takes_back_says_no_comment() {
        for content in ["\"x\"", "\"a\\u0000\"", "\"123456\"", "null"] {
            for rating in ["\"rating\":null,", ""] {
                let vote = vote(&format!("{{{rating}\"content\":{content}}}"));
                assert_eq!(
                    vote.map(|vote| vote.comment),
                    Some(Ask::Absent),
                    "{content}"
                );
            }
        }
        assert_eq!(vote(r#"{"rating":null,"content":5}"#), None);
    }

    #[test]
    fn a_body_with_half_a_surrogate_pair_is_refused_whole() {
        assert!(sent(r#"{"content":"\ud800"}"#).is_err());
        assert!(sent(r#"{"user":"\ud800"}"#).is_err());
        assert!(sent(r#"{"rating":"\ud800"}"#).is_err());
    }

    #[test]
    fn a_user_of_255_characters_is_the_longest() {
        assert!(checked_user("é".repeat(255)).is_ok());
        assert!(checked_user("u".repeat(256)).is_err());
        assert!(checked_user("a\0b".to_owned()).is_err());
    }

    #[test]
    fn times_are_written_as_python_writes_them() {
        let time = at("2026-11-20T23:54:13.000042Z");
        assert_eq!(whole_seconds(time), "2026-11-20T23:54:13");
        assert_eq!(with_microseconds(time), "2026-11-20T23:54:13.000042");
        assert_eq!(
            with_microseconds(at("2026-11-20T23:54:13Z")),
            "2026-11-20T23:54:13"
        );
    }

    #[test]
    fn a_time_before_1970_keeps_its_order() {
        let time = at("1969-12-31T23:59:58.25Z");
        assert_eq!(with_microseconds(time), "1969-12-31T23:59:58.250000");
    }

    proptest! {
        #[test]
        fn any_time_is_read_back_as_it_was(microseconds in -62_135_596_800_000_000_i64..253_402_300_799_999_999) {
            let time = Timestamp::from_microseconds(microseconds);
            let written = format!("{}Z", with_microseconds(time));
            prop_assert_eq!(written.parse::<Timestamp>().ok(), Some(time));
        }

        #[test]
        fn no_body_makes_the_reader_fall_over(body in any::<Vec<u8>>()) {
            let _ = Sent::read(&body).and_then(|sent| sent.vote(5));
        }
    }
}
