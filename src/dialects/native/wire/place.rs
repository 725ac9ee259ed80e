//! What paths name.

use serde::Deserialize;
use utoipa::IntoParams;

/// A path to a project.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ProjectPath {
    /// The project: our id, its name or its number.
    #[param(min_length = 1, max_length = 255)]
    pub(crate) project: String,
}

/// A path to a conversation.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ConversationPath {
    /// The project: our id, its name or its number.
    #[param(min_length = 1, max_length = 255)]
    pub(crate) project: String,
    /// The conversation: the application's id, or `id:` and ours.
    #[param(min_length = 1, max_length = 1024)]
    pub(crate) conversation: String,
}

/// A path to a person.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct EndUserPath {
    /// The project: our id, its name or its number.
    #[param(min_length = 1, max_length = 255)]
    pub(crate) project: String,
    /// The person: the application's id, or `id:` and ours.
    #[param(min_length = 1, max_length = 1024)]
    pub(crate) end_user: String,
}

/// A path to a person whom all projects know.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct WorkspaceEndUserPath {
    /// The person: the application's id, or `id:` and ours.
    #[param(min_length = 1, max_length = 1024)]
    pub(crate) end_user: String,
}

/// A path to a feedback.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct FeedbackPath {
    /// The project: our id, its name or its number.
    #[param(min_length = 1, max_length = 255)]
    pub(crate) project: String,
    /// The feedback: our id.
    #[param(format = "uuid")]
    pub(crate) id: String,
}

/// A path to a feedback of any project.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct FeedbackIdPath {
    /// The feedback: our id.
    #[param(format = "uuid")]
    pub(crate) id: String,
}

/// A path to a key.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct KeyPath {
    /// The key: our id.
    #[param(format = "uuid")]
    pub(crate) id: String,
}
