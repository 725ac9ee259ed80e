//! From Wonderchat's words to ours and back.

use super::cuid;
use super::error::Rejection;
use super::wire::{Body, Chatlog, Entry, Exchange, FeedbackUpdated, MessageFeedback, SUCCESS};
use crate::app::{Transcript, Voted, VotedOutcome};
use crate::dialects::answer::milliseconds;
use crate::domain::vote::{
    Absent, Addressee, Ask, Asked, AuthorRef, Command, Identity, Place, Policy, RowRef, TakingBack,
    UnknownAuthor,
};
use crate::domain::{
    Author, Caller, DEFAULT_NAME, Dialect, Feedback, Message, Project, Rating, Role, Sentiment,
    TagChange, Timestamp,
};
use crate::error::Error;
use serde_json::{Map, Value};

/// The rules of Wonderchat's votes: a message has one feedback, whoever gives it.
pub(super) const POLICY: Policy = Policy {
    identity: Identity::One,
    absent: Absent::Keeps,
    taking_back: TakingBack::Asked,
    unknown_author: UnknownAuthor::Registered,
    only_the_owner: false,
    quiet_microseconds: None,
    may_be_empty: false,
};

const MICROSECONDS_A_DAY: i64 = 86_400_000_000;
const MICROSECONDS_A_MILLISECOND: i64 = 1000;

/// A vote as it was sent.
#[derive(Debug)]
pub(super) struct Vote {
    pub(super) message: String,
    rating: Rating,
    comment: Ask<String>,
}

impl Vote {
    pub(super) fn of(body: &Body) -> Result<Self, Rejection> {
        let message = body.required("messageId")?.to_owned();
        let rating = match body.required("feedback")? {
            "HELPFUL" => Rating::Positive,
            "NOT_HELPFUL" => Rating::Negative,
            _ => {
                return Err(Rejection::invalid(
                    "feedback must be HELPFUL or NOT_HELPFUL",
                ));
            }
        };
        let comment = match (body.value("userComment"), body.optional("userComment")?) {
            (None, _) => Ask::Absent,
            (_, None | Some("")) => Ask::Clear,
            (_, Some(comment)) => Ask::Set(comment.to_owned()),
        };
        Ok(Self {
            message,
            rating,
            comment,
        })
    }

    /// The command that it is.
    pub(super) fn command(self, caller: &Caller, project: &Project, message: RowRef) -> Command {
        let place = Place::Message {
            conversation: None,
            message,
        };
        let asked = Asked {
            rating: Ask::Set(self.rating),
            comment: self.comment,
            ..Asked::default()
        };
        Command {
            key: caller.who.key(),
            ..Command::new(
                project,
                Dialect::Wonderchat,
                POLICY,
                anonymous(place),
                asked,
            )
        }
    }

    /// The answer to it.
    pub(super) fn answer(rating: Rating, voted: &Voted) -> Result<FeedbackUpdated, Error> {
        let id = voted
            .feedback
            .ok_or_else(|| Error::internal("a vote left no feedback"))?;
        let feedback = match rating {
            Rating::Positive => "HELPFUL",
            Rating::Negative => "NOT_HELPFUL",
        };
        Ok(FeedbackUpdated {
            status: SUCCESS,
            feedback,
            was_updated: voted.outcome != VotedOutcome::Created,
            message_feedback: MessageFeedback {
                id: cuid::encode(id.0),
                feedback_type: feedback,
                submitted_at: milliseconds(voted.updated_at),
            },
        })
    }

    pub(super) const fn rating(&self) -> Rating {
        self.rating
    }
}

/// The one feedback of nobody in particular for this place.
pub(super) fn anonymous(place: Place) -> Addressee {
    Addressee::Vote {
        place,
        author: AuthorRef::Anonymous,
        name: DEFAULT_NAME.to_owned(),
    }
}

/// What an id may mean: first what the application called the row, then the row whose id we showed as a cuid.
pub(super) fn meanings(id: &str) -> (RowRef, Option<RowRef>) {
    (
        RowRef::External(id.to_owned()),
        cuid::decode(id).map(RowRef::Id),
    )
}

/// Whether a project is the chatbot of this id.
pub(super) fn is_chatbot(project: &Project, id: &str) -> bool {
    chatbot_id(project) == id || cuid::decode(id) == Some(project.id.0)
}

