//! Feedback as it is answered.

use super::{
    Channel, Id, Identified, Message, MirroredVote, NamedProject, Rating, Sentiment, ShownObject,
    State, Time, UniqueMap,
};
use serde::Serialize;
use utoipa::ToSchema;

/// One judgement of one target by one author under one name, as it stands now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Feedback {
    /// Our id.
    pub(crate) id: Id,
    /// The id that it had where it was imported from.
    #[schema(required)]
    pub(crate) external_id: Option<String>,
    /// The project.
    pub(crate) project: NamedProject,
    /// The criterion.
    pub(crate) name: String,
    /// What is judged.
    pub(crate) target: Target,
    /// Who judges.
    pub(crate) author: Author,
    /// What is said.
    #[serde(flatten)]
    pub(crate) judgement: Judgement,
    /// By which interface the current version came.
    pub(crate) channel: Channel,
    /// The key that the current version came with.
    #[schema(required)]
    pub(crate) key_id: Option<Id>,
    /// Whether it stands.
    pub(crate) state: State,
    /// 1 for the first version; one more for every accepted change.
    #[schema(minimum = 1)]
    pub(crate) version: u32,
    /// When the first version was accepted.
    pub(crate) created_at: Time,
    /// When the current version was accepted.
    pub(crate) updated_at: Time,
}

/// A feedback in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedFeedback {
    /// The feedback as it stands.
    #[serde(flatten)]
    pub(crate) feedback: Feedback,
    /// What it judges, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) texts: Option<Excerpts>,
}

/// What a feedback judges: the first 1,000 characters of each text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Excerpts {
    /// What was asked: the message's own query, else the user's last message before it.
    #[schema(required, max_length = 1000)]
    pub(crate) question: Option<String>,
    /// What was answered: the message's text.
    #[schema(required, max_length = 1000)]
    pub(crate) answer: Option<String>,
}

/// What is judged: a message, or a conversation as a whole.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Target {
    /// The conversation, if it is known.
    #[schema(required)]
    pub(crate) conversation: Option<Identified>,
    /// The message; `null` where the conversation as a whole is judged.
    #[schema(required)]
    pub(crate) message: Option<Identified>,
}

/// Who judges.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Author {
    /// Nobody says who.
    Anonymous,
    /// A person who talks to the application.
    EndUser {
        /// Our id.
        id: Id,
        /// What the application calls the person.
        external_id: String,
        /// Groups that the person belongs to now, by kind of group.
        #[schema(value_type = HashMap<String, Vec<String>>)]
        segments: UniqueMap<Vec<String>>,
    },
    /// A colleague who reviews answers.
    Reviewer {
        /// The name.
        name: String,
    },
    /// A model that judges.
    Model {
        /// The name.
        name: String,
    },
}

/// A number on a scale.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Score {
    /// The value.
    pub(crate) value: f64,
    /// The lowest value of the scale.
    pub(crate) lowest: f64,
    /// The highest value of the scale.
    pub(crate) highest: f64,
}

/// What one feedback says. In one that was taken back everything is `null` or empty.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Judgement {
    /// A thumb.
    #[schema(required)]
    pub(crate) rating: Option<Rating>,
    /// A number on a scale.
    #[schema(required)]
    pub(crate) score: Option<Score>,
    /// Whether the person's question was resolved.
    #[schema(required)]
    pub(crate) resolved: Option<bool>,
    /// Why, in words that are the same for many people.
    pub(crate) reasons: Vec<String>,
    /// Why, in the person's own words.
    #[schema(required)]
    pub(crate) comment: Option<String>,
    /// What the answer should have been.
    #[schema(required)]
    pub(crate) correction: Option<String>,
    /// Answers to the project's questions: the option's name by the attribute's.
    #[schema(value_type = HashMap<String, String>)]
    pub(crate) attributes: UniqueMap<String>,
    /// What it amounts to.
    pub(crate) sentiment: Sentiment,
    /// When the person copied the message.
    #[schema(required)]
    pub(crate) message_copied_at: Option<Time>,
    /// When the person judged, by the client's word.
    #[schema(required)]
    pub(crate) submitted_at: Option<Time>,
    /// A free object.
    #[schema(required, value_type = Option<Object>)]
    pub(crate) metadata: Option<ShownObject>,
}

/// One version of a feedback.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedbackVersion {
    /// 1 for the first.
    #[schema(minimum = 1)]
    pub(crate) version: u32,
    /// Whether this version stands or took the feedback back.
    pub(crate) state: State,
    /// What was said.
    #[serde(flatten)]
    pub(crate) judgement: Judgement,
    /// By which interface it came.
    pub(crate) channel: Channel,
    /// The key that it came with.
    #[schema(required)]
    pub(crate) key_id: Option<Id>,
    /// When it was accepted.
    pub(crate) at: Time,
}

/// A feedback with its history and what it judges.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedbackDetail {
    /// The feedback as it stands.
    #[serde(flatten)]
    pub(crate) feedback: Feedback,
    /// Every version, oldest first; the last is the current one. Those that the operator has dropped are not here.
    pub(crate) history: Vec<FeedbackVersion>,
    /// How many versions before the first in `history` were dropped.
    pub(crate) dropped_versions: u32,
    /// The message that is judged.
    #[schema(required)]
    pub(crate) message: Option<Message>,
    /// What the message answers: its own query, else the user's last message before it.
    #[schema(required)]
    pub(crate) question: Option<String>,
    /// Versions that the vendor behind the project is to hear of and has not, or did not take; oldest first.
    pub(crate) mirror: Vec<MirroredVote>,
}

/// What became of a request to record feedback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// There is a new feedback.
    Created,
    /// There is a new version of a feedback.
    Changed,
    /// A feedback was taken back.
    Retracted,
    /// Nothing new was said.
    Unchanged,
}

/// What a key that may not read learns of the feedback that it gave.
// Closed, so that by the schemas an answer is either a feedback or a receipt.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeedbackReceipt {
    /// What became of the request.
    pub(crate) outcome: Outcome,
    /// Our id.
    pub(crate) id: Id,
    /// The version that the request made or found.
    #[schema(minimum = 1)]
    pub(crate) version: u32,
    /// When the first version was accepted.
    pub(crate) created_at: Time,
    /// When the current version was accepted.
    pub(crate) updated_at: Time,
}

/// A feedback as it stands after a request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WrittenFeedback {
    /// What became of the request.
    pub(crate) outcome: Outcome,
    /// The feedback.
    #[serde(flatten)]
    pub(crate) feedback: Feedback,
}

/// The feedback as it stands after a request, or a receipt where the key may not read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum FeedbackWritten {
    /// For a key that may read.
    Feedback(Box<WrittenFeedback>),
    /// For one that may not.
    Receipt(FeedbackReceipt),
}
