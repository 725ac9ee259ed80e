//! Every failure in Haptik's shape: `{"error_message"}`.

use super::settings::Settings;
use super::wire;
use crate::app::VoteError;
use crate::dialects::answer;
use crate::domain::vote::RefusalReason;
use crate::error::{Error, ErrorKind};
use crate::upstream::Failure;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::borrow::Cow;

/// A failure as Haptik answers it.
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

    /// A field that is required and not there.
    pub(super) fn missing(field: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            format!("{field} missing in the request"),
        )
    }

    /// A field that says something that is not allowed.
    pub(super) fn invalid(field: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, format!("invalid {field} provided"))
    }

    /// A body that is not what it must be.
    pub(super) fn bad_body(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(super) fn too_large(message: &'static str) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid authorization details")
    }

    /// Somebody who was not registered gives feedback: the operator says what is told.
    pub(super) fn unregistered_author(settings: &Settings) -> Self {
        Self::new(StatusCode::FORBIDDEN, settings.unregistered_message.clone())
    }

    /// Somebody who was not registered does anything else.
    pub(super) fn unregistered() -> Self {
        Self::new(StatusCode::FORBIDDEN, "user is not registered")
    }

    /// There is nothing that a feedback could be about.
    pub(super) fn no_conversation() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Failed to submit feedback, please make sure there is an active conversation with the agent",
        )
    }

    /// A feedback too soon after another.
    pub(super) fn duplicate(settings: &Settings) -> Self {
        let status = StatusCode::from_u16(settings.duplicate_status);
        Self::new(
            status.unwrap_or(StatusCode::BAD_REQUEST),
            "duplicate feedback",
        )
    }

    /// Why a feedback was not taken.
    pub(super) fn of_vote(error: VoteError, settings: &Settings) -> Self {
        match error {
            VoteError::Failed(error) => Self::from(error),
            VoteError::Refused(RefusalReason::UnknownAuthor) => Self::unregistered_author(settings),
            VoteError::Refused(RefusalReason::TooSoon { .. }) => Self::duplicate(settings),
            // The other reasons belong to rules that Haptik's votes do not have.
            VoteError::Refused(_) => Self::no_conversation(),
        }
    }

    /// A path that only an upstream could answer.
    pub(super) fn no_upstream() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not found: Candor does not answer this path, and no upstream is set to which it could hand it on",
        )
    }

    pub(super) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not found")
    }

    pub(super) fn wrong_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed")
    }
}

impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        answer::log_failure(&error);
        let message = match error.kind() {
            ErrorKind::Unauthenticated => return Self::unauthorized(),
            ErrorKind::Internal => "internal server error".to_owned(),
            _ => error.to_string(),
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

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let failure = wire::Failure {
            error_message: &self.message,
        };
        let response = answer::json(self.status, wire::CONTENT_TYPE, &failure);
        answer::with_retry_after(self.passing, response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use axum::http::header;

    fn refused(reason: RefusalReason, duplicate_status: u16) -> Rejection {
        let settings = Settings {
            duplicate_status,
            unregistered_message: "Invalid_User".to_owned(),
        };
        Rejection::of_vote(VoteError::Refused(reason), &settings)
    }

    #[test]
    fn the_operator_says_what_duplicates_and_the_unregistered_hear() {
        let too_soon = RefusalReason::TooSoon {
            until: Timestamp::MIN,
        };
        for status in [400, 409] {
            let rejection = refused(too_soon, status);
            assert_eq!(rejection.status.as_u16(), status);
            assert_eq!(rejection.message, "duplicate feedback");
        }
        let rejection = refused(RefusalReason::UnknownAuthor, 400);
        assert_eq!(rejection.status, StatusCode::FORBIDDEN);
        assert_eq!(rejection.message, "Invalid_User");
    }

    #[test]
    fn a_fault_of_ours_is_not_explained() {
        let rejection = Rejection::from(Error::internal("the disk is on fire"));
        assert_eq!(rejection.message, "internal server error");
    }

    #[test]
    fn a_busy_server_says_when_to_try_again() {
        let response = Rejection::from(Error::new(ErrorKind::Busy, "too many")).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
    }
}