/// The chatbot's id of a project.
pub(super) fn chatbot_id(project: &Project) -> String {
    let given = project.wonderchat_chatbot_id.clone();
    given.unwrap_or_else(|| cuid::encode(project.id.0))
}

/// The tags of a request.
pub(super) fn tags(body: &Body) -> Result<Vec<String>, Rejection> {
    let refused = || Rejection::invalid("tags must be an array of strings");
    let tags = match body.value("tags") {
        None => return Err(Rejection::invalid("tags is required")),
        Some(tags) => tags.as_array().ok_or_else(refused)?,
    };
    tags.iter()
        .map(|tag| tag.as_str().map(str::to_owned).ok_or_else(refused))
        .collect()
}

/// How a request wants tags to be changed.
pub(super) type Change = fn(Vec<String>) -> TagChange;

/// The first moment of an export, and the first after it. Both ends are part of it; a day is all of the day.
pub(super) fn span(body: &Body) -> Result<(Option<Timestamp>, Option<Timestamp>), Rejection> {
    let read = |name: &'static str| {
        let Some(text) = body.optional(name)? else {
            return Ok(None);
        };
        moment(text)
            .map(Some)
            .ok_or_else(|| Rejection::invalid(format!("{name} must be an ISO 8601 date")))
    };
    let since = read("startDate")?.map(|(at, _)| at);
    let until = read("endDate")?.map(|(at, length)| at.plus_microseconds(length));
    Ok((since, until))
}

/// A time and how long it lasts, in microseconds: `2024-05-01` or `2024-05-01T12:00:00.000Z`; without an offset it is UTC.
pub(super) fn moment(text: &str) -> Option<(Timestamp, i64)> {
    if let Ok(day) = format!("{text}T00:00:00Z").parse() {
        return Some((day, MICROSECONDS_A_DAY));
    }
    let time = text.parse().or_else(|_| format!("{text}Z").parse());
    Some((time.ok()?, MICROSECONDS_A_MILLISECOND))
}

/// A conversation's turns, oldest first. What neither the person nor the AI said is left out.
pub(super) fn entries(messages: Vec<Message>) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(messages.len());
    for message in messages {
        let created_at = milliseconds(message.created_at);
        let kind = match message.role {
            Some(Role::System | Role::Tool) => continue,
            Some(Role::User) => "user",
            Some(Role::Assistant) | None => "bot",
        };
        let query = message.query.map(|query| Entry {
            content: query,
            kind: "user",
            created_at: created_at.clone(),
        });
        entries.extend(query);
        entries.push(Entry {
            content: message.content.unwrap_or_default(),
            kind,
            created_at,
        });
    }
    entries
}

/// A conversation as the export shows it.
pub(super) fn chatlog(project: Option<&Project>, transcript: Transcript) -> Chatlog {
    let Transcript {
        conversation,
        end_user,
        messages,
        feedback,
    } = transcript;
    let kept = Kept::of(conversation.metadata.as_deref());
    let details = end_user.map(|person| person.details).unwrap_or_default();
    let own: Vec<_> = feedback.iter().filter(|one| is_own(one)).collect();
    let state = newest(&own, |one| one.judgement.resolved).map(|resolved| {
        let state = if resolved { "RESOLVED" } else { "UNRESOLVED" };
        state.to_owned()
    });
    Chatlog {
        created_at: milliseconds(conversation.created_at),
        chatbot_id: project.map(chatbot_id).unwrap_or_default(),
        user_email: details.email.or_else(|| kept.text("userEmail")),
        user_phone_number: details.phone.or_else(|| kept.text("userPhoneNumber")),
        user_name: details.name.or_else(|| kept.text("userName")),
        country_code: kept.text("countryCode"),
        user_feedback: newest(&own, good_or_bad),
        average_confidence: kept.0.get("averageConfidence").and_then(Value::as_f64),
        ai_resolution_state: state.or_else(|| kept.text("aiResolutionState")),
        initial_page_url: kept.text("initialPageUrl"),
        messages: exchanges(messages),
    }
}

/// Whether people who talk to the chatbot gave it, rather than those who look after it.
const fn is_own(feedback: &Feedback) -> bool {
    matches!(feedback.author, Author::EndUser { .. } | Author::Anonymous)
}

