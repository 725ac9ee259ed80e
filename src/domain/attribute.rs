//! Questions with fixed answers that a project defines.

use super::{AttributeId, OptionId, ProjectId};

/// A question with fixed answers. Its name is unique in its project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Our id.
    pub id: AttributeId,
    /// The project that asks.
    pub project: ProjectId,
    /// The question.
    pub name: String,
    /// The answers, in the order they were defined.
    pub options: Vec<AttributeOption>,
}

/// One answer. Its name is unique in its attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeOption {
    /// Our id.
    pub id: OptionId,
    /// The answer.
    pub name: String,
}

/// The answer that a feedback gives to an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeAnswer {
    /// The question.
    pub attribute: AttributeId,
    /// The answer given.
    pub option: OptionId,
}
