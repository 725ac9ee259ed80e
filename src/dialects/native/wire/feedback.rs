//! What requests say of feedback.

use super::{ExternalId, Field, FreeObject, Id, Object, Rating, Time, UniqueMap, Word};
use serde::Deserialize;
use utoipa::ToSchema;

/// A message or conversation, by our id or by what the application calls it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reference {
    /// Our id.
    Id(Id),
    /// What the application calls it.
    ExternalId(ExternalId),
}

/// Who judges.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AuthorBody {
    /// A person who talks to the application, by what the application calls them.
    EndUser(ExternalId),
    /// A colleague who reviews answers, by name.
    Reviewer(Word),
    /// A model that judges, by name.
    Model(Word),
}

/// What is judged.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TargetKind {
    /// The message that `message` names.
    #[default]
    Message,
    /// The last message of the conversation that `conversation` names.
    LastMessage,
    /// The conversation that `conversation` names, as a whole.
    Conversation,
}

/// A number on a scale.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScoreBody {
    /// The value, within the scale.
    pub(crate) value: f64,
    /// The lowest value of the scale.
    #[serde(default = "one")]
    #[schema(default = 1.0)]
    pub(crate) lowest: f64,
    /// The highest value of the scale.
    #[serde(default = "five")]
    #[schema(default = 5.0)]
    pub(crate) highest: f64,
}

const fn one() -> f64 {
    1.0
}

const fn five() -> f64 {
    5.0
}

/// What a request says of a judgement.
#[derive(Debug, Default)]
pub(crate) struct Saying {
    pub(crate) rating: Field<Rating>,
    pub(crate) score: Field<Object<ScoreBody>>,
    pub(crate) resolved: Field<bool>,
    pub(crate) reasons: Field<Vec<String>>,
    pub(crate) comment: Field<String>,
    pub(crate) correction: Field<String>,
    pub(crate) attributes: Field<UniqueMap<String>>,
    pub(crate) message_copied_at: Field<Time>,
    pub(crate) submitted_at: Field<Time>,
    pub(crate) metadata: Field<FreeObject>,
}

/// A body with a judgement's fields behind its own. They stand in one object, so that a mistake in any is named by path;
/// serde's `flatten` would lose the paths and take unknown fields.
macro_rules! with_judgement {
    ($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $own:ident: $type:ty,)* }) => {
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        $(#[$doc])*
        pub(crate) struct $name {
            $($(#[$attribute])* pub(crate) $own: $type,)*
            /// A thumb.
            #[serde(default)]
            #[schema(value_type = Option<Rating>)]
            pub(crate) rating: Field<Rating>,
            /// A number on a scale, which is 1 to 5 if it is not said.
            #[serde(default)]
            #[schema(value_type = Option<ScoreBody>)]
            pub(crate) score: Field<Object<ScoreBody>>,
            /// Whether the person's question was resolved.
            #[serde(default)]
            #[schema(value_type = Option<bool>)]
            pub(crate) resolved: Field<bool>,
            /// Why, in words that are the same for many people.
            #[serde(default)]
            #[schema(value_type = Option<Vec<Word>>, max_items = 32)]
            pub(crate) reasons: Field<Vec<String>>,
            /// Why, in the person's own words. An empty text is as `null`.
            #[serde(default)]
            #[schema(value_type = Option<String>, max_length = 100_000)]
            pub(crate) comment: Field<String>,
            /// What the answer should have been. An empty text is as `null`.
            #[serde(default)]
            #[schema(value_type = Option<String>, max_length = 100_000)]
            pub(crate) correction: Field<String>,
            /// Answers to the project's questions: the option's name by the attribute's. They replace those given before.
            #[serde(default)]
            #[schema(value_type = Option<HashMap<String, Word>>)]
            pub(crate) attributes: Field<UniqueMap<String>>,
            /// When the person copied the message.
            #[serde(default)]
            #[schema(value_type = Option<Time>)]
            pub(crate) message_copied_at: Field<Time>,
            /// When the person judged.
            #[serde(default)]
            #[schema(value_type = Option<Time>)]
            pub(crate) submitted_at: Field<Time>,
            /// A free object of at most 16 KiB, whose numbers are below 2^64. It replaces the one given before.
            #[serde(default)]
            #[schema(value_type = Option<Object>)]
            pub(crate) metadata: Field<FreeObject>,
        }

        impl $name {
            /// What it says of the judgement, taken out of it.
            pub(crate) fn saying(&mut self) -> Saying {
                Saying {
                    rating: std::mem::take(&mut self.rating),
                    score: std::mem::take(&mut self.score),
                    resolved: std::mem::take(&mut self.resolved),
                    reasons: std::mem::take(&mut self.reasons),
                    comment: std::mem::take(&mut self.comment),
                    correction: std::mem::take(&mut self.correction),
                    attributes: std::mem::take(&mut self.attributes),
                    message_copied_at: std::mem::take(&mut self.message_copied_at),
                    submitted_at: std::mem::take(&mut self.submitted_at),
                    metadata: std::mem::take(&mut self.metadata),
                }
            }
        }
    };
}

with_judgement! {
    /// One judgement of one target by one author under one name. If there is one already it is changed: an absent field
    /// stays, `null` clears.
    #[schema(examples(json!({
        "message": {"external_id": "m2"}, "author": {"end_user": "ada"}, "rating": "negative",
        "reasons": ["wrong"], "comment": "Refunds take 30 days.",
    })))]
    NewFeedback {
        /// The criterion.
        #[serde(default)]
        #[schema(min_length = 1, max_length = 255, default = "user_feedback")]
        name: Option<String>,
        /// What is judged.
        #[serde(default)]
        #[schema(default = "message")]
        target: TargetKind,
        /// The message that is judged; only where `target` is `message`.
        #[serde(default)]
        message: Option<Reference>,
        /// The conversation that is judged, or to which the message belongs.
        #[serde(default)]
        conversation: Option<Reference>,
        /// Who judges; absent if nobody says who.
        #[serde(default)]
        author: Option<AuthorBody>,
    }
}

with_judgement! {
    /// What is to change of a feedback: an absent field stays, `null` clears.
    #[schema(examples(json!({"rating": "positive", "comment": null})))]
    FeedbackChange {}
}
