//! Every failure in Wonderchat's shape: `{"status": "error", "error", "message"}`.

use super::wire;
use crate::app::VoteError;
use crate::dialects::answer;
use crate::domain::vote::RefusalReason;
use crate::error::{Error, ErrorKind};
use crate::upstream::Failure;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::borrow::Cow;

/// A failure as it is answered here.
#[derive(Debug)]
pub(super) struct Rejection {
    status: StatusCode,
    message: Cow<'static, str>,
    /// The seconds after which the client may try again, if the failure passes by itself.
    passing: Option<u32>,
}

impl Rejection {
    pub(super) fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            message: message.into(),
            passing: None,
        }
    }

    /// A body that says something that is not allowed.
    pub(super) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// A key that is missing or wrong.
    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Invalid or missing apiKey")
    }

    /// A message that is not known, or not to this key.
    pub(super) fn no_such_message() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Message not found")
    }

    /// A chatlog that is not known, or not to this key.
    pub(super) fn no_such_chatlog() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Chatlog not found")
    }

    /// A chatbot that is not known, or not to this key.
    pub(super) fn no_such_chatbot() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Chatbot not found")
    }

    /// A path that only an upstream could answer.
    pub(super) fn no_upstream() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Candor does not answer this path, and no upstream is set to which it could hand it on",
        )
    }

    /// A fault of ours.
    pub(super) fn fault(cause: &'static str) -> Self {
        Self::from(Error::internal(cause))
    }

    pub(super) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found")
    }

    pub(super) fn wrong_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
    }
}

impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        answer::log_failure(&error);
        let message = match error.kind() {
            ErrorKind::Internal => Cow::Borrowed("Internal server error"),
            _ => Cow::Owned(error.to_string()),
        };
        Self {
            passing: answer::retry_after(&error),
            ..Self::new(answer::status_of(error.kind()), message)
        }
    }
}

impl From<Failure> for Rejection {
    fn from(failure: Failure) -> Self {
        Self {
            status: failure.status,
            passing: answer::retry_after_failure(&failure),
            ..Self::from(failure.error)
        }
    }
}

impl From<VoteError> for Rejection {
    fn from(error: VoteError) -> Self {
        match error {
            VoteError::Failed(error) => Self::from(error),
            VoteError::Refused(RefusalReason::MayOnlyCreate) => Self::new(
                StatusCode::FORBIDDEN,
                "This apiKey gives feedback and does not change it",
            ),
            // The other reasons belong to rules that these votes do not have.
            VoteError::Refused(_) => Self::no_such_message(),
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let failure = wire::Failure {
            status: wire::ERROR,
            error: &self.message,
            message: &self.message,
        };
        let response = answer::json(self.status, wire::CONTENT_TYPE, &failure);
        answer::with_retry_after(self.passing, response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header;

    #[test]
    fn a_fault_of_ours_is_not_explained() {
        let rejection = Rejection::from(Error::internal("the disk is on fire"));
        assert_eq!(rejection.message, "Internal server error");
    }

    #[test]
    fn a_busy_server_says_when_to_try_again() {
        let response = Rejection::from(Error::new(ErrorKind::Busy, "too many")).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
    }
}
