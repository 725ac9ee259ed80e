//! What every failure looks like.

use serde::Serialize;
use utoipa::ToSchema;

/// A failure, as RFC 9457 shapes it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// `about:blank`: the status says what kind of failure it is, `code` says it more exactly.
    pub(crate) r#type: &'static str,
    /// The status in words.
    pub(crate) title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub(crate) status: u16,
    /// The kind of failure, for programs.
    #[schema(examples("invalid", "not_found"))]
    pub(crate) code: &'static str,
    /// What was wrong, for people.
    pub(crate) detail: String,
    /// The field where it lies, such as `messages[2].role`, the parameter or the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
}
