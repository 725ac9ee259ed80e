//! Every failure in Melodi's shape: `{"error", "errors"}`.

use super::wire;
use crate::app::VoteError;
use crate::dialects::answer;
use crate::domain::vote::RefusalReason;
use crate::error::{Error, ErrorKind};
use crate::upstream::Failure;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::borrow::Cow;

/// What Melodi's documents say of a key that is missing or wrong.
const BAD_KEY: &str = "Unauthorized - Invalid or missing API key";

/// A failure as Melodi answers it.
#[derive(Debug)]
pub(super) struct Rejection {
    status: StatusCode,
    message: Cow<'static, str>,
    /// The seconds after which the client may try again, if the failure passes by itself.
    passing: Option<u32>,
}

impl Rejection {
    fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            message: message.into(),
            passing: None,
        }
    }

    /// A request that says something that is not allowed, or names something that is not there.
    pub(super) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// A key that is missing or wrong.
    pub(super) fn bad_key() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, BAD_KEY)
    }

    /// A key that may not do this: Melodi knows no 403.
    pub(super) fn unauthorized(why: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, format!("Unauthorized - {why}"))
    }

    /// What the client hears.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// A path, or a method of a path, that is not answered here.
    pub(super) fn not_answered(status: StatusCode) -> Self {
        Self::new(status, words_of(status))
    }

    /// The same for somebody whose project could have an upstream that answers it.
    pub(super) fn no_upstream(status: StatusCode) -> Self {
        let words = words_of(status);
        let message =
            format!("{words} here, and no project of this key has an upstream to hand it on to");
        Self::new(status, message)
    }
}

fn words_of(status: StatusCode) -> &'static str {
    if status == StatusCode::METHOD_NOT_ALLOWED {
        "Method not allowed"
    } else {
        "Not found"
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

/// Melodi's statuses are few: what does not exist is as bad a request as any.
impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        answer::log_failure(&error);
        let (kind, passing) = (error.kind(), answer::retry_after(&error));
        let rejection = match kind {
            ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::Conflict => {
                Self::bad_request(in_melodis_words(&error))
            }
            ErrorKind::Unauthenticated => Self::bad_key(),
            ErrorKind::Forbidden => Self::unauthorized(error.message()),
            ErrorKind::Internal => Self::new(answer::status_of(kind), "Internal server error"),
            ErrorKind::TooLarge
            | ErrorKind::UnsupportedType
            | ErrorKind::Busy
            | ErrorKind::Unavailable => Self::new(answer::status_of(kind), error.to_string()),
        };
        Self {
            passing,
            ..rejection
        }
    }
}

/// A failure that names its field as Melodi's clients know it.
fn in_melodis_words(error: &Error) -> String {
    let Some(field) = error.field() else {
        return error.to_string();
    };
    let words = match field {
        "conversation" => "externalThreadId".to_owned(),
        "message" => "externalMessageId".to_owned(),
        "end_user" => "externalUser.externalId".to_owned(),
        field => {
            let words = field.split('.').filter_map(|word| match word {
                // The one of a request that tells of one.
                "conversations[0]" => None,
                "comment" => Some("feedbackText"),
                "conversation" => Some("thread"),
                "end_user" => Some("externalUser"),
                "external_id" => Some("externalId"),
                "created_at" => Some("createdAt"),
                "speaker" => Some("role"),
                word => Some(word),
            });
            words.collect::<Vec<_>>().join(".")
        }
    };
    format!("{words}: {}", error.message())
}

impl From<VoteError> for Rejection {
    fn from(error: VoteError) -> Self {
        let reason = match error {
            VoteError::Failed(error) => return Self::from(error),
            VoteError::Refused(reason) => reason,
        };
        Self::bad_request(match reason {
            RefusalReason::UnknownTarget => "Thread or message not found",
            RefusalReason::NoMessage => "The thread has no messages",
            RefusalReason::SeveralMatch => {
                "There are multiple feedback objects for this message and this user; pass the id of one"
            }
            RefusalReason::UnknownFeedback => "Feedback not found",
            RefusalReason::Retracted => "The feedback was deleted",
            RefusalReason::Empty => "Either feedbackType or at least one attribute is required",
            RefusalReason::MayOnlyCreate => {
                return Self::unauthorized("this key creates feedback and does not change it");
            }
            // These belong to rules that Melodi's votes do not have.
            RefusalReason::UnknownAuthor
            | RefusalReason::NotTheOwner
            | RefusalReason::TooSoon { .. }
            | RefusalReason::NothingToTakeBack => "The feedback is refused",
        })
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let response = answer::json(
            self.status,
            wire::CONTENT_TYPE,
            &wire::Failure {
                error: &self.message,
                errors: [&self.message],
            },
        );
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
    fn what_does_not_exist_is_a_bad_request() {
        let rejection = Rejection::from(Error::not_found("no such project"));
        assert_eq!(rejection.status, StatusCode::BAD_REQUEST);
    }

    #[test]
    fn fields_are_named_as_clients_know_them() {
        for (field, words) in [
            ("comment", "feedbackText"),
            ("conversation", "externalThreadId"),
            ("end_user.segments", "externalUser.segments"),
            ("conversations[0].messages[2].speaker", "messages[2].role"),
            ("conversation.external_id", "thread.externalId"),
        ] {
            let rejection = Rejection::from(Error::invalid(field, "is wrong"));
            assert_eq!(rejection.message, format!("{words}: is wrong"));
        }
    }

    #[test]
    fn a_busy_server_says_when_to_try_again() {
        let response = Rejection::from(Error::new(ErrorKind::Busy, "too many")).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
    }
}
