//! Questions with fixed answers.

use super::{Id, Word};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A question with fixed answers that a project asks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Attribute {
    /// Our id.
    pub(crate) id: Id,
    /// The question; unique in its project.
    pub(crate) name: String,
    /// The answers.
    pub(crate) options: Vec<AttributeOption>,
}

/// One answer to a question.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttributeOption {
    /// Our id.
    pub(crate) id: Id,
    /// The answer; unique among the question's.
    pub(crate) name: String,
}

/// A question to be asked. If it is asked already, the answers that it does not have yet are added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Quality", "options": ["Wonderful", "Poor"]})))]
pub(crate) struct AttributeBody {
    /// The question.
    #[schema(min_length = 1, max_length = 255)]
    pub(crate) name: String,
    /// The answers.
    #[serde(default)]
    #[schema(value_type = Vec<Word>, max_items = 200)]
    pub(crate) options: Vec<String>,
}
