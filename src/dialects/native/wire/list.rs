//! Lists and what may be asked of them.
//!
//! Query parameters are read as texts and understood in `convert`, so that an error can name the parameter.

use super::{Channel, Rating, Sentiment};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    /// The items. A part may have fewer than `limit`, even none, and still go on: no more than so many are looked through for
    /// one part.
    pub(crate) items: Vec<T>,
    /// Give this as `cursor` to read on; `null` at the end of the list.
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

/// Which part of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Where to read on: the `next_cursor` of the part before.
    #[param(max_length = 64)]
    pub(crate) cursor: Option<String>,
    /// The most items.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<String>,
}

/// Which conversations.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConversationQuery {
    /// The person who talks: the application's id, or `id:` and ours.
    #[param(min_length = 1, max_length = 1024)]
    pub(crate) end_user: Option<String>,
    /// Where to read on: the `next_cursor` of the part before.
    #[param(max_length = 64)]
    pub(crate) cursor: Option<String>,
    /// The most items.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<String>,
}

/// Which feedback. Every parameter that is given narrows the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedbackQuery {
    /// The only project, where the path does not name one; documented at that path alone.
    #[param(ignore)]
    pub(crate) project: Option<String>,
    /// By which interface it came.
    #[param(value_type = Option<Channel>, inline)]
    pub(crate) channel: Option<String>,
    /// The criterion.
    #[param(min_length = 1, max_length = 255)]
    pub(crate) name: Option<String>,
    /// What it amounts to.
    #[param(value_type = Option<Sentiment>, inline)]
    pub(crate) sentiment: Option<String>,
    /// The thumb.
    #[param(value_type = Option<Rating>, inline)]
    pub(crate) rating: Option<String>,
    /// The lowest score, in the score's own scale.
    #[param(value_type = Option<f64>)]
    pub(crate) score_min: Option<String>,
    /// The highest score, in the score's own scale.
    #[param(value_type = Option<f64>)]
    pub(crate) score_max: Option<String>,
    /// Whether the person's question was resolved.
    #[param(value_type = Option<bool>)]
    pub(crate) resolved: Option<String>,
    /// A reason that is among its reasons.
    #[param(min_length = 1, max_length = 255)]
    pub(crate) reason: Option<String>,
    /// A question that it answers; with `option`.
    #[param(min_length = 1, max_length = 255)]
    pub(crate) attribute: Option<String>,
    /// The answer that it gives to `attribute`.
    #[param(min_length = 1, max_length = 255)]
    pub(crate) option: Option<String>,
    /// The person who judges: the application's id, or `id:` and ours.
    #[param(min_length = 1, max_length = 1024)]
    pub(crate) end_user: Option<String>,
    /// A kind of group that the person who judges belongs to one of; with `segment`.
    #[param(min_length = 1, max_length = 255)]
    pub(crate) segment_kind: Option<String>,
    /// The group of that kind.
    #[param(min_length = 1, max_length = 255)]
    pub(crate) segment: Option<String>,
    /// The conversation that is judged, or whose message is: the application's id, or `id:` and ours.
    #[param(min_length = 1, max_length = 1024)]
    pub(crate) conversation: Option<String>,
    /// The message that is judged: the application's id, or `id:` and ours.
    #[param(min_length = 1, max_length = 1024)]
    pub(crate) message: Option<String>,
    /// Whether there is a comment.
    #[param(value_type = Option<bool>)]
    pub(crate) has_comment: Option<String>,
    /// Created at this time or later.
    #[param(format = DateTime)]
    pub(crate) since: Option<String>,
    /// Created before this time.
    #[param(format = DateTime)]
    pub(crate) until: Option<String>,
    /// Words that are all in the comment.
    #[param(min_length = 1, max_length = 500)]
    pub(crate) search: Option<String>,
    /// Whether feedback that was taken back is listed too.
    #[param(value_type = Option<bool>, default = false)]
    pub(crate) with_retracted: Option<String>,
    /// Whether the question and the answer that are judged stand beside each feedback.
    #[param(value_type = Option<bool>, default = false)]
    pub(crate) with_texts: Option<String>,
    /// Where to read on: the `next_cursor` of the part before.
    #[param(max_length = 64)]
    pub(crate) cursor: Option<String>,
    /// The most items.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<String>,
}
