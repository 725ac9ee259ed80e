//! Questions with fixed answers that a project defines.

use super::{AttributeId, OptionId, ProjectId, Timestamp};

/// A question with fixed answers. Its name is unique in its project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Our id.
    pub id: AttributeId,
    /// An integer that stays the same for good, for clients whose ids are integers; zero until it is stored.
    pub number: i64,
    /// The project that asks.
    pub project: ProjectId,
    /// The question.
    pub name: String,
    /// The answers, in the order they were defined.
    pub options: Vec<AttributeOption>,
    /// When it was defined.
    pub created_at: Timestamp,
}

/// One answer. Its name is unique in its attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeOption {
    /// Our id.
    pub id: OptionId,
    /// An integer that stays the same for good, for clients whose ids are integers; zero until it is stored.
    pub number: i64,
    /// The answer.
    pub name: String,
    /// When it was defined.
    pub created_at: Timestamp,
}

/// The answer that a feedback gives to an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeAnswer {
    /// The question.
    pub attribute: AttributeId,
    /// The answer given.
    pub option: OptionId,
}
