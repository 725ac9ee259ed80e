//! What can be asked of the store.

use crate::domain::vote::RowRef;
use crate::domain::{
    AttributeAnswer, ConversationId, Dialect, Dimension, EndUserId, FeedbackId, Interval,
    MessageId, ProjectId, Quarter, Rating, Segment, Sentiment, Sums, Timestamp, TopicKind,
    WorkspaceId, Zone,
};
use crate::error::Error;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// Which feedback. Every filter that is set narrows the list; the newest come first.
#[derive(Clone, Debug, Default)]
pub struct FeedbackFilter {
    /// The projects; no feedback of any other is found.
    pub projects: Vec<ProjectId>,
    /// By which dialect it came.
    pub channel: Option<Dialect>,
    /// The criterion.
    pub name: Option<String>,
    /// What it amounts to.
    pub sentiment: Option<Sentiment>,
    /// The thumb.
    pub rating: Option<Rating>,
    /// Whether there is a thumb.
    pub has_rating: Option<bool>,
    /// The lowest score, in the score's own scale.
    pub score_minimum: Option<f64>,
    /// The highest score, in the score's own scale.
    pub score_maximum: Option<f64>,
    /// Whether the question was resolved.
    pub resolved: Option<bool>,
    /// A reason that is among its reasons.
    pub reason: Option<String>,
    /// An answer that is among its attributes.
    pub attribute: Option<AttributeAnswer>,
    /// The person who judges.
    pub end_user: Option<RowRef>,
    /// A group that the person who judges belongs to now.
    pub segment: Option<Segment>,
    /// The conversation that is judged, or whose message is.
    pub conversation: Option<RowRef>,
    /// The messages that are judged; empty for any.
    pub messages: Vec<RowRef>,
    /// Whether there is a comment.
    pub has_comment: Option<bool>,
    /// Created at this time or later.
    pub since: Option<Timestamp>,
    /// Created before this time.
    pub until: Option<Timestamp>,
    /// Words that are all in the comment.
    pub search: Option<String>,
    /// Whether feedback that was taken back is listed too.
    pub with_retracted: bool,
}

/// Which conversations, the latest first.
#[derive(Clone, Debug)]
pub struct ConversationFilter {
    /// The project.
    pub project: ProjectId,
    /// The person who talks.
    pub end_user: Option<EndUserId>,
}

/// Which end users, the latest first.
#[derive(Clone, Copy, Debug)]
pub enum EndUserFilter {
    /// Those of a project.
    OfProject(ProjectId),
    /// Those of a workspace as a whole.
    OfWorkspace(WorkspaceId),
}

/// Which conversations to read with everything that belongs to them, the latest first.
#[derive(Clone, Debug, Default)]
pub struct TranscriptFilter {
    /// The projects; no conversation of any other is found.
    pub projects: Vec<ProjectId>,
    /// Begun at this time or later.
    pub since: Option<Timestamp>,
    /// Begun before this time.
    pub until: Option<Timestamp>,
    /// Conversations by our numbers; empty for any.
    pub numbers: Vec<i64>,
    /// Conversations by what the application calls them; empty for any.
    pub external_ids: Vec<String>,
    /// The people who talk; empty for anybody.
    pub end_users: Vec<RowRef>,
    /// A part of a message's text, whatever the case of its ASCII letters.
    pub search: Option<String>,
    /// A part of what the person who talks is called, of the name, the account's name or the e-mail address.
    pub end_user_search: Option<String>,
    /// Groups of which the person who talks belongs to one, by number; empty for anybody.
    pub segments: Vec<i64>,
    /// Topics of a kind of which a message is about one, by number; empty for any. All of the entries must hold.
    pub topics: Vec<(TopicKind, Vec<i64>)>,
    /// Feedback that there is, or is not, on the conversation or one of its messages. All of the entries must hold.
    pub feedback: Vec<TranscriptFeedback>,
    /// Values that the conversation's metadata has, all of them.
    pub metadata: Vec<MetadataValue>,
    /// Whether people who are internal for the project are left out.
    pub without_internal: bool,
    /// Whether conversations of nobody known are left out.
    pub without_anonymous: bool,
}

/// Feedback that a conversation has, or has not. All must hold of one feedback, which stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TranscriptFeedback {
    /// Whether the conversation has none of it instead.
    pub none: bool,
    /// The thumb.
    pub rating: Option<Rating>,
    /// Options of attributes, by number, of which it names one; empty for any.
    pub options: Vec<i64>,
}

/// A value in a metadata object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataValue {
    /// The field; any, if it is absent.
    pub field: Option<String>,
    /// The value as text: a number as it is written, `true`, `false`. Any, if it is absent.
    pub value: Option<String>,
}