/// What the newest feedback says that says something of it.
fn newest<T>(feedback: &[&Feedback], says: impl Fn(&Feedback) -> Option<T>) -> Option<T> {
    let mut said: Vec<_> = feedback
        .iter()
        .filter_map(|one| Some(((one.updated_at, one.number), says(one)?)))
        .collect();
    said.sort_by_key(|(place, _)| *place);
    said.pop().map(|(_, said)| said)
}

fn good_or_bad(feedback: &Feedback) -> Option<&'static str> {
    match feedback.judgement.sentiment() {
        Sentiment::Positive => Some("GOOD"),
        Sentiment::Negative => Some("BAD"),
        Sentiment::Neutral | Sentiment::Unknown => None,
    }
}

/// Questions with their answers. A question that was told by itself goes with the next answer.
fn exchanges(messages: Vec<Message>) -> Vec<Exchange> {
    let mut exchanges: Vec<Exchange> = Vec::with_capacity(messages.len());
    let mut open = false;
    for message in messages {
        let created_at = milliseconds(message.created_at);
        match message.role {
            Some(Role::System | Role::Tool) => {}
            Some(Role::User) => {
                exchanges.push(Exchange {
                    user_message: message.content,
                    bot_message: None,
                    created_at,
                });
                open = true;
            }
            Some(Role::Assistant) | None => {
                match exchanges
                    .last_mut()
                    .filter(|_| open && message.query.is_none())
                {
                    Some(asked) => asked.bot_message = message.content,
                    None => exchanges.push(Exchange {
                        user_message: message.query,
                        bot_message: message.content,
                        created_at,
                    }),
                }
                open = false;
            }
        }
    }
    exchanges
}

/// What a conversation's metadata keeps of an export, under the export's own names.
#[derive(Default)]
struct Kept(Map<String, Value>);

impl Kept {
    fn of(metadata: Option<&str>) -> Self {
        let fields = metadata.and_then(|text| serde_json::from_str(text).ok());
        fields.map(Self).unwrap_or_default()
    }

    fn text(&self, name: &str) -> Option<String> {
        self.0.get(name)?.as_str().map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn comment(body: Value) -> Option<Ask<String>> {
        let mut fields = json!({"messageId": "m", "feedback": "HELPFUL"});
        if let (Some(fields), Value::Object(more)) = (fields.as_object_mut(), body) {
            fields.extend(more);
        }
        let body = Body::of(fields).ok()?;
        Vote::of(&body).ok().map(|vote| vote.comment)
    }

    #[test]
    fn a_comment_that_is_empty_or_null_clears_and_an_absent_one_says_nothing() {
        assert_eq!(comment(json!({})), Some(Ask::Absent));
        assert_eq!(comment(json!({"userComment": null})), Some(Ask::Clear));
        assert_eq!(comment(json!({"userComment": ""})), Some(Ask::Clear));
        assert_eq!(
            comment(json!({"userComment": " "})),
            Some(Ask::Set(" ".to_owned()))
        );
        assert_eq!(comment(json!({"userComment": 5})), None);
    }

    #[test]
    fn the_value_is_exactly_one_of_two_words() {
        for value in ["helpful", "HELPFUL ", "", "GOOD"] {
            assert_eq!(comment(json!({"feedback": value})), None, "{value}");
        }
        assert_eq!(comment(json!({"feedback": true})), None);
    }

    #[test]
    fn a_day_lasts_a_day_and_a_time_without_an_offset_is_utc() {
        let at = |text: &str| moment(text).map(|(at, length)| (at.to_string(), length));
        let noon = "2024-05-01T12:00:00Z".to_owned();
        for text in [
            "2024-05-01T12:00:00",
            "2024-05-01T12:00:00.000Z",
            "2024-05-01T14:00:00+02:00",
        ] {
            assert_eq!(at(text), Some((noon.clone(), 1000)), "{text}");
        }
        let day = "2024-05-01T00:00:00Z".to_owned();
        assert_eq!(at("2024-05-01"), Some((day, MICROSECONDS_A_DAY)));
        assert_eq!(at("May"), None);
        assert_eq!(at(""), None);
    }
}