/// A part of a list, with the number of all that match.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted<T> {
    /// How many match.
    pub count: u64,
    /// Those of the page.
    pub items: Vec<T>,
}

/// Which people of a workspace as a whole, the latest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct PeopleFilter {
    /// Those who have a conversation in this project.
    pub talks_in: Option<ProjectId>,
    /// First heard of at this time or later.
    pub since: Option<Timestamp>,
    /// First heard of before this time.
    pub until: Option<Timestamp>,
}

/// Which messages of one conversation, oldest first; a page holds the latest that come before `before`.
#[derive(Clone, Debug)]
pub struct MessageFilter {
    /// The conversation.
    pub conversation: ConversationId,
    /// Only messages said before this one.
    pub before: Option<MessageId>,
    /// The most messages.
    pub limit: usize,
}

/// Which part of the log of feedback, oldest first.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// The projects; no feedback of any other is found.
    pub projects: Vec<ProjectId>,
    /// Accepted at this time or later.
    pub since: Option<Timestamp>,
    /// After this position.
    pub after: i64,
    /// The most entries.
    pub limit: usize,
}

/// Which sums over feedback.
#[derive(Clone, Debug)]
pub struct SumsQuery {
    /// The projects; no feedback of any other is counted.
    pub projects: Vec<ProjectId>,
    /// The first quarter of an hour.
    pub since: Quarter,
    /// The quarter after the last one.
    pub until: Quarter,
    /// How long each stretch of time is that is summed; none for one sum over all of it.
    pub interval: Option<Interval>,
    /// Whose hours and days the stretches are.
    pub zone: Zone,
    /// What is told apart, each once.
    pub dimensions: Vec<Dimension>,
    /// The dialects by which it came; empty for any.
    pub channels: Vec<Dialect>,
    /// The criteria; empty for any.
    pub names: Vec<String>,
    /// What it amounts to; empty for anything.
    pub sentiments: Vec<Sentiment>,
    /// The most groups; where there are more, none is given.
    pub most: usize,
}

/// The sums over one group of feedback. What was not told apart is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SumsRow {
    /// The first moment of the stretch of time.
    pub since: Option<Timestamp>,
    /// The project.
    pub project: Option<ProjectId>,
    /// The dialect by which it came.
    pub channel: Option<Dialect>,
    /// The criterion.
    pub name: Option<String>,
    /// What it amounts to.
    pub sentiment: Option<Sentiment>,
    /// The sums.
    pub sums: Sums,
}

/// Which part of a list.
#[derive(Clone, Copy, Debug)]
pub struct Paging {
    /// After this place.
    pub after: Option<Cursor>,
    /// The most items.
    pub limit: usize,
}

/// A place in a list that is ordered by time and then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The time of the last item before the place.
    pub at: Timestamp,
    /// Its id.
    pub id: Uuid,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The items. A page whose list goes on may have fewer than were asked for, even none.
    pub items: Vec<T>,
    /// Where the list goes on, if it does.
    pub next: Option<Cursor>,
}

impl Paging {
    /// The first `limit` items.
    pub const fn first(limit: usize) -> Self {
        Self { after: None, limit }
    }
}

impl Cursor {
    /// The place after a feedback.
    pub const fn after(at: Timestamp, id: FeedbackId) -> Self {
        Self { at, id: id.0 }
    }

    /// The cursor as clients carry it.
    pub fn encode(self) -> String {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.at.microseconds().to_be_bytes());
        bytes[8..].copy_from_slice(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The cursor from what [`Cursor::encode`] gave.
    pub fn decode(text: &str) -> Result<Self, Error> {
        let refused = || Error::invalid("cursor", "this is not a cursor that a list gave");
        let bytes: [u8; 24] = URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(refused)?;
        let (at, id) = bytes.split_at(8);
        let at = i64::from_be_bytes(at.try_into().map_err(|_| refused())?);
        Ok(Self {
            at: Timestamp::from_microseconds(at),
            id: Uuid::from_slice(id).map_err(|_| refused())?,
        })
    }
}

impl<T> Page<T> {
    /// A page from one item more than it may hold, which tells that the list goes on.
    pub(super) fn from_one_more(
        mut items: Vec<T>,
        limit: usize,
        place: impl Fn(&T) -> Cursor,
    ) -> Self {
        let goes_on = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| goes_on).map(place);
        Self { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_encoding() {
        let cursor = Cursor {
            at: Timestamp::from_microseconds(-5),
            id: Uuid::from_u128(7),
        };
        assert_eq!(Cursor::decode(&cursor.encode()).ok(), Some(cursor));
    }

    #[test]
    fn nonsense_is_not_a_cursor() {
        assert!(Cursor::decode("%%%").is_err());
        assert!(Cursor::decode("AAAA").is_err());
    }
}
